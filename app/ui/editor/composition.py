"""What an input method composes in one editor, and how that ends.

It is no text: where the line is broken or the caret goes, it would stay behind as a ghost, and
others' edits wait for its end. Knows no key. Source: EDITOR.md, M people; PITFALLS, PySide6 and Qt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication, QInputMethodEvent, QTextCursor

from app.collab.text_replica import EditKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.ui.editor.code_editor import CodeEditor


class Composition:
    """The composing of one editor.

    Invariant: while its binding says that it composes here, `is_open` is true and `_composed` is
    where.
    """

    def __init__(self, editor: CodeEditor, insert: Callable[[QInputMethodEvent], None]) -> None:
        """Compose in an editor; `insert` is what Qt does with an input method's event."""
        self._editor = editor
        self._insert = insert
        self.is_open = False  # asked at each key; also true for a while after a binding let go
        self._composed = QTextCursor()  # where an input method composes; null when it does not

    def take(self, event: QInputMethodEvent) -> None:
        """Take in others' edits before what was composed, which Qt then inserts at the caret."""
        editor, binding = self._editor, self._editor.binding
        if binding is None or binding.is_read_only:
            event.ignore()
            return
        is_open = bool(event.preeditString())
        if event.commitString() or not is_open:
            self.close()
        binding.activate(editor)
        if self._composed.block() != editor.textCursor().block():
            self._clear()
        with binding.taking(EditKind.COMPOSING if is_open else EditKind.TYPING):
            self._insert(event)
        if is_open:
            self.is_open = True
            self._composed = QTextCursor(editor.textCursor())
            binding.begin_composition(editor)

    def commit(self) -> None:
        """Let the input method commit before something else is done with the text."""
        binding = self._editor.binding
        if binding is not None and binding.is_composing(self._editor):
            QGuiApplication.inputMethod().commit()
            self.close()

    def close(self) -> None:
        """Drop what is being composed from the widget, and let others' edits in."""
        self.is_open = False
        binding = self._editor.binding
        if binding is not None and binding.is_composing(self._editor):
            self._insert(QInputMethodEvent())
            self._clear()
            binding.end_composition(self._editor)

    def _clear(self) -> None:
        """Take what was composed out of its line; Qt does so only while the caret stands there."""
        block, self._composed = self._composed.block(), QTextCursor()
        if block.isValid() and block.layout().preeditAreaText():
            block.layout().setPreeditArea(-1, "")
            self._editor.document().markContentsDirty(block.position(), block.length())
