"""Colours in the text of an editor, by what the syntax process says of it.

Knows no theme, no file and no other widget. Sources: `app/syntax`, `app/ui/editor/span_painter.py`
"""

from __future__ import annotations

import itertools
import logging
import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from shiboken6 import isValid

from app.syntax.languages import SYNTAX_LANGUAGES
from app.syntax.messages import Answer, Colour, Coloured, Forget, Splice, Uncoloured
from app.ui.editor.span_moving import moved_spans, pushed_spans
from app.ui.editor.span_painter import SpanPainter
from app.ui.editor.visible_lines import visible_range

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtGui import QColor
    from PySide6.QtWidgets import QPlainTextEdit

    from app.ui.editor.syntax_process import SyntaxProcess

logger = logging.getLogger(__name__)

LONGEST_LINE_UTF16 = 10_000
LARGEST_TEXT_UTF16 = 2_000_000

_DELAY_MS = 60  # between two requests while the text changes
_MOST_LINES_AT_ONCE = 200  # a change of more is read at the next request, not line by line
_ALL_LINES = 2**31  # as many as there are
_MOST_DEATHS = 2
_MOST_SPLICES = 200  # when more wait, the whole text is sent instead

_text_numbers = itertools.count(1)


class Highlighter(QObject):
    """Colours the visible blocks of an editor's document, and a page before and behind them.

    The syntax process is told of each edit and asked for lines. One request is on its way at a
    time, and 60 ms lie between two that follow changes. What comes back is dropped if the document
    has changed since: another request follows the change. Until then the formats move along with
    the text. A text is the process's under a number; another language makes it another text.

    The document is the one that the editor has at the start; `stop` before it gets another.
    """

    limited = Signal(str)  # why nothing is coloured, in words; "" when colours are back
    highlighted = Signal(int, int)  # first and last line of what has its colours now

    def __init__(
        self,
        *,
        editor: QPlainTextEdit,
        language: str,
        colors: Mapping[str, QColor],
        parent: QObject | None = None,
    ) -> None:
        """Prepare; nothing is coloured before `read_with`.

        Args:
            editor: shows the text.
            language: its language's id.
            colors: by the names of captures.
            parent: Qt's owner.
        """
        super().__init__(parent)
        self._editor = editor
        self._document = editor.document()
        self._process: SyntaxProcess | None = None
        self._painter = SpanPainter(self._document, colors)
        self._wanted_language = language
        self._language = ""  # what the text is read in; empty: not at all
        self._text = 0  # the number that the process knows it by
        self._is_running = False  # whether an answer is on its way
        self._deaths = 0  # of processes that were reading this text
        self._wanted = False  # another request, once the running one is answered
        self._lines: list[str] | None = None  # the text; None: read it at the next request
        self._splices: list[Splice] | None = None  # what to tell; None: all of it
        self._covered = range(0)  # the lines whose colours are right
        self._limit = ""
        self._stopped = False

        self._requested_at_s = 0.0  # of the monotonic clock
        self._delay = QTimer(self, singleShot=True)
        self._delay.timeout.connect(self._request)
        self._soon = QTimer(self, interval=0, singleShot=True)
        self._soon.timeout.connect(self._request)
        self._document.contentsChange.connect(self._on_contents_change)
        editor.verticalScrollBar().valueChanged.connect(self._on_scrolled)
        editor.verticalScrollBar().rangeChanged.connect(self._on_scrolled)  # as with the height

    def read_with(self, process: SyntaxProcess) -> None:
        """Let a process read the text, once and for all."""
        assert self._process is None
        self._process = process
        process.answered.connect(self._on_answered)
        process.restarted.connect(self._on_restarted)
        process.gave_up.connect(self._on_gave_up)
        self.set_language(self._wanted_language)

    def set_language(self, language: str) -> None:
        """Read the text in another language; one without a grammar has no colours."""
        if self._stopped:
            return
        self._forget()
        self._deaths = 0
        self._wanted_language = language
        can_read = self._process is not None and language in SYNTAX_LANGUAGES
        self._language = language if can_read else ""
        self._lines = None
        self._painter.erase()
        self._covered = range(0)
        if not self._language:
            self._set_limit("")
        elif self._process is not None and self._process.has_given_up:
            self._on_gave_up()
        self._soon.start()

    def set_colors(self, colors: Mapping[str, QColor]) -> None:
        """Use these colours from now on; a capture that is not among them has none."""
        self._painter.set_colors(colors)

    def stop(self) -> None:
        """Take the colours off; nothing happens after this."""
        if self._stopped:
            return
        self._forget()
        self._stopped = True
        if isValid(self):  # else Qt has deleted it and its timers with the window
            self._delay.stop()
            self._soon.stop()
        process = self._process
        if isValid(self) and process is not None and isValid(process):
            process.answered.disconnect(self._on_answered)
            process.restarted.disconnect(self._on_restarted)
            process.gave_up.disconnect(self._on_gave_up)
        if isValid(self) and isValid(self._editor):
            self._document.contentsChange.disconnect(self._on_contents_change)
            self._editor.verticalScrollBar().valueChanged.disconnect(self._on_scrolled)
            self._editor.verticalScrollBar().rangeChanged.disconnect(self._on_scrolled)
            self._painter.erase()

    @Slot()
    def _on_scrolled(self) -> None:
        if self._language and not self._delay.isActive():
            self._soon.start()

    @Slot(int, int, int)
    def _on_contents_change(self, position: int, removed: int, added: int) -> None:
        if not self._language:
            return
        self._covered = range(0)
        if not self._limit:
            if removed or not self._follow_key(position, added):
                self._follow(position, added)
        else:
            self._lines = None
            self._painter.painted = []
        if not self._delay.isActive():
            since_ms = int((time.monotonic() - self._requested_at_s) * 1000)
            self._delay.start(max(_DELAY_MS - since_ms, 0))

    @Slot(object)
    def _on_answered(self, answer: Answer) -> None:
        if answer.text != self._text:
            return
        self._is_running = False
        if isinstance(answer, Uncoloured):
            logger.warning("a text in %s has no colours: %s", self._language, answer.reason)
            self._give_up()
        elif answer.revision == self._document.revision() and not self._limit:
            self._paint(answer)
        if self._wanted:
            self._request()

    @Slot()
    def _on_restarted(self) -> None:
        """Send the whole text to the new process, unless it is this text that kills it."""
        if self._is_running:
            self._deaths += 1
        self._is_running = False
        if self._language and self._deaths >= _MOST_DEATHS:
            logger.warning("a text in %s has no colours: its reader dies of it", self._language)
            self._give_up()
            return
        self._splices = None
        self._covered = range(0)
        self._soon.start()

    @Slot()
    def _on_gave_up(self) -> None:
        if self._language:
            self._give_up()

    def _give_up(self) -> None:
        self._language = ""
        self._set_limit(self.tr("Syntax colours stopped after an error."))

    # Text to process

    @Slot()
    def _request(self) -> None:
        """Ask for the colours of what is visible, if they are not known yet."""
        if not self._language or self._stopped or self._process is None:
            return
        if self._is_running:
            self._wanted = True
            return
        self._wanted = False
        if not self._is_within_limits() or self._lines is None:
            return
        visible = visible_range(self._editor)
        if visible.start in self._covered and visible[-1] in self._covered:
            return
        self._delay.stop()
        if self._splices is None:
            self._splices = [Splice(0, _ALL_LINES, self._lines)]
        if not self._text:
            self._text = next(_text_numbers)
        page = len(visible)
        request = Colour(
            text=self._text,
            language=self._language,
            revision=self._document.revision(),
            splices=self._splices,
            first_line=max(visible.start - page, 0),
            last_line=visible[-1] + page,
        )
        self._process.send(request)
        self._splices = []
        self._requested_at_s = time.monotonic()
        self._is_running = True

    def _forget(self) -> None:
        """Let the process forget the text, and forget what it was asked."""
        process = self._process
        if self._text and process is not None and isValid(process):
            process.send(Forget(self._text))
        self._text = 0
        self._splices = None
        self._is_running = False
        self._wanted = False

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
            self._splices = None
            if len(self._painter.painted) != len(lines):
                self._painter.painted = [None] * len(lines)
        self._set_limit("")
        return True

    def _set_limit(self, limit: str) -> None:
        if limit == self._limit:
            return
        self._limit = limit
        if limit:
            self._painter.erase()
            self._covered = range(0)
        self.limited.emit(limit)

    # Spans to formats

    def _follow_key(self, position: int, added: int) -> bool:
        """Move the formats of a line into which a key has put something; tell whether it was so."""
        painter, lines = self._painter, self._lines
        if lines is None or self._document.blockCount() != len(painter.painted):
            return False
        block = self._document.findBlock(position)
        number, text = block.blockNumber(), block.text()
        painted = painter.painted[number]
        at = position - block.position()
        if painted is None or len(text) > LONGEST_LINE_UTF16:
            return False
        spans = pushed_spans(lines[number], text, painted, at, added)
        if spans is None:
            return False
        lines[number] = text
        self._note(Splice(number, 1, [text]))
        painter.follow_line(block, number, spans)
        return True

    def _follow(self, position: int, added: int) -> None:
        """Move the formats of the changed lines along with their text, until the next answer."""
        first_block = self._document.findBlock(position)
        last_block = self._document.findBlock(position + added)
        if not last_block.isValid():  # Qt counted the mark at the end too
            last_block = self._document.lastBlock()
        painter = self._painter
        first, last = first_block.blockNumber(), last_block.blockNumber()
        old_end = last + 1 - (self._document.blockCount() - len(painter.painted))
        blocks = last + 1 - first
        old_lines = (self._lines or [])[first:old_end]
        lines: list[str] = []
        if (
            self._lines is not None
            and old_lines
            and max(blocks, len(old_lines)) <= _MOST_LINES_AT_ONCE
        ):
            block = first_block
            for _ in range(blocks):
                lines.append(block.text())
                block = block.next()
        if self._lines is None or not lines or max(map(len, lines)) > LONGEST_LINE_UTF16:
            self._lines = None  # the next request reads the text, and says why there are no colours
            painter.forget(first, max(old_end - first, 0), blocks)
            return
        painted = painter.painted[first:old_end]
        if lines != old_lines:
            painted = moved_spans(old_lines, lines, painted, position - first_block.position())
            self._lines[first:old_end] = lines
            self._note(Splice(first, len(old_lines), lines))
        painter.follow(first, len(old_lines), painted)

    def _note(self, splice: Splice) -> None:
        """Keep an edit for the next request."""
        if self._splices is not None:
            self._splices.append(splice)
            if len(self._splices) > _MOST_SPLICES:
                self._splices = None

    def _paint(self, answer: Coloured) -> None:
        self._painter.paint(answer.first_line, answer.spans)
        if answer.spans:
            self._covered = range(answer.first_line, answer.first_line + len(answer.spans))
            self.highlighted.emit(self._covered.start, self._covered[-1])
