"""The layout of an editor's document, which paints again what changed and not the whole window.

Qt takes a change for one of several lines when it reaches the end of its line, and each format that
is set on a line counts as such a change: a key in a coloured text would paint all that is visible.
Knows no editor. Source: Qt's `QPlainTextDocumentLayout::documentChanged`, `QTextLayout::setFormats`
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QPlainTextDocumentLayout

if TYPE_CHECKING:
    from PySide6.QtGui import QTextDocument


class PlainLayout(QPlainTextDocumentLayout):
    """Invariant: `_blocks` is how many lines the document had after the change before."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self._document = document
        self._blocks = document.blockCount()

    def documentChanged(self, position: int, removed: int, added: int) -> None:
        """Lay out again what changed; a change within one line as one of its first character."""
        blocks, self._blocks = self._blocks, self._document.blockCount()
        if blocks == self._blocks and added:
            first = self._document.findBlock(position)
            if position + added <= first.position() + first.length():
                removed, added = 0, 1
        super().documentChanged(position, removed, added)
