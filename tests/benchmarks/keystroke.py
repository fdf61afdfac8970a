"""How long a keystroke takes to another window: real windows, real server, real store."""

from __future__ import annotations

import asyncio
import logging
import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

import qasync  # after PySide6, whose binding it looks for  # isort: skip

from app.demo import eventually, press
from app.model.text_edit import length_utf16
from app.services.garbage import GarbageCollector
from app.services.hosting import EmbeddedServer
from app.tasks import TaskOwner
from app.ui.editor_window import compose_window
from app.ui.theme import Appearance, ThemeChoice
from tests.benchmarks.figures import report

if TYPE_CHECKING:
    from PySide6.QtCore import QMessageLogContext

    from app.model.text_edit import TextEdit
    from app.ui.editor_window import EditorWindow

LINES = 1000
KEYS_A_S = 20


def run(*, quick: bool) -> None:
    """Print the figures."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    logging.disable(logging.WARNING)
    qInstallMessageHandler(_ignore)
    application = QApplication.instance() or QApplication(["bench"])
    assert isinstance(application, QApplication)
    application.setQuitOnLastWindowClosed(False)
    garbage = GarbageCollector()
    qasync.run(_measure(application, keys=200 if quick else 1000))
    garbage.stop()


def _ignore(_kind: QtMsgType, _context: QMessageLogContext, _message: str) -> None:
    """Leave out what Qt says of having no screen."""


async def _measure(application: QApplication, *, keys: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        tasks = TaskOwner()
        appearance = Appearance(application, choice=ThemeChoice.LIGHT)
        server = EmbeddedServer(database=Path(folder) / "bench.db", tasks=tasks)
        path = Path(folder) / "file.py"
        path.write_text(
            "".join(f"value_{number} = {number}  # a line\n" for number in range(LINES))
        )
        ada = compose_window(tasks=tasks, appearance=appearance, hosting=server, person="Ada")
        grace = compose_window(tasks=tasks, appearance=appearance, person="Grace")
        for window in (ada, grace):
            window.show()
        ada.open_file(path)
        ada.share()
        await eventually(lambda: ada.link_text != "", what="an invitation")
        grace.join(ada.link_text)
        await eventually(lambda: grace.text == ada.text, what="the text")
        took_ms = await _type(ada, grace, keys)
        report(
            f"keystroke → other window, {KEYS_A_S} keys/s, durable",
            took_ms,
            targets="targets p50 ≤ 10, p99 ≤ 25",
        )
        await grace.close()
        await ada.close()
        await tasks.stop()


async def _type(ada: EditorWindow, grace: EditorWindow, keys: int) -> list[float]:
    sent_s: list[float] = []
    took_ms: list[float] = []

    def on_shown(edits: list[TextEdit]) -> None:
        now_s = time.perf_counter()
        for _ in range(sum(length_utf16(edit.text) for edit in edits)):
            took_ms.append((now_s - sent_s[len(took_ms)]) * 1000)

    grace.binding.remote_edited.connect(on_shown)
    started_s = time.perf_counter()
    for number in range(keys):
        await asyncio.sleep(started_s + number / KEYS_A_S - time.perf_counter())
        sent_s.append(time.perf_counter())
        press(ada, "abcdefgh "[number % 9])
    await eventually(lambda: len(took_ms) == keys, what="the last key")
    return took_ms
