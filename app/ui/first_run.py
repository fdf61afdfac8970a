"""The very first page: a few questions that can all be skipped, and answered later.

It tells what the user chose and keeps nothing. Source: EDITOR.md (window: first run).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import (
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.ui.dialogs.share import MAX_NAME_CHARS
from app.ui.tab_page import TabPage
from app.ui.widgets.page import centred_page
from app.ui.widgets.plain_text import field_label, plain_label, plain_paragraph
from app.ui.widgets.theme_box import ThemeBox

if TYPE_CHECKING:
    from app.ui.actions import Actions
    from app.ui.theme import ThemeChoice

_WIDTH_PX = 560


class FirstRunPage(TabPage):
    """Asks for a name, a theme and a server.

    Invariant: nothing must be answered, and everything is in a menu or on Welcome, too.
    """

    begun = Signal(str)  # the name that others see
    skipped = Signal()
    theme_requested = Signal(object)  # ThemeChoice

    def __init__(
        self,
        *,
        actions: Actions,
        person: str,
        choice: ThemeChoice,
        parent: QWidget | None = None,
    ) -> None:
        """Make the page.

        Args:
            actions: of the window.
            person: what others see if nothing is entered.
            choice: the theme that is chosen.
            parent: Qt's owner.
        """
        super().__init__(parent=parent)
        self._name = QLineEdit(person)
        self._name.setMaxLength(MAX_NAME_CHARS)
        self._name.selectAll()
        self._name.returnPressed.connect(self._on_begun)
        self.theme_box = ThemeBox(choice=choice)
        self.theme_box.theme_requested.connect(self.theme_requested)
        self._server = QPushButton(self.tr("Choose Another…"))
        server = actions["session.server"]
        self._server.setEnabled(server.isEnabled())
        self._server.clicked.connect(server.trigger)
        self._begin = QPushButton(self.tr("Begin"))
        self._begin.setDefault(True)
        self._begin.setProperty("role", "primary")
        self._begin.clicked.connect(self._on_begun)
        self._skip = QPushButton(self.tr("Skip"))
        self._skip.clicked.connect(self.skipped)
        self.column.addWidget(self._make_scroll(), 1)
        self.setFocusProxy(self._name)

    def enter_name(self, name: str) -> None:
        """Fill in the name."""
        self._name.setText(name)

    def press_begin(self) -> None:
        """Go on with what was answered."""
        self._begin.click()

    def press_skip(self) -> None:
        """Go on without answers."""
        self._skip.click()

    def _make_scroll(self) -> QScrollArea:
        inside = QWidget()
        inside.setObjectName("welcome")
        inside.setMaximumWidth(_WIDTH_PX)
        column = QVBoxLayout(inside)
        column.setContentsMargins(32, 36, 32, 32)
        column.setSpacing(10)
        column.addWidget(plain_label(self.tr("Welcome to CodeXPro"), role="welcome_title"))
        told = self.tr("Nothing here is needed to edit, and all of it can be changed later.")
        column.addWidget(plain_paragraph(told, role="muted"))
        column.addSpacing(14)
        form = QFormLayout()
        form.setVerticalSpacing(12)
        form.setHorizontalSpacing(14)
        form.addRow(field_label(self.tr("&Name that others see"), self._name), self._name)
        form.addRow(field_label(self.tr("&Theme"), self.theme_box), self.theme_box)
        form.addRow(field_label(self.tr("&Server to share on"), self._server), self._make_server())
        column.addLayout(form)
        column.addSpacing(18)
        buttons = QHBoxLayout()
        buttons.addWidget(self._begin)
        buttons.addWidget(self._skip)
        buttons.addStretch(1)
        column.addLayout(buttons)
        column.addStretch(1)
        return centred_page(inside)

    def _make_server(self) -> QWidget:
        row = QWidget()
        inside = QHBoxLayout(row)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addWidget(plain_label(self.tr("The editor’s own")))
        inside.addStretch(1)
        inside.addWidget(self._server)
        return row

    @Slot()
    def _on_begun(self) -> None:
        self.begun.emit(self._name.text().strip())
