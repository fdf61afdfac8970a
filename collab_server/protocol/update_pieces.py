"""The summary of a large update, cut into pieces that are each looked at in a moment.

A worker process reads the update and sends the pieces; the event loop takes one after the other. It
does not know processes or loops. Order: structs first, then what others' structs it stands on, then
texts with surrogate pairs, then deletes; so whoever takes in the pieces in order knows how far each
author comes before it is told what rests on that.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import msgspec

from collab_server.protocol.updates import UpdateSummary

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from collab_server.protocol.updates import Runs

ENTRIES_A_PIECE = 2000
"""Ranges and authors in a piece: about a millisecond."""

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(UpdateSummary)


def encode_piece(piece: UpdateSummary) -> bytes:
    """Write a piece for another process of ours."""
    return _encoder.encode(piece)


def decode_piece(data: bytes) -> UpdateSummary:
    """Read what `encode_piece` wrote."""
    return _decoder.decode(data)


def pieces_of(summary: UpdateSummary, most: int = ENTRIES_A_PIECE) -> Iterator[UpdateSummary]:
    """Cut a summary into pieces with at most so many entries each; an empty one gives none.

    Counts of structs and deletes are in none of them.
    """
    for structs in _cut(summary.structs.items(), most):
        yield UpdateSummary(structs=structs)
    depends = iter(summary.depends.items())
    while some := dict(islice(depends, most)):
        yield UpdateSummary(depends=some)
    paired = iter(summary.paired)
    while few := list(islice(paired, most)):
        yield UpdateSummary(paired=few)
    for deletes in _cut(summary.deletes.items(), most):
        yield UpdateSummary(deletes=deletes)


def _cut(authors: Iterable[tuple[int, Runs]], most: int) -> Iterator[dict[int, Runs]]:
    """Cut authors with their ranges; an author with many comes in several pieces, ascending."""
    piece: dict[int, Runs] = {}
    room = most
    for author, ranges in authors:
        at = 0
        while at < len(ranges):
            taken = ranges[at : at + room]
            piece[author] = taken
            at += len(taken)
            room -= len(taken)
            if room == 0:
                yield piece
                piece, room = {}, most
    if piece:
        yield piece
