"""Short notes over the lower right corner of a window; they never take the keys.

Shows what the rules in `app.model.toasts` say and tells what the pointer does. Every text is shown
as it is. Source: EDITOR.md (notices: toasts).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from app.ui.widgets.plain_text import plain_label
from app.ui.widgets.wrapped_text import wrapped_lines

if TYPE_CHECKING:
    from PySide6.QtGui import QEnterEvent, QMouseEvent

    from app.model.toasts import Toast

_WIDTH_PX = 320
_MARGIN_PX = 14
_GAP_PX = 8


class ToastCard(QFrame):
    """One note."""

    hovered = Signal(int)  # its id; 0: the pointer has left
    clicked = Signal(int)
    dismissed = Signal(int)

    def __init__(self, toast: Toast, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("toast")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.toast = toast
        width_px = min(_WIDTH_PX, max(160, parent.width() - 2 * _MARGIN_PX))
        title = plain_label(role="toast_title")
        close = QToolButton()
        close.setText("✕")
        close.setAccessibleName(self.tr("Take this note away"))
        close.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        close.clicked.connect(self._on_close_clicked)
        first = QHBoxLayout()
        first.addWidget(title, 1)
        first.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 8, 8, 12)
        layout.setSpacing(2)
        layout.addLayout(first)
        title.ensurePolished()
        inner_px = width_px - 34
        shown = wrapped_lines(toast.title, title.font(), width_px=inner_px - 30, most_lines=2)
        title.setText("\n".join(shown))
        if toast.text:
            text = plain_label()
            shown = wrapped_lines(toast.text, text.font(), width_px=inner_px, most_lines=3)
            text.setText("\n".join(shown))
            layout.addWidget(text)
        self.setAccessibleName(f"{toast.title}. {toast.text}")
        self.setFixedWidth(width_px)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Tell that somebody looks."""
        super().enterEvent(event)
        self.hovered.emit(self.toast.id)

    def leaveEvent(self, event: QEvent) -> None:
        """Tell that nobody looks any more."""
        super().leaveEvent(event)
        self.hovered.emit(0)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Tell that the note was clicked."""
        super().mouseReleaseEvent(event)
        self.clicked.emit(self.toast.id)

    @Slot()
    def _on_close_clicked(self) -> None:
        self.dismissed.emit(self.toast.id)


class ToastStack(QObject):
    """Invariant: there is one card for each note that is to be shown, the newest lowest."""

    hovered = Signal(int)
    clicked = Signal(int)
    dismissed = Signal(int)

    def __init__(self, *, over: QWidget) -> None:
        """Show notes in the lower right corner of a widget, above all that is in it."""
        super().__init__(over)
        self._over = over
        self._cards: dict[int, ToastCard] = {}
        over.installEventFilter(self)

    @property
    def cards(self) -> tuple[ToastCard, ...]:
        """What is on the screen, oldest first."""
        return tuple(self._cards.values())

    def show(self, toasts: tuple[Toast, ...]) -> None:
        """Show these and no others."""
        wanted = {toast.id for toast in toasts}
        for toast_id in [each for each in self._cards if each not in wanted]:
            card = self._cards.pop(toast_id)
            card.hide()
            card.deleteLater()
        for toast in toasts:
            if toast.id not in self._cards:
                card = ToastCard(toast, self._over)
                card.hovered.connect(self.hovered)
                card.clicked.connect(self.clicked)
                card.dismissed.connect(self.dismissed)
                self._cards[toast.id] = card
        self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay in the corner when it moves."""
        if watched is self._over and event.type() == QEvent.Type.Resize and self._cards:
            self._place()
        return False

    def _place(self) -> None:
        corner = self._over.rect().bottomRight()
        bottom = corner.y() - _MARGIN_PX
        for card in reversed(self._cards.values()):
            card.adjustSize()
            left = max(0, corner.x() - card.width() - _MARGIN_PX)
            card.move(left, bottom - card.height())
            card.show()
            card.raise_()
            bottom -= card.height() + _GAP_PX
