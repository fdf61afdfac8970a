"""Two real windows, a real server process, and what must not get lost between them."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from pycrdt import Doc, Text

from app.demo import press
from app.model.connection import SavePhase
from app.services.collaboration import Collaboration
from app.ui.editor_window import EditorWindow
from collab_server.protocol.names import parse_document
from collab_server.storage.store import open_store
from tests.e2e.conftest import Desk
from tests.eventually import eventually

pytestmark = pytest.mark.e2e


def type_text(window: EditorWindow, text: str) -> None:
    for char in text:
        press(window, char)


async def saved(*windows: EditorWindow) -> None:
    for window in windows:
        await eventually(
            lambda window=window: window.save_state.phase is SavePhase.SAVED, what="Saved"
        )


async def alike(one: EditorWindow, other: EditorWindow) -> None:
    await eventually(lambda: one.text == other.text, what="equal texts")


async def stored_text(desk: Desk, document: str) -> str:
    """Return what the log on disk says, read without the server."""
    store = await open_store(f"sqlite:///{desk.database}")
    try:
        stored = await store.load_document(parse_document(document))
        assert stored is not None
        doc: Doc[Text] = Doc()
        text = doc.get("content", type=Text)
        for update in (*stored.pieces, *stored.updates):
            doc.apply_update(update)
        return str(text)
    finally:
        await store.close()


async def fresh_text(desk: Desk, link: str) -> str:
    reader = Collaboration(tasks=desk.tasks)
    opened: list[object] = []
    reader.document_opened.connect(opened.append)
    reader.join(link, name="a fresh reader")
    await eventually(lambda: bool(opened), what="the document")
    text = reader.documents[0].replica.text
    await reader.shutdown()
    return text


async def test_nothing_is_lost_when_the_server_is_killed_while_two_people_type(
    desk: Desk, tmp_path: Path
) -> None:
    path = tmp_path / "notes.py"
    path.write_bytes("# naïve 😀 e\u0301\r\nprint('中文')\r\n".encode())
    ada, grace = await desk.pair(path)
    document, link = ada.document_name, ada.link_text
    grace.editor.moveCursor(grace.editor.textCursor().MoveOperation.End)

    type_text(ada, "# Ada 😀 e\u0301\n")
    type_text(grace, "# Grace 👩‍👩‍👧\n")
    await alike(ada, grace)
    type_text(grace, "oops")
    await eventually(lambda: "oops" in ada.text, what="the slip in Ada's window")
    type_text(ada, "x = 1\n")
    grace.undo()
    await alike(ada, grace)
    assert "oops" not in ada.text
    assert "x = 1\n" in ada.text

    assert desk.server.process_id is not None
    type_text(ada, "before ")
    os.kill(desk.server.process_id, signal.SIGKILL)
    type_text(ada, "after\n")
    type_text(grace, "# meanwhile n\u0303\n")
    await saved(ada, grace)
    await alike(ada, grace)

    text = ada.text
    assert "before after\n" in text
    assert "# meanwhile n\u0303\n" in text
    assert text.count("# naïve 😀 e\u0301\n") == 1
    assert ada.editor.document().blockCount() == text.count("\n") + 1
    assert await fresh_text(desk, link) == text
    await desk.close()
    assert await stored_text(desk, document) == text


async def test_a_save_keeps_line_ends_and_the_mark_of_the_file(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "windows.txt"
    path.write_bytes(b"\xef\xbb\xbfone\r\ntwo\r\n")
    ada, grace = await desk.pair(path)

    type_text(grace, "zero\n")
    await alike(ada, grace)
    assert ada.save()

    assert path.read_bytes() == b"\xef\xbb\xbfzero\r\none\r\ntwo\r\n"
    assert not ada.is_modified


async def test_a_guest_who_leaves_keeps_the_text_and_can_come_back(
    desk: Desk, tmp_path: Path
) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("shared\n")
    ada, grace = await desk.pair(path)

    grace.leave()
    await eventually(lambda: not grace.is_in_session, what="the end of the session")
    type_text(ada, "more ")
    assert grace.text == "shared\n"
    grace.join(ada.link_text)

    await alike(ada, grace)
    assert grace.text == "more shared\n"


@pytest.mark.parametrize("name", ["sample", "odd"])
def test_the_demonstration_ends_with_equal_texts(tmp_path: Path, name: str) -> None:
    odd = tmp_path / "odd name 😀.js"
    odd.write_bytes("\ufeff// ünï 😀\r\nlet a = '中';\r\n\r\nno end".encode())
    arguments = [str(odd)] if name == "odd" else []
    keep = tmp_path / "kept"

    run = subprocess.run(
        [sys.executable, "-m", "app", "--demo", "--keep", str(keep), *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={key: value for key, value in os.environ.items() if key != "QT_QPA_PLATFORM"},
    )

    assert (run.returncode, run.stdout.splitlines()[-1]) == (0, "equal: yes"), run.stderr
    assert (keep / "window-1.txt").read_bytes() == (keep / "window-2.txt").read_bytes()
    kept = {path.name for path in keep.iterdir()}
    assert kept >= {"collab.db", "secret", "document.txt", "window-1.png", "window-2.png"}


def test_the_demonstration_says_in_a_sentence_what_it_cannot_open(tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(b"\x89PNG\0")

    run = subprocess.run(
        [sys.executable, "-m", "app", "--demo", str(path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert run.returncode == 1
    assert run.stdout.splitlines() == [
        "“picture.png” is not a text file, so it was not opened.",
        "equal: no",
    ]
