"""One window: menus, tool bar, tabs, people and status bar.

It shows what it is told and tells what the user wishes; it knows no session, no file and no text.
Source: EDITOR.md (window).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QEvent, QSize, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QDockWidget,
    QMainWindow,
    QMenu,
    QSizePolicy,
    QToolBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.model.connection import OFFLINE, SAVED, LinkPhase
from app.qtmodels.found_tree import FoundTree
from app.ui.actions import MENUS, SEPARATOR, THEME_ACTIONS, Actions, translated
from app.ui.panels.people import PeoplePanel
from app.ui.panels.project import ProjectPanel
from app.ui.panels.search import SearchPanel
from app.ui.side_docks import side_dock
from app.ui.status_line import StatusLine
from app.ui.tab_page import TabPage
from app.ui.widgets.avatars import Avatars
from app.ui.widgets.banner import Banner
from app.ui.widgets.plain_text import set_plain_tool_tip

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QCloseEvent

    from app.model.connection import Link, SaveState
    from app.qtmodels.participants import ParticipantsModel
    from app.ui.text_tabs import TextTabs
    from app.ui.theme import Theme, ThemeChoice

STATE_VERSION = 2
"""Of the saved places of docks and tool bars; an older state is not taken."""

_SIZE = QSize(1120, 740)
_ICON_PX = 18
_TOOL_BAR = ("file.open", "file.save", SEPARATOR, "edit.undo", "edit.redo")


class MainWindow(QMainWindow):
    """What one person sees.

    Invariant: it never closes by itself: `close_requested` is told, and whoever owns the text
    decides and calls `close_now`.
    """

    close_requested = Signal()
    share_requested = Signal()
    activated = Signal()  # the window is the one in use now
    deactivated = Signal()  # and no longer
    theme_requested = Signal(object)  # ThemeChoice
    person_requested = Signal(str)  # a user's id
    follow_requested = Signal(str)  # the same: to be shown from now on
    banner_said = Signal(str, object)  # while no tab has one: what the banner says, and its Tone

    def __init__(
        self,
        *,
        tabs: TextTabs,
        participants: ParticipantsModel,
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("main_window")
        self.actions_by_id = Actions(theme=theme, parent=self)
        self._tabs = tabs
        self._banner = Banner()  # while no tab has one
        self._banner.said.connect(self.banner_said)
        self._theme = theme
        self._participants = participants
        self._link: Link = OFFLINE
        self._save_state: SaveState = SAVED
        self._may_close = False
        self._is_starting = False
        self._is_shared = False
        self._has_shown_people = False
        self._shown_share: tuple[object, ...] = ()  # what the share button says
        self.centre = QWidget()  # what the texts are in
        self._centre()
        self._make_menus()
        self._people = self._make_people()
        self.project = ProjectPanel(theme=theme)
        self._project_dock = self._make_project()
        self.found = FoundTree(parent=self)
        self.search = SearchPanel(model=self.found, theme=theme)
        self._search_dock = self._make_search()
        self._share_button = QToolButton()
        self._make_tool_bar()
        self.status = StatusLine(actions=self.actions_by_id, show_people=self.show_people)
        self.setStatusBar(self.status)
        self._connect_actions()
        self._show_connection()
        self.resize(_SIZE)

    @property
    def banner(self) -> Banner:
        """Where something is said of what is in front."""
        page = self._tabs.currentWidget()
        return page.banner if isinstance(page, TabPage) else self._banner

    @property
    def regions(self) -> tuple[QWidget, ...]:
        """The parts around the texts, in the order in which F6 reaches them."""
        bars = self.findChildren(QToolBar, options=Qt.FindChildOption.FindDirectChildrenOnly)
        docks = self.findChildren(QDockWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
        first = [self._project_dock, self._search_dock, self._people]
        others = [dock for dock in docks if dock not in first]
        return (*first, *others, *bars, self.statusBar())

    @property
    def share_text(self) -> str:
        """What the button for sharing says."""
        return self._share_button.text()

    @property
    def status_texts(self) -> dict[str, str]:
        """What the status bar says, by segment; hidden ones are left out."""
        return self.status.texts

    def show_theme(self, theme: Theme) -> None:
        """Draw the icons anew."""
        self._theme = theme
        self.actions_by_id.show_theme(theme)
        self.project.show_theme(theme)
        self.search.show_theme(theme)
        self._show_share_button()

    def show_theme_choice(self, choice: ThemeChoice) -> None:
        """Tick what the user set."""
        for action_id, of_action in THEME_ACTIONS.items():
            self.actions_by_id[action_id].setChecked(of_action is choice)

    def show_document(self, name: str, *, is_modified: bool) -> None:
        """Say which text this is."""
        self.setWindowTitle(self.tr("{name}[*] — CodeXPro").format(name=name.replace("[*]", "")))
        self.setWindowModified(is_modified)

    def show_link(self, link: Link) -> None:
        """Say how the connection is."""
        self._link = link
        self._show_connection()

    def show_save_state(self, save_state: SaveState) -> None:
        """Say where the own changes are; told twice a key, so nothing else is looked at."""
        self._save_state = save_state
        self.status.show_connection(self._link, save_state)

    def show_people(self) -> None:
        """Open the list of people beside the text."""
        self._people.show()
        self._people.raise_()

    def show_project(self, name: str) -> None:
        """Open the folder's tree beside the text."""
        self._project_dock.setWindowTitle(name.replace("&", "&&"))  # not a key
        self._project_dock.show()

    def show_search(self) -> None:
        """Open the search through the folder beside the text."""
        self._search_dock.show()
        self._search_dock.raise_()

    def opens_people(self) -> bool:
        """Tell whether the list of people opens by itself: the first time when somebody comes."""
        is_first, self._has_shown_people = not self._has_shown_people, True
        return is_first

    def show_session(self, *, is_starting: bool, is_shared: bool) -> None:
        """Say whether a session is being started, or there."""
        self._is_starting, self._is_shared = is_starting, is_shared
        self._show_share_button()

    def saved_places(self) -> tuple[QByteArray, QByteArray]:
        """Return the window's geometry and the state of its parts, to be kept."""
        return self.saveGeometry(), self.saveState(STATE_VERSION)

    def restore_places(self, geometry: QByteArray, state: QByteArray) -> None:
        """Put the window where it was."""
        self.restoreGeometry(geometry)
        self.restoreState(state, STATE_VERSION)

    def close_now(self) -> None:
        """Close the window and let its widgets go; everything has been decided.

        What its actions are connected to goes with them: no collector sees those connections.
        """
        self._may_close = True
        self.close()
        self.deleteLater()

    def changeEvent(self, event: QEvent) -> None:
        """Tell when the window comes into use."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange:
            (self.activated if self.isActiveWindow() else self.deactivated).emit()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask whoever owns the text instead of closing."""
        if self._may_close:
            event.accept()
            return
        event.ignore()
        self.close_requested.emit()

    @Slot()
    def _on_people_changed(self) -> None:
        self._show_share_button()

    @Slot()
    def _on_share_clicked(self) -> None:
        if self._link.phase is LinkPhase.LIVE:
            self.show_people()
        self.share_requested.emit()

    def _centre(self) -> None:
        """Put the tabs in the middle."""
        layout = QVBoxLayout(self.centre)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._banner)
        layout.addWidget(self._tabs, 1)
        self.setCentralWidget(self.centre)

    def _make_menus(self) -> None:
        for menu_id, title, action_ids in MENUS:
            menu = QMenu(translated(title), self)
            menu.setObjectName(f"menu_{menu_id}")
            for action_id in action_ids:
                if action_id == SEPARATOR:
                    menu.addSeparator()
                else:
                    menu.addAction(self.actions_by_id[action_id])
            self.menuBar().addMenu(menu)

    def _make_people(self) -> QDockWidget:
        panel = self.people_panel = PeoplePanel(model=self._participants)
        panel.person_requested.connect(self.person_requested)
        panel.follow_requested.connect(self.follow_requested)
        self._participants.rowsInserted.connect(self._on_people_changed)
        self._participants.rowsRemoved.connect(self._on_people_changed)
        toggle = self.actions_by_id["view.people"]
        return side_dock(self, panel, name="people", title=self.tr("People"), toggle=toggle)

    def _make_project(self) -> QDockWidget:
        return side_dock(
            self,
            self.project,
            name="project",
            title=self.tr("Project"),
            toggle=self.actions_by_id["view.project"],
            area=Qt.DockWidgetArea.LeftDockWidgetArea,
        )

    def _make_search(self) -> QDockWidget:
        return side_dock(
            self,
            self.search,
            name="search",
            title=self.tr("Search"),
            toggle=self.actions_by_id["view.search"],
            area=Qt.DockWidgetArea.LeftDockWidgetArea,
        )

    def _make_tool_bar(self) -> None:
        bar = QToolBar(self.tr("Tools"), self)
        bar.setObjectName("tools")
        bar.setMovable(False)
        bar.setIconSize(QSize(_ICON_PX, _ICON_PX))
        for action_id in _TOOL_BAR:
            if action_id == SEPARATOR:
                bar.addSeparator()
            else:
                bar.addAction(self.actions_by_id[action_id])
        space = QWidget()
        space.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        bar.addWidget(space)
        self.avatars = Avatars(model=self._participants)
        self.avatars.person_requested.connect(self.person_requested)
        self.avatars.follow_requested.connect(self.follow_requested)
        bar.addWidget(self.avatars)
        for action_id, text in (
            ("tools.preview", self.tr("Preview")),
            ("session.join", self.tr("Join")),
        ):
            bar.addAction(self.actions_by_id[action_id])
            button = bar.widgetForAction(self.actions_by_id[action_id])
            if isinstance(button, QToolButton):
                button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
                button.setText(text)
        self._share_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._share_button.clicked.connect(self._on_share_clicked)
        bar.addWidget(self._share_button)
        for button in bar.findChildren(QToolButton):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.addToolBar(bar)

    def _connect_actions(self) -> None:
        for action_id, choice in THEME_ACTIONS.items():
            told = partial(self.theme_requested.emit, choice)
            self.actions_by_id[action_id].triggered.connect(partial(_tell, told))

    def _show_connection(self) -> None:
        self.status.show_connection(self._link, self._save_state)
        self._show_share_button()

    def _show_share_button(self) -> None:
        button, theme = self._share_button, self._theme
        count = self._participants.rowCount()
        is_live = self._link.phase is LinkPhase.LIVE and self._is_shared
        wanted = (theme.name, is_live, self._is_shared, self._is_starting, count)
        if wanted == self._shown_share:
            return  # an icon takes milliseconds to paint
        self._shown_share = wanted
        if is_live:
            role, icon = "live", theme.icon("live", theme.status.live_text)
            text = self.tr("Live · {count}").format(count=count)
            tip = self.tr("You are in a session: show who is here and copy the link")
        elif self._is_shared:
            role, icon = "", theme.icon("live")
            text = self.tr("Reconnecting…")
            tip = self.tr("You are in a session without a connection; your changes are kept")
        else:
            role, icon = "primary", theme.icon("share", theme.colours.highlighted_text)
            text = self.tr("Starting…") if self._is_starting else self.tr("Share")
            tip = self.tr("Invite others to edit this text with you")
        button.setText(text)
        button.setIcon(icon)
        button.setEnabled(not self._is_starting)
        set_plain_tool_tip(button, tip)
        if button.property("role") != role:
            button.setProperty("role", role)
            button.style().unpolish(button)
            button.style().polish(button)


def _tell(emit: Callable[[], object], _is_checked: bool = False) -> None:
    """Pass on that an action was triggered, without saying whether it is checked."""
    emit()
