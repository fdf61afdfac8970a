"""The seed document's table of who is connected: kept in batches, swept at the start."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from collab_server.storage.errors import StoreError
from collab_server.transport import connection_rows
from collab_server.transport.connection_rows import ConnectionRows
from tests.eventually import eventually
from tests.support.server_process import running_server
from tests.support.wire_client import wire_client


def rows(path: Path) -> list[tuple[str | None, bool]]:
    with closing(sqlite3.connect(path)) as database:
        found = database.execute(
            "SELECT user_id, last_ping_at IS NOT NULL, connected_at IS NOT NULL"
            " FROM active_connections ORDER BY user_id"
        ).fetchall()
    assert all(row[2] for row in found)
    return [(user, bool(pinged)) for user, pinged, _ in found]


async def test_who_is_connected_can_be_looked_up_and_a_kill_leaves_nobody(folder: Path) -> None:
    with running_server(folder) as server:
        async with wire_client(server.url, server.token("42")), wire_client(server.url):
            await eventually(lambda: len(rows(server.database)) == 2, timeout_s=30)
            together = rows(server.database)
            await asyncio.to_thread(server.kill)
        left = rows(server.database)
        await asyncio.to_thread(server.restart)
        async with wire_client(server.url, server.token("43")):
            await eventually(
                lambda: [user for user, _ in rows(server.database)] == ["43"], timeout_s=30
            )
        await asyncio.to_thread(server.stop)

    assert [user for user, _ in together] == [None, "42"]
    assert [user for user, _ in left] == [None, "42"]
    assert rows(server.database) == []


class Table:
    """A store that can fail, and what it was asked."""

    def __init__(self) -> None:
        self.asked: list[object] = []
        self.fails = 0

    async def sweep_connections(self, node: str) -> None:
        self._ask(("sweep", node))

    async def save_connections(
        self, node: str, opened: dict, closed: set, *, are_alive: bool
    ) -> None:
        self._ask((dict(opened), sorted(closed), are_alive))

    def _ask(self, what: object) -> None:
        if self.fails:
            self.fails -= 1
            raise StoreError("disk full")
        self.asked.append(what)


@pytest.mark.allow_warnings
async def test_only_what_changed_is_written_and_a_failure_is_made_good(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connection_rows, "SAVE_EVERY_S", 0.001)
    monkeypatch.setattr(connection_rows, "ALIVE_EVERY", 1000)
    table, connected = Table(), {"a": None}
    table.fails = 1
    keeper = ConnectionRows(table, "here", lambda: connected)  # pyright: ignore[reportArgumentType]
    task = asyncio.create_task(keeper.keep())

    async def wait_for(count: int) -> None:
        await eventually(lambda: len(table.asked) >= count, timeout_s=30)

    await wait_for(2)
    connected |= {"a": "42", "b": None}
    await wait_for(3)
    table.fails = 2
    del connected["b"]
    connected["c"] = "43"
    await wait_for(4)
    task.cancel()
    table.fails = 1
    await keeper.clear()

    assert table.asked[0] == ("sweep", "here")
    assert table.asked[1][:2] == ({"a": None}, [])  # pyright: ignore[reportIndexIssue]
    assert table.asked[2:] == [
        ({"a": "42", "b": None}, [], False),
        ({"c": "43"}, ["b"], False),
    ]
