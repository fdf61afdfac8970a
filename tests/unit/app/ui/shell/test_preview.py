"""Preview from a window: which page is shown, when one is asked first, and Markdown beside it."""

import asyncio
import time
from pathlib import Path

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QTextDocument

from app.collab.text_replica import TextReplica
from app.model.participants import Participant
from app.model.project import FileEntry
from app.model.text_edit import TextEdit
from app.services.shared_document import SharedDocument
from app.ui.editor_window import EditorWindow
from app.ui.panels.markdown import MOST_CHARACTERS, MarkdownPanel
from tests.eventually import eventually
from tests.support.sessions import FACTS

PAGE = "<p>page</p>"
PEOPLE = (
    Participant("c1", "u1", "Ada", "#0072b2", is_self=True),
    Participant("c2", "u2", "Grace", "#b34a00"),
)


class Opened:
    """What the browser was given."""

    def __init__(self, window: EditorWindow) -> None:
        self.urls: list[str] = []
        window.preview.open_url = lambda url: self.urls.append(QUrl.toString(url))

    async def newest(self) -> str:
        return (await eventually(lambda: self.urls))[-1]


@pytest.fixture
def opened(window: EditorWindow) -> Opened:
    return Opened(window)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "site"
    (made / "sub").mkdir(parents=True)
    (made / "index.html").write_text(PAGE)
    (made / "sub" / "style.css").write_text("p {}")
    (made / "pic.svg").write_text("<svg/>")
    return made


async def get(url: str) -> tuple[int, str]:
    """Return status and body, as a browser on this machine gets them."""
    _, _, host, path = url.split("/", 3)
    address, port = host.split(":")
    reader, writer = await asyncio.open_connection(address, int(port))
    writer.write(f"GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    head, _, body = (await asyncio.wait_for(reader.read(), 30)).decode().partition("\r\n\r\n")
    writer.close()
    return int(head.split()[1]), body


async def another_version(root: str, before: str) -> None:
    """Wait until the page is of another version than the one that was read."""
    deadline_s = time.monotonic() + 30
    while (await get(f"{root}index.html"))[1] == before:
        assert time.monotonic() < deadline_s, "the page is still the one of before"
        await asyncio.sleep(0.02)


async def is_served(url: str) -> bool:
    """Tell whether our page is there; the port may be anybody's once the window is gone."""
    try:
        return (await get(url))[1].startswith(PAGE)
    except (OSError, ValueError, IndexError):
        return False


def preview(window: EditorWindow) -> None:
    window.window.actions_by_id["tools.preview"].trigger()


def shared_page(window: EditorWindow, name: str = "index.html") -> SharedDocument:
    shared = SharedDocument(
        name=f"r/{name}",
        facts=FACTS,
        is_own=False,
        entry=FileEntry(name),
        replica=TextReplica(PAGE),
        clock=lambda: 0.0,
        parent=window,
    )
    window.collaboration.document_opened.emit(shared)
    return shared


async def test_texts_and_files_of_the_folder_are_handed_out(
    window: EditorWindow, opened: Opened, folder: Path
) -> None:
    window.project.open_folder(folder)
    window.open_file(folder / "sub" / "style.css")
    window.open_file(folder / "index.html")
    window.binding.edit([TextEdit(0, 0, "unsaved ")])

    preview(window)
    address = await opened.newest()
    base = address.removesuffix("index.html")
    pages = [await get(address), await get(f"{base}sub/style.css"), await get(f"{base}pic.svg")]

    assert address.startswith("http://127.0.0.1:")
    assert pages[0][1].startswith(f"unsaved {PAGE}<script")
    assert pages[1:] == [(200, "p {}"), (200, "<svg/>")]


async def test_without_a_folder_only_what_is_open_beside_the_page_is(
    window: EditorWindow, opened: Opened, folder: Path
) -> None:
    window.open_file(folder / "sub" / "style.css")
    window.open_file(folder / "index.html")

    preview(window)
    base = (await opened.newest()).removesuffix("index.html")
    answers = [await get(f"{base}{path}") for path in ("sub/style.css", "pic.svg")]

    assert [status for status, _ in answers] == [200, 404]


async def test_a_page_outside_the_folder_gets_nothing_of_the_folder(
    window: EditorWindow, opened: Opened, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "other.html").write_text(PAGE)
    window.project.open_folder(folder)
    window.open_file(tmp_path / "other.html")

    preview(window)
    base = (await opened.newest()).removesuffix("other.html")

    assert (await get(f"{base}pic.svg"))[0] == 404


async def test_a_style_sheet_shows_the_page_it_belongs_to(
    window: EditorWindow, opened: Opened, folder: Path
) -> None:
    window.project.open_folder(folder)
    window.open_file(folder / "index.html")
    window.open_file(folder / "sub" / "style.css")

    preview(window)

    assert (await opened.newest()).endswith("/index.html")


async def test_an_unsaved_page_is_shown_by_what_it_is_called(
    window: EditorWindow, opened: Opened
) -> None:
    window.binding.edit([TextEdit(0, 0, PAGE)])
    window.front.choose_language("html")

    preview(window)

    assert (await get(await opened.newest()))[1].startswith(PAGE)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("main.py", "Only web pages and Markdown texts can be previewed."),
        (".hidden.html", "“.hidden.html” is hidden: no browser gets it."),
    ],
)
async def test_what_cannot_be_shown_is_said(
    window: EditorWindow, opened: Opened, tmp_path: Path, name: str, said: str
) -> None:
    (tmp_path / name).write_text("x = 1")
    window.open_file(tmp_path / name)

    preview(window)

    assert window.front.banner.message == said
    assert opened.urls == []


