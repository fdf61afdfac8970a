"""What worker processes can be asked to do: pure functions from bytes to bytes, by name.

A function that is added here is at hand as `Workers.run("its name", …)`. It must not know sockets,
files or the clock. Imports of what only some jobs need stand inside them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from collab_server.protocol.events import encode_value
from collab_server.protocol.known_state import KnownState
from collab_server.protocol.limits import UNLIMITED
from collab_server.protocol.packed_updates import unpack
from collab_server.protocol.update_pieces import encode_piece, pieces_of
from collab_server.protocol.updates import parse_update

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


LOG_IS_BAD, LIVE_IS_BAD = b"log", b"live"
MERGE, UPDATE, PACKED = b"m", b"u", b"p"  # what a part of a log can be


def parse(update: bytes, most_items: bytes, measures: bytes) -> list[bytes]:
    """Check every byte of an update for a document and return its summary, in pieces.

    Raises:
        MalformedUpdate: No Yjs client makes these bytes.
        TooLarge: It has more than so many structs and delete ranges.
    """
    summary = parse_update(update, max_items=int(most_items))
    KnownState.from_measures(measures).measure(update, summary)
    return [encode_piece(piece) for piece in pieces_of(summary)]


def compact(kinds: bytes, *log: bytes) -> list[bytes]:
    """Merge a stretch of a log, the oldest first.

    Args:
        kinds: of each part whether it is an earlier merge, a raw update, or many of them, packed.
        log: the parts, merges first.

    Raises:
        ViewError: The merge fails, or does not hold exactly what went in.
    """
    from collab_server.core.compaction import merge_checked

    merges = kinds.count(MERGE)
    updates: list[bytes] = []
    for at in range(merges, len(log)):
        updates += unpack(log[at]) if kinds[at : at + 1] == PACKED else [log[at]]
    return [merge_checked(log[:merges], updates)]


def collect(kinds: bytes, *log: bytes) -> list[bytes]:
    """Merge a whole log; return the merge, and if that is safe also without what was deleted.

    Raises:
        ViewError: The merge fails, or does not hold exactly what went in.
    """
    from collab_server.core.replicas import collected

    (merged,) = compact(kinds, *log)
    smaller = collected(merged)
    return [merged] if smaller is None else [merged, smaller]


def measure(*pieces: bytes) -> list[bytes]:
    """Return the measures of a document, given by merges of it, the oldest first.

    Raises:
        MalformedUpdate: Its types are nested too deeply.
    """
    known = KnownState()
    for piece in pieces:
        summary = parse_update(piece, max_items=UNLIMITED)
        known.measure(piece, summary)
        known.advance(summary)
    return [known.measures()]


def text(*pieces: bytes) -> list[bytes]:
    """Return the text and the state of a document, given by merges of it, the oldest first.

    Raises:
        ViewError: It cannot be read.
    """
    from collab_server.core.replicas import text_of
    from collab_server.core.views import DocumentView

    view = DocumentView.from_pieces(pieces, ())
    return [text_of(view.merged()).encode(), view.state_vector()]


def edit(wanted: bytes, author_id: bytes, *pieces: bytes) -> list[bytes]:
    """Return the update by which an author makes a document's text another one.

    Raises:
        ViewError: It cannot be read.
    """
    from collab_server.core.replicas import edit_to
    from collab_server.core.views import DocumentView

    merged = DocumentView.from_pieces(pieces, ()).merged()
    return [edit_to(merged, wanted.decode(), int(author_id))]


def compare_live(digest: bytes, count: bytes, *parts: bytes) -> list[bytes]:
    """Compare what is in memory of a document, so many merges, with its log.

    Returns:
        LOG_IS_BAD, LIVE_IS_BAD or nothing, what is wrong, and in the second case what is in memory.
    """
    from collab_server.core.shadow import Fault, compare

    split = int(count)
    found = compare(digest, parts[:split], parts[split:])
    name = {Fault.LOG: LOG_IS_BAD, Fault.LIVE: LIVE_IS_BAD}.get(found.fault, b"")
    return [name, found.reason.encode(), found.live]


def authors(owners: bytes, at: bytes, *pieces: bytes) -> list[bytes]:
    """Return who wrote a document's text from a place on, and the state that the text is of.

    Raises:
        ViewError: It cannot be read.
    """
    import msgspec

    from collab_server.core.views import DocumentView
    from collab_server.core.who_wrote import who_wrote

    view = DocumentView.from_pieces(pieces, ())
    users = msgspec.msgpack.decode(owners, type=dict[int, str])
    written = who_wrote(view.merged(), users, int(at))
    return [msgspec.msgpack.encode(written), view.state_vector()]


def salvage(taken: bytes, *log: bytes) -> list[bytes]:
    """Return everything good of a log under new author ids, which they are, and what is bad.

    Raises:
        RemoteProtocolError: What is good cannot be read after all.
    """
    import secrets

    import msgspec

    from collab_server.core.salvage import salvaged
    from collab_server.protocol.update_renaming import authors_in, new_author_ids, rename_authors

    good, bad = salvaged(log)
    names = authors_in(parse_update(good, max_items=UNLIMITED))
    known = set(msgspec.json.decode(taken, type=list[int]))
    new_ids = new_author_ids(names, names | known, secrets.randbelow)
    return [rename_authors(good, new_ids), msgspec.json.encode(new_ids), msgspec.json.encode(bad)]


def compare(older: bytes, newer: bytes) -> list[bytes]:
    """Return in which lines two texts differ, as JSON."""
    from collab_server.core.text_changes import lines_between

    return [encode_value(lines_between(older.decode(), newer.decode()))]


JOBS: Mapping[str, Callable[..., Sequence[bytes]]] = {
    "parse": parse,
    "compact": compact,
    "collect": collect,
    "measure": measure,
    "text": text,
    "edit": edit,
    "authors": authors,
    "compare_live": compare_live,
    "compare": compare,
    "salvage": salvage,
}
