"""The table of commands, and what a window makes of it."""

from collections import Counter

import pytest
from PySide6.QtCore import QObject
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QApplication

from app.paths import resources_dir
from app.ui.actions import ACTIONS, MENUS, SEPARATOR, THEME_ACTIONS, Actions
from app.ui.theme import load_theme

IDS = [spec.id for spec in ACTIONS]


@pytest.fixture
def owner(qapp: QApplication) -> QObject:
    return QObject()


def test_every_command_stands_in_exactly_one_menu() -> None:
    in_menus = [action for _, _, ids in MENUS for action in ids if action != SEPARATOR]

    assert Counter(in_menus) == Counter(IDS)


def test_every_command_says_what_it_is_and_does() -> None:
    assert all(spec.text and spec.tip.endswith(".") for spec in ACTIONS)


def test_no_two_commands_share_a_key() -> None:
    keys = [QKeySequence(key).toString() for spec in ACTIONS for key in spec.shortcuts]

    assert [key for key, count in Counter(keys).items() if count > 1 or not key] == []


def test_mnemonics_are_unique_within_a_menu() -> None:
    specs = {spec.id: spec for spec in ACTIONS}
    letters = [
        (menu, specs[action].text.split("&")[1][0].lower())
        for menu, _, ids in MENUS
        for action in ids
        if action != SEPARATOR and "&" in specs[action].text
    ]

    assert [letter for letter, count in Counter(letters).items() if count > 1] == []


def test_every_icon_is_there() -> None:
    missing = [
        spec.icon
        for spec in ACTIONS
        if spec.icon and not (resources_dir() / "icons" / f"{spec.icon}.svg").is_file()
    ]

    assert missing == []


def test_quit_and_redo_have_keys_where_the_platform_gives_none(owner: QObject) -> None:
    actions = Actions(theme=load_theme("light"), parent=owner)

    redo = [key.toString() for key in actions["edit.redo"].shortcuts()]
    assert redo == ["Ctrl+Shift+Z", "Ctrl+Y"]
    assert actions["file.quit"].shortcut().toString() == "Ctrl+Q"


def test_every_row_becomes_one_action_with_its_tip(owner: QObject) -> None:
    actions = Actions(theme=load_theme("light"), parent=owner)

    assert [action.objectName() for action in actions] == IDS
    assert actions["file.save"].toolTip() == "Write the text to its file. (Ctrl+S)"
    assert not actions["file.save"].icon().isNull()


def test_only_one_theme_is_ticked(owner: QObject) -> None:
    actions = Actions(theme=load_theme("light"), parent=owner)

    actions["view.theme_dark"].setChecked(True)
    actions["view.theme_light"].setChecked(True)

    assert [name for name in THEME_ACTIONS if actions[name].isChecked()] == ["view.theme_light"]
