"""What a key costs in the UI thread, paint included, with everything on."""

from __future__ import annotations

import asyncio
import functools
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication

from app.demo import press
from app.model.participants import RemoteCaret
from app.ui.editor_window import EditorWindow, compose_window
from tests.benchmarks.figures import quantile
from tests.benchmarks.windows import Desk, run_at_desk

LINES = (10, 1_000, 20_000, 100_000)
CARETS = 10
KEY_EVERY_S = 0.02
LINE = "value = call(argument)  # a line\n"
LARGE_BYTES = 5_000_000
OPENINGS = 3
STARTS = 3


def run(*, quick: bool) -> None:
    """Print the figures."""
    run_at_desk(functools.partial(_measure, keys=150 if quick else 600))


async def _measure(desk: Desk, *, keys: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        large = Path(folder) / "large.py"
        large.write_text(LINE * (LARGE_BYTES // len(LINE)))
        _start(Path(folder))
        await _open_large(desk, large)
        for lines in LINES:
            path = Path(folder) / f"{lines}.py"
            path.write_text(
                "".join(f"value_{number} = call({number})  # a line\n" for number in range(lines))
            )
            window = compose_window(
                tasks=desk.tasks, appearance=desk.appearance, syntax=desk.syntax, person="Ada"
            )
            window.show()
            assert window.open_file(path)
            took_ms = await _type(window, keys)
            await window.close()
            print(
                f"{lines:,} lines: {statistics.median(took_ms):.1f} ms a key "
                f"(p99 {quantile(took_ms, 0.99):.1f} ms)",
                flush=True,
            )


def _start(folder: Path) -> None:
    """Print how long a new process takes until its window is painted; the files are warm."""
    file = folder / "small.py"
    file.write_text(LINE * 1000)
    command = [sys.executable, "-m", "tests.benchmarks.first_window", str(file)]
    home = {**os.environ, "CODEXPRO_DATA_DIR": str(folder)}
    took_s: list[float] = []
    for _ in range(STARTS):
        started_s = time.perf_counter()
        subprocess.run(command, env=home, stderr=subprocess.DEVNULL, check=True)
        took_s.append(time.perf_counter() - started_s)
    print(f"start to window: {statistics.median(took_s):.2f} s (target 1.5)", flush=True)


async def _open_large(desk: Desk, path: Path) -> None:
    """Print how long a file of 5 MB takes until it is painted."""
    took_s: list[float] = []
    for _ in range(OPENINGS):
        window = compose_window(
            tasks=desk.tasks, appearance=desk.appearance, syntax=desk.syntax, person="Ada"
        )
        window.show()
        await asyncio.sleep(KEY_EVERY_S)
        started_s = time.perf_counter()
        assert window.open_file(path)
        window.editor.viewport().repaint()
        took_s.append(time.perf_counter() - started_s)
        await window.close()
    print(f"5 MB file open: {statistics.median(took_s):.2f} s (target 0.6)", flush=True)


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
