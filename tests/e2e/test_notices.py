"""What a product publishes reaches the bell of a window, through a real server."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.services.chosen_server import ChosenServer
from app.ui.editor_window import EditorWindow, compose_window
from tests.browser.conftest import API_KEY, publish
from tests.e2e.conftest import Desk
from tests.eventually import eventually
from tests.support.server_process import ServerProcess, running_server

pytestmark = pytest.mark.e2e

WITHIN_S = 60.0
DOWNLOAD = {"type": "file_downloaded", "file_id": 3, "filename": "plan.pdf", "downloader": "Lin"}


@pytest.fixture
async def product(desk: Desk, tmp_path: Path) -> AsyncIterator[ServerProcess]:
    """A server that a product publishes to."""
    key_file = tmp_path / "key"
    key_file.write_text(API_KEY)
    folder = tmp_path / "server"
    folder.mkdir()
    with running_server(folder, "--api-key-file", str(key_file)) as server:
        yield server
        while desk.windows:
            await desk.windows.pop().close()


async def window_of(desk: Desk, server: ServerProcess, path: Path) -> EditorWindow:
    """Open a window of user 7 that shares a text on the server."""
    token = server.token("7", rooms={"codexpro_project_*": "rwo", "ocr_job_*": "r"})
    window = compose_window(
        tasks=desk.tasks,
        appearance=desk.appearance,
        hosting=ChosenServer(server.url, token),
        syntax=desk.syntax,
        person="Ada",
    )
    window.show()
    desk.windows.append(window)
    assert window.open_file(path)
    window.share()
    await eventually(lambda: window.link_text != "", timeout_s=WITHIN_S, what="an invitation")
    return window


def rows(window: EditorWindow) -> list[tuple[str, str]]:
    return [(row.title, row.detail) for row in window.notices.model.rows]


async def test_a_download_and_a_pictures_progress_reach_the_bell_and_reading_every_device(
    desk: Desk, product: ServerProcess, tmp_path: Path
) -> None:
    path = tmp_path / "hello.py"
    path.write_text("x\n")
    publish(product, "notifications_7", {"title": "Before", "text": "anybody looked"})
    window, other = await window_of(desk, product, path), await window_of(desk, product, path)
    for each in (window, other):
        await eventually(lambda each=each: rows(each), timeout_s=WITHIN_S, what="what was told")

    publish(product, "notifications_7", DOWNLOAD)
    publish(product, "user_7", {"type": "ocr_started", "job_id": 9})
    for each in (window, other):
        await eventually(lambda each=each: len(rows(each)) == 3, timeout_s=WITHIN_S)
    publish(
        product,
        "ocr_job_9",
        {"type": "ocr_progress", "job_id": 9, "progress": 40, "status": "processing"},
    )
    await eventually(
        lambda: window.notices.model.rows[0].progress == 40, timeout_s=WITHIN_S, what="progress"
    )
    publish(
        product,
        "ocr_job_9",
        {"type": "ocr_progress", "job_id": 9, "status": "completed", "text": "read"},
    )
    await eventually(lambda: window.notices.model.rows[0].result == "read", timeout_s=WITHIN_S)
    window.notices.panel.read_all.click()

    await eventually(lambda: other.collaboration.notifications.told.unread == 0, timeout_s=WITHIN_S)
    for each in (window, other):
        assert "Lin downloaded plan.pdf" in [title for title, _ in rows(each)]


async def test_a_late_follower_sees_how_a_job_ended(
    desk: Desk, product: ServerProcess, tmp_path: Path
) -> None:
    path = tmp_path / "hello.py"
    path.write_text("x\n")
    publish(
        product,
        "ocr_job_5",
        {"type": "ocr_progress", "job_id": 5, "status": "failed", "error": "blurred"},
    )
    window = await window_of(desk, product, path)

    window.notices.panel.job_followed.emit("5")

    await eventually(
        lambda: rows(window) == [("Text from picture 5", "Failed: blurred")], timeout_s=WITHIN_S
    )
