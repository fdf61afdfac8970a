"""A line to type into and a list below it: for commands, files, lines, encodings.

Knows not what is picked for: it asks for the items that fit what was typed. Source: EDITOR.md (go).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPalette
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QGraphicsDropShadowEffect,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from app.qtmodels.picks import PICK_ROLE, PickItem, PickModel
from app.ui.theme import participant_colour
from app.ui.widgets.plain_text import plain_label

if TYPE_CHECKING:
    from PySide6.QtGui import QFocusEvent

_WIDTH_PX = 620
_MOST_ROWS = 12
_ROW_PX = 30
_TOP_PX = 74  # below menus and tool bar
_MARGIN_PX = 8
_DOT_PX = 9
_GAP_PX = 10
_SHADOW_PX = 24

Source = Callable[[str], Sequence[PickItem]]
"""Gives the items that fit what was typed, the best first."""

_NO_STYLE = QStyle.StateFlag.State_None
_Index = QModelIndex | QPersistentModelIndex


class PickRow(QStyledItemDelegate):
    """Paints a text, its detail in grey, and keys at the right."""

    def sizeHint(self, _option: QStyleOptionViewItem, _index: _Index) -> QSize:
        """Return the height of every row."""
        return QSize(0, _ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Paint one row."""
        item = index.data(PICK_ROLE)
        if not isinstance(item, PickItem):
            return
        # The stubs lack the fields of the option.
        rect: QRect = option.rect  # pyright: ignore
        palette: QPalette = option.palette  # pyright: ignore
        is_selected = bool(option.state & QStyle.StateFlag.State_Selected)  # pyright: ignore
        roles = QPalette.ColorRole
        painter.save()
        if is_selected:
            painter.fillRect(rect, palette.color(roles.Highlight))
        strong = palette.color(roles.HighlightedText if is_selected else roles.Text)
        weak = strong if is_selected else palette.color(roles.PlaceholderText)
        rect = rect.adjusted(_GAP_PX, 0, -_GAP_PX, 0)
        if item.color:
            rect = _dot(painter, rect, item.color)
        metrics = QFontMetrics(painter.font())
        left_middle = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        if item.keys:
            painter.setPen(weak)
            painter.drawText(
                rect, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, item.keys
            )
            rect.setRight(rect.right() - metrics.horizontalAdvance(item.keys) - 2 * _GAP_PX)
        painter.setPen(strong)
        text = metrics.elidedText(item.text, Qt.TextElideMode.ElideMiddle, rect.width())
        painter.drawText(rect, left_middle, text)
        rect.setLeft(rect.left() + metrics.horizontalAdvance(text) + _GAP_PX)
        if item.detail and rect.width() > 0:
            painter.setPen(weak)
            detail = metrics.elidedText(item.detail, Qt.TextElideMode.ElideLeft, rect.width())
            painter.drawText(rect, left_middle, detail)
        painter.restore()


