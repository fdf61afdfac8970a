"""Commands on the selected lines of an editor: each one edit through its binding, one undo.

Knows no menu and no key. Source: EDITOR.md, M edit; binding rule 5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.collab.text_replica import EditKind
from app.ui.editor import line_edits
from app.ui.editor.line_edits import Line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.model.text_edit import TextEdit
    from app.ui.editor.code_editor import CodeEditor


def indent(editor: CodeEditor) -> None:
    """Indent the selected lines."""
    _make(editor, line_edits.indented(_lines_to_edit(editor)))


def outdent(editor: CodeEditor) -> None:
    """Take a step of indentation from the selected lines."""
    _make(editor, line_edits.outdented(_lines_to_edit(editor)))


def toggle_comment(editor: CodeEditor) -> None:
    """Make comments of the selected lines, or undo that."""
    mark = line_edits.LINE_COMMENTS.get(editor.language)
    if mark is not None:
        _make(editor, line_edits.comments_toggled(_lines_to_edit(editor), mark))


def duplicate(editor: CodeEditor) -> None:
    """Put a copy of the selected lines above them."""
    _make(editor, line_edits.duplicated(_lines_to_edit(editor)))


def delete(editor: CodeEditor) -> None:
    """Delete the selected lines."""
    lines = _lines_to_edit(editor)
    _make(editor, line_edits.deleted(lines, editor.document().characterCount() - 1))


def move_up(editor: CodeEditor) -> None:
    """Change the selected lines with the one above; the selection goes along."""
    lines = _lines_to_edit(editor)
    above = editor.document().findBlock(lines[0].at_utf16).previous()
    if above.isValid():
        _make(editor, line_edits.moved_up(lines, Line(above.position(), above.text())))


def move_down(editor: CodeEditor) -> None:
    """Change the selected lines with the one below; the selection goes along."""
    lines = _lines_to_edit(editor)
    below = editor.document().findBlock(lines[-1].at_utf16).next()
    if not below.isValid():
        return
    size = below.length()
    selection = editor.selection
    _make(editor, line_edits.moved_down(lines, Line(below.position(), below.text())))
    if editor.is_editable:  # a caret at the very beginning would have stayed in front
        editor.select(selection.anchor_utf16 + size, selection.head_utf16 + size)


def join(editor: CodeEditor) -> None:
    """Make one line of the selected lines, or of the current one and the next."""
    lines = _lines_to_edit(editor)
    following = editor.document().findBlock(lines[-1].at_utf16).next()
    if len(lines) == 1 and following.isValid():
        lines.append(Line(following.position(), following.text()))
    _make(editor, line_edits.joined(lines))


def _lines_to_edit(editor: CodeEditor) -> list[Line]:
    """Return the lines that the selection touches; not the one it merely ends in front of.

    They are as they are when nothing is composed and nothing waits.
    """
    editor.composition.close()
    cursor = editor.textCursor()
    block = editor.document().findBlock(cursor.selectionStart())
    lines = [Line(block.position(), block.text())]
    while block.next().isValid() and block.next().position() < cursor.selectionEnd():
        block = block.next()
        lines.append(Line(block.position(), block.text()))
    return lines


def _make(editor: CodeEditor, edits: Sequence[TextEdit]) -> None:
    binding = editor.binding
    if binding is not None and edits:
        binding.activate(editor)
        binding.edit(edits, EditKind.PROGRAM)
