"""Which lines an editor may show just now.

Not by `cursorForPosition`: at a text's end it counts what an input method composes, and warns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtWidgets import QPlainTextEdit


def visible_range(editor: QPlainTextEdit) -> range:
    """Return the numbers of the lines in the window, and of more when some are higher than one."""
    first = editor.firstVisibleBlock().blockNumber()
    rows = editor.viewport().height() // max(editor.fontMetrics().height(), 1) + 2
    return range(first, min(first + rows, editor.blockCount()))
