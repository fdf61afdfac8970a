"""A text's place in a window: what has to be said of it, what is searched in it, and the text.

Knows no file and no session. Source: EDITOR.md (window: each editor has one banner slot and one
find-bar slot).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.ui.editor.code_editor import CodeEditor
from app.ui.editor.edge_chips import EdgeChips
from app.ui.tab_page import TabPage
from app.ui.theme import editor_font

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from app.ui.theme import Theme


class TextPage(TabPage):
    """A banner, a bar and an editor, from top to bottom.

    Invariant: at most one bar is there, and the editor gets all the room that is left.
    """

    def __init__(self, *, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.editor = CodeEditor(colors=theme.editor, font=editor_font())
        self.editor.setFrameShape(CodeEditor.Shape.NoFrame)
        self.chips = EdgeChips(self.editor)
        self._bar: QWidget | None = None
        self.column.addWidget(self.editor, 1)
        self.setFocusProxy(self.editor)

    @property
    def bar(self) -> QWidget | None:
        """What stands between banner and text."""
        return self._bar

    def set_bar(self, bar: QWidget | None) -> None:
        """Put something between banner and text; what was there goes back to whoever made it."""
        before, self._bar = self._bar, bar
        if before is not None and before is not bar and before.parent() is self:
            self.column.removeWidget(before)
            before.hide()
        if bar is not None:
            self.column.insertWidget(1, bar)
            bar.show()
