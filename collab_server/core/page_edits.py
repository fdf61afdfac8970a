"""Edits of pages that keep a text by lines: carried over each other, without knowing the text.

A change is `{from, to, text}` as CodeMirror 5 tells it: places are (line, ch), ch counts UTF-16
units, `text` is a list of lines. It is taken apart into a deletion and an insertion; two of those
that were made in the same text are carried over each other so that both orders end alike::

        made together:      x       y
        one page does:      x  then y over x
        another does:       y  then x over y      the same text

`resources/web/client.js` does the same. Source: PROTOCOL.md §3 (`edit`, `seq` and `seen`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

Place = tuple[int, int]
"""Line and UTF-16 unit in it, both from 0; compares as places do."""

_Number = Annotated[int, msgspec.Meta(ge=0, lt=2**31)]


class _Place(msgspec.Struct):
    line: _Number
    ch: _Number


class _Change(msgspec.Struct, rename={"start": "from", "end": "to"}):
    start: _Place
    end: _Place
    text: Annotated[list[str], msgspec.Meta(min_length=1)]


@dataclass(frozen=True, slots=True)
class Insertion:
    """Text comes in at a place."""

    at: Place
    lines: tuple[str, ...]  # at least one, none with a line end

    @property
    def end(self) -> Place:
        """Where the text ends."""
        return self.push(self.at)

    def push(self, place: Place) -> Place:
        """Return where a place at or after the insertion is then."""
        line, ch = place
        if line != self.at[0]:
            return line + len(self.lines) - 1, ch
        last = _utf16(self.lines[-1])
        if len(self.lines) == 1:
            return line, ch + last
        return line + len(self.lines) - 1, ch - self.at[1] + last


@dataclass(frozen=True, slots=True)
class Deletion:
    """Text goes. Invariant: `start` is before `end`."""

    start: Place
    end: Place

    def pull(self, place: Place) -> Place:
        """Return where a place is then; one within the text falls to its start."""
        if place <= self.start:
            return place
        if place < self.end:
            return self.start
        line, ch = place
        if line != self.end[0]:
            return line - (self.end[0] - self.start[0]), ch
        return self.start[0], self.start[1] + ch - self.end[1]


Piece = Insertion | Deletion

MOST_STEPS = 50_000
"""To carry one edit: some 80 ms. What comes into the middle of a deletion parts it, so without a
bound an edit of a few bytes over a few hundred others would stop everybody for seconds."""


class TooMuchToCarry(Exception):
    """An edit cannot be carried over what its page had not seen."""


@dataclass(slots=True)
class Effort:
    """What may still be spent on one edit."""

    left: int = MOST_STEPS

    @property
    def spent(self) -> int:
        """How many steps it took."""
        return MOST_STEPS - self.left

    def spend(self) -> None:
        """Pay for a step.

        Raises:
            TooMuchToCarry: It is one too many.
        """
        self.left -= 1
        if self.left < 0:
            raise TooMuchToCarry


def pieces_of(change: object) -> list[Piece] | None:
    """Return what a change does, in order; None when it is none of CodeMirror's."""
    try:
        found = msgspec.convert(change, _Change)
    except msgspec.ValidationError:
        return None
    start, end = (found.start.line, found.start.ch), (found.end.line, found.end.ch)
    if start > end:
        return None
    pieces: list[Piece] = []
    if start < end:
        pieces.append(Deletion(start, end))
    if found.text != [""]:
        pieces.append(Insertion(start, tuple(found.text)))
    return pieces


def changes_of(pieces: Sequence[Piece]) -> list[dict[str, object]]:
    """Return changes, one after another, that do the same; never two for a replacement."""
    changes: list[dict[str, object]] = []
    for piece in pieces:
        if isinstance(piece, Deletion):
            changes.append(_change(piece.start, piece.end, ("",)))
        elif changes and changes[-1]["from"] == _place(piece.at) and changes[-1]["text"] == [""]:
            changes[-1]["text"] = list(piece.lines)
        else:
            changes.append(_change(piece.at, piece.at, piece.lines))
    return changes


def carried(
    ours: Sequence[Piece], theirs: Sequence[Piece], effort: Effort
) -> tuple[list[Piece], list[Piece]]:
    """Carry pieces made in the same text over each other: ours after theirs, theirs after ours.

    Where both insert at one place, theirs stands first.

    Raises:
        TooMuchToCarry: It would take more effort than there is.
    """
    ours_then: list[Piece] = []
    theirs_then = list(theirs)
    for own in ours:
        pieces: list[Piece] = [own]
        following: list[Piece] = []
        for other in theirs_then:
            pieces, others = _over_one(pieces, other, effort)
            following += others
        ours_then += pieces
        theirs_then = following
    return ours_then, theirs_then


def _over_one(
    ours: Sequence[Piece], other: Piece, effort: Effort
) -> tuple[list[Piece], list[Piece]]:
    """Carry pieces and one of theirs over each other."""
    ours_then: list[Piece] = []
    others = [other]
    for own in ours:
        if len(others) == 1:
            effort.spend()
            ours_then += _over(own, others[0], is_first=False)
            others = _over(others[0], own, is_first=True)
        else:
            own_then, others = carried([own], others, effort)
            ours_then += own_then
    return ours_then, others


def _over(piece: Piece, other: Piece, *, is_first: bool) -> list[Piece]:
    """Return a piece after another; `is_first` decides between two insertions at one place."""
    if isinstance(piece, Insertion):
        if isinstance(other, Deletion):
            return [Insertion(other.pull(piece.at), piece.lines)]
        if piece.at < other.at or (piece.at == other.at and is_first):
            return [piece]
        return [Insertion(other.push(piece.at), piece.lines)]
    if isinstance(other, Deletion):
        start, end = other.pull(piece.start), other.pull(piece.end)
        return [Deletion(start, end)] if start < end else []
    if other.at <= piece.start:
        return [Deletion(other.push(piece.start), other.push(piece.end))]
    if other.at >= piece.end:
        return [piece]
    # What came into the middle stays; the later part goes first, so that the other keeps its place.
    return [Deletion(other.end, other.push(piece.end)), Deletion(piece.start, other.at)]


def _change(start: Place, end: Place, lines: Sequence[str]) -> dict[str, object]:
    return {"from": _place(start), "to": _place(end), "text": list(lines)}


def _place(place: Place) -> dict[str, int]:
    return {"line": place[0], "ch": place[1]}


def _utf16(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2
