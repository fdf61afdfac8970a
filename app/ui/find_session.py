"""Finding and replacing in one text while its bar is open.

Searching is done in a worker, so that no pattern stops the window; whatever was typed meanwhile
makes it search again. Source: EDITOR.md (find: replace all is one transaction, one undo).
"""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtGui import QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QTextEdit

from app.model.search import (
    Match,
    Matches,
    PatternInvalid,
    ReplacementInvalid,
    SearchFailed,
    SearchQuery,
    SearchTooSlow,
    TooManyMatches,
    find_matches,
    replacements,
)
from app.model.text_edit import Selection, TextEdit, normalise, transform_selection
from app.ui.editor.visible_lines import visible_blocks

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QColor

    from app.tasks import TaskOwner
    from app.ui.open_text import OpenText
    from app.ui.widgets.find_bar import FindBar

_SOON_MS = 60
_MOST_MARKS = 500
_MOST_ON_RULER = 2_000  # more than it has pixels
_TRIES = 3


class FindSession(QObject):
    """One text's search.

    Invariant: `matches` are of `_text`; while that is not the text any more, whatever needs them
    waits for the next search. At most one search is under way.
    """

    searched = Signal()  # the count says what was found, in the text as it is
    closed = Signal()

    def __init__(
        self,
        opened: OpenText,
        *,
        bar: FindBar,
        tasks: TaskOwner,
        mark_color: QColor,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.bar = bar
        self._opened = opened
        self._tasks = tasks
        self._format = QTextCharFormat()
        self.set_mark_color(mark_color)
        self._matches = Matches()
        self._within: Selection | None = None
        self._is_stale = True
        self._is_running = False
        self._then: Callable[[], None] | None = None  # once the matches are of the text
        self._is_closed = False
        self._replaced = 0  # at the last replacement of all
        self._timer = QTimer(self, singleShot=True, interval=_SOON_MS)
        self._timer.timeout.connect(self._on_due)
        bar.query_changed.connect(self._on_query_changed)
        bar.next_requested.connect(self.go_to_next)
        bar.previous_requested.connect(self.go_to_previous)
        bar.replace_requested.connect(self.replace)
        bar.replace_all_requested.connect(self.replace_all)
        bar.close_requested.connect(self.close)
        opened.binding.edited.connect(self._on_edited)
        opened.binding.remote_edited.connect(self._on_edited)
        opened.access_changed.connect(self._on_access_changed)
        opened.editor.verticalScrollBar().valueChanged.connect(self._on_scrolled)
        self._on_access_changed()

    @property
    def matches(self) -> Matches:
        """What was found last."""
        return self._matches

    def set_mark_color(self, color: QColor) -> None:
        """Mark what was found in another colour."""
        self._format.setBackground(color)

    def open(self, *, is_replacing: bool, before: SearchQuery) -> None:
        """Take the keys; what is selected is looked for, unless it spans lines.

        Args:
            is_replacing: whether to replace, too.
            before: what was looked for last, anywhere.
        """
        cursor = self._opened.editor.textCursor()
        selected = cursor.selectedText()
        spans_lines = "\u2029" in selected
        text = selected if selected and not spans_lines else before.text
        query = SearchQuery(
            text,
            is_regex=before.is_regex and not (selected and not spans_lines),
            has_case=before.has_case,
            is_word=before.is_word,
        )
        self._opened.page.set_bar(self.bar)
        self.bar.set_within(is_within=spans_lines)
        self.bar.ask(query, is_replacing=is_replacing)
        self._search_soon()

    @Slot()
    def close(self) -> None:
        """Put the bar away and give the keys to the text."""
        if self._is_closed:
            return
        self._is_closed = True
        self._timer.stop()
        self._opened.binding.edited.disconnect(self._on_edited)
        self._opened.binding.remote_edited.disconnect(self._on_edited)
        self._opened.access_changed.disconnect(self._on_access_changed)
        self._opened.editor.verticalScrollBar().valueChanged.disconnect(self._on_scrolled)
        self._opened.editor.set_marks([])
        self._opened.editor.ruler.show_found(())
        self._opened.page.set_bar(None)
        self._opened.editor.setFocus()
        self.bar.deleteLater()
        self.closed.emit()
        self.deleteLater()

    @Slot()
    def go_to_next(self) -> None:
        """Select the next match behind the caret, the first one after the last."""
        self._when_found(self._select_next)

    @Slot()
    def go_to_previous(self) -> None:
        """Select the match before the caret, the last one before the first."""
        self._when_found(self._select_previous)

    @Slot()
    def replace(self) -> None:
        """Replace the match that is selected and go to the next; else go to the next."""
        self._tasks.start(self._replace(is_all=False), name="replace")

    @Slot()
    def replace_all(self) -> None:
        """Replace every match: one transaction, one undo."""
        self._tasks.start(self._replace(is_all=True), name="replace all")

    @Slot()
    def _on_query_changed(self) -> None:
        selection = self._opened.editor.selection
        is_empty = selection.anchor_utf16 == selection.head_utf16
        if not self.bar.is_within:
            self._within = None
        elif self._within is None and not is_empty:
            self._within = selection
        self._search_soon()

    @Slot(object)
    def _on_edited(self, edits: list[TextEdit]) -> None:
        if self._within is not None:
            self._within = transform_selection(self._within, edits)
        self._search_soon()

    @Slot()
    def _on_access_changed(self) -> None:
        self.bar.set_read_only(is_read_only=self._opened.binding.is_read_only)

    @Slot(int)
    def _on_scrolled(self, _value: int) -> None:
        if not self._is_stale:
            self._show_marks()

    @Slot()
    def _on_due(self) -> None:
        if not self._is_running:
            self._is_running = True
            self._tasks.start(self._search(), name="find")

    def _search_soon(self) -> None:
        self._is_stale = True
        self._timer.start()

    def _when_found(self, then: Callable[[], None]) -> None:
        if not self._is_stale:
            then()
            return
        self._then = then
        self._timer.stop()
        self._on_due()

    async def _search(self) -> None:
        try:
            await self._search_until_current()
        finally:
            self._is_running = False
        if not self._is_closed and self._is_stale:
            self._timer.start()

    async def _search_until_current(self) -> None:
        if self._is_closed:
            return
        query, within, text = self.bar.query, self._range(), self._opened.replica.text
        self._is_stale = False
        try:
            found = await asyncio.to_thread(find_matches, query, text, within=within)
        except SearchFailed as error:
            if not self._is_closed and not self._is_stale:
                self._matches, self._then = Matches(), None
                self._show_on_ruler()
                self._opened.editor.set_marks([])
                self.bar.show_count(self._words(error), is_trouble=True, has_matches=False)
                self.searched.emit()
            return
        if self._is_closed or self._is_stale:
            return  # something was typed meanwhile
        self._matches = found
        self._show_on_ruler()
        then, self._then = self._then, None
        if then is not None:
            then()
        else:
            self._show_count()
        self._show_marks()
        self.searched.emit()

    async def _replace(self, *, is_all: bool) -> None:
        for _ in range(_TRIES):
            if self._is_closed:
                return
            query, within, text = self.bar.query, self._range(), self._opened.replica.text
            put = normalise(self.bar.replacement)
            try:
                edits = await asyncio.to_thread(replacements, query, text, put, within=within)
            except SearchFailed as error:
                if not self._is_closed:
                    self.bar.show_count(self._words(error), is_trouble=True, has_matches=False)
                return
            if self._is_closed or self._opened.binding.is_read_only:
                return
            if self._opened.replica.text == text:
                self._make(edits, is_all=is_all)
                return

    def _make(self, edits: list[TextEdit], *, is_all: bool) -> None:
        if not is_all:
            selection = self._opened.editor.selection
            place = {selection.anchor_utf16, selection.head_utf16}
            edits = [e for e in edits if {e.at_utf16, e.at_utf16 + e.removed_utf16} == place]
        self._opened.binding.activate(self._opened.editor)
        self._opened.binding.edit(edits)
        if is_all:
            self._replaced = len(edits)
            self._when_found(self._say_replaced)
        else:
            self._when_found(self._select_next)

    def _say_replaced(self) -> None:
        self.bar.show_count(
            self.tr("{count} replaced").format(count=self._replaced),
            has_matches=bool(self._matches.places),
        )

    def _range(self) -> Match | None:
        if self._within is None:
            return None
        ends = sorted((self._within.anchor_utf16, self._within.head_utf16))
        return Match(ends[0], ends[1])

    def _select_next(self) -> None:
        places = self._matches.places
        if places:
            cursor = self._opened.editor.textCursor()
            index = bisect_left(places, cursor.selectionEnd(), key=_start_of)
            self._select(places[index % len(places)])

    def _select_previous(self) -> None:
        places = self._matches.places
        if places:
            at = self._opened.editor.textCursor().selectionStart()
            self._select(places[bisect_left(places, at, key=_start_of) - 1])

    def _select(self, place: Match) -> None:
        editor = self._opened.editor
        editor.select(place.start_utf16, place.stop_utf16)
        if not editor.cursorRect().intersects(editor.viewport().rect()):
            editor.centerCursor()
        self._show_count()

    def _show_count(self) -> None:
        places = self._matches.places
        count = f"{len(places)}+" if self._matches.is_cut else str(len(places))
        selection = self._opened.editor.selection
        start, stop = sorted((selection.anchor_utf16, selection.head_utf16))
        index = bisect_left(places, start, key=_start_of)
        if not self.bar.query.text:
            text = ""
        elif not places:
            text = self.tr("No results")
        elif index < len(places) and places[index] == Match(start, stop):
            text = self.tr("{number} of {count}").format(number=index + 1, count=count)
        else:
            text = self.tr("{count} results").format(count=count)
        self.bar.show_count(text, has_matches=bool(places))

    def _show_on_ruler(self) -> None:
        """Mark the lines of what was found beside the whole text; of many a part."""
        document, places = self._opened.document, self._matches.places
        step = len(places) // _MOST_ON_RULER + 1
        lines = [document.findBlock(place.start_utf16).blockNumber() for place in places[::step]]
        self._opened.editor.ruler.show_found(lines)

    def _show_marks(self) -> None:
        """Mark what was found in the lines that are shown, and not beyond."""
        editor, document = self._opened.editor, self._opened.document
        blocks = list(visible_blocks(editor))
        if not blocks or not self._matches.places:
            editor.set_marks([])
            return
        first, last = blocks[0].position(), blocks[-1].position() + blocks[-1].length()
        places = self._matches.places
        at = max(0, bisect_left(places, first, key=_start_of) - 1)
        end = document.characterCount() - 1
        marks: list[QTextEdit.ExtraSelection] = []
        for place in places[at : at + _MOST_MARKS]:
            if place.start_utf16 > last:
                break
            cursor = QTextCursor(document)
            cursor.setPosition(min(place.start_utf16, end))
            cursor.setPosition(min(place.stop_utf16, end), QTextCursor.MoveMode.KeepAnchor)
            mark = QTextEdit.ExtraSelection()
            mark.cursor = cursor  # pyright: ignore[reportAttributeAccessIssue] - the stubs lack it
            mark.format = self._format  # pyright: ignore[reportAttributeAccessIssue]
            marks.append(mark)
        editor.set_marks(marks)

    def _words(self, error: SearchFailed) -> str:
        match error:
            case PatternInvalid(reason=reason):
                return self.tr("No valid pattern: {reason}").format(reason=reason)
            case ReplacementInvalid(reason=reason):
                return self.tr("No valid replacement: {reason}").format(reason=reason)
            case SearchTooSlow():
                return self.tr("This pattern takes too long.")
            case TooManyMatches():
                return self.tr("Too many matches to replace at once.")
            case _:
                return self.tr("The search failed.")


def _start_of(place: Match) -> int:
    return place.start_utf16
