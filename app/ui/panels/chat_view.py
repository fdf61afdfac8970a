"""The list of a conversation: keeps its place when messages come above, follows the end below.

Knows no session: what a person does with a message is told. Source: EDITOR.md (chat; full keyboard
use).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QModelIndex, QPoint, QPointF, Qt, Signal, Slot
from PySide6.QtWidgets import QAbstractItemView, QListView, QWidget

from app.qtmodels.chat import ROW_ROLE
from app.ui.panels.chat_delegate import ChatDelegate

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QResizeEvent

    from app.model.chat_rows import ChatRow
    from app.qtmodels.chat import ChatModel
    from app.ui.panels.chat_layout import Hit
    from app.ui.theme import Theme

_NEAR_PX = 400
"""From here to an end, the page beyond it is asked for."""


class ChatView(QListView):
    """The list.

    Invariant: what is at the top stays where it is when something comes above it; who is at the
    end stays at the end.
    """

    hit_clicked = Signal(object, object)  # ChatRow, Hit
    row_activated = Signal(object)  # ChatRow: Enter, or a double click
    menu_requested = Signal(object, QPoint)  # ChatRow; where, on the screen
    key_pressed = Signal(object, int)  # ChatRow; a key that means something for a message
    end_reached = Signal(bool)  # whether the older end is near, else the newer one
    end_seen = Signal(bool)  # whether the newest message is in sight

    def __init__(
        self,
        *,
        model: ChatModel,
        theme: Theme,
        colour_of: Callable[[str], QColor],
        names: Callable[[], dict[str, str]],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setModel(model)
        self.delegate = ChatDelegate(theme=theme, colour_of=colour_of, names=names, view=self)
        self.setItemDelegate(self.delegate)
        self._is_at_end = True
        self._is_moving = False
        self._anchor: tuple[tuple[str, str], int] | None = None
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setMouseTracking(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setAccessibleName(self.tr("Messages"))
        model.rowsAboutToBeInserted.connect(self._on_about_to_change)
        model.rowsAboutToBeRemoved.connect(self._on_about_to_change)
        self.verticalScrollBar().valueChanged.connect(self._on_scrolled)

    @property
    def is_at_end(self) -> bool:
        """Whether the newest of what is here is in sight."""
        return self._is_at_end

    def keep_place(self) -> None:
        """Note what is at the top, before something changes.

        Its lower edge: what stands above a message, the day or a name, may go when others come.
        """
        if self._anchor is not None or self._is_at_end:
            return
        index = self.indexAt(QPoint(4, 4))
        if index.isValid():
            row: ChatRow = index.data(ROW_ROLE)
            self._anchor = row.message.key, self.visualRect(index).bottom()

    def settle(self) -> None:
        """Lay out what has changed, and go back to where one was."""
        self._is_moving = True
        self.doItemsLayout()
        if self._is_at_end:
            self.scrollToBottom()
        elif self._anchor is not None:
            key, bottom_px = self._anchor
            found = [at for at, row in enumerate(self._rows()) if row.message.key == key]
            if found:
                now_px = self.visualRect(self.model().index(found[0], 0)).bottom()
                bar = self.verticalScrollBar()
                bar.setValue(bar.value() + now_px - bottom_px)
        self._anchor = None
        self._is_moving = False
        self._look()

    def go_to_end(self) -> None:
        """Show the newest."""
        self._anchor = None
        self.doItemsLayout()
        self.scrollToBottom()
        self._look()

    def go_to(self, row: int) -> None:
        """Show a message and make it the current one."""
        index = self.model().index(row, 0)
        self.setCurrentIndex(index)
        self.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtCenter)

    def current_row(self) -> ChatRow | None:
        """Return the current message."""
        index = self.currentIndex()
        return index.data(ROW_ROLE) if index.isValid() else None

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Measure again at another width."""
        self.keep_place()
        super().resizeEvent(event)
        self.settle()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show the hand over what can be clicked, and a message's menu button over it."""
        index = self.indexAt(event.position().toPoint())
        row: ChatRow | None = index.data(ROW_ROLE) if index.isValid() else None
        hovered = row.message.key if row is not None else None
        if hovered != self.delegate.hovered:
            self.delegate.hovered = hovered
            self.viewport().update()
        hit = self._hit(index, event.position())
        is_hand = bool(hit and (hit.link or hit.reaction or hit.action or hit.quote_of))
        shape = Qt.CursorShape.PointingHandCursor if is_hand else Qt.CursorShape.ArrowCursor
        self.viewport().setCursor(shape)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Do what is clicked."""
        index = self.indexAt(event.position().toPoint())
        if not index.isValid() or event.button() != Qt.MouseButton.LeftButton:
            return
        hit = self._hit(index, event.position())
        if hit is not None and hit.action == "menu":
            self.menu_requested.emit(index.data(ROW_ROLE), event.globalPosition().toPoint())
        elif hit is not None:
            self.hit_clicked.emit(index.data(ROW_ROLE), hit)

    def leaveEvent(self, event: QEvent) -> None:
        """Take the menu button away."""
        super().leaveEvent(event)
        self.delegate.hovered = None
        self.viewport().update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Tell keys that mean something for the current message; the rest moves in the list."""
        row = self.current_row()
        key = Qt.Key(event.key())
        if row is not None and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.row_activated.emit(row)
        elif row is not None and key in (Qt.Key.Key_Menu, Qt.Key.Key_F10, Qt.Key.Key_Space):
            rect = self.visualRect(self.currentIndex())
            at = self.viewport().mapToGlobal(rect.topLeft() + QPoint(40, 20))
            self.menu_requested.emit(row, at)
        elif row is not None and key in (Qt.Key.Key_Delete, Qt.Key.Key_E, Qt.Key.Key_R):
            self.key_pressed.emit(row, int(key))
        else:
            super().keyPressEvent(event)

    @Slot()
    def _on_about_to_change(self) -> None:
        self.keep_place()

    @Slot()
    def _on_scrolled(self) -> None:
        if not self._is_moving:
            self._look()

    def _look(self) -> None:
        """Tell which ends are in sight or near."""
        bar = self.verticalScrollBar()
        was_at_end, self._is_at_end = self._is_at_end, bar.value() >= bar.maximum() - 4
        if was_at_end != self._is_at_end:
            self.end_seen.emit(self._is_at_end)
        if bar.value() < _NEAR_PX:
            self.end_reached.emit(True)
        if bar.maximum() - bar.value() < _NEAR_PX:
            self.end_reached.emit(False)

    def _hit(self, index: QModelIndex, at: QPointF) -> Hit | None:
        if not index.isValid():
            return None
        rect = self.visualRect(index)
        return self.delegate.layout_of(index, rect.width()).hit(at - QPointF(rect.topLeft()))

    def _rows(self) -> list[ChatRow]:
        model = self.model()
        return [model.index(at, 0).data(ROW_ROLE) for at in range(model.rowCount())]
