"""A product's PHP reaches the notices of a real window, over a Redis that is restarted."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QColor

from app.ui.editor_window import EditorWindow
from tests.e2e.conftest import Desk
from tests.e2e.test_notices import WITHIN_S, rows, window_of
from tests.eventually import eventually
from tests.integration.backplane.test_redis_ingest import until_up
from tests.support.php_product import PHP, WHY_NOT, product_calls
from tests.support.redis_process import RedisProcess, running_redis
from tests.support.server_process import ServerProcess, running_server

pytestmark = [pytest.mark.e2e, pytest.mark.skipif(PHP is None, reason=WHY_NOT)]

DOWNLOAD = ("notifyFileDownloaded", 3, 7, "Lin <b>Wu</b>", "plan 😀.pdf", 3)
RESULT = {"text": "erste Zeile\nzweite Zeile", "confidence": 98.5}


@dataclass(frozen=True)
class Product:
    """A window of user 7 on a server that hears a product's Redis."""

    redis: RedisProcess
    server: ServerProcess
    window: EditorWindow


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisProcess]:
    with running_redis(tmp_path) as process:
        yield process


@pytest.fixture
async def product(desk: Desk, redis: RedisProcess, tmp_path: Path) -> AsyncIterator[Product]:
    folder, path = tmp_path / "server", tmp_path / "hello.py"
    folder.mkdir()
    path.write_text("x\n")
    with running_server(folder, settings={"COLLAB_REDIS__URL": redis.url}) as server:
        await until_up(server)
        window = await window_of(desk, server, path)
        is_there = window.collaboration.notifications
        await eventually(lambda: is_there.is_connected, timeout_s=WITHIN_S)
        yield Product(redis, server, window)
        while desk.windows:
            await desk.windows.pop().close()


async def until_shown(window: EditorWindow, *expected: tuple[str, str]) -> None:
    def are_shown() -> bool:
        return set(expected) <= set(rows(window))

    await eventually(are_shown, timeout_s=WITHIN_S, what=f"{expected} in the list")


def done_share(desk: Desk, window: EditorWindow, at: int) -> float:
    """Return how much of a row's bar is painted as done, of 1."""
    view, theme = window.notices.panel.view, desk.appearance.theme
    row: QRect = view.visualRect(view.model().index(at, 0))
    image = view.viewport().grab(row).toImage()

    def length_px(colour: QColor) -> int:
        # Of the row of pixels that holds most of it: ends are round, lines between rows are thin.
        return max(
            sum(image.pixelColor(QPoint(x, y)).rgb() == colour.rgb() for x in range(image.width()))
            for y in range(image.height() - 3)
        )

    done, left = length_px(theme.status.live), length_px(theme.colours.border)
    return done / (done + left)


async def test_what_php_publishes_comes_into_the_list_with_badge_bar_result_and_failure(
    desk: Desk, product: Product
) -> None:
    window, redis = product.window, product.redis
    window.notices.dock.show()

    reached = await product_calls(redis, DOWNLOAD)
    await until_shown(window, ("Lin <b>Wu</b> downloaded plan 😀.pdf", "3 downloads so far"))
    assert reached == [1]
    assert window.notices.dock.windowTitle() == "Notices (1)"

    for job in ("9", "10"):
        window.notices.panel.job.setText(job)
        window.notices.panel.job.returnPressed.emit()
    await until_shown(
        window,
        ("Text from picture 9", "Waiting to begin"),
        ("Text from picture 10", "Waiting to begin"),
    )
    await product_calls(redis, ("notifyOCRProgress", 9, 7, 40, "processing"))
    await until_shown(window, ("Text from picture 9", "40 % read"))
    at = [title for title, _ in rows(window)].index("Text from picture 9")
    assert done_share(desk, window, at) == pytest.approx(0.4, abs=0.05)

    await product_calls(
        redis,
        ("notifyOCRProgress", 9, 7, 100, "completed", RESULT),
        ("notifyOCRProgress", 10, 7, 20, "failed", {"error": "too <i>blurred</i>"}),
    )
    done = "Done: 4 words, 98 % sure. Press Enter to open the text"
    await until_shown(
        window,
        ("Text from picture 9", done),
        ("Text from picture 10", "Failed: too <i>blurred</i>"),
    )
    view = window.notices.panel.view
    at = [title for title, _ in rows(window)].index("Text from picture 9")
    view.activated.emit(view.model().index(at, 0))
    assert window.text == RESULT["text"]


async def test_a_restart_of_redis_is_said_in_the_window_and_what_comes_after_it_arrives(
    product: Product,
) -> None:
    window, redis = product.window, product.redis
    await product_calls(redis, DOWNLOAD)
    await until_shown(window, ("Lin <b>Wu</b> downloaded plan 😀.pdf", "3 downloads so far"))

    redis.kill()
    redis.start()
    meanwhile = await product_calls(redis, ("notifyFileDownloaded", 4, 7, "Mia", "b.pdf", 1))
    await eventually(
        lambda: "Some notices may be missing" in dict(rows(window)), timeout_s=WITHIN_S
    )
    await until_up(product.server)
    after = await product_calls(redis, ("notifyFileDownloaded", 5, 7, "Noa", "c.pdf", 1))
    await until_shown(window, ("Noa downloaded c.pdf", "The first download of it"))

    # What nobody heard in between is lost, which is why the window says so; nothing else is.
    shown = [title for title, _ in rows(window)].count("Mia downloaded b.pdf")
    assert [shown] == meanwhile
    assert after == [1]
    assert window.notices.dock.windowTitle() == f"Notices ({2 + shown})"
