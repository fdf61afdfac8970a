"""How things stand, in the few words of a status bar.

Facts in, words out; knows no widget. Source: EDITOR.md (window, "saved means saved").
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from PySide6.QtCore import QCoreApplication

from app.model.connection import ClosedReason, LinkPhase, SavePhase

if TYPE_CHECKING:
    from app.model.connection import Link, SaveState
    from app.model.outage import MergeReport

_CONTEXT = "StatusTexts"
_MOST_NAMES = 2


def link_text(link: Link) -> str:
    """Return what the status bar says of the connection; empty when none is wanted."""
    match link.phase:
        case LinkPhase.OFFLINE:
            return _tr("Offline") if link.retry_at_s is not None else ""
        case LinkPhase.CONNECTING:
            return _tr("Connecting…")
        case LinkPhase.LIVE:
            return _tr("● Live")
        case LinkPhase.CLOSED:
            return "" if link.reason in (None, ClosedReason.LEFT) else _tr("Disconnected")
        case _:
            assert_never(link.phase)


def link_tone(link: Link) -> str:
    """Return the tone of the style sheet for the connection."""
    match link.phase:
        case LinkPhase.LIVE:
            return "live"
        case LinkPhase.CONNECTING:
            return "connecting"
        case LinkPhase.OFFLINE:
            return ""
        case LinkPhase.CLOSED:
            return "error"
        case _:
            assert_never(link.phase)


def save_text(save_state: SaveState, link: Link) -> str:
    """Return what the status bar says of the own changes; empty outside a session."""
    count = save_state.unsaved
    match save_state.phase:
        case SavePhase.SAVED:
            return _tr("Saved") if link.phase is LinkPhase.LIVE else ""
        case SavePhase.SAVING:
            return _tr("Saving…")
        case SavePhase.WAITING:
            return _counted(_tr("1 change waiting"), _tr("{count} changes waiting"), count)
        case SavePhase.REFUSED:
            return _counted(_tr("1 change refused"), _tr("{count} changes refused"), count)
        case _:
            assert_never(save_state.phase)


def closed_text(reason: ClosedReason) -> str:
    """Return why a session is over, and what to do, for a banner; empty when the user left it."""
    match reason:
        case ClosedReason.LEFT:
            return ""
        case ClosedReason.REFUSED_TOKEN:
            return _tr(
                "The invitation is not valid any more: it was used up, withdrawn or has expired. "
                "Ask for a new link."
            )
        case ClosedReason.KICKED:
            return _tr("You were removed from the session. The text is still in this window.")
        case ClosedReason.SUPERSEDED:
            return _tr("This session goes on in another window.")
        case ClosedReason.TOO_MANY_CONNECTIONS:
            return _tr("The server takes no more connections from you. Close another window.")
        case ClosedReason.VERSION:
            return _tr("The server speaks a newer or older protocol. Update CodeXPro.")
        case ClosedReason.PROTOCOL:
            return _tr("The server and this window did not understand each other. Join again.")
        case ClosedReason.INSECURE:
            return _tr(
                "This server would send everything unencrypted, so you were not connected. "
                "Ask for a link that begins with https."
            )
        case _:
            assert_never(reason)


def merged_text(report: MergeReport) -> str:
    """Return what others did while the connection was away, for a banner."""
    text = _counted(_tr("Merged 1 change"), _tr("Merged {count} changes"), report.changes)
    if not report.names:
        return _tr("{text} by others.").format(text=text)
    *names, last = report.names
    if not names:
        return _tr("{text} by {name}.").format(text=text, name=last)
    more = len(names) - _MOST_NAMES
    if more > 0:
        last = _tr("{count} more").format(count=more + 1)
    shown = ", ".join(names[:_MOST_NAMES])
    return _tr("{text} by {names} and {last}.").format(text=text, names=shown, last=last)


def _counted(one: str, more: str, count: int) -> str:
    return one if count == 1 else more.format(count=count)


def _tr(text: str) -> str:
    return QCoreApplication.translate(_CONTEXT, text)
