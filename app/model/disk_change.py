"""What to do when a file is not what it was when it was read or written here.

Pure: digests in, a verdict out. Own writes are told by their digest, not by time. Source: EDITOR.md
(files: external change).
"""

from __future__ import annotations

from enum import Enum


class DiskVerdict(Enum):
    """What a file on disk asks for."""

    NOTHING = "nothing"  # it is as it was known
    TAKE = "take"  # it is another one, and nothing here would be lost
    ASK = "ask"  # it is another one, and so is the text here
    GONE = "gone"  # it was deleted or moved
    BACK = "back"  # it is there again, as it was known


def judge(known: bytes, on_disk: bytes | None, *, is_modified: bool, was_gone: bool) -> DiskVerdict:
    """Judge a file.

    Args:
        known: the digest of what was read or written here last; never empty.
        on_disk: of what is there now; None: no file; empty: it cannot be read.
        is_modified: whether the text was changed since.
        was_gone: whether it was judged GONE the last time.
    """
    if on_disk is None:
        return DiskVerdict.NOTHING if was_gone else DiskVerdict.GONE
    if on_disk == b"":  # somebody is writing it, or took it from us; it is looked at again
        return DiskVerdict.NOTHING
    if on_disk == known:
        return DiskVerdict.BACK if was_gone else DiskVerdict.NOTHING
    return DiskVerdict.ASK if is_modified else DiskVerdict.TAKE
