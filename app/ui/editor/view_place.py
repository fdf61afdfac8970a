"""Where somebody stands in a text: the selection, and what the window shows of it.

Qt keeps the number of the top line when lines arrive above, and pushes a caret along with what is
inserted exactly there; here both stay with their text. Knows no replica. Source: EDITOR.md, binding
rule 4.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtGui import QTextCursor

from app.model.text_edit import Selection, transform_position, transform_selection
from app.ui.editor.raw_text import whole_character_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QPlainTextEdit

    from app.model.text_edit import TextEdit


def selection_of(view: QPlainTextEdit) -> Selection:
    """Return where the caret is."""
    cursor = view.textCursor()
    return Selection(cursor.anchor(), cursor.position())


def select(view: QPlainTextEdit, selection: Selection, *, wanted_x: int | None = None) -> None:
    """Put the caret somewhere; Qt scrolls to it, if it was moved at all.

    Args:
        view: whose document holds the selection's positions.
        selection: positions beyond the end are the end, those inside a character in front of it.
        wanted_x: where the keys up and down aim, in pixels; None to aim from the caret.
    """
    cursor = view.textCursor()
    anchor = whole_character_at(view.document(), selection.anchor_utf16)
    head = whole_character_at(view.document(), selection.head_utf16)
    aims = wanted_x is None or cursor.verticalMovementX() == wanted_x
    if cursor.anchor() == anchor and cursor.position() == head and aims:
        return
    cursor.setPosition(anchor)
    cursor.setPosition(head, QTextCursor.MoveMode.KeepAnchor)
    if wanted_x is not None:
        cursor.setVerticalMovementX(wanted_x)
    view.setTextCursor(cursor)


@dataclass(frozen=True, slots=True)
class ViewPlace:
    """What a view shows before an edit that is not its own."""

    view: QPlainTextEdit
    selection: Selection
    wanted_x: int  # as QTextCursor.verticalMovementX says
    top_utf16: int  # where the first visible block begins
    top_line: int  # how many wrapped lines of that block are above the window
    left_px: int  # the horizontal scroll bar's value

    @classmethod
    def of(cls, view: QPlainTextEdit) -> ViewPlace:
        """Note where a view stands."""
        top = view.firstVisibleBlock()
        return cls(
            view,
            selection_of(view),
            view.textCursor().verticalMovementX(),
            top.position(),
            view.verticalScrollBar().value() - top.firstLineNumber(),
            view.horizontalScrollBar().value(),
        )

    def restore(self, edits: Sequence[TextEdit]) -> None:
        """Bring the view back there, after edits."""
        select(self.view, transform_selection(self.selection, edits), wanted_x=self.wanted_x)
        self.restore_scroll(edits)

    def restore_scroll(self, edits: Sequence[TextEdit]) -> None:
        """Show the same text at the top, and leave the caret where it is."""
        top_utf16 = transform_position(self.top_utf16, edits, stays_left=False)
        block = self.view.document().findBlock(top_utf16)
        self.view.verticalScrollBar().setValue(block.firstLineNumber() + self.top_line)
        self.view.horizontalScrollBar().setValue(self.left_px)