async def test_what_others_wrote_is_run_after_one_has_agreed_and_asked_once(
    window: EditorWindow, opened: Opened
) -> None:
    shared_page(window)
    window.collaboration.participants_changed.emit(PEOPLE)

    preview(window)
    asked = window.front.banner.message
    preview(window)
    buttons = window.front.banner.button_texts
    before = window.preview.address
    window.front.banner.buttons[0].click()
    await opened.newest()
    preview(window)

    assert asked.startswith("Grace and you wrote this")
    assert (buttons, before) == (("Run in Browser",), "")
    assert len(opened.urls) == 2
    assert window.front.banner.message == ""


async def test_another_session_asks_again(window: EditorWindow, opened: Opened) -> None:
    first = shared_page(window)
    preview(window)
    window.front.banner.buttons[0].click()
    await opened.newest()
    window.collaboration.document_closed.emit(first)
    shared_page(window, "other.html")

    preview(window)

    assert len(opened.urls) == 1
    assert window.front.banner.button_texts == ("Run in Browser",)


async def test_a_page_that_is_shared_later_is_held_until_one_agrees(
    window: EditorWindow, opened: Opened, folder: Path
) -> None:
    window.open_file(folder / "index.html")
    preview(window)
    address = await opened.newest()
    shared = shared_page(window, "more.html")

    peer = TextReplica()
    peer.apply(shared.replica.ledger.history())
    update = peer.edit([TextEdit(0, 0, "others ")], now_ms=0)
    assert update is not None
    shared.remote_edited.emit(shared.replica.apply([update]))
    held = await get(address)
    window.front.banner.buttons[0].click()
    status, _ = await get(address)

    assert held[0] == 403
    assert PAGE not in held[1]
    assert status == 200


async def test_with_the_window_the_server_ends(window: EditorWindow, opened: Opened) -> None:
    window.front.choose_language("html")
    preview(window)
    window.binding.edit([TextEdit(0, 0, PAGE)])
    address = await opened.newest()
    during = await is_served(address)

    await window.close()

    assert during
    assert not await is_served(address)


async def test_markdown_stands_beside_the_text_and_follows_it(
    window: EditorWindow, tmp_path: Path
) -> None:
    (tmp_path / "a.md").write_text("# One\n")
    window.open_file(tmp_path / "a.md")

    preview(window)
    panel = window.markdown.panel
    before = panel.view.toPlainText()
    window.binding.edit([TextEdit(2, 3, "Two")])
    await eventually(lambda: panel.view.toPlainText() == "Two")

    assert before == "One"
    assert window.window.actions_by_id["view.markdown"].isChecked()


