"""Random use of two paired windows: no exception, no warning, no memory that only grows.

CODEXPRO_SOAK_S says for how many seconds; 1800 is what a release gets.
"""

import asyncio
import os
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from PySide6.QtCore import (
    QEvent,
    QMessageLogContext,
    QMimeData,
    QPoint,
    Qt,
    QtMsgType,
    qInstallMessageHandler,
)
from PySide6.QtGui import QInputMethodEvent, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.demo import press
from app.model.connection import LinkPhase, SavePhase
from app.services.garbage import GarbageCollector
from app.services.journals import Journals
from app.ui.editor_window import EditorWindow
from tests.e2e.conftest import Desk
from tests.eventually import eventually
from tests.seeds import seeds

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

SOAK_S = float(os.environ.get("CODEXPRO_SOAK_S", "30"))
ROUND_STEPS = 1_500  # then both windows are closed, and their texts with their histories
WARM_ROUNDS = 2  # until then caches fill
GROWTH = 1.10
LONGEST_UTF16 = 6_000
MOST_TABS = 5
TYPED = [
    *("a", "b", " ", "(", ")", "{", "}", '"', "'", "é", "中", "😀", "e\u0301", "\n", "    "),
    *("שלום", "مرحبا", "👩🏽‍💻", "🇩🇪", "def f():\n"),
]
COMMANDS = [
    *("edit.duplicate", "edit.move_up", "edit.move_down", "edit.join", "edit.comment"),
    *("edit.indent", "edit.outdent", "edit.copy", "edit.cut", "edit.paste", "edit.find"),
    *("edit.find_next", "edit.find_previous", "edit.replace", "edit.find_in_folder"),
    *("go.back", "go.forward", "go.next_tab", "go.next_region", "go.next_merged"),
    *("view.wrap", "view.zoom_in", "view.zoom_out", "view.zoom_reset", "view.project"),
    *("view.people", "view.theme_light", "view.theme_dark", "view.theme_contrast"),
]
KEYS = [
    *(Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home),
    *(Qt.Key.Key_End, Qt.Key.Key_Backspace, Qt.Key.Key_Delete, Qt.Key.Key_Tab),
]
COMPOSED = [
    [("´", ""), ("", "é")],
    [("に", ""), ("にほ", ""), ("", "日本")],
    [("に", ""), ("", "")],
    [("ん", "")],  # and something else comes in between
]
LEFT = Qt.MouseButton.LeftButton
MODIFIERS = [
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
]


