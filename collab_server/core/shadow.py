"""Whether a live document is what the store would give back, were it loaded now.

Rebuilds the document from the log, as a restart would, and compares it with what the log says by
itself and with what is in memory. Runs in worker processes only. Knows no store.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from collab_server.core.replicas import text_of
from collab_server.core.views import DocumentView, ViewError
from collab_server.protocol.errors import RemoteProtocolError
from collab_server.protocol.known_state import KnownState, Standing
from collab_server.protocol.limits import UNLIMITED
from collab_server.protocol.updates import parse_state_vector, parse_update

if TYPE_CHECKING:
    from collections.abc import Sequence


class Fault(StrEnum):
    """Where something is wrong."""

    NOWHERE = ""
    LOG = "log"  # it cannot be made a document of, or not the one that its updates say
    LIVE = "live"  # the log is good, and what is in memory is something else


class Finding(NamedTuple):
    """What a comparison found."""

    fault: Fault
    reason: str = ""
    live: bytes = b""
    """What is in memory as one update, if that is wrong and can be merged."""


def compare(digest: bytes, view: Sequence[bytes], log: Sequence[bytes]) -> Finding:
    """Compare a live document with its log.

    Args:
        digest: `KnownState.digest` of the live document.
        view: what its committed updates are the merge of.
        log: pieces and updates from the store, in order, up to the same update.
    """
    try:
        known = _known_by(log)
        stored = DocumentView.from_pieces(log, ()).merged()
        text = text_of(stored)
        state = parse_state_vector(DocumentView.from_updates([stored]).state_vector())
    except (RemoteProtocolError, ViewError) as error:
        return Finding(Fault.LOG, f"it cannot be made a document of: {error}")
    if state != known.state:
        return Finding(Fault.LOG, "its merge has other clocks than its updates")
    try:
        live = DocumentView.from_pieces(view, ()).merged()
        if digest != known.digest():
            return Finding(Fault.LIVE, "clocks or deletes in memory are not those stored", live)
        if text_of(live) != text:
            return Finding(Fault.LIVE, "the text in memory is not the one stored", live)
    except ViewError as error:
        return Finding(Fault.LIVE, f"what is in memory cannot be merged: {error}")
    return Finding(Fault.NOWHERE)


def _known_by(log: Sequence[bytes]) -> KnownState:
    """Return what a log says, without the CRDT library.

    Raises:
        RemoteProtocolError: An update in it is none.
        ViewError: One stands on something that is not there.
    """
    known = KnownState()
    for update in log:
        summary = parse_update(update, max_items=UNLIMITED)
        if known.classify(summary) is Standing.EARLY:
            raise ViewError("something is missing before one of its updates")
        known.measure(update, summary)
        known.advance(summary)
    return known
