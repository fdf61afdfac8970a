"""Carets of one document, going out and coming in.

Knows neither text nor socket: what to say of the own caret is asked for at the moment of sending,
so that it goes after the content it belongs to. What comes in is foreign: only a name, a colour and
a caret of our kind are taken from it. Source: PROTOCOL.md §4 (awareness), EDITOR.md binding rule 7.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

from app.collab.browser_carets import browser_caret_from_wire
from app.collab.caret_log import caret_from_wire
from app.collab.session_effects import RemotePresence
from collab_server.protocol.awareness import AwarenessEntry, decode_awareness, encode_awareness
from collab_server.protocol.names import clean_name, user_id_from_wire

if TYPE_CHECKING:
    from collections.abc import Callable

    from collab_server.protocol.limits import Limits

_INTERVAL_S = 0.1
"""Ten a second: what comes faster is told by the last one."""

_RENEWAL_S = 15.0
"""A stock Yjs client forgets whoever has said nothing for 30 s."""

_OUTDATED_S = 45.0
_NEVER_S = float("-inf")
_MAX_PEOPLE = 1000
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_OURS = "codexpro"
_NO_COLOR = "#808080"


class DocumentPresence:
    """Who else is in a document, and when to tell where we are.

    Invariant: `people` never holds this author, nor more than a thousand others.
    """

    def __init__(
        self,
        author_id: Callable[[], int],
        cursor: Callable[[], dict[str, object] | None] | None,
    ) -> None:
        """Prepare.

        Args:
            author_id: tells the replica's Yjs client id.
            cursor: tells what to say of the own caret now, None for nothing; without it nothing is
                ever told.
        """
        self._author_id = author_id
        self._cursor = cursor
        self._user: dict[str, object] = {}
        self._clock = 0
        self._is_open = False
        self._moved = False
        self._last_sent_s = _NEVER_S
        self._others: dict[int, tuple[int, float, RemotePresence]] = {}

    @property
    def people(self) -> tuple[RemotePresence, ...]:
        """The others, by author id."""
        return tuple([self._others[author][2] for author in sorted(self._others)])

    def open(self, user: dict[str, object]) -> None:
        """Begin to tell, at once, unless that was begun already.

        Args:
            user: who we are: `id`, `name` and `color`; the server has the last word on it.
        """
        if self._cursor is not None and not self._is_open:
            self._user = user
            self._is_open = self._moved = True
            self._last_sent_s = _NEVER_S

    def close(self) -> bool:
        """Forget everybody: the connection is gone. Tell whether there was anybody."""
        self._is_open = False
        had_people = bool(self._others)
        self._others.clear()
        return had_people

    def move(self) -> None:
        """Note that the own caret is elsewhere."""
        self._moved = True

    def due_s(self) -> float | None:
        """Return when `payload` should be asked next; None for never."""
        if not self._is_open:
            return None
        return self._last_sent_s + (_INTERVAL_S if self._moved else _RENEWAL_S)

    def payload(self, now_s: float) -> bytes | None:
        """Return the awareness message to send now; None when it is not yet time."""
        due_s = self.due_s()
        if due_s is None or now_s < due_s or self._cursor is None:
            return None
        self._moved = False
        self._last_sent_s = now_s
        self._clock += 1
        cursor = self._cursor()
        state: dict[str, object] = {"user": self._user, "cursor": cursor, "client": _OURS}
        if cursor is not None and "anchor" in cursor:  # what y-monaco reads
            state["selection"] = {"anchor": cursor["anchor"], "head": cursor["head"]}
        return encode_awareness([AwarenessEntry(self._author_id(), self._clock, state)])

    def receive(self, payload: bytes, limits: Limits, now_s: float) -> bool:
        """Take in an awareness message and tell whether it changed anything.

        Raises:
            RemoteProtocolError: it is none.
        """
        changed = False
        for entry in decode_awareness(payload, limits):
            if entry.author_id == self._author_id():
                self._clock = max(self._clock, entry.clock)  # never answered: that loops
                continue
            changed = self._take(entry, now_s) or changed
        return changed

    def expire(self, now_s: float) -> bool:
        """Forget the silent and tell whether there were any."""
        silent = [
            author
            for author, (_, seen_s, _) in self._others.items()
            if now_s - seen_s > _OUTDATED_S
        ]
        for author in silent:
            del self._others[author]
        return bool(silent)

    def _take(self, entry: AwarenessEntry, now_s: float) -> bool:
        known = self._others.get(entry.author_id)
        if entry.state is None:
            return self._others.pop(entry.author_id, None) is not None
        if known is not None and entry.clock <= known[0]:
            return False
        if known is None and len(self._others) >= _MAX_PEOPLE:
            return False
        presence = _presence(entry.author_id, entry.state)
        self._others[entry.author_id] = (entry.clock, now_s, presence)
        return known is None or known[2] != presence


def _presence(author_id: int, state: dict[str, object]) -> RemotePresence:
    user = state.get("user")
    fields = cast("dict[str, object]", user) if isinstance(user, dict) else {}
    user_id, name, color = fields.get("id"), fields.get("name"), fields.get("color")
    if not isinstance(user_id, str | int) or isinstance(user_id, bool):
        user_id = ""
    return RemotePresence(
        author_id,
        user_id_from_wire(user_id),
        (clean_name(name) if isinstance(name, str) else None) or "?",
        color if isinstance(color, str) and _COLOR.fullmatch(color) else _NO_COLOR,
        caret_from_wire(state.get("cursor")) or browser_caret_from_wire(state),
        is_browser=state.get("client") != _OURS,
    )
