"""The one place above the text where something is said that needs an answer.

Knows no notice: it shows a sentence and at most three buttons. Source: EDITOR.md (window).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import partial

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QToolButton, QWidget

from app.ui.widgets.plain_text import plain_paragraph

MOST_BUTTONS = 3


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


@dataclass(frozen=True, slots=True)
class _Message:
    text: str
    actions: tuple[BannerAction, ...]
    tone: Tone

    @property
    def ids(self) -> frozenset[str]:
        return frozenset(action.id for action in self.actions)


_NOTHING = _Message("", (), Tone.NOTICE)


class Banner(QFrame):
    """A sentence with buttons, or nothing.

    Invariant: it never takes the focus by itself, and shows the newest message only. An older one
    that has buttons waits below until it is answered or withdrawn: what needs an answer is not lost
    to what was merely said. Of two that offer the same, the newer stays.
    """

    action_requested = Signal(str)  # a BannerAction's id; the banner is hidden by then
    dismissed = Signal()
    said = Signal(str, object)  # a new sentence, and its Tone; for who cannot see it

    def __init__(self, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("banner")
        self._label = plain_paragraph()
        self._buttons: list[QPushButton] = []
        self._shown = _NOTHING
        self._below: list[_Message] = []  # the newest last
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
    def buttons(self) -> tuple[QPushButton, ...]:
        """The buttons that are shown."""
        return tuple(self._buttons)

    @property
    def button_texts(self) -> tuple[str, ...]:
        """What the buttons are called."""
        return tuple(button.text() for button in self._buttons)

    def show_message(self, text: str, *actions: BannerAction, tone: Tone = Tone.NOTICE) -> None:
        """Show a sentence above what was shown, with at most three buttons."""
        assert len(actions) <= MOST_BUTTONS
        message = _Message(text, actions, tone)
        below = [*self._below, self._shown]
        self._below = [old for old in below if old.actions and old.ids != message.ids]
        self._show(message)
        self.said.emit(text, tone)

    def clear(self) -> None:
        """Show nothing any more, and forget what waits."""
        self._below.clear()
        self._show(_NOTHING)

    def withdraw(self, action_id: str) -> None:
        """Take back what offers this action, shown or not."""
        self._below = [old for old in self._below if action_id not in old.ids]
        if action_id in self._shown.ids:
            self._drop()

    @Slot()
    def withdraw_good_news(self) -> None:
        """Take back what is shown if it is good news."""
        if self._shown.tone is Tone.GOOD:
            self._drop()

    @Slot()
    def _on_close_clicked(self) -> None:
        self._drop()
        self.dismissed.emit()

    def _on_button_clicked(self, action_id: str) -> None:
        self._drop()
        self.action_requested.emit(action_id)

    def _drop(self) -> None:
        """Show what waits below, if anything does."""
        self._show(self._below.pop() if self._below else _NOTHING)

    def _show(self, message: _Message) -> None:
        for button in self._buttons:
            button.hide()
            button.deleteLater()
        self._buttons.clear()
        self._shown = message
        self._label.setText(message.text)
        self.setAccessibleName(message.text)
        for place, action in enumerate(message.actions, start=1):
            button = QPushButton(action.text.replace("&", "&&"), self)
            button.clicked.connect(partial(self._on_button_clicked, action.id))
            self._layout.insertWidget(place, button, 0, Qt.AlignmentFlag.AlignVCenter)
            self._buttons.append(button)
        self.setProperty("tone", message.tone.value)
        for widget in (self, self._label):
            self.style().unpolish(widget)
            self.style().polish(widget)
        self.setVisible(message is not _NOTHING)
