"""The editor as a process of its own that a test drives: a line in, a line out.

The test's side; the app's is `driven_app_child`, which says what can be asked.
"""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
ANSWER_S = 60.0
LOOK_AGAIN_S = 0.02


class DrivenApp:
    """The parent's side: one life of the app; `start` another on the same folder."""

    def __init__(self, folder: Path, *, server: str = "", token: str = "") -> None:
        self.folder = folder
        self._environment = os.environ | {
            "CODEXPRO_DATA_DIR": str(folder / "data"),
            "PYTHONPATH": str(ROOT),
            "CODEXPRO_TEST_SERVER": server,
            "CODEXPRO_TEST_TOKEN": token,
        }
        self._process: asyncio.subprocess.Process | None = None
        self.lives = 0
        folder.mkdir(exist_ok=True)

    @property
    def log(self) -> str:
        """What it wrote on standard error, over all its lives."""
        return (self.folder / "app.log").read_text()

    async def start(self) -> None:
        """Start it, and wait until it has recovered what there is to recover."""
        self.lives += 1
        with (self.folder / "app.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.support.driven_app_child", str(self.folder)),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=self._environment,
                cwd=ROOT,
            )
        assert await self.answer() == "ready", self.log

    async def ask(self, *command: object) -> Any:
        """Send a command and return its answer."""
        self.send(*command)
        return await self.answer()

    def send(self, *command: object) -> None:
        """Send a command, and let the answer come later."""
        process = self._process
        assert process is not None
        assert process.stdin is not None
        process.stdin.write(json.dumps(command).encode() + b"\n")

    async def until(self, *command: object, is_so: Callable[[Any], bool], what: str) -> Any:
        """Ask again and again until the answer is right."""
        deadline_s = time.monotonic() + ANSWER_S
        while True:
            answer = await self.ask(*command)
            if is_so(answer):
                return answer
            assert time.monotonic() < deadline_s, f"not so: {what}; but {answer}"
            await asyncio.sleep(LOOK_AGAIN_S)

    async def kill(self) -> list[Any]:
        """End it as a power cut does; return the answers that it still gave."""
        process = self._process
        assert process is not None
        assert process.stdout is not None
        process.kill()
        rest = await process.stdout.read()
        await process.wait()
        return [json.loads(line) for line in rest.split(b"\n")[:-1]]

    async def ended(self) -> int:
        """Wait until it has ended by itself, and return its exit code."""
        process = self._process
        assert process is not None
        async with asyncio.timeout(ANSWER_S):
            return await process.wait()

    async def quit(self) -> int:
        """Let it end as by a signal of the system, and return its exit code."""
        process = self._process
        assert process is not None
        process.terminate()
        return await self.ended()

    async def stop(self) -> None:
        """Kill it if it runs."""
        if self._process is not None and self._process.returncode is None:
            await self.kill()

    async def answer(self) -> Any:
        """Wait for the next answer."""
        process = self._process
        assert process is not None
        assert process.stdout is not None
        async with asyncio.timeout(ANSWER_S):
            line = await process.stdout.readline()
        assert line, f"the app is gone:\n{self.log[-4000:]}"
        return json.loads(line)
