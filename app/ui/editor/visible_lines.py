"""Which lines an editor shows just now, and where.

Not by `cursorForPosition`: at a text's end it counts what an input method composes, and warns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtGui import QTextBlock
    from PySide6.QtWidgets import QPlainTextEdit


def visible_range(editor: QPlainTextEdit) -> range:
    """Return the numbers of the lines in the window, and of more when some are higher than one."""
    first = editor.firstVisibleBlock().blockNumber()
    return range(first, min(first + rows_of(editor), editor.blockCount()))


def rows_of(editor: QPlainTextEdit) -> int:
    """Return how many lines there is room for, those that are seen in part among them."""
    return editor.viewport().height() // max(editor.fontMetrics().height(), 1) + 2


def lines_between(editor: QPlainTextEdit, from_px: int, to_px: int) -> Iterator[tuple[int, int]]:
    """Yield the lines between two heights in the window: number, from 0, and upper edge."""
    for block, number, top, bottom in _placed(editor, to_px):
        if bottom >= from_px and block.isVisible():
            yield number, int(top)


def visible_blocks(editor: QPlainTextEdit) -> Iterator[QTextBlock]:
    """Yield the lines in the window."""
    for block, _, _, _ in _placed(editor, editor.viewport().height()):
        if block.isVisible():
            yield block


def _placed(editor: QPlainTextEdit, to_px: int) -> Iterator[tuple[QTextBlock, int, float, float]]:
    """Yield the lines down to a height: block, number from 0, upper and lower edge in pixels."""
    block = editor.firstVisibleBlock()
    number = block.blockNumber()
    top = editor.blockBoundingGeometry(block).top() + editor.contentOffset().y()
    while block.isValid() and top <= to_px:
        bottom = top + editor.blockBoundingRect(block).height()
        yield block, number, top, bottom
        top = bottom
        block = block.next()
        number += 1
