"""From what the CRDT's observer says to edits that a widget can show.

Knows no CRDT document, only the delta's plain values. What a widget cannot hold is shown as
something of the same length in all three units, so that positions stay true; the shared text keeps
what it is. Source: PITFALLS (normalise at every entry; Text offsets are UTF-8 bytes).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, cast

from app.model.text_edit import TextEdit, is_normal, length_utf16

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

EMBED = "\x1a"
"""Stands for an object that somebody put into the text: it counts one, in every unit."""

_SHOWN = str.maketrans(
    {"\r": "\n", "\u2029": "\u2424", "\ufdd0": "\ufffd", "\ufdd1": "\ufffd", "\ufffc": "\ufffd"}
)
_CARRIAGE_RETURN = re.compile("\r(?=\n)")


class Change(NamedTuple):
    """One piece of a delta, in the text before the whole delta; ascending, never adjacent."""

    at_utf8: int
    removed_utf8: int
    text: str  # as the CRDT has it


def changes_of(delta: Iterable[Mapping[str, object]]) -> list[Change]:
    """Read a Text delta: a walk over the text before it, in UTF-8 bytes."""
    changes: list[Change] = []
    at = removed = 0
    texts: list[str] = []
    for step in delta:
        if "retain" in step:
            if removed or texts:
                changes.append(Change(at, removed, "".join(texts)))
                at += removed
                removed = 0
                texts.clear()
            at += cast("int", step["retain"])
        elif "delete" in step:
            removed += cast("int", step["delete"])
        else:
            inserted = step["insert"]
            texts.append(inserted if isinstance(inserted, str) else EMBED)
    if removed or texts:
        changes.append(Change(at, removed, "".join(texts)))
    return changes


def growth_utf8(changes: Iterable[Change]) -> int:
    """Return by how many bytes the text grows."""
    return sum([len(change.text.encode()) - change.removed_utf8 for change in changes])


def shown(text: str) -> str:
    """Return what a widget shows for a shared text, as long as it in every unit."""
    return text if is_normal(text) else text.translate(_SHOWN)


def line_feeds_only(changes: Sequence[Change], edits: Sequence[TextEdit]) -> list[TextEdit]:
    """Return edits that make LF of each CRLF that came in.

    They are deletions alone, so that any number of editors may do the same at once.

    Args:
        changes: what came in.
        edits: the same, as edits; the result is for the text after them.
    """
    corrections: list[TextEdit] = []
    shift = 0
    for change, edit in zip(changes, edits, strict=True):
        if "\r\n" in change.text:
            start = edit.at_utf16 + shift
            corrections += [
                TextEdit(start + length_utf16(change.text[: found.start()]), 1, "")
                for found in _CARRIAGE_RETURN.finditer(change.text)
            ]
        shift += length_utf16(change.text) - edit.removed_utf16
    return corrections
