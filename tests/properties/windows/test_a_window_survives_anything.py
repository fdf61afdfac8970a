"""Random work in one window: keys, commands, tabs, lists, and files that change meanwhile."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog
from pytestqt.qtbot import QtBot

from app.model.search import SearchQuery
from app.storage.workspace_store import WorkspaceStore
from app.tasks import TaskOwner
from app.ui.actions import ACTIONS
from app.ui.dialogs.unsaved import Choice, UnsavedDialog
from app.ui.editor_window import EditorWindow, compose_window
from app.ui.theme import Appearance, ThemeChoice
from app.ui.workspace_keeper import WorkspaceKeeper
from tests.eventually import eventually
from tests.seeds import seeds

STEPS = 120
ENDS = {"file.quit", "file.close", "file.new_window", "session.share", "session.join"}
COMMANDS = [spec.id for spec in ACTIONS if spec.id not in ENDS]
WORDS = ["one", "zwei 😀\n", "e\u0301", "\n", "    if x:\n", "()", "日本", "\t", "aa aa aa\n"]
PATTERNS = ["a", "(", r"\w+", "(a|b)*c", "^", "😀", "x{2,}"]


class Person:
    """Somebody who does anything."""

    def __init__(self, window: EditorWindow, folder: Path, seed: int) -> None:
        self.window = window
        self.folder = folder
        self.random = random.Random(seed)
        self.steps: list[Callable[[], None]] = [
            self.type,
            self.type,
            self.command,
            self.command,
            self.open_file,
            self.write_file,
            self.pick,
            self.find,
            self.select,
            self.press_banner,
            self.key,
            self.resize,
        ]

    def step(self) -> None:
        self.random.choice(self.steps)()
        self.answer_dialogs()

    def type(self) -> None:
        if self.window.tabs.front is not None:
            self.window.editor.insertPlainText(self.random.choice(WORDS))

    def command(self) -> None:
        action = self.window.window.actions_by_id[self.random.choice(COMMANDS)]
        if action.isEnabled():
            action.trigger()

    def path(self) -> Path:
        return self.folder / f"file{self.random.randrange(6)}.py"

    def open_file(self) -> None:
        self.window.open_file(self.path())

    def write_file(self) -> None:
        path = self.path()
        kind = self.random.randrange(5)
        if kind == 0:
            path.unlink(missing_ok=True)
        elif kind == 1:
            path.write_bytes(b"caf\xe9\r\n")
        elif kind == 2:
            path.write_bytes(b"\0binary")
        else:
            path.write_text("".join(self.random.choices(WORDS, k=5)), encoding="utf-8")

    def pick(self) -> None:
        pick = self.window.picks.open_pick
        if pick is not None:
            pick.enter(self.random.choice(["", ":3", "@", ">wrap", "file", "utf", "crlf"]))
            self.random.choice([pick.accept, pick.close_unpicked])()

    def find(self) -> None:
        front = self.window.tabs.front
        if front is None:
            return
        self.window.find.replace(front)
        session = self.window.find.session_of(front)
        assert session is not None
        pattern = self.random.choice(PATTERNS)
        session.bar.set_query(SearchQuery(pattern, is_regex=True), self.random.choice(WORDS))
        does = [session.go_to_next, session.go_to_previous, session.replace, session.replace_all]
        self.random.choice([*does, session.close])()

    def select(self) -> None:
        front = self.window.tabs.front
        if front is not None:
            shadow = front.replica.shadow
            ends = [self.random.randint(0, shadow.length_utf16) for _ in range(2)]
            anchor, head = (shadow.whole_character_at(end) for end in ends)
            front.editor.select(anchor, head)

    def press_banner(self) -> None:
        buttons = self.window.window.banner.buttons
        if buttons:
            self.random.choice(buttons).click()

    def key(self) -> None:
        keys = Qt.Key
        focused = QApplication.focusWidget()
        if focused is not None:
            key = self.random.choice([keys.Key_Down, keys.Key_Escape, keys.Key_Tab, keys.Key_End])
            QTest.keyClick(focused, key)

    def resize(self) -> None:
        self.window.window.resize(self.random.randint(300, 1200), self.random.randint(200, 800))

    def answer_dialogs(self) -> None:
        for dialog in self.window.window.findChildren(QDialog):
            if not dialog.isVisible():
                continue
            if isinstance(dialog, UnsavedDialog):
                dialog.press(self.random.choice([Choice.DISCARD, Choice.CANCEL]))
            elif isinstance(dialog, QFileDialog):
                dialog.reject()
            else:
                dialog.close()


def running() -> tuple[str, ...]:
    return tuple(task.get_name() for task in asyncio.all_tasks())


@pytest.fixture
async def desk(
    qtbot: QtBot, qapp: QApplication, tmp_path: Path
) -> AsyncIterator[tuple[EditorWindow, Path]]:
    tasks = TaskOwner()
    store = WorkspaceStore(tmp_path / "session.json")
    keeper = WorkspaceKeeper(store, tasks=tasks)
    window = compose_window(
        tasks=tasks,
        appearance=Appearance(qapp, choice=ThemeChoice.LIGHT),
        person="Ada",
        settings=QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat),
        keeper=keeper,
    )
    keeper.gather_from(lambda: (window.place,))
    window.closing.connect(keeper.freeze)
    window.show()
    folder = tmp_path / "folder"
    folder.mkdir()
    for number in range(6):
        (folder / f"file{number}.py").write_text(f"# {number} 😀\n" * 20, encoding="utf-8")
    window.project.open_folder(folder)
    yield window, folder
    await window.close()
    await tasks.stop()


@pytest.mark.parametrize("seed", seeds(6))
async def test_nothing_breaks_and_nothing_differs(
    desk: tuple[EditorWindow, Path], seed: int
) -> None:
    window, folder = desk
    person = Person(window, folder, seed)

    for _ in range(STEPS):
        person.step()
        for _ in range(person.random.randrange(20)):
            await asyncio.sleep(0)  # the window, its workers and its watch get turns

    searches = {"find", "replace", "replace all"}
    await eventually(lambda: not searches & {*running()}, what="the end of the searches")
    assert window.tabs.count() > 0
    for text in window.tabs.texts:
        assert text.binding.check()
        assert text.replica.verify()
        assert text.page.isAncestorOf(text.editor)
    assert window.place.folder in ("", str(folder))
