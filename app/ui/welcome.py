"""The first page: what one can begin with, and what was open lately.

It tells what the user wishes and does nothing itself. Needs no account. Source: EDITOR.md (window:
first run, Welcome tab).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QSize, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QListView,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.qtmodels.picks import PICK_ROLE, PickItem, PickModel
from app.ui.dialogs.share import MAX_NAME_CHARS
from app.ui.tab_page import TabPage
from app.ui.widgets.page import centred_page
from app.ui.widgets.pick import PickRow
from app.ui.widgets.plain_text import field_label, plain_label, plain_paragraph
from app.ui.widgets.theme_box import ThemeBox

if TYPE_CHECKING:
    from app.model.workspace import Workspace
    from app.ui.actions import Actions
    from app.ui.theme import Theme, ThemeChoice

_WIDTH_PX = 720
_MOST_RECENT = 8
_ICON_PX = 18
_ROW_PX = 30
_FOLDER, _FILE = "folder:", "file:"

_START = ("file.new", "file.new_from", "file.open", "file.open_folder")
_TOGETHER = ("session.share", "session.join")


class WelcomePage(TabPage):
    """Buttons to begin with, and a list of recent files and folders.

    Invariant: every button is a command of the one table.
    """

    file_requested = Signal(object)  # Path
    folder_requested = Signal(object)  # Path
    name_entered = Signal(str)
    theme_requested = Signal(object)  # ThemeChoice

    def __init__(
        self,
        *,
        actions: Actions,
        theme: Theme,
        person: str,
        choice: ThemeChoice,
        parent: QWidget | None = None,
    ) -> None:
        """Make the page.

        Args:
            actions: of the window.
            theme: the colours.
            person: the name that others see.
            choice: the theme that is chosen.
            parent: Qt's owner.
        """
        super().__init__(parent=parent)
        self._actions = actions
        self._buttons: dict[str, QPushButton] = {}
        self._model = PickModel(parent=self)
        self._recent = self._make_recent()
        self._nothing = plain_paragraph(
            self.tr("Files and folders that you open will be listed here."), role="muted"
        )
        self._name = QLineEdit(person)
        self._name.setMaxLength(MAX_NAME_CHARS)
        self._name.editingFinished.connect(self._on_name_entered)
        self._theme = ThemeBox(choice=choice)
        self._theme.theme_requested.connect(self.theme_requested)
        self.column.addWidget(self._make_scroll(), 1)
        self.show_theme(theme)
        self.setFocusProxy(self._buttons["file.open"])

    @property
    def recent_texts(self) -> tuple[str, ...]:
        """What is listed as recent."""
        return tuple(item.text for item in self._model.items)

    def show_theme(self, theme: Theme) -> None:
        """Draw the icons anew."""
        icons = {
            "file.new": "file-new",
            "file.new_from": "file-new",
            "file.open": "file",
            "file.open_folder": "folder-open",
            "session.share": "share",
            "session.join": "join",
        }
        for action_id, button in self._buttons.items():
            button.setIcon(theme.icon(icons[action_id], theme.colours.link))

    def show_recent(self, workspace: Workspace) -> None:
        """List what was opened lately: folders first, then files."""
        folders = workspace.recent_folders[: _MOST_RECENT // 2]
        files = workspace.recent_files[: _MOST_RECENT - len(folders)]
        items = [
            PickItem(f"{kind}{path}", Path(path).name or path, _home_short(Path(path).parent))
            for kind, paths in ((_FOLDER, folders), (_FILE, files))
            for path in paths
        ]
        self._model.show(items)
        self._recent.setVisible(bool(items))
        self._recent.setFixedHeight(len(items) * _ROW_PX + 4)
        self._nothing.setVisible(not items)

    def _make_scroll(self) -> QScrollArea:
        inside = QWidget()
        inside.setObjectName("welcome")
        inside.setMaximumWidth(_WIDTH_PX)
        column = QVBoxLayout(inside)
        column.setContentsMargins(32, 36, 32, 32)
        column.setSpacing(10)
        column.addWidget(plain_label("CodeXPro", role="welcome_title"))
        column.addWidget(plain_label(self.tr("Write code, alone or together."), role="muted"))
        column.addSpacing(14)
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        for place, (title, ids) in enumerate(
            ((self.tr("Start"), _START), (self.tr("Together"), _TOGETHER))
        ):
            grid.addWidget(plain_label(title, role="section"), 0, place)
            for row, action_id in enumerate(ids, start=1):
                grid.addWidget(self._make_button(action_id), row, place)
            grid.setColumnStretch(place, 1)
        column.addLayout(grid)
        column.addSpacing(14)
        column.addWidget(plain_label(self.tr("Recent"), role="section"))
        column.addWidget(self._recent)
        column.addWidget(self._nothing)
        column.addSpacing(14)
        column.addWidget(plain_label(self.tr("You"), role="section"))
        column.addWidget(self._make_you())
        column.addStretch(1)
        return centred_page(inside)

    def _make_button(self, action_id: str) -> QPushButton:
        action = self._actions[action_id]
        text = action.text().replace("&", "").rstrip("…")
        texts = {
            "file.new": self.tr("New File"),
            "file.new_from": self.tr("New from Template…"),
            "file.open": self.tr("Open File…"),
            "file.open_folder": self.tr("Open Folder…"),
            "session.share": self.tr("Start a Session…"),
            "session.join": self.tr("Join with Link…"),
        }
        button = QPushButton(texts.get(action_id, text))
        button.setProperty("role", "start")
        button.setIconSize(QSize(_ICON_PX, _ICON_PX))
        button.clicked.connect(action.trigger)
        button.setToolTip("")
        button.setAccessibleDescription(action.statusTip())
        self._buttons[action_id] = button
        return button

    def _make_recent(self) -> QListView:
        view = QListView()
        view.setModel(self._model)
        view.setItemDelegate(PickRow(view))
        view.setUniformItemSizes(True)
        view.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.setAccessibleName(self.tr("Recent files and folders"))
        view.activated.connect(self._on_recent_chosen)
        view.clicked.connect(self._on_recent_chosen)
        return view

    def _make_you(self) -> QWidget:
        card = QWidget()
        row = QHBoxLayout(card)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(field_label(self.tr("&Name that others see"), self._name))
        row.addWidget(self._name, 1)
        row.addSpacing(12)
        row.addWidget(field_label(self.tr("&Theme"), self._theme))
        row.addWidget(self._theme)
        return card

    @Slot(QModelIndex)
    def _on_recent_chosen(self, index: QModelIndex) -> None:
        item = index.data(PICK_ROLE)
        if not isinstance(item, PickItem):
            return
        if item.id.startswith(_FOLDER):
            self.folder_requested.emit(Path(item.id.removeprefix(_FOLDER)))
        else:
            self.file_requested.emit(Path(item.id.removeprefix(_FILE)))

    @Slot()
    def _on_name_entered(self) -> None:
        name = self._name.text().strip()
        if name:
            self.name_entered.emit(name)


def _home_short(folder: Path) -> str:
    """Return a folder as people say it, with `~` for their own."""
    try:
        return f"~/{folder.relative_to(Path.home())}".removesuffix("/.")
    except (ValueError, RuntimeError):
        return str(folder)
