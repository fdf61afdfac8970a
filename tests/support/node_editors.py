"""Real Yjs editors in node, with stock providers: tests/node/editors.mjs, driven from a test.

One process has as many editors as a test wants. Every question has a time limit, and what was
thrown in the process ends the test. Does not know what editors are connected to.
"""

import asyncio
import contextlib
import itertools
import json
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Any

NODE = Path(__file__).parents[1] / "node"
ANSWER_WITHIN_S = 120.0
SETTLE_WITHIN_S = 60.0
LINE_BYTES = 64 * 1024 * 1024


class NodeEditors:
    """The editors of one process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._ids = itertools.count()
        self._errors = b""

    async def ask(self, do: str, **options: Any) -> Any:
        """Have something done, and return what it answers."""
        number = next(self._ids)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        line = json.dumps({"id": number, "do": do} | options) + "\n"
        self._process.stdin.write(line.encode())
        async with asyncio.timeout(ANSWER_WITHIN_S):
            await self._process.stdin.drain()
            answered = await self._process.stdout.readline()
        assert answered, "node ended"
        answer = json.loads(answered)
        assert "error" not in answer, answer["error"]
        assert answer["id"] == number
        return answer["said"]

    async def open(
        self, editor: str, url: str, name: str, token: str | None = None, **options: Any
    ) -> None:
        """Make an editor; `kind` is "y-websocket" unless it is said to be "hocuspocus"."""
        kind = options.pop("kind", "y-websocket")
        said = {} if token is None else {"token": token}
        await self.ask("open", editor=editor, kind=kind, url=url, name=name, **said, **options)

    async def state(self, editor: str) -> dict[str, Any]:
        """Return how things stand with an editor."""
        return await self.ask("state", editor=editor)

    async def until(
        self, editor: str, is_so: Callable[[dict[str, Any]], object], what: str
    ) -> dict[str, Any]:
        """Wait until something is true of an editor's state, and return that state."""
        return await _until(lambda: self.state(editor), is_so, f"{editor}: {what}")

    async def until_alike(self, *also: Callable[[], str]) -> str:
        """Wait until every editor is synced and all texts are one; return it.

        Args:
            also: further texts that must be the same.
        """

        def are_alike(sum_: dict[str, Any]) -> bool:
            texts = {*sum_["texts"].values(), *(text() for text in also)}
            return sum_["settled"] and len(texts) == 1

        sum_ = await _until(lambda: self.ask("sum"), are_alike, "all texts alike")
        return next(iter(sum_["texts"].values()))


async def _until(ask: Callable[[], Any], is_so: Callable[[Any], object], what: str) -> Any:
    found: list[Any] = []

    async def look() -> None:
        while not (found and is_so(found[-1])):
            found[:] = [await ask()]
            await asyncio.sleep(0.01)

    try:
        async with asyncio.timeout(SETTLE_WITHIN_S):
            await look()
    except TimeoutError as error:
        raise AssertionError(f"not so within {SETTLE_WITHIN_S} s: {what}; {found}") from error
    return found[-1]


@contextlib.asynccontextmanager
async def node_editors() -> AsyncGenerator[NodeEditors]:
    """Run a process of editors while the block lasts; nothing may have been thrown in it."""
    process = await asyncio.create_subprocess_exec(
        "node",
        "editors.mjs",
        cwd=NODE,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=LINE_BYTES,
    )
    try:
        editors = NodeEditors(process)
        yield editors
        thrown = (await editors.ask("sum"))["thrown"]
        assert thrown == [], thrown
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
