"""The summary of a large update, cut into pieces that are each looked at in a moment.

A worker process reads the update and sends the pieces; the event loop takes one after the other. It
does not know processes or loops::

    outline            who is in it: of every author the first and the last clock; not to be judged
    structs …          so that it is known how far each author comes,
    places …           and how deep it stands in nested types
    what it stands on
    deletes …          before it is asked whether what these name is there
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from collab_server.protocol.errors import TooLarge
from collab_server.protocol.updates import UpdateSummary

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from collab_server.protocol.range_set import Runs

RANGES_A_PIECE = 500
"""About a millisecond's work."""

MAX_AUTHORS = 20_000
"""In one large update: what is looked at in one go. A state vector with more is refused as well."""

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(UpdateSummary)


def encode_piece(piece: UpdateSummary) -> bytes:
    """Write a piece for another process of ours."""
    return _encoder.encode(piece)


def decode_piece(data: bytes) -> UpdateSummary:
    """Read what `encode_piece` wrote."""
    return _decoder.decode(data)


def pieces_of(summary: UpdateSummary, most: int = RANGES_A_PIECE) -> Iterator[UpdateSummary]:
    """Cut a summary into its outline and pieces with at most so many ranges.

    Raises:
        TooLarge: It has more than `MAX_AUTHORS`.
    """
    if max(map(len, (summary.structs, summary.depends, summary.deletes))) > MAX_AUTHORS:
        raise TooLarge("the update has too many authors")
    yield UpdateSummary(
        structs=_outline(summary.structs),
        deletes=_outline(summary.deletes),
        depends=summary.depends,
        paired=summary.paired,
        has_skip=summary.has_skip,
        is_nested=summary.is_nested,
        struct_count=summary.struct_count,
        delete_count=summary.delete_count,
    )
    for structs in _cut(summary.structs.items(), most):
        yield UpdateSummary(structs=structs)
    for places in _cut((summary.places or {}).items(), most):
        yield UpdateSummary(places=places)
    yield UpdateSummary(depends=summary.depends, paired=summary.paired)
    for deletes in _cut(summary.deletes.items(), most):
        yield UpdateSummary(deletes=deletes)


def _outline(authors: Mapping[int, Runs]) -> dict[int, Runs]:
    return {author: [(runs[0][0], runs[-1][1])] for author, runs in authors.items()}


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
