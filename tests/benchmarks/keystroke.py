"""How long a keystroke takes to another window: real windows, real server, real store."""

from __future__ import annotations

import asyncio
import functools
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from app.demo import eventually, press
from app.model.text_edit import length_utf16
from app.services.hosting import EmbeddedServer
from app.ui.editor_window import compose_window
from tests.benchmarks.figures import report
from tests.benchmarks.windows import Desk, run_at_desk

if TYPE_CHECKING:
    from app.model.text_edit import TextEdit
    from app.ui.editor_window import EditorWindow

LINES = 1000
KEYS_A_S = 20


def run(*, quick: bool) -> None:
    """Print the figures."""
    run_at_desk(functools.partial(_measure, keys=200 if quick else 1000))


async def _measure(desk: Desk, *, keys: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedServer(database=Path(folder) / "bench.db", tasks=desk.tasks)
        path = Path(folder) / "file.py"
        path.write_text(
            "".join(f"value_{number} = {number}  # a line\n" for number in range(LINES))
        )
        compose = functools.partial(
            compose_window, tasks=desk.tasks, appearance=desk.appearance, syntax=desk.syntax
        )
        ada = compose(hosting=server, person="Ada")
        grace = compose(person="Grace")
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
