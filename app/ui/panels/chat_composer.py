"""Where a message is written: grows with it, offers names after an `@`, sends with Enter.

Knows no session. Source: EDITOR.md (chat: mentions; full keyboard use).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QSize, QStringListModel, Qt, Signal, Slot
from PySide6.QtGui import QKeySequence, QTextCursor
from PySide6.QtWidgets import QFrame, QListView, QPlainTextEdit, QVBoxLayout, QWidget

from app.model.mentions import fitting_names, mention_being_typed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtGui import QFocusEvent, QKeyEvent

_MOST_LINES = 7
_MOST_OFFERED = 8
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class NamePopup(QFrame):
    """The names that fit what is typed after an `@`; it never takes the keys."""

    name_chosen = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("pick")
        self._over = parent
        self._names = QStringListModel(self)
        self._view = QListView()
        self._view.setModel(self._names)
        self._view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._view.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self._view.setAccessibleName(self.tr("People to mention"))
        self._view.clicked.connect(self._on_clicked)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.addWidget(self._view)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()

    @property
    def names(self) -> list[str]:
        """What is offered."""
        return self._names.stringList()

    @property
    def chosen(self) -> str:
        """The name that Enter takes; empty while none is offered."""
        return str(self._view.currentIndex().data() or "") if self.isVisible() else ""

    def offer(self, names: list[str], above: QWidget) -> None:
        """Show names above a widget, or nothing when there are none."""
        if not names:
            self.hide()
            return
        self._names.setStringList(names)
        self._view.setCurrentIndex(self._names.index(0))
        row_px = max(24, self._view.sizeHintForRow(0))
        height_px = row_px * len(names) + 12
        at = above.mapTo(self._over, above.rect().topLeft())
        self.setGeometry(at.x(), max(0, at.y() - height_px - 2), above.width(), height_px)
        self.show()
        self.raise_()

    def step(self, by: int) -> None:
        """Go to another name."""
        count = self._names.rowCount()
        row = (self._view.currentIndex().row() + by) % count
        self._view.setCurrentIndex(self._names.index(row))

    @Slot(QModelIndex)
    def _on_clicked(self, index: QModelIndex) -> None:
        self.name_chosen.emit(str(index.data()))


class Composer(QPlainTextEdit):
    """Invariant: Enter sends, Shift+Enter begins a line; Enter takes a name that is offered."""

    submitted = Signal(str)
    typing_changed = Signal(bool)
    escaped = Signal()
    edit_last_requested = Signal()  # Up, in an empty field

    def __init__(self, *, popup: NamePopup, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("composer")
        self._popup = popup
        self._names: Mapping[str, str] = {}
        popup.name_chosen.connect(self._take_name)
        self.setTabChangesFocus(True)
        self.setAccessibleName(self.tr("Message"))
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.textChanged.connect(self._on_text_changed)
        self.cursorPositionChanged.connect(self._offer_names)
        self._fit()

    def set_names(self, names: Mapping[str, str]) -> None:
        """Offer these people after an `@`.

        Args:
            names: by user id.
        """
        self._names = names

    def set_text(self, text: str) -> None:
        """Put a text in, with the caret at its end."""
        self.setPlainText(text)
        self.moveCursor(QTextCursor.MoveOperation.End)

    def sizeHint(self) -> QSize:
        """Return as many lines as there are, within bounds."""
        return QSize(200, self.height())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Send, choose a name, or type."""
        key = Qt.Key(event.key())
        is_offering = self._popup.isVisible()
        if is_offering and key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._popup.step(1 if key == Qt.Key.Key_Down else -1)
        elif is_offering and key in (*_ENTER, Qt.Key.Key_Tab):
            self._take_name(self._popup.chosen)
        elif is_offering and key == Qt.Key.Key_Escape:
            self._popup.hide()
        elif key in _ENTER and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._submit()
        elif key == Qt.Key.Key_Escape:
            self.escaped.emit()
        elif key == Qt.Key.Key_Up and not self.toPlainText():
            self.edit_last_requested.emit()
        elif event.matches(QKeySequence.StandardKey.InsertParagraphSeparator):
            self.insertPlainText("\n")
        else:
            super().keyPressEvent(event)

    def focusNextPrevChild(self, is_next: bool) -> bool:
        """Keep Tab while it takes a name."""
        return False if self._popup.isVisible() else super().focusNextPrevChild(is_next)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Offer no names to somebody who is elsewhere."""
        super().focusOutEvent(event)
        self._popup.hide()

    @Slot()
    def _on_text_changed(self) -> None:
        self._fit()
        self.typing_changed.emit(bool(self.toPlainText().strip()))

    @Slot(str)
    def _take_name(self, name: str) -> None:
        cursor = self.textCursor()
        found = self._typed()
        self._popup.hide()
        if found is None or not name:
            return
        at, _ = found
        before = self.toPlainText()[:at]
        cursor.setPosition(len(before.encode("utf-16-le")) // 2, QTextCursor.MoveMode.MoveAnchor)
        cursor.setPosition(self.textCursor().position(), QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(f"@{name} ")
        self.setTextCursor(cursor)
        self.setFocus()

    @Slot()
    def _offer_names(self) -> None:
        found = self._typed() if self.hasFocus() else None
        if found is None:
            self._popup.hide()
            return
        fitting = fitting_names(found[1], self._names)[:_MOST_OFFERED]
        self._popup.offer([self._names[user_id] for user_id in fitting], self)

    def _typed(self) -> tuple[int, str] | None:
        text = self.toPlainText()
        before = text.encode("utf-16-le")[: 2 * self.textCursor().position()]
        return mention_being_typed(text, len(before.decode("utf-16-le", "ignore")))

    def _submit(self) -> None:
        text = self.toPlainText().strip()
        if text:
            self.submitted.emit(text)

    def _fit(self) -> None:
        lines = min(_MOST_LINES, max(1, round(self.document().size().height())))
        frame = 2 * self.frameWidth() + round(2 * self.document().documentMargin())
        self.setFixedHeight(lines * self.fontMetrics().lineSpacing() + frame + 8)
