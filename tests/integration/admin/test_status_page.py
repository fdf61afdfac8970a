"""The operator's page in a real browser: it shows numbers, and runs nothing that others wrote."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright, expect

from collab_server.protocol.events import Join, RoomJoined
from collab_server.protocol.names import parse_room
from tests.support.api_client import API_KEY
from tests.support.server_process import ServerProcess, running_server
from tests.support.wire_client import wire_client

CHROMIUM = shutil.which("chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic"]
HOSTILE = "<img src=x onerror='window.ran=1'>"

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed (apt)")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    settings = {"COLLAB_API_KEY": API_KEY}
    with running_server(tmp_path, "--internal-port", "0", settings=settings) as process:
        yield process


async def sign_in(page: Page, key: str) -> None:
    await page.get_by_label("API key").fill(key)
    await page.get_by_role("button", name="Show").click()


async def test_the_page_shows_who_is_connected_and_runs_no_name(
    server: ServerProcess, tmp_path: Path
) -> None:
    trouble: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = await browser.new_page(viewport={"width": 1000, "height": 700})
        page.on("console", lambda said: trouble.append(said.text))
        page.on("pageerror", lambda error: trouble.append(str(error)))
        async with wire_client(server.url, server.token("ada", name=HOSTILE)) as ada:
            await ada.say(Join(room=parse_room("codexpro_project_7")))
            await ada.hear(RoomJoined)
            await page.goto(f"http://127.0.0.1:{server.ready['internal_port']}/admin")
            await sign_in(page, API_KEY)

            await expect(page.get_by_text(HOSTILE)).to_be_visible(timeout=20_000)
            await expect(page.get_by_text("codexpro_project_7")).to_be_visible()
            await page.screenshot(path=tmp_path / "admin.png")
            ran = await page.evaluate("window.ran")
        await browser.close()

    assert ran is None
    assert [line for line in trouble if "favicon" not in line] == []
    assert (tmp_path / "admin.png").stat().st_size > 0


async def test_a_wrong_key_is_said_and_shows_nothing(server: ServerProcess) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = await browser.new_page()
        await page.goto(f"http://127.0.0.1:{server.ready['internal_port']}/admin")

        await sign_in(page, "wrong")

        await expect(page.get_by_role("alert")).to_have_text("The API key is wrong.")
        await expect(page.locator("#stats")).to_be_empty()
        await browser.close()
