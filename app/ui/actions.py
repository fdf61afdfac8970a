"""Every command of a window, in one table that menus, tool bar and tests read.

Knows no window and does nothing: an action only tells that it was triggered. Source: EDITOR.md
(habits).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtGui import QAction, QActionGroup, QKeySequence

from app.ui.menus.action_spec import CONTEXT, SEPARATOR, ActionSpec
from app.ui.menus.edit_menu import EDIT_MENU
from app.ui.menus.file_menu import FILE_MENU
from app.ui.menus.go_menu import GO_MENU
from app.ui.menus.help_menu import HELP_MENU
from app.ui.menus.session_menu import SESSION_MENU
from app.ui.menus.tools_menu import TOOLS_MENU
from app.ui.menus.view_menu import VIEW_MENU
from app.ui.theme import ThemeChoice
from app.ui.widgets.plain_text import set_plain_tool_tip

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.ui.theme import Theme

__all__ = [
    "ACTIONS",
    "MENUS",
    "SEPARATOR",
    "THEME_ACTIONS",
    "Actions",
    "menu_title_of",
    "translated",
]

_MENU_SPECS = (
    FILE_MENU,
    EDIT_MENU,
    VIEW_MENU,
    GO_MENU,
    SESSION_MENU,
    TOOLS_MENU,
    HELP_MENU,
)

ACTIONS: tuple[ActionSpec, ...] = tuple(spec for menu in _MENU_SPECS for spec in menu.specs)
"""Every command there is; a menu holds nothing else."""

MENUS: tuple[tuple[str, str, tuple[str, ...]], ...] = tuple(
    (menu.id, menu.title, menu.action_ids) for menu in _MENU_SPECS
)
"""A menu's id, title and commands, in order."""

THEME_ACTIONS = {
    "view.theme_system": ThemeChoice.SYSTEM,
    "view.theme_light": ThemeChoice.LIGHT,
    "view.theme_dark": ThemeChoice.DARK,
    "view.theme_contrast": ThemeChoice.CONTRAST,
}


class Actions(QObject):
    """The commands of one window, by their ids.

    Invariant: there is one QAction for each row of the table, and none besides.
    """

    def __init__(self, *, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self._actions = {spec.id: self._make(spec) for spec in ACTIONS}
        themes = QActionGroup(self)
        for action_id in THEME_ACTIONS:
            themes.addAction(self._actions[action_id])
        self.show_theme(theme)

    def __getitem__(self, action_id: str) -> QAction:
        return self._actions[action_id]

    def __iter__(self) -> Iterator[QAction]:
        return iter(self._actions.values())

    def show_theme(self, theme: Theme) -> None:
        """Draw the icons in the colours of a theme."""
        for spec in ACTIONS:
            if spec.icon:
                self._actions[spec.id].setIcon(theme.icon(spec.icon))

    def _make(self, spec: ActionSpec) -> QAction:
        action = QAction(translated(spec.text), self)
        action.setObjectName(spec.id)
        action.setCheckable(spec.is_checkable)
        action.setShortcuts([QKeySequence(text) for text in spec.shortcuts])
        action.setStatusTip(translated(spec.tip))
        tip = translated(spec.tip)
        if spec.shortcuts:
            keys = QKeySequence(spec.shortcuts[0]).toString(QKeySequence.SequenceFormat.NativeText)
            tip = f"{tip} ({keys})"
        set_plain_tool_tip(action, tip)
        return action


def translated(text: str) -> str:
    """Return a text of the tables in the user's language."""
    return QCoreApplication.translate(CONTEXT, text)


def menu_title_of(action_id: str) -> str:
    """Return the title of the menu that a command stands in, without its mnemonic."""
    title = next(title for _, title, ids in MENUS if action_id in ids)
    return translated(title).replace("&", "")
