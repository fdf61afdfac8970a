"""The first page ever, what comes after it, and texts that are begun already."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from app.tasks import TaskOwner
from app.ui.editor_window import EditorWindow, compose_window
from app.ui.first_run import FirstRunPage
from app.ui.theme import Appearance, ThemeChoice
from app.ui.widgets.pick import Pick


@pytest.fixture
def settings(tmp_path: Path) -> QSettings:
    return QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)


@pytest.fixture
async def new_window(
    qtbot: QtBot, qapp: QApplication, settings: QSettings
) -> AsyncIterator[EditorWindow]:
    """A window of somebody who has never used the editor."""
    tasks = TaskOwner()
    appearance = Appearance(qapp, choice=ThemeChoice.LIGHT)
    made = compose_window(tasks=tasks, appearance=appearance, person="ada", settings=settings)
    made.show()
    made.show_first_steps()
    yield made
    await made.close()
    await tasks.stop()


def first_page(window: EditorWindow) -> FirstRunPage:
    page = window.tabs.currentWidget()
    assert isinstance(page, FirstRunPage)
    return page


async def test_the_first_page_takes_name_and_theme_and_goes_on_to_welcome(
    new_window: EditorWindow, settings: QSettings
) -> None:
    page = first_page(new_window)
    titles = new_window.tabs.titles

    page.enter_name(" Ada Lovelace ")
    page.theme_box.setCurrentIndex(page.theme_box.findData(ThemeChoice.DARK))
    page.theme_box.activated.emit(page.theme_box.currentIndex())
    page.press_begin()

    assert titles == ("First Steps",)
    assert new_window.tabs.titles == ("Welcome",)
    assert new_window.session.person == "Ada Lovelace"
    assert settings.value("person/name") == "Ada Lovelace"
    assert settings.value("view/theme") == ThemeChoice.DARK.value


async def test_the_first_page_can_be_skipped_and_comes_once(
    new_window: EditorWindow, settings: QSettings
) -> None:
    first_page(new_window).press_skip()
    after = new_window.tabs.titles
    new_window.show_first_steps()

    assert after == new_window.tabs.titles == ("Welcome",)
    assert new_window.session.person == "ada"
    assert settings.allKeys()


async def test_closing_the_first_page_skips_it(new_window: EditorWindow) -> None:
    new_window.window.actions_by_id["file.close_tab"].trigger()

    assert new_window.tabs.titles == ("Welcome",)


async def test_a_file_may_be_opened_beside_the_first_page(
    new_window: EditorWindow, tmp_path: Path
) -> None:
    (tmp_path / "a.py").write_text("a = 1\n")

    new_window.open_file(tmp_path / "a.py")

    assert new_window.tabs.titles == ("First Steps", "a.py")
    assert new_window.text == "a = 1\n"


@pytest.mark.parametrize(
    ("letters", "name", "language"),
    [
        ("web", "index.html", "html"),
        ("pyth", "script.py", "python"),
        ("markd", "notes.md", "markdown"),
    ],
)
async def test_a_text_is_begun_from_a_template(
    window: EditorWindow, letters: str, name: str, language: str
) -> None:
    window.window.actions_by_id["file.new_from"].trigger()
    pick = window.window.findChild(Pick)
    assert pick is not None
    field = pick.findChild(QLineEdit)
    assert field is not None
    QTest.keyClicks(field, letters)
    QTest.keyClick(field, Qt.Key.Key_Return)

    assert (window.name, window.front.language) == (name, language)
    assert window.text
    assert not window.front.is_modified


async def test_the_view_is_kept_for_the_next_window(
    new_window: EditorWindow, settings: QSettings, qapp: QApplication
) -> None:
    actions = new_window.window.actions_by_id
    first_page(new_window).press_skip()
    new_window.files.new_file()
    actions["view.wrap"].setChecked(True)
    actions["view.whitespace"].setChecked(True)
    actions["view.zoom_in"].trigger()
    points = new_window.editor.font().pointSizeF()

    tasks = TaskOwner()
    appearance = Appearance(qapp, choice=ThemeChoice.LIGHT)
    later = compose_window(tasks=tasks, appearance=appearance, person="ada", settings=settings)
    kept = later.window.actions_by_id

    assert kept["view.wrap"].isChecked()
    assert kept["view.whitespace"].isChecked()
    assert later.editor.font().pointSizeF() == points
    await later.close()
    await tasks.stop()


@pytest.mark.parametrize("points", ["", "x", "1e9", "-3", "nan"])
async def test_a_size_that_is_none_is_not_taken(
    settings: QSettings, qapp: QApplication, points: str
) -> None:
    settings.setValue("view/points", points)
    tasks = TaskOwner()
    appearance = Appearance(qapp, choice=ThemeChoice.LIGHT)

    window = compose_window(tasks=tasks, appearance=appearance, person="ada", settings=settings)

    assert 6 <= window.editor.font().pointSizeF() <= 72
    await window.close()
    await tasks.stop()
