"""Text that is dropped into an editor, also from elsewhere in it.

Qt would replace everything between the old place and the new one, and with it what others write
there. Knows no file. Source: EDITOR.md, binding rule 5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor

from app.collab.text_replica import EditKind
from app.model.text_edit import TextEdit, length_utf16, normalise

if TYPE_CHECKING:
    from PySide6.QtGui import QDropEvent

    from app.ui.editor.code_editor import CodeEditor
    from app.ui.editor.replica_binding import ReplicaBinding


def take_drop(editor: CodeEditor, binding: ReplicaBinding, event: QDropEvent) -> None:
    """Insert what is dropped, as one item of undo, and select it."""
    text = normalise(event.mimeData().text())
    place = QTextCursor(editor.cursorForPosition(event.position().toPoint()))
    edits = [TextEdit(place.position(), 0, text)]
    if event.source() is editor.viewport() and event.dropAction() == Qt.DropAction.MoveAction:
        cursor = editor.textCursor()
        start, stop = cursor.selectionStart(), cursor.selectionEnd()
        if start <= place.position() <= stop:
            return
        edits.append(TextEdit(start, stop - start, ""))
    binding.activate(editor)
    binding.edit(sorted(edits, key=lambda edit: edit.at_utf16), EditKind.PASTE)
    end = place.position()  # it went along with what was inserted there
    editor.select(end - length_utf16(text), end)
