"""The others' carets over the text of one editor: who is shown where, and when again.

Knows no session. A key costs what the visible carets cost, not what the text does. Source:
EDITOR.md, binding rule 8.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRectF, QTimer, Slot
from PySide6.QtGui import QFont, QPainter, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit

from app.ui.editor.remote_carets import (
    NAME_MS,
    Flag,
    Labels,
    moved,
    paint_caret,
    paint_flag,
    pattern_of,
)
from app.ui.editor.visible_lines import visible_range

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from PySide6.QtCore import QPointF

    from app.model.participants import RemoteCaret
    from app.model.text_edit import TextEdit
    from app.ui.editor.code_editor import CodeEditor
    from app.ui.editor.remote_carets import Box, Place

_INITIALS_SCALE = 0.7


class CaretLayer(QObject):
    """Invariant: `carets` are in the text that the editor shows, also between two messages."""

    def __init__(self, editor: CodeEditor) -> None:
        super().__init__(editor)
        self.carets: list[RemoteCaret] = []
        self._editor = editor
        self._named: set[int] = set()  # author ids whose name is shown
        self._hovered: int | None = None
        self._flags: dict[int, Box] = {}  # where each author's flag was painted
        self._painted: dict[int, Place] = {}  # where each author's caret was painted
        self._shows_name: set[int] = set()  # whose flag was painted with the name
        self._labels: Labels | None = None  # None: the font is not known yet
        self._label_key = ("", 1.0)
        self._names_timer = QTimer(self, singleShot=True, interval=NAME_MS)
        self._names_timer.timeout.connect(self._on_names_due)

    def set_carets(self, carets: Sequence[RemoteCaret]) -> bool:
        """Show where the others are; who moved is named for a while. Tell whether anybody did."""
        before = {caret.author_id: caret for caret in self.carets}
        changed = {caret.author_id for caret in carets if before.get(caret.author_id) != caret}
        if not changed and len(before) == len(carets):
            return False
        self.carets = list(carets)
        self._named |= changed
        self._names_timer.start()
        self._editor.viewport().update()
        return True

    def follow(self, edits: Sequence[TextEdit]) -> None:
        """Move along with the text, and ask for what must be painted again.

        Qt paints the lines that changed, and everything when there are more or fewer lines; what it
        does not know are the names above and below a line.
        """
        before, self.carets = self.carets, moved(self.carets, edits)
        gone = [
            old.author_id
            for old, new in zip(before, self.carets, strict=True)
            if old is not new and old.author_id in self._painted
        ]
        viewport = self._editor.viewport()
        if gone and self._editor.lineWrapMode() != QPlainTextEdit.LineWrapMode.NoWrap:
            viewport.update()  # they may stand in another row of the same line now
            return
        named = [self._painted[author] for author in gone if author in self._shows_name]
        for top, height in {(top, height) for _, top, height in named}:
            viewport.update(0, top - height, viewport.width(), 3 * height)

    def hover(self, here: QPointF) -> None:
        """Name the person whose flag is under the mouse."""
        over = [author for author, box in self._flags.items() if QRectF(*box).contains(here)]
        hovered = over[0] if over else None
        if hovered != self._hovered:
            self._hovered = hovered
            self._editor.viewport().update()

    def update_scrolled(self) -> None:
        """Ask for all to be painted: what Qt scrolls is the text, with the flags of before."""
        if self.carets:
            self._editor.viewport().update()

    def paint(self) -> None:
        """Paint all that are in the window, above the text."""
        if not self.carets:
            return
        painter = QPainter(self._editor.viewport())
        self._flags.clear()
        self._painted.clear()
        self._shows_name.clear()
        shown = [(self._flag(caret), place) for caret, place in self._places()]
        for flag, place in shown:
            paint_caret(painter, flag, place)
            self._painted[flag.caret.author_id] = place
            if flag.has_name:
                self._shows_name.add(flag.caret.author_id)
        labels = self._labels_now()
        width = self._editor.viewport().width()
        free_px: dict[int, int] = {}  # by a line's top
        for flag, place in shown:
            free = 0
            if not flag.has_name:
                free = free_px.get(place[1]) or self._line_end(flag.caret)
            box = paint_flag(painter, flag, place, labels, free_px=free, right_px=width)
            self._flags[flag.caret.author_id] = box
            if not flag.has_name:
                free_px[place[1]] = box[0] + box[2]
        painter.end()

    @Slot()
    def _on_names_due(self) -> None:
        self._named.clear()
        self._editor.viewport().update()

    def _places(self) -> Iterable[tuple[RemoteCaret, Place]]:
        """Yield the carets in the window, and where."""
        editor = self._editor
        height = editor.viewport().height()
        document = editor.document()
        first = editor.firstVisibleBlock().position()
        last_block = document.findBlockByNumber(visible_range(editor)[-1])
        last = last_block.position() + last_block.length()
        cursor = QTextCursor(document)
        end = document.characterCount() - 1
        for caret in self.carets:
            if first <= caret.head_utf16 <= last:
                cursor.setPosition(min(caret.head_utf16, end))
                place = editor.cursorRect(cursor)
                if 0 <= place.top() <= height:
                    yield caret, (place.left(), place.top(), place.height())

    def _labels_now(self) -> Labels:
        key = (self._editor.font().key(), self._editor.devicePixelRatioF())
        if self._labels is None or self._label_key != key:
            font = QFont(self._editor.font())
            font.setPointSizeF(max(1.0, font.pointSizeF() * _INITIALS_SCALE))
            self._labels, self._label_key = Labels(font, key[1]), key
        return self._labels

    def _flag(self, caret: RemoteCaret) -> Flag:
        has_name = caret.author_id in self._named or caret.author_id == self._hovered
        return Flag(caret, pattern_of(caret.user_id), has_name)

    def _line_end(self, caret: RemoteCaret) -> int:
        """Return where the text of a caret's line ends, in the viewport; on the right in any."""
        document = self._editor.document()
        block = document.findBlock(min(caret.head_utf16, document.characterCount() - 1))
        line = block.layout().lineForTextPosition(caret.head_utf16 - block.position())
        return int(self._editor.contentOffset().x() + line.naturalTextRect().right())