async def test_the_panel_goes_to_another_markdown_text_and_empties_with_the_last(
    window: EditorWindow, tmp_path: Path
) -> None:
    (tmp_path / "a.md").write_text("# One\n")
    (tmp_path / "b.md").write_text("# Two\n")
    window.open_file(tmp_path / "a.md")
    preview(window)
    panel = window.markdown.panel

    window.open_file(tmp_path / "b.md")
    await eventually(lambda: panel.view.toPlainText() == "Two")
    for _ in range(2):
        window.window.actions_by_id["file.close_tab"].trigger()

    await eventually(lambda: panel.reason.startswith("Open a Markdown text"))


HOSTILE = """# Title <script>alert(1)</script>

<img src="http://127.0.0.1:9/html.png"><b>bold</b>

![picture](http://127.0.0.1:9/a.png) ![file](file:///etc/hostname) ![here](a.png)

[web](https://example.org/a) [local](file:///etc/passwd) [script](javascript:alert(1))
[app](codexpro://join/x) [section](#title)
"""


class TestMarkdownPanel:
    """What a hostile text does in the panel: nothing."""

    @pytest.fixture
    def panel(self, qtbot) -> MarkdownPanel:
        panel = MarkdownPanel()
        qtbot.addWidget(panel)
        panel.show_text(HOSTILE)
        return panel

    def test_html_is_shown_as_it_is_written(self, panel: MarkdownPanel) -> None:
        assert "<script>alert(1)</script>" in panel.view.toPlainText()
        assert "<b>bold</b>" in panel.view.toPlainText()

    def test_no_picture_is_loaded_from_anywhere(self, panel: MarkdownPanel) -> None:
        kind = QTextDocument.ResourceType.ImageResource.value
        names = ("http://127.0.0.1:9/a.png", "file:///etc/hostname", "a.png")

        loaded = [panel.view.loadResource(kind, QUrl(name)) for name in names]
        inside = [panel.view.document().resource(kind, QUrl(name)) for name in names]

        assert loaded == [b""] * 3
        assert not any(inside)

    def test_only_links_of_the_web_are_opened_and_only_when_clicked(
        self, panel: MarkdownPanel
    ) -> None:
        clicked: list[str] = []
        panel.web_link_clicked.connect(lambda url: clicked.append(url.toString()))
        links = (
            "https://example.org/a",
            "HTTP://example.org/b",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "codexpro://join/x",
            "ftp://example.org/",
            "#title",
            "other.md",
        )

        for link in links:
            panel.view.anchorClicked.emit(QUrl(link))

        assert clicked == ["https://example.org/a", "http://example.org/b"]
        assert panel.view.source() == QUrl()

    def test_where_a_link_leads_is_said_before_it_is_clicked(self, panel: MarkdownPanel) -> None:
        panel.view.highlighted.emit(QUrl("https://example.org/?a=<b>"))

        assert "example.org" in panel.view.viewport().toolTip()
        assert "<b>" not in panel.view.viewport().toolTip()

    def test_a_text_that_is_too_long_is_not_laid_out(self, panel: MarkdownPanel) -> None:
        panel.show_text("x" * (MOST_CHARACTERS + 1))

        assert panel.reason == "This text is too long for a preview."


async def test_a_file_that_another_program_writes_is_loaded_again(
    window: EditorWindow, opened: Opened, folder: Path
) -> None:
    window.project.open_folder(folder)
    window.open_file(folder / "index.html")
    window.preview.preview()
    root = (await opened.newest()).removesuffix("index.html")
    asked = [(await get(f"{root}{path}"))[0] for path in ("sub/style.css", "later.css")]
    before = (await get(f"{root}index.html"))[1]
    assert asked == [200, 404]

    (folder / "sub" / "style.css").write_text("p { color: red }")
    await another_version(root, before)
    between = (await get(f"{root}index.html"))[1]
    (folder / "later.css").write_text("p {}")

    await another_version(root, between)
