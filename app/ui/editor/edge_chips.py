"""Chips at the edges of an editor: who has the caret above or below what is seen of the text.

A key paints nothing of it and calculates nothing: chips change with people, scrolling, the number
of lines and the line one is in, at most once a frame. Knows no session. Source: EDITOR.md
(presence: chips for people off screen).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, QPoint, QPointF, QRect, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QFont, QGuiApplication, QPainter, QPolygonF, QTextCursor
from PySide6.QtWidgets import QWidget

from app.model.participants import initials
from app.ui.editor.remote_carets import Flag, Labels, pattern_of
from app.ui.editor.visible_lines import visible_range
from app.ui.widgets.plain_text import set_plain_tool_tip

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from PySide6.QtGui import QMouseEvent, QPaintEvent

    from app.model.participants import RemoteCaret
    from app.ui.editor.code_editor import CodeEditor

_FRAME_MS = 16
_MARGIN_PX = 6  # to the edges of the text
_PADDING_PX = 8
_GAP_PX = 6
_ARROW_PX = 8
_ROUND_PX = 4
_SCALE = 0.85  # of the editor's font
_MOST_LINES = 3  # carets that a chip of several people shows
_MOST_NAMES = 12  # that a tool tip says
_MOST_NAME_CHARACTERS = 16
_ROOM = 3  # a chip keeps to its third of the height


class Away(NamedTuple):
    """Somebody whose caret is out of sight."""

    caret: RemoteCaret
    line: int  # from 1


class EdgeChips(QObject):
    """The two chips of one editor.

    Invariant: a chip never stands on the line that one's own caret is in, and is there only while
    somebody is out of sight on its side.
    """

    caret_requested = Signal(int)  # go there; a place in UTF-16 units
    follow_requested = Signal(str)  # a user's id

    def __init__(self, editor: CodeEditor) -> None:
        super().__init__(editor)
        self._editor = editor
        self._carets: Sequence[RemoteCaret] = ()
        self.above = EdgeChip(editor, is_above=True)
        self.below = EdgeChip(editor, is_above=False)
        for chip in (self.above, self.below):
            chip.clicked.connect(self.caret_requested)
            chip.double_clicked.connect(self.follow_requested)
            chip.let_go.connect(self.show_soon)
        self._timer = QTimer(self, singleShot=True, interval=_FRAME_MS)
        self._timer.timeout.connect(self._on_due)
        bar = editor.verticalScrollBar()
        bar.valueChanged.connect(self.show_soon)
        bar.rangeChanged.connect(self.show_soon)  # another size, another number of rows
        editor.caret_line_changed.connect(self.show_soon)

    @property
    def is_due(self) -> bool:
        """Whether the chips are to be looked at in the next frame."""
        return self._timer.isActive()

    @Slot()
    def show_soon(self) -> None:
        """Look at the chips in the next frame; nobody is here and none is shown: not at all."""
        if (self._editor.remote_carets or self._carets) and not self._timer.isActive():
            self._timer.start()

    @Slot()
    def _on_due(self) -> None:
        if self.above.is_held or self.below.is_held:
            return  # `let_go` follows
        self._carets = self._editor.remote_carets
        above, below = self._away()
        self.above.show_people(above)
        self.below.show_people(below)
        self._place(self.above)
        self._place(self.below)

    def _away(self) -> tuple[tuple[Away, ...], tuple[Away, ...]]:
        """Return who is above and who below, each once, who is nearest first."""
        editor = self._editor
        document, height = editor.document(), editor.viewport().height()
        seen = visible_range(editor)
        above: list[Away] = []
        below: list[Away] = []
        for caret in self._carets:
            block = document.findBlock(caret.head_utf16)
            line = block.blockNumber()
            y = 0.0
            if line in seen:  # which row of it?
                cursor = QTextCursor(block)
                cursor.setPosition(caret.head_utf16)
                y = editor.cursorRect(cursor).center().y()
            if line < seen.start or y < 0:
                above.append(Away(caret, line + 1))
            elif line >= seen.stop or y > height:
                below.append(Away(caret, line + 1))
        above.sort(key=lambda away: -away.caret.head_utf16)
        below.sort(key=lambda away: away.caret.head_utf16)
        return _one_a_user(above), _one_a_user(below)

    def _place(self, chip: EdgeChip) -> None:
        """Put a chip to its edge, beside the line one is in; without room it is not there."""
        if not chip.people:
            chip.hide()
            return
        text = self._editor.viewport().geometry()
        size = chip.sizeHint()
        room_px = text.height() // _ROOM
        from_edge_px = _MARGIN_PX
        own = self._own_band()
        if own is not None:
            top, bottom = own if chip.is_above else (text.height() - own[1], text.height() - own[0])
            if top < from_edge_px + size.height() and bottom > from_edge_px:
                from_edge_px = bottom + _MARGIN_PX
        if from_edge_px + size.height() > room_px or size.width() > text.width():
            chip.hide()
            return
        y = from_edge_px if chip.is_above else text.height() - from_edge_px - size.height()
        at = text.topLeft() + QPoint(text.width() - size.width() - _MARGIN_PX, y)
        chip.setGeometry(QRect(at, size))
        chip.show()
        chip.raise_()

    def _own_band(self) -> tuple[int, int] | None:
        """Return upper and lower edge of the line one is in; None while it is out of sight."""
        cursor = QTextCursor(self._editor.textCursor())
        if cursor.blockNumber() not in visible_range(self._editor):
            return None
        cursor.movePosition(QTextCursor.MoveOperation.StartOfBlock)
        top = self._editor.cursorRect(cursor).top()
        cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock)
        return top, self._editor.cursorRect(cursor).bottom()


class EdgeChip(QWidget):
    """One chip: an arrow, and who is there.

    Invariant: it takes no keys, and the mouse only where it is painted.
    """

    clicked = Signal(int)  # where the nearest one's caret is, in UTF-16 units
    double_clicked = Signal(str)  # the nearest one's id
    let_go = Signal()  # what was held for a second click may change again

    def __init__(self, editor: CodeEditor, *, is_above: bool) -> None:
        super().__init__(editor)
        self.is_above = is_above
        self.people: tuple[Away, ...] = ()  # who is nearest first
        self._editor = editor
        self._labels: Labels | None = None  # None: the font is not known yet
        self._labels_of = (QFont(), 0.0)  # what they were made for
        self._hold = QTimer(self, singleShot=True)
        self._hold.timeout.connect(self.let_go)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.hide()

    @property
    def is_held(self) -> bool:
        """Whether it was clicked just now: it stays where it is, for a second click."""
        return self._hold.isActive()

    @property
    def text(self) -> str:
        """What it says."""
        arrow = "▲" if self.is_above else "▼"
        if len(self.people) != 1:
            return f"{arrow} {len(self.people)}" if self.people else ""
        return f"{arrow} {self._name} {self._line}"

    @property
    def _name(self) -> str:
        name = self.people[0].caret.name or self.tr("Somebody")
        if len(name) <= _MOST_NAME_CHARACTERS:
            return name
        return name[: _MOST_NAME_CHARACTERS - 1] + "…"

    @property
    def _line(self) -> str:
        return f":{self.people[0].line}"

    def show_people(self, people: tuple[Away, ...]) -> None:
        """Say who is there; nobody: nothing."""
        if people == self.people:
            return
        self.people = people
        names = [
            self.tr("{name}, line {line}").format(
                name=away.caret.name or self.tr("Somebody"), line=away.line
            )
            for away in people[:_MOST_NAMES]
        ]
        if len(people) > _MOST_NAMES:
            names.append("…")
        tip = self.tr("Click: go there. Double click: follow.")
        set_plain_tool_tip(self, "\n".join((*names, tip)) if people else "")
        side = self.tr("Above") if self.is_above else self.tr("Below")
        self.setAccessibleName(f"{side}: {'; '.join(names)}" if people else side)
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size that everything has room in."""
        labels, metrics = self._labels_now(), self.fontMetrics()
        width = 2 * _PADDING_PX + _ARROW_PX + _GAP_PX
        if len(self.people) == 1:
            width += _GAP_PX + labels.of(*self._badge()).width
            width += _GAP_PX + metrics.horizontalAdvance(self._name)
            width += _GAP_PX + metrics.horizontalAdvance(self._line)
        else:
            width += _GAP_PX * min(len(self.people), _MOST_LINES)
            width += metrics.horizontalAdvance(str(len(self.people)))
        return QSize(width, labels.height_px + _PADDING_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the arrow and who is there: by initials, colour and pattern as everywhere."""
        del event
        if not self.people:
            return
        colors, labels = self._editor.colors, self._labels_now()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(colors.gutter_text)
        painter.setBrush(colors.gutter_background)
        frame = self.rect().adjusted(0, 0, -1, -1)
        painter.drawRoundedRect(frame, _ROUND_PX, _ROUND_PX)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colors.text)
        painter.drawPolygon(self._arrow())
        painter.setPen(colors.text)
        painter.setFont(self.font())
        left = _PADDING_PX + _ARROW_PX + _GAP_PX
        top = (self.height() - labels.height_px) // 2
        for away in self.people[:_MOST_LINES]:
            flag = Flag(away.caret, pattern_of(away.caret.user_id), has_name=False)
            labels.paint_caret(painter, flag, (left, top, labels.height_px))
            left += _GAP_PX
        texts = (str(len(self.people)),)
        if len(self.people) == 1:
            badge = labels.of(*self._badge())
            painter.drawPixmap(left, top, badge.pixmap)
            left += badge.width + _GAP_PX
            texts = (self._name, self._line)  # apart: names may be written from right to left
        for text in texts:
            width = painter.fontMetrics().horizontalAdvance(text)
            area = QRect(left, 0, width, self.height())
            middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
            painter.drawText(area, middle | Qt.TextFlag.TextSingleLine, text)
            left += width + _GAP_PX
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go to the nearest one; the chip stays for a moment, for a second click."""
        event.accept()
        if event.button() == Qt.MouseButton.LeftButton and self.people:
            self._hold.start(QGuiApplication.styleHints().mouseDoubleClickInterval())
            self.clicked.emit(self.people[0].caret.head_utf16)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Follow the nearest one."""
        event.accept()
        if event.button() == Qt.MouseButton.LeftButton and self.people:
            self.double_clicked.emit(self.people[0].caret.user_id)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Take the end of it: nobody below is to hear of it."""
        event.accept()

    def _badge(self) -> tuple[str, str]:
        caret = self.people[0].caret
        return initials(caret.name), caret.color

    def _arrow(self) -> QPolygonF:
        left, right = _PADDING_PX, _PADDING_PX + _ARROW_PX
        high, low = (self.height() - _ARROW_PX) / 2 + 1, (self.height() + _ARROW_PX) / 2 - 1
        tip, base = (high, low) if self.is_above else (low, high)
        middle = (left + right) / 2
        return QPolygonF([QPointF(left, base), QPointF(right, base), QPointF(middle, tip)])

    def _labels_now(self) -> Labels:
        """Return initials and carets in the editor's font, made anew when it has another."""
        wanted = (self._editor.font(), self._editor.devicePixelRatioF())
        if self._labels is None or self._labels_of != wanted:
            font = QFont(wanted[0])
            font.setPointSizeF(max(1.0, font.pointSizeF() * _SCALE))
            self.setFont(font)
            self._labels, self._labels_of = Labels(font, wanted[1]), wanted
        return self._labels


def _one_a_user(away: Iterable[Away]) -> tuple[Away, ...]:
    """Return the first of each user."""
    first: dict[str, Away] = {}
    for each in away:
        first.setdefault(each.caret.user_id, each)
    return tuple(first.values())
