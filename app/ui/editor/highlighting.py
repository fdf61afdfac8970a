"""Colours in the text of an editor, by what the syntax tree says of it.

Knows no theme, no file and no other widget. The formats lie on the blocks' layouts, as those of
Qt's own QSyntaxHighlighter do: they are no part of the document, so nothing of them reaches undo or
a replica. Sources: https://doc.qt.io/qt-6/qtextlayout.html#setFormats, `app/ui/editor/syntax.py`
"""

from __future__ import annotations

import contextlib
import logging
import time
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QColor, QTextBlock, QTextCharFormat, QTextLayout
from shiboken6 import isValid

from app.ui.editor.syntax import SYNTAX_LANGUAGES, Span, Spans, SyntaxTree, changed_range

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtWidgets import QPlainTextEdit

logger = logging.getLogger(__name__)

LONGEST_LINE_UTF16 = 10_000
LARGEST_TEXT_UTF16 = 2_000_000

_DELAY_MS = 60  # between two requests while the text changes
_STOP_TIMEOUT_S = 2.0
_MOST_LINES_AT_ONCE = 200  # a change of more is read at the next request, not line by line


class _Request(NamedTuple):
    tree: SyntaxTree
    revision: int
    lines: list[str] | None  # None: as at the request before
    first_line: int
    last_line: int


class _Result(NamedTuple):
    request: _Request
    spans: dict[int, Spans]


def _answer(request: _Request) -> _Result:
    if request.lines is not None:
        request.tree.update("\n".join(request.lines))
    return _Result(request, request.tree.spans(request.first_line, request.last_line))


