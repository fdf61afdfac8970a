"""The menu of the right mouse button, with our undo and redo for Qt's.

Knows no command of the window. Source: EDITOR.md, binding rule 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QAction

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMenu

    from app.ui.editor.code_editor import CodeEditor


def with_own_undo(editor: CodeEditor, menu: QMenu) -> QMenu:
    """Return the menu that Qt made for an editor, with what undoes one's own edits only."""
    for action in menu.actions():
        if action.objectName() in ("edit-undo", "edit-redo"):
            menu.removeAction(action)
    first = menu.actions()[0]
    binding = editor.binding
    for text, act, can in (
        (editor.tr("&Undo"), editor.undo, binding is not None and binding.can_undo),
        (editor.tr("&Redo"), editor.redo, binding is not None and binding.can_redo),
    ):
        action = QAction(text, menu)
        action.setEnabled(can)
        action.triggered.connect(act)
        menu.insertAction(first, action)
    return menu
