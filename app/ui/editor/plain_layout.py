"""The layout of an editor's document, which does again what changed and not all there is.

Qt takes a change for one of several lines when it reaches the end of its line, and each format that
is set on a line counts as such a change: a key in a coloured text would paint all that is visible.
After a line break it paints everything too, though nothing above has changed; where that begins in
a window only the window knows. And when the longest line becomes shorter Qt looks at once for the
next one, through all lines: 5 ms a key at 100,000. That search waits here for a pause; until then
one can scroll a little too far to the right. Knows no editor. Source: Qt's
`QPlainTextDocumentLayout::documentChanged` and `layoutBlock`, `QTextLayout::setFormats`
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import SIGNAL, QPointF, QRectF, QTimer, Signal, Slot
from PySide6.QtGui import QTextCursor, QTextOption
from PySide6.QtWidgets import QPlainTextDocumentLayout

if TYPE_CHECKING:
    from PySide6.QtGui import QTextBlock, QTextDocument

_EVERYTHING = QRectF(0, -1e3, 1e9, 1e9)
_MOST_LINES = 2  # of a change, that are laid out here: those of a line that was broken
_PAUSE_MS = 500


class PlainLayout(QPlainTextDocumentLayout):
    """Invariant: `_blocks` is how many lines the document had after the change before.

    A view that listens to `lines_moved` paints again what that means; if nobody does, everything is
    painted, so either all views of a document listen or none.
    """

    lines_moved = Signal(int)  # there are more or fewer lines, from this one on; counted from 0

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self._document = document
        self._blocks = document.blockCount()
        self._revision = document.revision()
        self._longest = QTextCursor()  # in a line that was the longest; null when Qt knows better
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._pause.timeout.connect(self._on_pause)

    def documentChanged(self, position: int, removed: int, added: int) -> None:
        """Lay out again what changed; a change within one line as one of its first character."""
        document = self._document
        blocks, self._blocks = self._blocks, document.blockCount()
        revision, self._revision = self._revision, document.revision()
        first = document.findBlock(position)
        if blocks != self._blocks:
            self._lay_out_moved(first, position, removed, added)
            return
        end, stop = first.position() + first.length(), position + added
        if stop < end or (stop == end and not self._is_newer(first.next(), revision)):
            is_shorter = removed > added
            if (is_shorter or not self._longest.isNull()) and self._lay_out_within(first):
                return
            if added:
                removed, added = 0, 1
        super().documentChanged(position, removed, added)

    def _is_newer(self, block: QTextBlock, revision: int) -> bool:
        """Tell whether a line was cut by a removal since a revision, of which no range tells."""
        is_text = self._revision != revision  # else only formats are new
        return is_text and block.isValid() and block.revision() == self._revision

    def _lay_out_moved(self, first: QTextBlock, position: int, removed: int, added: int) -> None:
        """Lay out lines among which some are new or gone, without Qt's wish to paint it all."""
        before = _Line.of(first)
        were_blocked = self.blockSignals(True)
        super().documentChanged(position, removed, added)
        last = self._document.findBlock(position + added)
        if before is not None and last.blockNumber() - first.blockNumber() < _MOST_LINES:
            self._note_longest(first, before)
            block = first
            while block.isValid() and block.blockNumber() <= last.blockNumber():
                self._lay_out(block, before)
                block = block.next()
        self.blockSignals(were_blocked)
        self.documentSizeChanged.emit(self.documentSize())
        if self.receivers(SIGNAL("lines_moved(int)")):
            self.lines_moved.emit(first.blockNumber())
        else:
            # By its overload: PySide crashes when it has to choose among those of this signal.
            self.update["QRectF"].emit(_EVERYTHING)  # pyright: ignore

    def _lay_out_within(self, block: QTextBlock) -> bool:
        """Lay out one line that changed, and tell whether that was all there is to do."""
        before = _Line.of(block)
        if before is None:
            return False
        self._note_longest(block, before)
        if not self._lay_out(block, before):
            return False
        self.updateBlock.emit(block)
        return True

    def _lay_out(self, block: QTextBlock, before: _Line) -> bool:
        """Lay a line out as Qt does, and tell whether it is as high and not the longest now."""
        layout = block.layout()
        margin = self._document.documentMargin()
        layout.setTextOption(self._document.defaultTextOption())
        layout.beginLayout()
        line = layout.createLine()
        is_one = line.isValid()
        if is_one:
            line.setLeadingIncluded(True)
            line.setLineWidth(before.width_px)
            line.setPosition(QPointF(margin, 0))
            is_one = not layout.createLine().isValid()  # else there is a line separator in it
        layout.endLayout()
        fits = is_one and line.height() == before.height_px
        fits = fits and line.naturalTextWidth() + 2 * margin <= self.documentSize().width()
        if not fits:
            layout.clearLayout()  # Qt lays out what has no lines when it comes to it
            if is_one:
                self._longest = QTextCursor()  # and finds that this is the longest now
        return fits

    def _note_longest(self, block: QTextBlock, before: _Line) -> None:
        """Remember a line that was the longest, to let Qt find out later which one is now."""
        margin = self._document.documentMargin()
        if before.text_px + 2 * margin >= self.documentSize().width():
            self._longest = QTextCursor(block)
            self._longest.setKeepPositionOnInsert(True)
        if not self._longest.isNull():
            self._pause.start()

    @Slot()
    def _on_pause(self) -> None:
        """Let Qt look for the longest line: it takes this line, or the one behind it, for that."""
        first, self._longest = self._longest.block(), QTextCursor()
        for block in (first, first.next()):
            if block.isValid() and not block.layout().preeditAreaText():
                block.layout().clearLayout()
                self.blockBoundingRect(block)


class _Line:
    """What is known of a line from before it changed, in pixels."""

    def __init__(self, block: QTextBlock) -> None:
        line = block.layout().lineAt(0)
        self.width_px = line.width()  # the room that it had
        self.height_px = line.height()
        self.text_px = line.naturalTextWidth()

    @classmethod
    def of(cls, block: QTextBlock) -> _Line | None:
        """Return what is known; None for what Qt shall lay out itself."""
        layout = block.layout()
        is_simple = layout.lineCount() == 1 and not layout.preeditAreaText()
        if not is_simple or layout.textOption().wrapMode() is not QTextOption.WrapMode.NoWrap:
            return None
        return cls(block)


def layout_of(document: QTextDocument) -> PlainLayout:
    """Return the layout of a document that `raw_text.plain_document` made."""
    layout = document.documentLayout()
    assert isinstance(layout, PlainLayout)
    return layout
