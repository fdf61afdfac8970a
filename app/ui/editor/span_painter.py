"""Spans as colours on the lines of a document.

The formats lie on the blocks' layouts, as those of Qt's own QSyntaxHighlighter do: they are no part
of the document, so nothing of them reaches undo or a replica. Knows no process and no theme.
Source: https://doc.qt.io/qt-6/qtextlayout.html#setFormats
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QColor, QTextBlock, QTextCharFormat, QTextLayout

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from PySide6.QtGui import QTextDocument

    from app.syntax.messages import Spans


class SpanPainter:
    """Invariant: `painted` has an entry a line of the document as the owner last told of it."""

    def __init__(self, document: QTextDocument, colors: Mapping[str, QColor]) -> None:
        self.painted: list[Spans | None] = []  # of each line; None: not known
        self._document = document
        self._formats = _formats(colors)

    def set_colors(self, colors: Mapping[str, QColor]) -> None:
        """Show the same spans in other colours; a capture that is not among them has none."""
        self._formats = _formats(colors)
        self._repaint({line: spans for line, spans in enumerate(self.painted) if spans})

    def paint(self, first_line: int, spans: Sequence[Spans]) -> None:
        """Show the spans of lines, as far as they are not shown yet."""
        before = self.painted[first_line : first_line + len(spans)]
        new = {
            line: each
            for line, (old, each) in enumerate(zip(before, spans, strict=False), first_line)
            if old != each
        }
        self.painted[first_line : first_line + len(before)] = spans[: len(before)]
        self._repaint(new)

    def follow(self, first_line: int, removed_lines: int, painted: Sequence[Spans | None]) -> None:
        """Take what is shown on lines that Qt has just put in the place of others.

        Qt lays these blocks out after this, so there is nothing to mark.
        """
        self.painted[first_line : first_line + removed_lines] = painted
        block = self._document.findBlockByNumber(first_line)
        for spans in painted:
            self._set_formats(block, spans or ())
            block = block.next()

    def follow_line(self, block: QTextBlock, line: int, spans: Spans) -> None:
        """Take what is shown on one line that has changed; Qt lays it out after this."""
        self.painted[line] = spans
        self._set_formats(block, spans)

    def forget(self, first_line: int, removed_lines: int, added_lines: int) -> None:
        """Take it that nothing is known of lines that were put in the place of others.

        Qt makes new blocks for all but the first and the last of them.
        """
        self.painted[first_line : first_line + removed_lines] = [None] * added_lines
        for line in (first_line, first_line + added_lines - 1):
            self._document.findBlockByNumber(line).layout().setFormats([])

    def erase(self) -> None:
        """Take the formats off all lines that have some; nothing is known of any line."""
        self._repaint({line: () for line, spans in enumerate(self.painted) if spans})
        self.painted = [None] * self._document.blockCount()

    def _repaint(self, spans: Mapping[int, Spans]) -> None:
        block, at = QTextBlock(), -1
        for line, each in spans.items():
            follows = line == at + 1 and at >= 0
            block = block.next() if follows else self._document.findBlockByNumber(line)
            at = line
            self._set_formats(block, each)
            self._document.markContentsDirty(block.position(), block.length())

    def _set_formats(self, block: QTextBlock, spans: Spans) -> None:
        layout = block.layout()
        preedit = layout.preeditAreaText()
        preedit_utf16 = len(preedit.encode("utf-16-le")) // 2 if preedit else 0
        at = layout.preeditAreaPosition() if preedit else 0
        ranges: list[QTextLayout.FormatRange] = []
        for start, length, capture in spans:
            text_format = self._formats.get(capture)
            if text_format is None:
                continue
            each = QTextLayout.FormatRange()
            each.start, each.length, each.format = start, length, text_format
            if preedit_utf16 and start >= at:
                each.start += preedit_utf16
            elif preedit_utf16 and start + length > at:
                each.length += preedit_utf16
            ranges.append(each)
        if preedit_utf16:  # its underline lies among the formats, and is the input method's
            end = at + preedit_utf16
            ranges += [each for each in layout.formats() if at <= each.start < end]
        layout.setFormats(ranges)


def _formats(colors: Mapping[str, QColor]) -> dict[str, QTextCharFormat]:
    formats: dict[str, QTextCharFormat] = {}
    for capture, color in colors.items():
        formats[capture] = QTextCharFormat()
        formats[capture].setForeground(color)
    return formats
