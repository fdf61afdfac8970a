"""Keys that mean more than their character: brackets, indentation, comments, undo.

What one's own keys add only: text that comes from others goes past this. Source: EDITOR.md, M edit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QTextCursor

from app.ui.editor import line_commands, line_edits
from app.ui.editor.line_edits import INDENT
from app.ui.editor.typing_aids import AIDED, aid_for, goes_whole, is_pair

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

    from app.ui.editor.code_editor import CodeEditor

_OF_LETTERS = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier)
_CHANGING = (
    Qt.Key.Key_Backspace,
    Qt.Key.Key_Delete,
    Qt.Key.Key_Return,
    Qt.Key.Key_Enter,
    Qt.Key.Key_Tab,
)
_MOST_CLOSED = 8  # brackets that are typed over when the same one is typed


class LocalKeys:
    """The keys of one editor, which can be edited."""

    def __init__(self, editor: CodeEditor) -> None:
        self._editor = editor
        self._closed_brackets: list[QTextCursor] = []  # behind each bracket closed here

    def forget(self) -> None:
        """Forget what was closed: the editor shows another text."""
        self._closed_brackets.clear()

    def take(self, event: QKeyEvent) -> bool:
        """Tell whether a key was ours, and do what it means."""
        if event.text().isalnum() and event.modifiers() in _OF_LETTERS:
            return False  # nearly every key; each of the questions below takes microseconds
        keys = QKeySequence.StandardKey
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        has_control = bool(modifiers & Qt.KeyboardModifier.ControlModifier)
        if event.matches(keys.Undo):
            self._editor.undo()
        elif event.matches(keys.Redo):
            self._editor.redo()
        elif event.matches(keys.Cut):
            self._editor.cut()
        elif has_control and event.key() == Qt.Key.Key_Slash:
            line_commands.toggle_comment(self._editor)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not has_control:
            self._break_line()
        elif event.key() == Qt.Key.Key_Tab and not modifiers:
            self._insert_tab()
        elif event.key() == Qt.Key.Key_Backtab:
            line_commands.outdent(self._editor)
        elif event.key() == Qt.Key.Key_Backspace and not has_control:
            return self._take_back()
        else:
            return self._take_bracket(event.text())
        return True

    def _break_line(self) -> None:
        cursor = self._editor.textCursor()
        start = self._editor.document().findBlock(cursor.selectionStart())
        before = start.text().encode("utf-16-le")
        before = before[: 2 * (cursor.selectionStart() - start.position())]
        cursor.insertText("\n" + line_edits.indentation_after(before.decode("utf-16-le", "ignore")))
        self._editor.setTextCursor(cursor)
        self._editor.ensureCursorVisible()

    def _insert_tab(self) -> None:
        cursor = self._editor.textCursor()
        document = self._editor.document()
        start, end = cursor.selectionStart(), cursor.selectionEnd()
        if document.findBlock(start) != document.findBlock(end):
            line_commands.indent(self._editor)
            return
        column = start - document.findBlock(start).position()
        cursor.insertText(" " * (INDENT - column % INDENT))
        self._editor.setTextCursor(cursor)
        self._editor.ensureCursorVisible()

    def _take_back(self) -> bool:
        cursor = self._editor.textCursor()
        if cursor.hasSelection():
            return False
        cursor.movePosition(
            QTextCursor.MoveOperation.PreviousCharacter, QTextCursor.MoveMode.KeepAnchor
        )
        at = cursor.anchor()
        own = self._closed_at(at)
        if own and is_pair(*self._around(at)):
            self._closed_brackets = [each for each in self._closed_brackets if each not in own]
            cursor.setPosition(at - 1)
            cursor.setPosition(at + 1, QTextCursor.MoveMode.KeepAnchor)
        elif not goes_whole(cursor.selectedText()):
            return False
        cursor.removeSelectedText()
        self._editor.setTextCursor(cursor)
        self._editor.ensureCursorVisible()
        return True

    def _take_bracket(self, typed: str) -> bool:
        cursor = self._editor.textCursor()
        if len(typed) != 1 or typed not in AIDED or cursor.hasSelection():
            return False
        before, following = self._around(cursor.position())
        own = self._closed_at(cursor.position())
        aid = aid_for(
            typed, following, before=before, closes=bool(own), language=self._editor.language
        )
        if aid is None:
            return False
        if aid.text:
            cursor.insertText(aid.text)
            behind = QTextCursor(cursor)
            self._closed_brackets = [*self._closed_brackets[1 - _MOST_CLOSED :], behind]
            cursor.setPosition(cursor.position() + aid.step)
        else:
            self._closed_brackets = [each for each in self._closed_brackets if each not in own]
            cursor.setPosition(cursor.position() + aid.step)
        self._editor.setTextCursor(cursor)
        self._editor.ensureCursorVisible()
        return True

    def _closed_at(self, at: int) -> list[QTextCursor]:
        """Return what tells that the character behind a place was put there by a key before it."""
        return [each for each in self._closed_brackets if each.position() == at + 1]

    def _around(self, at: int) -> tuple[str, str]:
        """Return the characters beside a place; empty at the ends of a line."""
        document = self._editor.document()
        before = document.characterAt(at - 1) if at else ""
        following = document.characterAt(at)
        ends = ("\u2029", "\0")
        return ("" if before in ends else before), ("" if following in ends else following)


def changes_text(event: QKeyEvent) -> bool:
    """Tell whether a key would change a text, were it not for reading only."""
    if event.matches(QKeySequence.StandardKey.Paste) or event.matches(QKeySequence.StandardKey.Cut):
        return True
    command_keys = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.MetaModifier
    if event.modifiers() & command_keys:
        return False
    return event.key() in _CHANGING or (event.text().isprintable() and bool(event.text()))
