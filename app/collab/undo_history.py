"""Which local edits are undone together, and what was selected before and after them.

Knows no CRDT: it decides, and the replica moves the undo manager's clock accordingly. Source:
EDITOR.md (undo grouping by word, pause, newline, caret jump, paste) and binding rule 6.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from app.model.text_edit import (
    Selection,
    length_utf16,
    transform_position,
    transform_selection,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.model.text_edit import TextEdit

PAUSE_MS = 600.0
"""A longer pause between two keys parts them for undo."""


class EditKind(Enum):
    """Where a local edit came from, as far as undo is concerned."""

    TYPING = "typing"  # keys; grouped by words
    COMPOSING = "composing"  # what an input method takes away; goes with what it then commits
    PASTE = "paste"  # paste, drop, cut: each on its own
    PROGRAM = "program"  # indent, replace all, format: each call on its own
    RELOAD = "reload"  # the file changed on disk: cannot be undone here


class _Shape(Enum):
    INSERTS = "inserts"
    DELETES = "deletes"
    COMPOSING = "composing"  # continued by the insert at its place, however late
    SINGLE = "single"  # never continued


@dataclass(slots=True)
class _Group:
    """Local edits that are undone together, in the positions that the text has now."""

    before: Selection
    after: Selection
    low_utf16: int  # the first place that the group has changed
    shape: _Shape
    caret_utf16: int  # where the next key continues it
    last_ms: float
    ends_in_space: bool  # whether the last inserted character is white space


class UndoHistory:
    """The groups beside the undo manager's stacks.

    Invariant: `_undo` and `_redo` are as long as the manager's two stacks. Positions are kept up to
    date for the newest group while it can grow; older ones keep their distance from the place that
    they changed, which is where undo brings them back.
    """

    def __init__(self) -> None:
        self._undo: list[_Group] = []
        self._redo: list[_Group] = []
        self._selection: Selection | None = None
        self._is_open = False  # whether the newest group may grow
        self._awaits_selection = False  # whether the next selection noted is the newest group's

    def note_selection(self, selection: Selection) -> None:
        """Take in where the own caret is; the first after an edit is what redo restores."""
        self._selection = selection
        if self._awaits_selection:
            self._undo[-1].after = selection
            self._awaits_selection = False

    def cut(self) -> None:
        """Let the next edit begin a group."""
        self._is_open = False

    def clear(self) -> None:
        """Forget all groups."""
        self._undo.clear()
        self._redo.clear()
        self._is_open = self._awaits_selection = False

    def take_in(self, edits: Sequence[TextEdit], kind: EditKind, now_ms: float) -> bool:
        """Put a local edit into a group and tell whether it begins a new one.

        Args:
            edits: as `TextEdit` says, not empty; the text is still the one before them.
            kind: any but RELOAD, which undo never sees.
            now_ms: monotonic.
        """
        self._redo.clear()
        edit = edits[0]
        last = edits[-1]
        end = last.at_utf16 + length_utf16(last.text) + _growth(edits[:-1])
        shape = _shape_of(edits, kind)
        group = self._undo[-1] if self._undo and self._is_open else None
        is_new = group is None or not _continues(group, shape, edit, now_ms)
        if group is None or is_new:
            caret = edit.at_utf16 + edit.removed_utf16
            before = self._selection or Selection(caret, caret)
            group = _Group(before, before, edit.at_utf16, shape, end, now_ms, ends_in_space=False)
            self._undo.append(group)
        group.after = self._selection = Selection(end, end)
        group.low_utf16 = min(group.low_utf16, edit.at_utf16)
        group.shape = shape
        group.caret_utf16 = end
        group.last_ms = now_ms
        group.ends_in_space = last.text[-1:].isspace()
        self._is_open = shape is not _Shape.SINGLE
        self._awaits_selection = True
        return is_new

    def move(self, edits: Sequence[TextEdit]) -> None:
        """Follow an edit that was not a local user's."""
        if self._selection is not None:
            self._selection = transform_selection(self._selection, edits)
        if self._undo and (self._is_open or self._awaits_selection):
            group = self._undo[-1]
            group.before = transform_selection(group.before, edits)
            group.after = transform_selection(group.after, edits)
            group.low_utf16 = transform_position(group.low_utf16, edits)
            group.caret_utf16 = transform_position(group.caret_utf16, edits)

    def undone(self, edits: Sequence[TextEdit], depths: tuple[int, int]) -> Selection | None:
        """Follow the manager's undo and return the selection of before; None when it did nothing.

        Args:
            edits: what it did to the text.
            depths: how long the manager's stacks for undo and redo are now; groups that others had
                already emptied may have gone along.
        """
        return self._moved(self._undo, self._redo, edits, depths, is_undo=True)

    def redone(self, edits: Sequence[TextEdit], depths: tuple[int, int]) -> Selection | None:
        """Follow the manager's redo and return the selection of after; else as `undone`."""
        return self._moved(self._redo, self._undo, edits, (depths[1], depths[0]), is_undo=False)

    def _moved(
        self,
        source: list[_Group],
        target: list[_Group],
        edits: Sequence[TextEdit],
        depths: tuple[int, int],
        *,
        is_undo: bool,
    ) -> Selection | None:
        self._is_open = self._awaits_selection = False
        source_depth, target_depth = depths
        group = source[source_depth] if source_depth < len(source) else None
        del source[source_depth:]
        if group is not None and target_depth > len(target):
            target.append(group)
        if group is None or not edits:
            return None
        shift = edits[0].at_utf16 - group.low_utf16
        wanted = group.before if is_undo else group.after
        group.before = _shifted(group.before, shift)
        group.after = _shifted(group.after, shift)
        group.low_utf16 += shift
        self._selection = _shifted(wanted, shift)
        return self._selection


def _shape_of(edits: Sequence[TextEdit], kind: EditKind) -> _Shape:
    if kind is EditKind.COMPOSING:
        return _Shape.COMPOSING
    if kind is not EditKind.TYPING or len(edits) > 1:
        return _Shape.SINGLE
    return _Shape.INSERTS if edits[0].text else _Shape.DELETES


def _continues(group: _Group, shape: _Shape, edit: TextEdit, now_ms: float) -> bool:
    if group.shape is _Shape.COMPOSING and shape is _Shape.INSERTS:
        return not edit.removed_utf16 and edit.at_utf16 == group.caret_utf16
    if shape is not group.shape or now_ms - group.last_ms > PAUSE_MS:
        return False
    if shape is not _Shape.INSERTS:  # backspace, or delete
        return group.caret_utf16 in (edit.at_utf16 + edit.removed_utf16, edit.at_utf16)
    if edit.removed_utf16 or edit.at_utf16 != group.caret_utf16 or "\n" in edit.text:
        return False
    return edit.text[0].isspace() or not group.ends_in_space


def _growth(edits: Sequence[TextEdit]) -> int:
    return sum([length_utf16(edit.text) - edit.removed_utf16 for edit in edits])


def _shifted(selection: Selection, shift: int) -> Selection:
    if not shift:
        return selection
    anchor_utf16, head_utf16 = selection
    return Selection(max(0, anchor_utf16 + shift), max(0, head_utf16 + shift))
