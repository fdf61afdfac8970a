"""Two windows and a product's page that chat through a real server, which is killed meanwhile."""

import asyncio
import os
import shutil
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from app.model.connection import LinkPhase
from app.model.room_messages import Delivery
from app.ui.editor_window import EditorWindow
from collab_server.client_script import script_tag
from collab_server.protocol.names import parse_document, room_of
from tests.browser.conftest import CHROMIUM, MARK, PAGES, ProductPages
from tests.e2e.conftest import Desk
from tests.e2e.test_browsers import Browser, token
from tests.eventually import eventually

pytestmark = pytest.mark.e2e

WITHIN_S = 60.0


@pytest.fixture
async def two(desk: Desk, tmp_path: Path) -> tuple[EditorWindow, EditorWindow]:
    """Two windows with one text, and the chat beside it."""
    path = tmp_path / "hello.py"
    path.write_text("one\ntwo\nthree\n")
    ada, grace = await desk.pair(path)
    for window in (ada, grace):
        window.chat.show()
        await eventually(window.chat.panel.composer.isEnabled, what="a room to speak in")
    return ada, grace


def said(window: EditorWindow) -> list[str]:
    return [row.message.text for row in window.chat.panel.model.rows]


def stored(window: EditorWindow) -> list[str]:
    """What a window shows as stored, one after the other."""
    rows = window.chat.panel.model.rows
    return [row.message.text for row in rows if row.message.delivery is Delivery.STORED]


def write(window: EditorWindow, text: str) -> None:
    window.chat.panel.composer.set_text(text)
    window.chat.panel.message_submitted.emit(text, 0)
    window.chat.panel.composer.clear()


async def agree(*windows: EditorWindow, on: set[str]) -> None:
    def is_so() -> bool:
        told = [stored(window) for window in windows]
        return all(each == told[0] for each in told) and set(told[0]) == on

    await eventually(is_so, timeout_s=WITHIN_S, what=f"{sorted(on)[:3]}… in both")


async def test_what_is_said_edited_and_answered_is_the_same_in_both_windows(
    two: tuple[EditorWindow, EditorWindow],
) -> None:
    ada, grace = two

    write(ada, "see hello.py:2–3 😀")
    await agree(ada, grace, on={"see hello.py:2–3 😀"})
    asked = grace.chat.panel.model.rows[0].message
    grace.chat.panel.message_submitted.emit("thanks @Ada", asked.id)
    grace.chat.panel.reaction_toggled.emit(asked.id, "👍")
    ada.chat.panel.edit_submitted.emit(asked.id, "see hello.py:1–2")
    await agree(ada, grace, on={"see hello.py:1–2", "thanks @Ada"})
    await eventually(lambda: ada.chat.panel.model.rows[0].message.reactions)

    answer = ada.chat.panel.model.rows[1]
    assert (answer.quoted, answer.is_for_me) == ("see hello.py:1–2", True)
    links = grace.chat.panel.view.delegate.layout_of(grace.chat.panel.model.index(0), 300).links
    grace.chat.open_link(links[0])
    assert grace.editor.textCursor().selection().toPlainText() == "one\ntwo"


async def test_who_writes_is_seen_and_what_is_unread_counted(
    two: tuple[EditorWindow, EditorWindow],
) -> None:
    ada, grace = two
    grace.chat.dock.hide()

    ada.chat.panel.composer.insertPlainText("hel")
    await eventually(lambda: grace.chat.panel.typing_text == "Ada is writing…")
    write(ada, "hello")
    await eventually(lambda: grace.chat.dock.windowTitle() == "Chat (1)", timeout_s=WITHIN_S)

    assert grace.chat.panel.typing_text == ""


async def test_everything_acknowledged_is_there_once_when_the_server_is_killed_meanwhile(
    desk: Desk, two: tuple[EditorWindow, EditorWindow]
) -> None:
    ada, grace = two
    for number in range(4):
        write(ada, f"ada {number}")
        write(grace, f"grace {number}")
    await eventually(lambda: len(stored(ada)) >= 4, timeout_s=WITHIN_S)
    acknowledged = set(stored(ada)) | set(stored(grace))
    write(ada, "under way")

    assert desk.server.process_id is not None
    os.kill(desk.server.process_id, signal.SIGKILL)
    await eventually(lambda: ada.collaboration.link.phase is not LinkPhase.LIVE)
    write(ada, "ada offline")
    write(grace, "grace offline")

    everything = {f"{who} {number}" for who in ("ada", "grace") for number in range(4)}
    everything |= {"under way", "ada offline", "grace offline"}
    await agree(ada, grace, on=everything)
    for window in two:
        assert acknowledged <= set(stored(window))
        assert len(stored(window)) == len(everything)
        assert [text for text in stored(window) if text.startswith("ada")] == [
            *(f"ada {number}" for number in range(4)),
            "ada offline",
        ]


@pytest.fixture
def products() -> Iterator[ProductPages]:
    pages = ProductPages()
    yield pages
    pages.close()


@pytest.fixture
async def browser(desk: Desk) -> AsyncIterator[Browser]:
    if shutil.which(CHROMIUM) is None:
        pytest.skip(f"no {CHROMIUM} here: apt install chromium")
    browser = Browser()
    await browser.start()
    yield browser
    await browser.stop()
    assert browser.thrown == []


async def test_the_seeds_chat_page_and_a_window_hear_each_other(
    desk: Desk,
    two: tuple[EditorWindow, EditorWindow],
    browser: Browser,
    products: ProductPages,
) -> None:
    ada, grace = two
    room = room_of(parse_document(ada.document_name))
    server = await desk.server.start()
    tag = script_tag(server.socket_url, {"token": token(desk, "Zoe", ada.document_name)})
    html = (PAGES / "chat.html").read_text().replace(MARK, tag)
    address = products.put(html.replace("'chat_general'", f"'{room}'"))
    await browser.open("chat", address)
    await eventually(
        lambda: "zoe" in {person.user_id for person in ada.participants.participants},
        timeout_s=WITHIN_S,
        what="Zoe in the room",
    )

    write(ada, "<b>hello</b> page")
    await browser.evaluate(
        "chat", "document.getElementById('chat-input').value = 'hello window'; sendChat()"
    )
    await agree(ada, grace, on={"<b>hello</b> page", "hello window"})

    shown = ""
    async with asyncio.timeout(WITHIN_S):
        while "<b>hello</b> page" not in shown:
            shown = await browser.evaluate(
                "chat", "document.getElementById('chat-messages').innerText"
            )
    names = {row.message.name for row in grace.chat.panel.model.rows}
    assert names == {"Ada", "Zoe"}