class Soak:
    """A plan that is made as it goes."""

    def __init__(
        self, desk: Desk, windows: tuple[EditorWindow, EditorWindow], plan: random.Random
    ) -> None:
        self.desk = desk
        self.ada, self.grace = windows
        self.plan = plan

    def step(self) -> None:
        window = self.plan.choice([self.ada, self.grace])
        if window.tabs.front is None:
            window.files.new_file()
        acts = [
            *((60, self.type), (25, self.key), (6, self.undo), (3, self.redo), (3, self.paste)),
            *((2, self.select), (2, self.new_tab), (2, self.switch_tab), (2, self.close_tab)),
            *(
                (2, self.resize),
                (1, self.shorten),
                (6, self.click),
                (2, self.drag),
                (2, self.wheel),
            ),
            *((4, self.compose), (3, self.command), (1, self.close_bar)),
        ]
        weights = [weight for weight, _ in acts]
        self.plan.choices([act for _, act in acts], weights)[0](window)

    def type(self, window: EditorWindow) -> None:
        for char in self.plan.choice(TYPED):
            press(window, char)

    def key(self, window: EditorWindow) -> None:
        key, modifier = self.plan.choice(KEYS), self.plan.choice(MODIFIERS)
        if key is Qt.Key.Key_Tab:
            modifier = Qt.KeyboardModifier.NoModifier
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            QApplication.sendEvent(window.editor, QKeyEvent(kind, key, modifier))

    def undo(self, window: EditorWindow) -> None:
        window.editor.undo()

    def redo(self, window: EditorWindow) -> None:
        window.editor.redo()

    def paste(self, window: EditorWindow) -> None:
        mime = QMimeData()
        mime.setText("pasted 😀\r\nlines\n" * self.plan.randrange(1, 5))
        window.editor.insertFromMimeData(mime)

    def select(self, window: EditorWindow) -> None:
        length = window.replica.shadow.length_utf16
        whole = window.replica.shadow.whole_character_at
        ends = [whole(self.plan.randint(0, length)) for _ in range(2)]
        window.editor.select(*ends)

    def new_tab(self, window: EditorWindow) -> None:
        if len(window.tabs.texts) < MOST_TABS:
            window.files.new_file()

    def switch_tab(self, window: EditorWindow) -> None:
        window.tabs.bring_to_front(self.plan.choice(window.tabs.texts))

    def close_tab(self, window: EditorWindow) -> None:
        front = window.front
        if front.shared is None and len(window.tabs.texts) > 1:
            front.editor.selectAll()
            front.editor.insertPlainText("")
            front.check_modified()
            window.files.request_close(front)

    def resize(self, window: EditorWindow) -> None:
        window.window.resize(self.plan.randrange(500, 1400), self.plan.randrange(400, 900))

    def click(self, window: EditorWindow) -> None:
        click = self.plan.choice([QTest.mouseClick, QTest.mouseDClick])
        click(window.editor.viewport(), LEFT, pos=self._place(window))

    def drag(self, window: EditorWindow) -> None:
        viewport = window.editor.viewport()
        window.editor.select(0, 0)  # what is selected would be dragged away, which needs a screen
        QTest.mousePress(viewport, LEFT, pos=self._place(window))
        QTest.mouseMove(viewport, self._place(window))
        QTest.mouseRelease(viewport, LEFT, pos=self._place(window))

    def wheel(self, window: EditorWindow) -> None:
        bar = window.editor.verticalScrollBar()
        bar.setValue(self.plan.randint(bar.minimum(), bar.maximum()))

    def compose(self, window: EditorWindow) -> None:
        for preedit, commit in self.plan.choice(COMPOSED):
            event = QInputMethodEvent(preedit, [])
            event.setCommitString(commit)
            QApplication.sendEvent(window.editor, event)

    def command(self, window: EditorWindow) -> None:
        window.window.actions_by_id[self.plan.choice(COMMANDS)].trigger()

    def close_bar(self, window: EditorWindow) -> None:
        session = window.find.session_of(window.front)
        if session is not None:
            session.close()

    def _place(self, window: EditorWindow) -> QPoint:
        viewport = window.editor.viewport()
        return QPoint(
            self.plan.randrange(max(1, viewport.width())),
            self.plan.randrange(max(1, viewport.height())),
        )

    def shorten(self, window: EditorWindow) -> None:
        if window.replica.shadow.length_utf16 > LONGEST_UTF16:
            window.editor.select(0, window.replica.shadow.whole_character_at(LONGEST_UTF16 // 2))
            window.editor.insertPlainText("")

    def kill_server(self) -> None:
        if self.desk.server.process_id is not None:
            os.kill(self.desk.server.process_id, signal.SIGKILL)


@pytest.fixture
def qt_messages(request: pytest.FixtureRequest) -> Iterator[list[str]]:
    """Return what Qt said that is not to be ignored; pytest-qt would keep all of it."""
    ignored = request.config.getini("qt_log_ignore")
    said: list[str] = []

    def note(kind: QtMsgType, _context: QMessageLogContext, message: str) -> None:
        if kind is not QtMsgType.QtDebugMsg and not any(words in message for words in ignored):
            said.append(message)

    before = qInstallMessageHandler(note)
    yield said
    qInstallMessageHandler(before)


@pytest.fixture
def garbage(qapp: QApplication) -> Iterator[GarbageCollector]:
    """Collect garbage as the editor does."""
    collector = GarbageCollector(qapp)
    yield collector
    collector.stop()


async def resident_bytes(garbage: GarbageCollector) -> int:
    await eventually(lambda: not garbage.is_much_gone, what="a look for garbage")
    return psutil.Process().memory_info().rss


async def one_round(desk: Desk, path: Path, plan: random.Random, garbage: GarbageCollector) -> None:
    """Use a pair of windows for a while, see that they agree, and close them."""
    soak = Soak(desk, await desk.pair(path), plan)
    kill_at = plan.randrange(ROUND_STEPS)
    for step in range(ROUND_STEPS):
        soak.step()
        if step == kill_at:
            soak.kill_server()
        await asyncio.sleep(0 if plan.random() < 0.9 else 0.01)
    for window in desk.windows:
        shared = [text for text in window.tabs.texts if text.shared is not None]
        window.tabs.bring_to_front(shared[0])
        QApplication.sendEvent(window.editor, QInputMethodEvent())  # or others' edits go on waiting
    await eventually(
        lambda: all(
            (w.save_state.phase, w.collaboration.link.phase) == (SavePhase.SAVED, LinkPhase.LIVE)
            for w in desk.windows
        ),
        timeout_s=60,
        what="everything in the store",
    )
    await eventually(
        lambda: desk.windows[0].text == desk.windows[1].text, timeout_s=60, what="one text"
    )
    assert all(window.binding.check() for window in desk.windows)
    while desk.windows:
        window = desk.windows.pop()
        await window.close()
        window.deleteLater()
        garbage.collect_all()


@pytest.mark.no_qt_log
@pytest.mark.parametrize("seed", seeds(1))
async def test_random_use_raises_nothing_and_memory_stays(
    desk: Desk, garbage: GarbageCollector, qt_messages: list[str], tmp_path: Path, seed: int
) -> None:
    path, plan = tmp_path / "notes.py", random.Random(seed)
    path.write_text("# begin\n" * 20)
    desk.journals = Journals(tmp_path / "journals")
    until_s, sizes = time.monotonic() + SOAK_S, list[int]()

    while time.monotonic() < until_s or len(sizes) <= WARM_ROUNDS:
        await one_round(desk, path, plan, garbage)
        sizes.append(await resident_bytes(garbage))
        assert qt_messages == []

    warm_bytes = sizes[WARM_ROUNDS - 1]
    grown = sizes[-1] / warm_bytes
    middle_mb = [size >> 20 for size in sizes[:: max(1, len(sizes) // 8)]]
    print(f"{len(sizes)} rounds, memory {grown:.3f} of {warm_bytes >> 20} MB: {middle_mb}")
    assert grown <= GROWTH