class Pick(QFrame):
    """A list over a window; it goes away when something is picked, on Esc, and without the focus.

    Invariant: it tells `picked` or `cancelled`, once, and deletes itself.
    """

    picked = Signal(object)  # PickItem
    cancelled = Signal()

    def __init__(
        self, *, source: Source, hint: str, empty_text: str, over: QWidget, text: str = ""
    ) -> None:
        """Make a list over a widget; `open` shows it.

        Args:
            source: of the items.
            hint: what the line says while it is empty.
            empty_text: said when nothing fits.
            over: whose upper middle the list takes.
            text: typed already.
        """
        super().__init__(over)
        self.setObjectName("pick")
        self._source = source
        self._over = over
        self._is_over = False
        self.setAccessibleName(hint)
        self._line = QLineEdit(text)
        self._line.setPlaceholderText(hint)
        self._line.setAccessibleName(hint)
        self._line.setClearButtonEnabled(True)
        self._model = PickModel(parent=self)
        self._list = QListView()
        self._list.setModel(self._model)
        self._list.setItemDelegate(PickRow(self._list))
        self._list.setUniformItemSizes(True)
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setAccessibleName(self.tr("What fits"))
        self._empty = plain_label(empty_text, role="muted")
        self._empty.setContentsMargins(_GAP_PX, _MARGIN_PX, _GAP_PX, _MARGIN_PX)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(_MARGIN_PX, _MARGIN_PX, _MARGIN_PX, _MARGIN_PX)
        layout.setSpacing(_MARGIN_PX - 2)
        layout.addWidget(self._line)
        layout.addWidget(self._list, 1)
        layout.addWidget(self._empty)
        self._line.textChanged.connect(self._on_text_changed)
        self._list.clicked.connect(self._on_clicked)
        self._line.installEventFilter(self)
        over.installEventFilter(self)
        shadow = QGraphicsDropShadowEffect(self)
        shadow.setBlurRadius(_SHADOW_PX)
        shadow.setOffset(0, _SHADOW_PX // 6)
        self.setGraphicsEffect(shadow)
        self.hide()

    @property
    def items(self) -> tuple[PickItem, ...]:
        """What is shown, the best first."""
        return self._model.items

    def open(self) -> None:
        """Show the list and take the keys."""
        self.refresh()
        self.show()
        self.raise_()
        self._line.setFocus(Qt.FocusReason.PopupFocusReason)
        self._line.selectAll()

    def refresh(self) -> None:
        """Ask for the items again: there are others."""
        self._model.show(self._source(self._line.text()))
        if self._model.items:
            self._list.setCurrentIndex(self._model.index(0))
        self._empty.setVisible(not self._model.items)
        self._list.setVisible(bool(self._model.items))
        self._place()

    def enter(self, text: str) -> None:
        """Type something, as a person would."""
        self._line.setText(text)

    def close_unpicked(self) -> None:
        """Go away without anything being picked."""
        self._end(None)

    def accept(self) -> None:
        """Pick what is marked."""
        row = self._list.currentIndex().row()
        if 0 <= row < len(self._model.items):
            self._end(self._model.items[row])

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Move in the list while the line has the keys, and stay in place over the window."""
        if watched is self._over and event.type() == QEvent.Type.Resize:
            self._place()
        elif watched is self._line and event.type() == QEvent.Type.KeyPress:
            assert isinstance(event, QKeyEvent)
            return self._take_key(event.key())
        elif watched is self._line and event.type() == QEvent.Type.FocusOut:
            self._on_focus_lost(event)
        return False

    @Slot(str)
    def _on_text_changed(self, _text: str) -> None:
        self.refresh()

    @Slot(QModelIndex)
    def _on_clicked(self, index: QModelIndex) -> None:
        self._list.setCurrentIndex(index)
        self.accept()

    def _on_focus_lost(self, event: QEvent | QFocusEvent) -> None:
        # To another window and back it stays.
        if QApplication.activeWindow() is self.window() and not self._line.hasFocus():
            self._end(None)

    def _take_key(self, key: int) -> bool:
        keys = Qt.Key
        steps = {keys.Key_Down: 1, keys.Key_Up: -1, keys.Key_PageDown: 8, keys.Key_PageUp: -8}
        if key in steps:
            self._move(steps[Qt.Key(key)])
        elif key in (keys.Key_Return, keys.Key_Enter):
            self.accept()
        elif key == keys.Key_Escape:
            self._end(None)
        else:
            return False
        return True

    def _move(self, step: int) -> None:
        count = len(self._model.items)
        if not count:
            return
        row = self._list.currentIndex().row() + step
        row = row % count if abs(step) == 1 else min(max(row, 0), count - 1)
        self._list.setCurrentIndex(self._model.index(row))

    def _place(self) -> None:
        rows = min(len(self._model.items), _MOST_ROWS)
        self._list.setFixedHeight(rows * _ROW_PX + 2)
        width = min(_WIDTH_PX, self._over.width() - 2 * _MARGIN_PX)
        self.setFixedWidth(width)
        self.adjustSize()
        self.move(QPoint((self._over.width() - width) // 2, _TOP_PX))

    def _end(self, item: PickItem | None) -> None:
        if self._is_over:
            return
        self._is_over = True
        self.hide()
        if item is not None:
            self.picked.emit(item)
        else:
            self.cancelled.emit()
        self.deleteLater()


def _dot(painter: QPainter, rect: QRect, color: str) -> QRect:
    """Paint a dot at the left and return what is left of the place."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(participant_colour(color))
    painter.drawEllipse(rect.left(), rect.center().y() - _DOT_PX // 2, _DOT_PX, _DOT_PX)
    return rect.adjusted(_DOT_PX + _GAP_PX, 0, 0, 0)
