"""The others' carets over the text of one editor: who is shown where, and when again.

Knows no session. A key costs what the visible carets cost, not what the text does. Source:
EDITOR.md, binding rule 8.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRect, QRectF, QTimer, Slot
from PySide6.QtGui import QFont, QPainter
from PySide6.QtWidgets import QPlainTextEdit

from app.ui.editor.caret_rows import CaretRow
from app.ui.editor.remote_carets import (
    NAME_MS,
    Flag,
    Labels,
    moved,
    paint_flag,
    pattern_of,
    touches_selection,
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
        self._labels_ratio = 1.0  # device pixels in one of ours
        self._names_timer = QTimer(self, singleShot=True, interval=NAME_MS)
        self._names_timer.timeout.connect(self._on_names_due)

    @property
    def name_px(self) -> int:
        """How far above its line somebody's name may stand."""
        return self._labels.height_px if self._labels is not None and self._shows_name else 0

    def forget_font(self) -> None:
        """Write initials and names in the editor's font anew: it has another."""
        self._labels = None

    def set_carets(self, carets: Sequence[RemoteCaret]) -> bool:
        """Show where the others are; who moved is named for a while. Tell whether anybody did."""
        before = {caret.author_id: caret for caret in self.carets}
        changed = {caret.author_id for caret in carets if before.get(caret.author_id) != caret}
        if not changed and len(before) == len(carets):
            return False
        gone = before.keys() - {caret.author_id for caret in carets}
        self._update_lines(
            self._painted[author] for author in changed | gone if author in self._painted
        )
        self.carets = list(carets)
        self._named |= changed
        self._names_timer.start()
        self._update_lines(
            row.place(caret.head_utf16) for caret, row in self._rows() if caret.author_id in changed
        )
        return True

    def follow(self, edits: Sequence[TextEdit]) -> bool:
        """Move along with the text, and ask for what must be painted again.

        Tells whether a selection was touched, which Qt may have moved otherwise.

        Qt paints the lines that changed, and everything when there are more or fewer lines; what it
        does not know are the names above and below a line.
        """
        before, self.carets = self.carets, moved(self.carets, edits)
        is_touched = touches_selection(before, edits)
        gone = [
            old.author_id
            for old, new in zip(before, self.carets, strict=True)
            if old is not new and old.author_id in self._painted
        ]
        viewport = self._editor.viewport()
        if gone and self._editor.lineWrapMode() != QPlainTextEdit.LineWrapMode.NoWrap:
            viewport.update()  # they may stand in another row of the same line now
            return is_touched
        self._update_lines(self._painted[author] for author in gone if author in self._shows_name)
        return is_touched

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

    def paint(self, area: QRect) -> None:
        """Paint those in the window that reach into an area, above the text."""
        if not self.carets:
            return
        painter = QPainter(self._editor.viewport())
        flags, painted, named = self._flags, self._painted, self._shows_name
        self._flags, self._painted, self._shows_name = {}, {}, set()
        labels = self._labels_now()
        width = self._editor.viewport().width()
        shown: list[tuple[Flag, Place, CaretRow]] = []
        for caret, row in self._rows():
            author = caret.author_id
            height = row.bottom_px - row.top_px
            if row.top_px - height > area.bottom() or row.bottom_px + height < area.top():
                # Qt would have asked for its line if anything there was another than before.
                if author in painted:
                    self._flags[author], self._painted[author] = flags[author], painted[author]
                    self._shows_name |= {author} & named
                continue
            place = row.place(caret.head_utf16)
            flag = self._flag(caret)
            labels.paint_caret(painter, flag, place)
            self._painted[author] = place
            shown.append((flag, place, row))
        free_px: dict[int, int] = {}  # where the text or the last initials end, by a row's top
        for flag, place, row in shown:
            free, top = 0, place[1]
            if flag.has_name:
                self._shows_name.add(flag.caret.author_id)
            else:
                free = free_px.get(top) or row.end_px(flag.caret.head_utf16)
            box = paint_flag(painter, flag, place, labels, free_px=free, right_px=width)
            self._flags[flag.caret.author_id] = box
            if not flag.has_name:
                free_px[top] = box[0] + box[2]
        painter.end()

    @Slot()
    def _on_names_due(self) -> None:
        self._named.clear()
        self._update_lines(
            self._painted[author] for author in self._shows_name if author in self._painted
        )

    def _update_lines(self, places: Iterable[Place]) -> None:
        """Ask for the lines of carets to be painted, with the names above and below them."""
        viewport = self._editor.viewport()
        for top, height in {(top, height) for _, top, height in places}:
            viewport.update(0, top - height, viewport.width(), 3 * height)

    def _rows(self) -> Iterable[tuple[RemoteCaret, CaretRow]]:
        """Yield the carets in the window, each with its line; they are within the text."""
        editor = self._editor
        document = editor.document()
        first = editor.firstVisibleBlock().position()
        last_block = document.findBlockByNumber(visible_range(editor)[-1])
        stop = last_block.position() + last_block.length()
        rows: list[CaretRow] = []
        for caret in self.carets:
            at = caret.head_utf16
            if first <= at < stop:
                row = next((row for row in rows if row.start_utf16 <= at < row.stop_utf16), None)
                if row is None:
                    row = CaretRow(editor, document.findBlock(at))
                    rows.append(row)
                yield caret, row

    def _labels_now(self) -> Labels:
        ratio = self._editor.devicePixelRatioF()
        if self._labels is None or self._labels_ratio != ratio:
            font = QFont(self._editor.font())
            font.setPointSizeF(max(1.0, font.pointSizeF() * _INITIALS_SCALE))
            self._labels, self._labels_ratio = Labels(font, ratio), ratio
        return self._labels

    def _flag(self, caret: RemoteCaret) -> Flag:
        has_name = caret.author_id in self._named or caret.author_id == self._hovered
        return Flag(caret, pattern_of(caret.user_id), has_name)
