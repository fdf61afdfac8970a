"""The text of a QTextDocument as it really is, and edits made in one.

`toPlainText()` would turn a no-break space into a space. Knows no replica. Source: PITFALLS,
PySide6 and Qt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor, QTextDocument
from PySide6.QtWidgets import QPlainTextEdit

from app.ui.editor.plain_layout import PlainLayout

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QMimeData, QObject
    from PySide6.QtGui import QTextBlock

    from app.model.text_edit import TextEdit


def plain_document(parent: QObject | None = None) -> QTextDocument:
    """Return an empty document that a plain text editor can show.

    Its lines begin at the left whatever they are written in: where each goes by its first letter,
    Qt's keys for left and right go to and fro for ever between two lines of different directions.
    """
    document = QTextDocument(parent)
    option = document.defaultTextOption()
    option.setTextDirection(Qt.LayoutDirection.LeftToRight)
    document.setDefaultTextOption(option)
    document.setUndoRedoEnabled(False)
    document.setDocumentLayout(PlainLayout(document))
    return document


def raw_text(document: QTextDocument) -> str:
    """Return the whole text with LF between its blocks; it costs as much as the text is long."""
    return document.toRawText().replace("\u2029", "\n")


def copied_text(cursor: QTextCursor) -> QMimeData:
    """Return the selection as it is, for a clipboard, which may keep it beyond Python's end.

    So the object is made by Qt: where the platform has no clipboard of its own, Qt's is emptied
    after Python has ended, and an object that was made here would crash the process then.
    """
    copied = QPlainTextEdit().createMimeDataFromSelection()
    copied.setText(cursor.selectedText().replace("\u2029", "\n"))
    return copied


def length_of(document: QTextDocument) -> int:
    """Return the length in UTF-16 units, without Qt's mark at the end."""
    return document.characterCount() - 1


def text_of_blocks(first: QTextBlock, last: QTextBlock) -> str:
    """Return the text from the beginning of one block to the end of another."""
    texts = [first.text()]
    block = first
    while block != last:
        block = block.next()
        texts.append(block.text())
    return "\n".join(texts)


def whole_character_at(document: QTextDocument, at_utf16: int) -> int:
    """Return a position, brought into the text and in front of a character it falls into."""
    at_utf16 = min(at_utf16, length_of(document))
    is_inside = "\udc00" <= document.characterAt(at_utf16) <= "\udfff"
    if is_inside and "\ud800" <= document.characterAt(at_utf16 - 1) <= "\udbff":
        return at_utf16 - 1
    return at_utf16


def half_characters(document: QTextDocument, start_utf16: int, end_utf16: int) -> list[int]:
    """Return where halves of surrogate pairs stand alone; Qt leaves one when it deletes the other.

    Python never sees them: PySide leaves them out of every text.
    """
    halves: list[int] = []
    at = start_utf16
    while at < end_utf16:
        is_high = "\ud800" <= document.characterAt(at) <= "\udbff"
        is_pair = is_high and "\udc00" <= document.characterAt(at + 1) <= "\udfff"
        if not is_pair and "\ud800" <= document.characterAt(at) <= "\udfff":
            halves.append(at)
        at += 2 if is_pair else 1
    return halves


def make_edits(document: QTextDocument, edits: Sequence[TextEdit]) -> None:
    """Make edits, as `TextEdit` says, in one edit block; positions beyond the end are the end."""
    length = length_of(document)
    cursor = QTextCursor(document)
    cursor.beginEditBlock()
    for edit in reversed(edits):
        cursor.setPosition(min(edit.at_utf16, length))
        stop = min(edit.at_utf16 + edit.removed_utf16, length)
        cursor.setPosition(stop, QTextCursor.MoveMode.KeepAnchor)
        if edit.text:
            cursor.insertText(edit.text)
        else:
            cursor.removeSelectedText()
    cursor.endEditBlock()
