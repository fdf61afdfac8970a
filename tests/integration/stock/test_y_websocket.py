"""Stock y-websocket clients on `/yjs`, through a network that breaks."""

from pathlib import Path

import pytest

from tests.integration.stock.documents import stored_text
from tests.support.network import Network, network_to
from tests.support.node_editors import NodeEditors
from tests.support.server_process import ServerProcess, running_server

pytestmark = pytest.mark.node


def yjs(port: int) -> str:
    return f"ws://127.0.0.1:{port}/yjs"


async def test_it_goes_on_each_time_that_the_network_is_cut(
    server: ServerProcess, network: Network, editors: NodeEditors
) -> None:
    name = "codexpro_project_1/f/cut"
    for user in ("ada", "grace"):
        await editors.open(user, yjs(network.port), name, server.token(user))

    text = ""
    for round_ in range(1, 6):
        await editors.ask("edit", editor="ada", seed=round_, steps=20)
        await editors.ask("edit", editor="grace", seed=-round_, steps=20)
        network.go_down()
        await editors.until("ada", lambda state: not state["synced"], "cut off")
        await editors.ask("edit", editor="ada", seed=100 + round_, steps=20)
        network.come_up()
        text = await editors.until_alike()

    assert (await editors.state("ada"))["opened"] == 6
    assert network.lines == 12

    assert text == await stored_text(server, editors, name)
    await editors.open("late", yjs(network.port), name, server.token("late"))
    assert await editors.until_alike() == text


async def test_it_goes_on_when_the_server_is_killed(folder: Path, editors: NodeEditors) -> None:
    name = "codexpro_project_1/f/killed"
    with running_server(folder) as server:
        async with network_to(server.port) as network:
            for user in ("ada", "grace"):
                await editors.open(user, yjs(network.port), name, server.token(user))
            await editors.ask("edit", editor="ada", seed=1, steps=50)
            await editors.until_alike()
            server.kill()
            await editors.ask("edit", editor="ada", seed=2, steps=50)
            await editors.ask("edit", editor="grace", seed=3, steps=50)
            server.restart()
            text = await editors.until_alike()

    assert text == await stored_text(server, editors, name)


@pytest.mark.parametrize(
    ("room", "token", "code", "reason"),
    [
        ("codexpro_project_1/f/x", None, 4401, "token_required"),
        ("codexpro_project_1/f/x", "nonsense", 4401, "invalid_token"),
        ("chat_", "good", 4403, "permission_denied"),
        ("codexpro_project_1/../x", "good", 4403, "permission_denied"),
        ("no%00name", "good", 4403, "invalid_room"),
    ],
)
async def test_a_refusal_is_final_and_says_why(
    server: ServerProcess,
    editors: NodeEditors,
    room: str,
    token: str | None,
    code: int,
    reason: str,
) -> None:
    shown = server.token() if token == "good" else token

    await editors.open("ada", yjs(server.port), room, shown)

    state = await editors.until("ada", lambda state: state["stopped"], "stopped")
    assert state["closed"] == [code]
    (warning,) = (await editors.ask("sum"))["warnings"]
    assert warning.endswith(f"\n{reason}")


async def test_a_reader_sees_everything_and_changes_nothing(
    server: ServerProcess, editors: NodeEditors
) -> None:
    name = "codexpro_project_1/f/read"
    reading = server.token("eve", rooms={"codexpro_project_1": "r"})
    await editors.open("ada", yjs(server.port), name, server.token("ada"))
    await editors.open("eve", yjs(server.port), name, reading)
    await editors.until("eve", lambda state: state["synced"], "synced")

    await editors.ask("edit", editor="eve", seed=7, steps=50)
    await editors.ask("insert", editor="ada", at=0, text="for all to read 😀")

    state = await editors.until("eve", lambda state: "read 😀" in state["text"], "it arrived")
    assert state["closed"] == []
    assert (await editors.state("ada"))["text"] == "for all to read 😀"
    assert await stored_text(server, editors, name) == "for all to read 😀"
    warnings = (await editors.ask("sum"))["warnings"]
    assert [warning for warning in warnings if not warning.endswith("read-only")] == []
    assert len(warnings) == 1


async def test_others_are_seen_with_the_name_that_the_server_vouches_for_until_they_go(
    server: ServerProcess, editors: NodeEditors
) -> None:
    name = "codexpro_project_1/f/people"
    for user in ("ada", "eve"):
        token = server.token(user, name=user.title())
        await editors.open(user, yjs(server.port), name, token)
    eve = str((await editors.state("eve"))["author"])

    seen = await editors.until("ada", lambda state: eve in state["people"], "eve is there")
    await editors.ask("end", editor="eve")

    assert seen["people"][eve]["user"]["name"] == "Eve"
    await editors.until("ada", lambda state: eve not in state["people"], "eve has gone")


async def test_a_caret_is_seen_again_as_soon_as_the_network_is_back(
    server: ServerProcess, network: Network, editors: NodeEditors
) -> None:
    name = "codexpro_project_1/f/again"
    await editors.open("ada", yjs(server.port), name, server.token("ada"))
    await editors.open("eve", yjs(network.port), name, server.token("eve"))
    eve = str((await editors.state("eve"))["author"])
    await editors.until("ada", lambda state: eve in state["people"], "eve is there")

    network.go_down()
    await editors.until("ada", lambda state: eve not in state["people"], "eve has gone")
    network.come_up()

    await editors.until("ada", lambda state: eve in state["people"], "eve is back")


async def test_a_malformed_message_ends_only_that_connection(
    server: ServerProcess, editors: NodeEditors
) -> None:
    name = "codexpro_project_1/f/bad"
    for user in ("ada", "eve"):
        await editors.open(user, yjs(server.port), name, server.token(user))
    await editors.until_alike()

    await editors.ask("sendRaw", editor="eve", hex="0002ff")

    state = await editors.until("eve", lambda state: state["stopped"], "stopped")
    assert state["closed"] == [4400]
    assert (await editors.state("ada"))["synced"]


async def test_neither_token_nor_query_is_in_any_log_line(
    server: ServerProcess, editors: NodeEditors
) -> None:
    token = server.token("ada")
    await editors.open("ada", yjs(server.port), "codexpro_project_1/f/log", token)
    await editors.until_alike()
    await editors.open("eve", yjs(server.port), "codexpro_project_1/f/log", "sesame" * 10)
    await editors.until("eve", lambda state: state["stopped"], "stopped")

    log = server.log
    assert "was used on yjs" in log
    assert not [part for part in (token, *token.split("."), "sesame", "token=") if part in log]
