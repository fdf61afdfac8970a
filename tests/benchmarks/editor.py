"""What a key costs in the UI thread, paint included, with everything on."""

from __future__ import annotations

import asyncio
import logging
import os
import statistics
import tempfile
import time
from pathlib import Path

from PySide6.QtCore import QEvent, QMessageLogContext, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

import qasync  # after PySide6, whose binding it looks for  # isort: skip

from app.demo import press
from app.model.participants import RemoteCaret
from app.services.garbage import GarbageCollector
from app.tasks import TaskOwner
from app.ui.editor_window import EditorWindow, compose_window
from app.ui.theme import Appearance, ThemeChoice
from tests.benchmarks.figures import quantile

LINES = (10, 1_000, 20_000, 100_000)
CARETS = 10
KEY_EVERY_S = 0.02


def run(*, quick: bool) -> None:
    """Print the figures."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    logging.disable(logging.WARNING)
    qInstallMessageHandler(_ignore)
    application = QApplication.instance() or QApplication(["bench"])
    assert isinstance(application, QApplication)
    application.setQuitOnLastWindowClosed(False)
    garbage = GarbageCollector()
    qasync.run(_measure(application, keys=150 if quick else 600))
    garbage.stop()


def _ignore(_kind: QtMsgType, _context: QMessageLogContext, _message: str) -> None:
    """Leave out what Qt says of having no screen."""


async def _measure(application: QApplication, *, keys: int) -> None:
    tasks = TaskOwner()
    appearance = Appearance(application, choice=ThemeChoice.LIGHT)
    with tempfile.TemporaryDirectory() as folder:
        for lines in LINES:
            path = Path(folder) / f"{lines}.py"
            path.write_text(
                "".join(f"value_{number} = call({number})  # a line\n" for number in range(lines))
            )
            window = compose_window(tasks=tasks, appearance=appearance, person="Ada")
            window.show()
            opened_s = time.perf_counter()
            assert window.open_file(path)
            window.editor.viewport().repaint()
            open_ms = (time.perf_counter() - opened_s) * 1000
            took_ms = await _type(window, keys)
            await window.close()
            print(
                f"{lines:,} lines: opened in {open_ms:.0f} ms, {statistics.median(took_ms):.1f} ms "
                f"a key (p99 {quantile(took_ms, 0.99):.1f} ms, targets ≤ 2 and ≤ 6)",
                flush=True,
            )
    await tasks.stop()


async def _type(window: EditorWindow, keys: int) -> list[float]:
    editor = window.editor
    middle = window.binding.document.findBlockByNumber(window.binding.document.blockCount() // 2)
    cursor = editor.textCursor()
    cursor.setPosition(middle.position())
    editor.setTextCursor(cursor)
    editor.centerCursor()
    carets = [
        RemoteCaret(
            number,
            str(number),
            f"Person {number}",
            "#0072b2",
            middle.position() + number,
            middle.position() + number + 2,
        )
        for number in range(1, CARETS + 1)
    ]
    editor.set_remote_carets(carets)
    took_ms: list[float] = []
    for number in range(keys):
        await asyncio.sleep(KEY_EVERY_S)  # so that what is debounced runs in between
        started_s = time.perf_counter()
        press(window, "\n" if number % 40 == 39 else "abcdefgh "[number % 9])
        # Paint what the key made dirty, as the event loop would do next.
        QApplication.sendPostedEvents(window.window, QEvent.Type.UpdateRequest)
        took_ms.append((time.perf_counter() - started_s) * 1000)
    return took_ms
