"""The one place above the text where something is said that needs an answer.

Knows no notice: it shows a sentence and at most two buttons. Source: EDITOR.md (window).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import partial

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QToolButton, QWidget

from app.ui.widgets.plain_text import plain_paragraph

MOST_BUTTONS = 2


class Tone(Enum):
    """How it is meant; the words say it too."""

    NOTICE = "notice"
    TROUBLE = "trouble"
    GOOD = "good"


@dataclass(frozen=True, slots=True)
class BannerAction:
    """A button: what it is called, and what is told when it is pressed."""

    id: str
    text: str


class Banner(QFrame):
    """A sentence with buttons, or nothing.

    Invariant: it never takes the focus by itself, and shows the newest message only.
    """

    action_requested = Signal(str)  # a BannerAction's id; the banner is hidden by then
    dismissed = Signal()

    def __init__(self, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("banner")
        self._label = plain_paragraph()
        self._buttons: list[QPushButton] = []
        self._actions: tuple[BannerAction, ...] = ()
        self._tone = Tone.NOTICE
        self._close = QToolButton()
        self._close.setText("×")
        self._close.setAutoRaise(True)
        self._close.setToolTip(self.tr("Hide this message"))
        self._close.setAccessibleName(self.tr("Hide this message"))
        self._close.clicked.connect(self._on_close_clicked)
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(14, 6, 8, 6)
        self._layout.setSpacing(8)
        self._layout.addWidget(self._label, 1)
        self._layout.addWidget(self._close, 0, Qt.AlignmentFlag.AlignVCenter)
        self.hide()

    @property
    def message(self) -> str:
        """What is shown; empty while nothing is."""
        return "" if self.isHidden() else self._label.text()

    @property
    def button_texts(self) -> tuple[str, ...]:
        """What the buttons are called."""
        return tuple(button.text() for button in self._buttons)

    def show_message(self, text: str, *actions: BannerAction, tone: Tone = Tone.NOTICE) -> None:
        """Show a sentence in place of what was shown, with at most two buttons."""
        assert len(actions) <= MOST_BUTTONS
        self._forget_buttons()
        self._actions, self._tone = actions, tone
        self._label.setText(text)
        self.setAccessibleName(text)
        for place, action in enumerate(actions, start=1):
            button = QPushButton(action.text.replace("&", "&&"), self)
            button.clicked.connect(partial(self._on_button_clicked, action.id))
            self._layout.insertWidget(place, button, 0, Qt.AlignmentFlag.AlignVCenter)
            self._buttons.append(button)
        self.setProperty("tone", tone.value)
        for widget in (self, self._label):
            self.style().unpolish(widget)
            self.style().polish(widget)
        self.show()

    def clear(self) -> None:
        """Show nothing."""
        self.hide()
        self._forget_buttons()

    def withdraw(self, action_id: str) -> None:
        """Show nothing if what is shown offers this action."""
        if any(action.id == action_id for action in self._actions):
            self.clear()

    @Slot()
    def withdraw_good_news(self) -> None:
        """Show nothing if what is shown is good news."""
        if self._tone is Tone.GOOD:
            self.clear()

    @Slot()
    def _on_close_clicked(self) -> None:
        self.clear()
        self.dismissed.emit()

    def _on_button_clicked(self, action_id: str) -> None:
        self.clear()
        self.action_requested.emit(action_id)

    def _forget_buttons(self) -> None:
        for button in self._buttons:
            button.hide()
            button.deleteLater()
        self._buttons.clear()
        self._actions = ()
