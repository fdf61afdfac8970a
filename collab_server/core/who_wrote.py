"""Who wrote what of a text, unit by unit.

The history is made once more with a mark of its writer in place of every unit of text, so that the
CRDT library puts the marks where the text is: whatever was compacted, undone, deleted, or cut in
the middle of a surrogate pair. Who undoes a deletion, or restores a version, wrote what comes back
by it. Runs in worker processes only. Knows no store. Source: PROTOCOL.md §3 (`authors`).
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from collab_server.core.replicas import text_of
from collab_server.core.version_effects import NOBODY, Written
from collab_server.protocol.limits import UNLIMITED
from collab_server.protocol.update_renaming import authors_in, mark_authors
from collab_server.protocol.updates import parse_update

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MOST_RUNS = 10_000
"""In one answer."""

_FIRST_MARK = 0x1000
_MOST_USERS = 0xD800 - _FIRST_MARK  # characters of one UTF-16 unit; the others count as unknown
_UNKNOWN_MARK = chr(_FIRST_MARK - 1)


def who_wrote(
    merged: bytes, owners: Mapping[int, str], at: int = 0, most_runs: int = MOST_RUNS
) -> Written:
    """Tell who wrote a document's text.

    Args:
        merged: the document, as one update.
        owners: author id → user.
        at: from which unit on.
        most_runs: how many runs are told, at most.

    Raises:
        ViewError: The library cannot read it.
    """
    authors = authors_in(parse_update(merged, max_items=UNLIMITED))
    users = sorted({owners[author] for author in authors if author in owners})[:_MOST_USERS]
    mark_of = {user: chr(_FIRST_MARK + index) for index, user in enumerate(users)}
    marks = {author: mark_of.get(owners.get(author, ""), _UNKNOWN_MARK) for author in authors}
    text = text_of(mark_authors(merged, marks))
    runs: list[tuple[int, str]] = []
    end = start = min(at, len(text))
    for length, mark in _runs_of(text[start:]):
        if len(runs) == most_runs:
            break
        runs.append((length, mark))
        end += length
    named = sorted({ord(mark) - _FIRST_MARK for _, mark in runs} - {NOBODY})
    place = {user: index for index, user in enumerate(named)}
    return Written(
        length=len(text),
        at=start,
        users=[users[user] for user in named],
        runs=[(length, place.get(ord(mark) - _FIRST_MARK, NOBODY)) for length, mark in runs],
        next=end if end < len(text) else None,
    )


def _runs_of(text: str) -> Iterator[tuple[int, str]]:
    for mark, same in groupby(text):
        yield sum(1 for _ in same), mark
