"""Random use of two paired windows: no exception, no warning, no memory that only grows.

CODEXPRO_SOAK_S says for how many seconds; 1800 is what a release gets.
"""

import asyncio
import gc
import os
import random
import signal
import time
from pathlib import Path

import psutil
import pytest
from PySide6.QtCore import QEvent, QMimeData, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication

from app.demo import press
from app.model.connection import LinkPhase, SavePhase
from app.services.journals import Journals
from app.ui.editor_window import EditorWindow
from tests.e2e.conftest import Desk
from tests.eventually import eventually
from tests.seeds import seeds

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

SOAK_S = float(os.environ.get("CODEXPRO_SOAK_S", "20"))
WARM_UP = 0.4  # of the time; until then caches fill
GROWTH = 1.10
LONGEST_UTF16 = 6_000
MOST_TABS = 5
TYPED = ["a", "b", " ", "(", ")", "{", '"', "é", "中", "😀", "e\u0301", "\n", "    "]
KEYS = [
    *(Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home),
    *(Qt.Key.Key_End, Qt.Key.Key_Backspace, Qt.Key.Key_Delete, Qt.Key.Key_Tab),
]
MODIFIERS = [
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
]


class Soak:
    """A plan that is made as it goes."""

    def __init__(self, desk: Desk, windows: tuple[EditorWindow, EditorWindow], seed: int) -> None:
        self.desk = desk
        self.ada, self.grace = windows
        self.plan = random.Random(seed)
        self.steps = 0

    def step(self) -> None:
        self.steps += 1
        window = self.plan.choice([self.ada, self.grace])
        if window.tabs.front is None:
            window.files.new_file()
        acts = [
            *((60, self.type), (25, self.key), (6, self.undo), (3, self.redo), (3, self.paste)),
            *((2, self.select), (2, self.new_tab), (2, self.switch_tab), (2, self.close_tab)),
            *((2, self.resize), (1, self.shorten)),
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

    def shorten(self, window: EditorWindow) -> None:
        if window.replica.shadow.length_utf16 > LONGEST_UTF16:
            window.editor.select(0, window.replica.shadow.whole_character_at(LONGEST_UTF16 // 2))
            window.editor.insertPlainText("")

    def kill_server(self) -> None:
        if self.desk.server.process_id is not None:
            os.kill(self.desk.server.process_id, signal.SIGKILL)


def resident_bytes() -> int:
    gc.collect()
    return psutil.Process().memory_info().rss


@pytest.mark.parametrize("seed", seeds(1))
async def test_random_use_raises_nothing_and_memory_stays(
    desk: Desk, tmp_path: Path, seed: int
) -> None:
    path = tmp_path / "notes.py"
    path.write_text("# begin\n" * 20)
    desk.journals = Journals(tmp_path / "journals")
    windows = await desk.pair(path)
    soak = Soak(desk, windows, seed)
    began_s = time.monotonic()
    warm_bytes, next_kill_s = 0, began_s + SOAK_S / 6

    while (now_s := time.monotonic()) < began_s + SOAK_S:
        soak.step()
        if now_s > next_kill_s:
            soak.kill_server()
            next_kill_s = now_s + max(5.0, SOAK_S / 6)
        if not warm_bytes and now_s > began_s + SOAK_S * WARM_UP:
            warm_bytes = resident_bytes()
        await asyncio.sleep(0 if soak.plan.random() < 0.9 else 0.01)

    for window in windows:
        shared = [text for text in window.tabs.texts if text.shared is not None]
        window.tabs.bring_to_front(shared[0])
    await eventually(
        lambda: all(
            (w.save_state.phase, w.collaboration.link.phase) == (SavePhase.SAVED, LinkPhase.LIVE)
            for w in windows
        ),
        timeout_s=60,
        what="everything in the store",
    )
    await eventually(lambda: windows[0].text == windows[1].text, timeout_s=60)
    assert all(window.binding.check() for window in windows)
    grown = resident_bytes() / warm_bytes
    print(f"{soak.steps} steps, memory {grown:.3f} of {warm_bytes / 2**20:.0f} MB")
    assert grown <= GROWTH
