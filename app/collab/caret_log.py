"""Carets on the wire, and the recent changes that bring them into this text.

A caret travels as offsets in its author's text, together with what that author knew. Whoever
receives it moves it over the changes that the author had not seen. Browsers' relative positions are
not used between apps: the CRDT library's are wrong on text that is not ASCII. Knows no CRDT.

A deletion has no clock, so a state vector does not tell whether its author had seen it. But it
shows in the length: what was ever inserted (the sum of the clocks) less what is there is what was
deleted. If this replica has deleted more than the author's, then the deletions that the author had
not seen are taken to be the ones made here, and the newest of the others. Source: PITFALLS
(StickyIndex), EDITOR.md, binding rule 7.
"""

from __future__ import annotations

import base64
import binascii
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, cast

from app.model.text_edit import Selection, TextEdit, transform_position
from collab_server.protocol.errors import RemoteProtocolError
from collab_server.protocol.updates import (
    encode_state_vector,
    parse_state_vector,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_CHANGES = 256
"""How many changes are remembered; a caret from before them is not shown."""

_STATE_BYTES = 2048
"""A longer state is not sent: the caret is then shown as if its author knew everything."""


class _Change(NamedTuple):
    reached: Mapping[int, int]  # author id → clock that the change went up to; empty: only deletes
    deleted: int  # clock units that are text no more
    edits: Sequence[TextEdit]
    is_own: bool


@dataclass(frozen=True, slots=True)
class WireCaret:
    """A caret as its author saw it."""

    selection: Selection
    length_utf16: int  # of the author's text
    state: Mapping[int, int] | None  # what the author knew; None when it is not told


class CaretLog:
    """The recent changes of a replica.

    Invariant: `_base` is the state before the oldest change that is still remembered.
    """

    def __init__(self) -> None:
        self._changes: deque[_Change] = deque()
        self._base: dict[int, int] = {}

    def restart(self, state: Mapping[int, int]) -> None:
        """Begin anew at a state."""
        self._changes.clear()
        self._base = dict(state)

    def note(
        self,
        reached: Mapping[int, int],
        deleted: int,
        edits: Sequence[TextEdit],
        *,
        is_own: bool,
    ) -> None:
        """Remember a change.

        Args:
            reached: the clocks that its structs go up to, by author; empty when it only deletes.
            deleted: how many clock units are text no more because of it.
            edits: what it did to the text.
            is_own: whether it was made here.
        """
        self._changes.append(_Change(reached, deleted, edits, is_own))
        if len(self._changes) > _CHANGES:
            for author, clock in self._changes.popleft().reached.items():
                self._base[author] = max(clock, self._base.get(author, 0))

    def rebase(
        self, caret: WireCaret, state: Mapping[int, int], length_utf16: int
    ) -> Selection | None:
        """Return a caret in this text; None when that cannot be told, or not yet.

        Args:
            caret: from another author.
            state: what is known here.
            length_utf16: of the text here.
        """
        selection = caret.selection
        if caret.state is not None:
            missing = self._missing(caret, caret.state, state, length_utf16)
            if missing is None:
                return None
            for edits in missing:
                selection = Selection(
                    transform_position(selection.anchor_utf16, edits),
                    transform_position(selection.head_utf16, edits),
                )
        if max(selection.anchor_utf16, selection.head_utf16) > length_utf16:
            return None
        return selection

    def _missing(
        self,
        caret: WireCaret,
        theirs: Mapping[int, int],
        state: Mapping[int, int],
        length_utf16: int,
    ) -> list[list[TextEdit]] | None:
        """Return the changes that the caret's author had not seen, to be made in this order."""
        if any(clock > state.get(author, 0) for author, clock in theirs.items()):
            return None  # the text that the caret stands in has not arrived
        if any(clock > theirs.get(author, 0) for author, clock in self._base.items()):
            return None  # too far behind
        unseen = (sum(state.values()) - length_utf16) - (sum(theirs.values()) - caret.length_utf16)
        verdicts: list[bool] = []
        for change in self._changes:
            seen = [clock <= theirs.get(author, 0) for author, clock in change.reached.items()]
            if any(seen) and not all(seen):
                return None  # half of it
            verdicts.append(bool(seen) and not seen[0])
            if verdicts[-1]:
                unseen -= change.deleted
        for at in sorted(range(len(verdicts)), key=lambda at: (self._changes[at].is_own, at))[::-1]:
            change = self._changes[at]
            if not change.reached and 0 < change.deleted <= unseen:
                verdicts[at] = True
                unseen -= change.deleted
        return self._moved_last(verdicts)

    def _moved_last(self, verdicts: list[bool]) -> list[list[TextEdit]]:
        """Return the changes with a true verdict as if they had been made after all the others."""
        missing: list[list[TextEdit]] = []
        for change, is_missing in zip(self._changes, verdicts, strict=True):
            if is_missing:
                missing.append(list(change.edits))
            elif missing:
                missing = [_moved(edits, change.edits) for edits in missing]
        return missing


def caret_to_wire(
    selection: Selection, state: Mapping[int, int], length_utf16: int
) -> dict[str, object]:
    """Return what an awareness state says of a caret."""
    wire: dict[str, object] = {
        "anchor_utf16": selection.anchor_utf16,
        "head_utf16": selection.head_utf16,
        "length_utf16": length_utf16,
    }
    encoded = encode_state_vector(state)
    if len(encoded) <= _STATE_BYTES:
        wire["state"] = base64.b64encode(encoded).decode()
    return wire


def caret_from_wire(wire: object) -> WireCaret | None:
    """Read what an awareness state says of a caret; None when it is not of our kind."""
    if not isinstance(wire, dict):
        return None
    fields = cast("dict[str, object]", wire)
    anchor, head = _offset(fields, "anchor_utf16"), _offset(fields, "head_utf16")
    length = _offset(fields, "length_utf16")
    if anchor is None or head is None or length is None or max(anchor, head) > length:
        return None
    encoded = fields.get("state")
    if encoded is None:
        return WireCaret(Selection(anchor, head), length, None)
    if not isinstance(encoded, str) or len(encoded) > 2 * _STATE_BYTES:
        return None
    try:
        state = parse_state_vector(base64.b64decode(encoded, validate=True))
    except (binascii.Error, ValueError, RemoteProtocolError):
        return None
    return WireCaret(Selection(anchor, head), length, state)


def _offset(fields: dict[str, object], name: str) -> int | None:
    value = fields.get(name)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31:
        return value
    return None


def _moved(edits: Sequence[TextEdit], over: Sequence[TextEdit]) -> list[TextEdit]:
    return [
        TextEdit(transform_position(edit.at_utf16, over), edit.removed_utf16, edit.text)
        for edit in edits
    ]
