"""The others' carets over the text of one editor: who is shown where, and when again.

Knows no session. A key costs what the visible carets cost, not what the text does. Source:
EDITOR.md, binding rule 8.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRect, QRectF, QTimer, Slot
from PySide6.QtGui import QFont, QPainter

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
from app.ui.editor.visible_lines import rows_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from PySide6.QtCore import QPointF

    from app.model.participants import RemoteCaret
    from app.model.text_edit import TextEdit
    from app.ui.editor.code_editor import CodeEditor
    from app.ui.editor.remote_carets import Box, Place

_INITIALS_SCALE = 0.7
_BEHIND_ALL = 2**31  # no text is as long


class CaretLayer(QObject):
    """Invariant: `carets` are in the text that the editor shows, also between two messages."""

    def __init__(self, editor: CodeEditor) -> None:
        super().__init__(editor)
        self.carets: list[RemoteCaret] = []
        self.is_wrapped = False  # whether a line may have several rows
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
            row.place(caret.head_utf16)
            for row in self._rows()
            for caret in row.carets
            if caret.author_id in changed
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
        if self._shows_name or self.is_wrapped:
            gone = [
                old.author_id
                for old, new in zip(before, self.carets, strict=True)
                if old is not new and old.author_id in self._painted
            ]
            if gone and self.is_wrapped:
                self._editor.viewport().update()  # they may stand in another row of the same line
            else:
                named = [author for author in gone if author in self._shows_name]
                self._update_lines([self._painted[author] for author in named])
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
        viewport = self._editor.viewport()
        painter = QPainter(viewport)
        flags, painted, named = self._flags, self._painted, self._shows_name
        self._flags, self._painted, self._shows_name = {}, {}, set()
        labels, width = self._labels_now(), viewport.width()
        top_px, bottom_px = area.top(), area.bottom()
        shown: list[tuple[CaretRow, list[tuple[Flag, Place]]]] = []
        for row in self._rows():
            height = row.bottom_px - row.top_px
            if row.top_px - height <= bottom_px and row.bottom_px + height >= top_px:
                shown.append((row, self._paint_carets(painter, row, labels)))
                continue
            # Qt would have asked for its line if anything there was another than before.
            for author in [caret.author_id for caret in row.carets if caret.author_id in painted]:
                self._flags[author], self._painted[author] = flags[author], painted[author]
                self._shows_name |= {author} & named
        for row, there in shown:
            self._paint_flags(painter, row, there, labels, width)
        painter.end()

    def _paint_carets(
        self, painter: QPainter, row: CaretRow, labels: Labels
    ) -> list[tuple[Flag, Place]]:
        """Paint the carets of a line; return them with their places."""
        there: list[tuple[Flag, Place]] = []
        for caret in row.carets:
            author = caret.author_id
            place = self._painted[author] = row.place(caret.head_utf16)
            has_name = author in self._named or author == self._hovered
            flag = Flag(caret, pattern_of(caret.user_id), has_name)
            labels.paint_caret(painter, flag, place)
            there.append((flag, place))
        return there

    def _paint_flags(
        self,
        painter: QPainter,
        row: CaretRow,
        there: list[tuple[Flag, Place]],
        labels: Labels,
        right_px: int,
    ) -> None:
        """Paint names and initials of a line, above all carets."""
        free_px: dict[int, int] = {}  # where the text or the last initials end, by a row's top
        for flag, place in there:
            free, top, author = 0, place[1], flag.caret.author_id
            if flag.has_name:
                self._shows_name.add(author)
            else:
                free = free_px.get(top) or row.end_px(flag.caret.head_utf16)
            box = paint_flag(painter, flag, place, labels, free_px=free, right_px=right_px)
            self._flags[author] = box
            if not flag.has_name:
                free_px[top] = box[0] + box[2]

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

    def _rows(self) -> list[CaretRow]:
        """Return the lines in the window where carets are, with these."""
        editor = self._editor
        document = editor.document()
        top = editor.firstVisibleBlock()
        first = top.position()
        behind_line = top.blockNumber() + rows_of(editor)
        behind = _BEHIND_ALL  # no line from here on is in the window
        rows: list[CaretRow] = []
        for caret in self.carets:
            at = caret.head_utf16
            if not first <= at < behind:
                continue
            for row in rows:
                if row.start_utf16 <= at < row.stop_utf16:
                    row.carets.append(caret)
                    break
            else:
                block = document.findBlock(at)
                if not block.isValid():  # behind the text's end
                    continue
                if block.blockNumber() >= behind_line:
                    behind = block.position()
                    continue
                row = CaretRow(editor, block)
                row.carets.append(caret)
                rows.append(row)
        return rows

    def _labels_now(self) -> Labels:
        ratio = self._editor.devicePixelRatioF()
        if self._labels is None or self._labels_ratio != ratio:
            font = QFont(self._editor.font())
            font.setPointSizeF(max(1.0, font.pointSizeF() * _INITIALS_SCALE))
            self._labels, self._labels_ratio = Labels(font, ratio), ratio
        return self._labels
