"""Chromium beside the loop of the windows: Playwright has a thread of its own."""

import asyncio
import functools
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from playwright.sync_api import Error, Page, sync_playwright

from tests.browser.conftest import ARGUMENTS, CHROMIUM

WITHIN_S = 60.0


class Browser:
    """Chromium with pages in it, driven from a thread of its own."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="playwright")
        self._pages: dict[str, Page] = {}
        self.thrown: list[str] = []

    async def start(self) -> None:
        await self._do(self._launch)

    async def stop(self) -> None:
        await self._do(self._quit)
        self._thread.shutdown()

    async def open(self, name: str, address: str) -> None:
        await self._do(functools.partial(self._open, name, address))

    async def run(self, name: str, call: str, *arguments: object) -> Any:
        """Call a function of the page's editor."""
        script = f"window.editor.{call}({', '.join(map(json.dumps, arguments))}) ?? null"
        return await self._do(lambda: self._pages[name].evaluate(script))

    async def until(self, name: str, call: str, is_so: Callable[[Any], object]) -> Any:
        deadline_s = time.monotonic() + WITHIN_S
        while not is_so(found := await self.run(name, call)):
            assert time.monotonic() < deadline_s, f"{name}: {call} is still {found!r}"
            await asyncio.sleep(0.02)
        return found

    async def evaluate(self, name: str, script: str) -> Any:
        """Return what a page says."""
        return await self._do(lambda: self._pages[name].evaluate(script))

    async def evaluate_settled(self, name: str, script: str) -> Any:
        """Return the same, or None while the page is on its way to another."""
        try:
            return await self.evaluate(name, script)
        except Error:  # its world went while it was asked
            return None

    async def picture(self, name: str, path: Path) -> None:
        await self._do(lambda: self._pages[name].screenshot(path=path))

    async def _do(self, what: Callable[[], Any]) -> Any:
        return await asyncio.wrap_future(self._thread.submit(what))

    def _launch(self) -> None:
        self._playwright = sync_playwright().start()
        self._chromium = self._playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)

    def _quit(self) -> None:
        self._chromium.close()
        self._playwright.stop()

    def _open(self, name: str, address: str) -> None:
        page = self._pages[name] = self._chromium.new_page()
        page.on("pageerror", lambda error: self.thrown.append(f"{name}: {error}"))
        page.goto(address)
