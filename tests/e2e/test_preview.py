"""Pages in a real Chromium: what stands in the window, saved or not, and what the other types."""

import asyncio
import shutil
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PySide6.QtCore import QUrl

from app.demo import press
from app.model.text_edit import TextEdit
from app.ui.editor_window import EditorWindow
from tests.browser.conftest import CHROMIUM
from tests.e2e.conftest import Desk
from tests.eventually import eventually
from tests.support.chromium import WITHIN_S, Browser

pytestmark = [pytest.mark.e2e, pytest.mark.node]

PAGE = """<!doctype html><title>t</title><link rel="stylesheet" href="style.css">
<body><p id="said">before</p><script>window.ran = 6 * 7</script></body>
"""
STYLE = "p { color: rgb(1, 2, 3); }\n"
SAID = "document.getElementById('said')?.textContent"
COLOUR = "getComputedStyle(document.getElementById('said')).color"


@pytest.fixture
async def browser(desk: Desk) -> AsyncIterator[Browser]:
    if shutil.which(CHROMIUM) is None:
        pytest.skip(f"no {CHROMIUM} here: apt install chromium")
    browser = Browser()
    await browser.start()
    yield browser
    await browser.stop()
    assert browser.thrown == []


async def previewed(window: EditorWindow) -> str:
    """Press Preview, agree if asked, and return the address that a browser was given."""
    given: list[str] = []
    window.preview.open_url = lambda url: given.append(QUrl.toString(url))
    window.window.actions_by_id["tools.preview"].trigger()
    if window.front.banner.button_texts:
        window.front.banner.buttons[0].click()
    return (await eventually(lambda: given))[0]


async def shows(browser: Browser, name: str, script: str, wanted: object) -> None:
    deadline_s = time.monotonic() + WITHIN_S
    while (found := await browser.evaluate_settled(name, script)) != wanted:
        assert time.monotonic() < deadline_s, f"{name}: {script} is still {found!r}"
        await asyncio.sleep(0.02)


def replace(window: EditorWindow, old: str, new: str) -> None:
    """Edit the text in front as somebody at the keys does."""
    at = window.text.index(old)
    window.binding.edit([TextEdit(at, len(old), new)])


async def test_a_page_shows_unsaved_text_with_its_styles_and_comes_anew(
    desk: Desk, browser: Browser, tmp_path: Path
) -> None:
    (tmp_path / "index.html").write_text(PAGE)
    (tmp_path / "style.css").write_text(STYLE)
    window = desk.open_window("Ada")
    window.project.open_folder(tmp_path)
    window.open_file(tmp_path / "index.html")
    replace(window, "before", "unsaved")

    await browser.open("page", await previewed(window))
    await shows(browser, "page", SAID, "unsaved")
    ran = await browser.evaluate("page", "window.ran")
    colour = await browser.evaluate("page", COLOUR)
    window.open_file(tmp_path / "style.css")
    replace(window, "1, 2, 3", "9, 8, 7")

    assert (ran, colour) == (42, "rgb(1, 2, 3)")
    await shows(browser, "page", COLOUR, "rgb(9, 8, 7)")
    assert (tmp_path / "style.css").read_text() == STYLE


async def test_what_the_other_types_is_on_both_pages_once_each_has_agreed(
    desk: Desk, browser: Browser, tmp_path: Path
) -> None:
    path = tmp_path / "index.html"
    path.write_text(PAGE)
    ada, grace = await desk.pair(path)
    grace.window.actions_by_id["tools.preview"].trigger()
    asked = (grace.front.banner.message, grace.preview.address)

    for name, window in (("ada", ada), ("grace", grace)):
        await browser.open(name, await previewed(window))
    replace(ada, "before", "from Ada")
    press(grace, "\n")

    assert asked[0].startswith("Ada and you wrote this")
    assert asked[1] == ""
    for name in ("ada", "grace"):
        await shows(browser, name, SAID, "from Ada")
    replace(grace, "from Ada", "from Grace")
    for name in ("ada", "grace"):
        await shows(browser, name, SAID, "from Grace")


async def test_a_page_gets_nothing_from_elsewhere_and_tells_nobody(
    desk: Desk, browser: Browser, tmp_path: Path
) -> None:
    heard: list[bytes] = []

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(1))
        writer.close()

    other = await asyncio.start_server(hear, "127.0.0.1", 0)
    port = other.sockets[0].getsockname()[1]
    (tmp_path / "index.html").write_text(
        f"""<body><img src="http://127.0.0.1:{port}/a.png"><p id="said">…</p><script>
        fetch("http://127.0.0.1:{port}/").then(() => "told", () => "refused")
          .then((how) => {{ document.getElementById("said").textContent = how; }});
        </script></body>"""
    )
    window = desk.open_window("Ada")
    window.open_file(tmp_path / "index.html")

    await browser.open("page", await previewed(window))
    await shows(browser, "page", SAID, "refused")
    other.close()
    await other.wait_closed()

    assert heard == []


async def test_a_page_asks_from_the_root_and_other_programs_write_its_files(
    desk: Desk, browser: Browser, tmp_path: Path
) -> None:
    (tmp_path / "index.html").write_text(PAGE.replace('"style.css"', '"/styles/site.css"'))
    (tmp_path / "styles").mkdir()
    (tmp_path / "styles" / "site.css").write_text("@import '/styles/more.css';\n")
    (tmp_path / "styles" / "more.css").write_text(STYLE)
    window = desk.open_window("Ada")
    window.project.open_folder(tmp_path)
    window.open_file(tmp_path / "index.html")

    await browser.open("page", await previewed(window))
    await shows(browser, "page", COLOUR, "rgb(1, 2, 3)")
    (tmp_path / "styles" / "more.css").write_text(STYLE.replace("1, 2, 3", "9, 8, 7"))

    await shows(browser, "page", COLOUR, "rgb(9, 8, 7)")
