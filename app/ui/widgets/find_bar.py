"""The bar to find and replace with, above a text; it never stops anybody from typing there.

It tells what is wished and shows what it is told; it searches nothing. Source: EDITOR.md (find).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QToolButton,
    QWidget,
)

from app.model.search import SearchQuery
from app.ui.widgets.plain_text import plain_label, set_plain_tool_tip

if TYPE_CHECKING:
    from app.ui.theme import Theme

_COUNT_PX = 150


class FindBar(QFrame):
    """A line for what to find, one for what to put there, and how to look.

    Invariant: Enter goes to the next match, Shift+Enter to the one before, Esc closes; and the text
    keeps its selection while somebody types here.
    """

    query_changed = Signal()
    next_requested = Signal()
    previous_requested = Signal()
    replace_requested = Signal()
    replace_all_requested = Signal()
    close_requested = Signal()
    counted = Signal(str)  # what is said of the matches now

    def __init__(self, *, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("find_bar")
        self.setAccessibleName(self.tr("Find"))
        self._find = QLineEdit()
        self._find.setPlaceholderText(self.tr("Find"))
        self._find.setAccessibleName(self.tr("What to find"))
        self._put = QLineEdit()
        self._put.setPlaceholderText(self.tr("Replace with"))
        self._put.setAccessibleName(self.tr("What to put in its place"))
        self._case = self._toggle("Aa", self.tr("Match case"), "Alt+C")
        self._word = self._toggle("W", self.tr("Whole words"), "Alt+W")
        self._regex = self._toggle(".*", self.tr("Regular expression"), "Alt+R")
        self._within = self._toggle("≡", self.tr("In the selection only"), "Alt+L")
        self._count = plain_label(role="muted")
        self._count.setMinimumWidth(_COUNT_PX)
        self._previous = QToolButton()
        self._previous.setToolTip(self.tr("Previous match (Shift+F3)"))
        self._previous.setAccessibleName(self.tr("Previous match"))
        self._next = QToolButton()
        self._next.setToolTip(self.tr("Next match (F3)"))
        self._next.setAccessibleName(self.tr("Next match"))
        self._close = QToolButton()
        self._close.setToolTip(self.tr("Close (Esc)"))
        self._close.setAccessibleName(self.tr("Close the find bar"))
        self._replace = QPushButton(self.tr("Replace"))
        self._replace_all = QPushButton(self.tr("Replace All"))
        self._has_matches = False
        self._is_read_only = False
        self._second = (self._put, self._replace, self._replace_all)
        self._lay_out()
        self._connect()
        self.show_theme(theme)
        self.show_replacing(is_shown=False)

    @property
    def query(self) -> SearchQuery:
        """What is looked for."""
        return SearchQuery(
            self._find.text(),
            is_regex=self._regex.isChecked(),
            has_case=self._case.isChecked(),
            is_word=self._word.isChecked(),
        )

    @property
    def replacement(self) -> str:
        """What is to be put there."""
        return self._put.text()

    @property
    def is_within(self) -> bool:
        """Whether only the selection is searched."""
        return self._within.isChecked()

    @property
    def count_text(self) -> str:
        """What is said of the matches."""
        return self._count.text()

    @property
    def can_replace(self) -> bool:
        """Whether replacing is offered now."""
        return self._replace_all.isEnabled() and not self._replace_all.isHidden()

    def ask(self, query: SearchQuery, *, is_replacing: bool) -> None:
        """Take the keys, with something to look for already there."""
        self.set_query(query)
        self.show_replacing(is_shown=is_replacing)
        self._find.setFocus()
        self._find.selectAll()

    def set_query(self, query: SearchQuery, replacement: str | None = None) -> None:
        """Fill in what to look for, and what to put there, as a person would."""
        self._find.setText(query.text)
        for toggle, is_on in (
            (self._regex, query.is_regex),
            (self._case, query.has_case),
            (self._word, query.is_word),
        ):
            toggle.setChecked(is_on)
        if replacement is not None:
            self._put.setText(replacement)

    def set_within(self, *, is_within: bool) -> None:
        """Search only the selection, or everything."""
        self._within.setChecked(is_within)

    def show_replacing(self, *, is_shown: bool) -> None:
        """Show the line for what to put there, or not."""
        for widget in self._second:
            widget.setVisible(is_shown)

    def show_count(self, text: str, *, is_trouble: bool = False, has_matches: bool) -> None:
        """Say how many matches there are, or what is wrong."""
        self._count.setText(text)
        self.counted.emit(text)
        role = "error" if is_trouble else "muted"
        if self._count.property("role") != role:
            self._count.setProperty("role", role)
            self._count.style().unpolish(self._count)
            self._count.style().polish(self._count)
        for button in (self._next, self._previous):
            button.setEnabled(has_matches)
        self._has_matches = has_matches
        self._show_buttons()

    def set_read_only(self, *, is_read_only: bool) -> None:
        """Offer replacing, or not: the text cannot be changed."""
        self._is_read_only = is_read_only
        self._show_buttons()

    def show_theme(self, theme: Theme) -> None:
        """Draw the icons anew."""
        self._previous.setIcon(theme.icon("chevron-up"))
        self._next.setIcon(theme.icon("chevron-down"))
        self._close.setIcon(theme.icon("close"))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take Enter, Shift+Enter and Esc from both lines."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            has_shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            if event.key() == Qt.Key.Key_Escape:
                self.close_requested.emit()
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                if watched is self._put:
                    self.replace_requested.emit()
                elif has_shift:
                    self.previous_requested.emit()
                else:
                    self.next_requested.emit()
                return True
        return False

    def _toggle(self, text: str, tip: str, keys: str) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setCheckable(True)
        button.setShortcut(keys)
        button.setProperty("role", "toggle")
        button.setAccessibleName(tip)
        set_plain_tool_tip(button, f"{tip} ({keys})")
        button.toggled.connect(self._on_toggled)
        return button

    def _lay_out(self) -> None:
        first = QHBoxLayout()
        first.setSpacing(4)
        for widget in (
            self._case,
            self._word,
            self._regex,
            self._within,
            self._previous,
            self._next,
        ):
            first.addWidget(widget)
        first.addSpacing(8)
        first.addWidget(self._count)
        first.addWidget(self._close)
        second = QHBoxLayout()
        second.setSpacing(6)
        second.addWidget(self._replace)
        second.addWidget(self._replace_all)
        second.addStretch(1)
        grid = QGridLayout(self)
        grid.setContentsMargins(10, 6, 8, 6)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(6)
        grid.addWidget(self._find, 0, 0)
        grid.addLayout(first, 0, 1)
        grid.addWidget(self._put, 1, 0)
        grid.addLayout(second, 1, 1)
        grid.setColumnStretch(0, 1)

    def _connect(self) -> None:
        self._find.textChanged.connect(self._on_text_changed)
        self._next.clicked.connect(self._on_next_clicked)
        self._previous.clicked.connect(self._on_previous_clicked)
        self._replace.clicked.connect(self._on_replace_clicked)
        self._replace_all.clicked.connect(self._on_replace_all_clicked)
        self._close.clicked.connect(self._on_close_clicked)
        self._find.installEventFilter(self)
        self._put.installEventFilter(self)

    def _show_buttons(self) -> None:
        for button in (self._replace, self._replace_all):
            button.setEnabled(self._has_matches and not self._is_read_only)

    @Slot(str)
    def _on_text_changed(self, _text: str) -> None:
        self.query_changed.emit()

    @Slot(bool)
    def _on_toggled(self, _is_on: bool) -> None:
        self.query_changed.emit()

    @Slot()
    def _on_next_clicked(self) -> None:
        self.next_requested.emit()

    @Slot()
    def _on_previous_clicked(self) -> None:
        self.previous_requested.emit()

    @Slot()
    def _on_replace_clicked(self) -> None:
        self.replace_requested.emit()

    @Slot()
    def _on_replace_all_clicked(self) -> None:
        self.replace_all_requested.emit()

    @Slot()
    def _on_close_clicked(self) -> None:
        self.close_requested.emit()