class Highlighter(QObject):
    """Colours the visible blocks of an editor's document, and a page before and behind them.

    A worker thread parses, because a first parse of a long file takes 0.1 s. One request is on its
    way at a time, and 60 ms lie between two that follow changes. What it brings back is dropped if
    the document has changed since: another request follows the change. Until then the formats move
    along with the text. A key costs this thread 0.2 ms at 20,000 lines, a request 0.3 ms more.

    The document is the one that the editor has at the start; `stop` before it gets another.
    """

    limited = Signal(str)  # why nothing is coloured, in words; "" when colours are back
    highlighted = Signal(int, int)  # first and last line of what has its colours now

    _answered = Signal(object)  # _Result, from the worker

    def __init__(
        self,
        *,
        editor: QPlainTextEdit,
        language: str,
        colors: Mapping[str, QColor],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._editor = editor
        self._document = editor.document()
        self._formats = _formats(colors)
        self._worker: ThreadPoolExecutor | None = None
        self._is_running = False  # whether an answer is on its way
        self._last: Future[None] | None = None
        self._wanted = False  # another request, once the running one is answered
        self._tree: SyntaxTree | None = None
        self._lines: list[str] | None = None  # the text; None: read it at the next request
        self._is_sent = False  # whether the worker has these lines
        self._painted: list[Spans | None] = []  # of each line; None: not known
        self._covered = range(0)  # the lines whose colours are right
        self._limit = ""
        self._stopped = False

        self._requested_at_s = 0.0  # of the monotonic clock
        self._delay = QTimer(self, singleShot=True)
        self._delay.timeout.connect(self._request)
        self._soon = QTimer(self, interval=0, singleShot=True)
        self._soon.timeout.connect(self._request)
        self._answered.connect(self._on_answered, Qt.ConnectionType.QueuedConnection)
        self._document.contentsChange.connect(self._on_contents_change)
        editor.verticalScrollBar().valueChanged.connect(self._on_scrolled)
        editor.installEventFilter(self)
        self.set_language(language)

    def set_language(self, language: str) -> None:
        """Read the text in another language; one without a grammar has no colours."""
        if self._stopped:
            return
        self._cancel()
        self._tree = SyntaxTree(language) if language in SYNTAX_LANGUAGES else None
        self._lines = None
        self._erase()
        if self._tree is None:
            self._set_limit("")
        self._soon.start()

    def set_colors(self, colors: Mapping[str, QColor]) -> None:
        """Use these colours from now on; a capture that is not among them has none."""
        self._formats = _formats(colors)
        if self._tree is not None and not self._limit:
            self._repaint({line: spans for line, spans in enumerate(self._painted) if spans})

    def stop(self) -> None:
        """Take the colours off and end the thread; nothing happens after this.

        Waits for the thread, at most 2 seconds.
        """
        if self._stopped:
            return
        self._stopped = True
        if isValid(self):  # else Qt has deleted it and its timers with the window
            self._delay.stop()
            self._soon.stop()
        if isValid(self) and isValid(self._editor):
            self._document.contentsChange.disconnect(self._on_contents_change)
            self._editor.verticalScrollBar().valueChanged.disconnect(self._on_scrolled)
            self._editor.removeEventFilter(self)
            self._erase()
        self._cancel()
        if self._worker is None:
            return
        late = wait([self._last] if self._last else [], timeout=_STOP_TIMEOUT_S).not_done
        if late:
            logger.warning("the highlighter's thread did not end in %s s", _STOP_TIMEOUT_S)
        self._worker.shutdown(wait=not late, cancel_futures=True)
        self._worker = None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Look at the editor's size, which decides what is visible."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Show):
            self._on_scrolled()
        return False

    @Slot()
    def _on_scrolled(self) -> None:
        if self._tree is not None and not self._delay.isActive():
            self._soon.start()

    @Slot(int, int, int)
    def _on_contents_change(self, position: int, _removed: int, added: int) -> None:
        if self._tree is None:
            return
        self._covered = range(0)
        if not self._limit:
            self._follow(position, added)
        else:
            self._lines = None
            self._painted = []
        if not self._delay.isActive():
            since_ms = int((time.monotonic() - self._requested_at_s) * 1000)
            self._delay.start(max(_DELAY_MS - since_ms, 0))

    @Slot(object)
    def _on_answered(self, result: _Result) -> None:
        if self._stopped or result.request.tree is not self._tree:
            return
        self._is_running = False
        if result.request.revision == self._document.revision() and not self._limit:
            self._paint(result.spans)
        if self._wanted:
            self._request()

    # Text to worker

    @Slot()
    def _request(self) -> None:
        """Ask the worker for the colours of what is visible, if they are not known yet."""
        if self._tree is None or self._stopped:
            return
        if self._is_running:
            self._wanted = True
            return
        self._wanted = False
        if not self._is_within_limits():
            return
        visible = self._visible_lines()
        if visible.start in self._covered and visible[-1] in self._covered:
            return
        self._delay.stop()
        page = len(visible)
        request = _Request(
            self._tree,
            self._document.revision(),
            None if self._is_sent or self._lines is None else self._lines.copy(),
            max(visible.start - page, 0),
            visible[-1] + page,
        )
        self._is_sent = True
        self._requested_at_s = time.monotonic()
        if self._worker is None:
            self._worker = ThreadPoolExecutor(1, thread_name_prefix="highlighter")
        self._is_running = True
        self._last = self._worker.submit(self._work, request)
        self._last.add_done_callback(_log_failure)

    def _work(self, request: _Request) -> None:
        """Run in the worker."""
        result = _answer(request)
        with contextlib.suppress(RuntimeError):  # this object went with its window meanwhile
            self._answered.emit(result)

    def _cancel(self) -> None:
        if self._tree is not None:
            self._tree.cancel()
        self._is_running = False
        self._wanted = False
        self._is_sent = False
        self._tree = None

    def _is_within_limits(self) -> bool:
        """Bring `_lines` up to date, or turn the colours off for a text that is too large."""
        if self._document.characterCount() > LARGEST_TEXT_UTF16:
            self._lines = None
            self._set_limit(self.tr("This file is too large for syntax colours."))
            return False
        if self._lines is None:
            lines = self._document.toRawText().split("\u2029")
            if max(map(len, lines)) > LONGEST_LINE_UTF16:
                self._set_limit(self.tr("A line is too long for syntax colours."))
                return False
            self._lines = lines
            self._is_sent = False
            if len(self._painted) != len(lines):
                self._painted = [None] * len(lines)
        self._set_limit("")
        return True

    def _set_limit(self, limit: str) -> None:
        if limit == self._limit:
            return
        self._limit = limit
        if limit:
            self._erase()
        self.limited.emit(limit)

    def _visible_lines(self) -> range:
        editor = self._editor
        bottom = max(editor.viewport().height() - 1, 0)
        first = editor.cursorForPosition(QPoint(0, 0)).blockNumber()
        last = editor.cursorForPosition(QPoint(0, bottom)).blockNumber()
        return range(first, last + 1)

    # Spans to formats

    def _follow(self, position: int, added: int) -> None:
        """Move the formats of the changed lines along with their text, until the next answer."""
        first_block = self._document.findBlock(position)
        last_block = self._document.findBlock(position + added)
        if not last_block.isValid():  # Qt counted the mark at the end too
            last_block = self._document.lastBlock()
        first, last = first_block.blockNumber(), last_block.blockNumber()
        old_end = last + 1 - (self._document.blockCount() - len(self._painted))
        blocks = last + 1 - first
        old_lines = (self._lines or [])[first:old_end]
        is_large = max(blocks, old_end - first) > _MOST_LINES_AT_ONCE
        if self._lines is None or is_large or not old_lines:
            self._lines = None
            self._painted[first : max(old_end, first)] = [None] * blocks
            for block in (first_block, last_block):  # those between are new
                block.layout().setFormats([])
            return
        lines: list[str] = []
        block = first_block
        for _ in range(blocks):
            lines.append(block.text())
            block = block.next()
        if max(map(len, lines)) > LONGEST_LINE_UTF16:
            self._lines = None  # the next request reads the text, and says why there are no colours
            self._painted[first:old_end] = [None] * blocks
            for block in (first_block, last_block):
                block.layout().setFormats([])
            return
        painted = self._painted[first:old_end]
        if lines != old_lines:
            limit = position - first_block.position()
            painted = _moved(old_lines, lines, painted, limit)
            self._lines[first:old_end] = lines
            self._painted[first:old_end] = painted
            self._is_sent = False
        block = first_block
        for spans in painted:  # Qt lays these blocks out after this, there is nothing to mark
            self._set_formats(block, spans or ())
            block = block.next()

    def _paint(self, spans: dict[int, Spans]) -> None:
        """Show the answer of the worker, as far as it is not shown yet."""
        new = {line: each for line, each in spans.items() if self._painted[line] != each}
        for line, each in new.items():
            self._painted[line] = each
        self._repaint(new)
        if spans:
            self._covered = range(min(spans), max(spans) + 1)
            self.highlighted.emit(self._covered.start, self._covered[-1])

    def _erase(self) -> None:
        """Take the formats off all lines that have some."""
        self._repaint({line: () for line, spans in enumerate(self._painted) if spans})
        self._painted = [None] * self._document.blockCount()
        self._covered = range(0)

    def _repaint(self, spans: dict[int, Spans]) -> None:
        block, at = QTextBlock(), -1
        for line, each in spans.items():
            block = block.next() if line == at + 1 and at >= 0 else self._block(line)
            at = line
            self._set_formats(block, each)
            self._document.markContentsDirty(block.position(), block.length())

    def _block(self, line: int) -> QTextBlock:
        return self._document.findBlockByNumber(line)

    def _set_formats(self, block: QTextBlock, spans: Spans) -> None:
        layout = block.layout()
        preedit_utf16 = len(layout.preeditAreaText().encode("utf-16-le")) // 2
        at = layout.preeditAreaPosition()
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


def _log_failure(work: Future[None]) -> None:
    if not work.cancelled() and (error := work.exception()):
        logger.error("syntax colours stop after an error", exc_info=error)


def _moved(
    old_lines: list[str], lines: list[str], painted: list[Spans | None], limit_utf16: int
) -> list[Spans | None]:
    """Return the spans of the new lines, from those of the old: what was typed pushes them."""
    old = "\n".join(old_lines).encode("utf-16-le", "surrogatepass")
    new = "\n".join(lines).encode("utf-16-le", "surrogatepass")
    start, old_end, new_end = (
        at // 2 for at in changed_range(old, new, limit=limit_utf16 * 2, step=2)
    )
    typed = new[start * 2 : new_end * 2].decode("utf-16-le", "replace")
    is_word = typed.replace("_", "a").isalnum()
    starts = [0]  # of each line
    for line in lines:
        starts.append(starts[-1] + len(line.encode("utf-16-le", "surrogatepass")) // 2 + 1)
    moved: list[list[Span]] = [[] for _ in lines]
    line_start = at = 0
    for old_line, spans in zip(old_lines, painted, strict=True):
        for begin, length, capture in spans or ():
            begin, end = line_start + begin, line_start + begin + length
            if begin >= old_end:
                begin, end = begin + new_end - old_end, end + new_end - old_end
            elif end > old_end:  # around the change, or cut by it at its start
                begin, end = begin if begin < start else new_end, end + new_end - old_end
            elif end == start and (is_word or capture == "comment"):
                end = new_end
            else:
                end = min(end, start)
            while at + 1 < len(lines) and starts[at + 1] <= begin:
                at += 1
            for line in range(at, len(lines)):
                left = max(begin, starts[line])
                right = min(end, starts[line + 1] - 1)
                if left < right:
                    moved[line].append(Span(left - starts[line], right - left, capture))
                if starts[line + 1] >= end:
                    break
        line_start += len(old_line.encode("utf-16-le", "surrogatepass")) // 2 + 1
    return [tuple(spans) for spans in moved]
