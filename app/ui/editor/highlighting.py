"""Colours in the text of an editor, by what the syntax tree says of it.

Knows no theme, no file and no other widget. The formats lie on the blocks' layouts, as those of
Qt's own QSyntaxHighlighter do: they are no part of the document, so nothing of them reaches undo or
a replica. Sources: https://doc.qt.io/qt-6/qtextlayout.html#setFormats, `app/ui/editor/syntax.py`
"""

from __future__ import annotations

import contextlib
import logging
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, NamedTuple, override

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QColor, QTextBlock, QTextCharFormat, QTextLayout

from app.ui.editor.syntax import SYNTAX_LANGUAGES, Span, Spans, SyntaxTree, changed_range

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtWidgets import QPlainTextEdit

logger = logging.getLogger(__name__)

LONGEST_LINE_UTF16 = 10_000
LARGEST_TEXT_UTF16 = 2_000_000

_DELAY_MS = 60
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
    way at a time. What it brings back is dropped if the document has changed since: another request
    follows the change. Until then the formats move along with the text.

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
        self._running: Future[None] | None = None
        self._wanted = False  # another request, once the running one is answered
        self._tree: SyntaxTree | None = None
        self._lines: list[str] | None = None  # the text; None: read it at the next request
        self._is_sent = False  # whether the worker has these lines
        self._painted: list[Spans | None] = []  # of each line; None: not known
        self._covered = range(0)  # the lines whose colours are right
        self._limit = ""
        self._stopped = False

        self._delay = QTimer(self, interval=_DELAY_MS, singleShot=True)
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
            self._repaint(range(len(self._painted)))

    def stop(self) -> None:
        """Take the colours off and end the thread; nothing happens after this.

        Waits for the thread, at most 2 seconds.
        """
        if self._stopped:
            return
        self._stopped = True
        self._delay.stop()
        self._soon.stop()
        self._document.contentsChange.disconnect(self._on_contents_change)
        self._editor.verticalScrollBar().valueChanged.disconnect(self._on_scrolled)
        self._editor.removeEventFilter(self)
        self._erase()
        self._cancel()
        if self._worker is None:
            return
        running = [self._running] if self._running else []
        late = wait(running, timeout=_STOP_TIMEOUT_S).not_done
        if late:
            logger.warning("the highlighter's thread did not end in %s s", _STOP_TIMEOUT_S)
        self._worker.shutdown(wait=not late, cancel_futures=True)
        self._worker = None

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
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
        if not self._delay.isActive():
            self._delay.start()

    @Slot(object)
    def _on_answered(self, result: _Result) -> None:
        if self._stopped or result.request.tree is not self._tree:
            return
        self._running = None
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
        if self._running is not None:
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
        if self._worker is None:
            self._worker = ThreadPoolExecutor(1, thread_name_prefix="highlighter")
        self._running = self._worker.submit(self._work, request)

    def _work(self, request: _Request) -> None:
        """Run in the worker."""
        result = _answer(request)
        with contextlib.suppress(RuntimeError):  # this object went with its window meanwhile
            self._answered.emit(result)

    def _cancel(self) -> None:
        if self._tree is not None:
            self._tree.cancel()
        self._running = None
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
            text = self._document.toRawText()
            self._lines = text.split("\u2029")
            self._painted = [None] * len(self._lines)
            self._is_sent = False
        if max(map(len, self._lines)) > LONGEST_LINE_UTF16:
            self._set_limit(self.tr("A line is too long for syntax colours."))
            return False
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
