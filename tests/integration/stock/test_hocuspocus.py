"""Stock Hocuspocus providers on `/ws`, several of them over one socket."""

import json

import pytest

from tests.integration.stock.documents import stored_text
from tests.support.network import Network
from tests.support.node_editors import NodeEditors
from tests.support.server_process import ServerProcess

pytestmark = pytest.mark.node

ROOM = "codexpro_project_2"


async def opened(
    editors: NodeEditors, url: str, editor: str, name: str, token: str, **options: object
) -> None:
    await editors.open(editor, url, name, token, kind="hocuspocus", **options)


def ws(port: int) -> str:
    return f"ws://127.0.0.1:{port}/ws"


async def test_two_documents_share_a_socket_and_nothing_stays_unsynced(
    server: ServerProcess, editors: NodeEditors
) -> None:
    notes, plans = f"{ROOM}/f/notes", f"{ROOM}/f/plans"
    for user in ("ada", "eve"):
        token = server.token(user)
        await opened(editors, server.url, f"{user} notes", notes, token, socket=user)
        await opened(editors, server.url, f"{user} plans", plans, token, socket=user)
    for seed, (editor, text) in enumerate(
        (editor, text) for editor in ("ada", "eve") for text in ("notes", "plans")
    ):
        await editors.ask("edit", editor=f"{editor} {text}", seed=seed, steps=100)

    states = {}
    for text in ("notes", "plans"):
        other = (await editors.state(f"eve {text}"))["author"]
        states[text] = await editors.until(
            f"ada {text}",
            lambda state, other=other: state["pending"] == 0 and str(other) in state["people"],
            "saved, and the other is there",
        )
        await editors.until(f"eve {text}", lambda state: state["pending"] == 0, "saved")

    for text, name in (("notes", notes), ("plans", plans)):
        stored = await stored_text(server, editors, name)
        assert (await editors.state(f"ada {text}"))["text"] == stored
        assert (await editors.state(f"eve {text}"))["text"] == stored
    assert states["notes"]["scope"] == "read-write"


async def test_it_comes_back_when_the_network_was_cut(
    server: ServerProcess, network: Network, editors: NodeEditors
) -> None:
    name = f"{ROOM}/f/cut"
    for user in ("ada", "eve"):
        await opened(editors, ws(network.port), user, name, server.token(user), socket=user)
    text = ""
    for round_ in range(1, 6):
        await editors.ask("edit", editor="ada", seed=round_, steps=20)
        network.go_down()
        await editors.until("ada", lambda state: not state["synced"], "cut off")
        await editors.ask("edit", editor="ada", seed=50 + round_, steps=20)
        network.come_up()
        text = await editors.until_alike()

    assert text == await stored_text(server, editors, name)


async def test_merged_updates_are_acknowledged_as_one(
    server: ServerProcess, editors: NodeEditors
) -> None:
    name = f"{ROOM}/f/merged"
    await opened(editors, server.url, "ada", name, server.token("ada"), flushDelay=30)

    await editors.ask("edit", editor="ada", seed=9, steps=200)

    state = await editors.until(
        "ada", lambda state: state["pending"] == 0 and state["synced"], "saved"
    )
    assert state["text"] == await stored_text(server, editors, name)


async def test_one_document_is_denied_and_the_other_goes_on(
    server: ServerProcess, editors: NodeEditors
) -> None:
    good, other = server.token("ada", rooms={ROOM: "rw"}), server.token("bob")
    await opened(editors, server.url, "yes", f"{ROOM}/f/yes", good, socket="one")
    await editors.until("yes", lambda state: state["synced"], "synced")

    await opened(editors, server.url, "no", "codexpro_project_3/f/no", good, socket="one")
    await opened(editors, server.url, "who", f"{ROOM}/f/who", other, socket="one")
    await opened(editors, server.url, "bad", f"{ROOM}/f/bad", "nonsense", socket="one")
    told = {
        editor: (await editors.until(editor, lambda state: state["told"], "denied"))["told"][0]
        for editor in ("no", "who", "bad")
    }
    await editors.ask("insert", editor="yes", at=0, text="goes on")

    await editors.until("yes", lambda state: state["pending"] == 0, "saved")
    assert told == {"no": "permission_denied", "who": "another_user", "bad": "invalid_token"}
    assert (await editors.state("yes"))["closed"] == []


async def test_a_reader_learns_its_scope_and_that_nothing_is_kept(
    server: ServerProcess, editors: NodeEditors
) -> None:
    token = server.token("eve", rooms={ROOM: "r"})
    await opened(editors, server.url, "eve", f"{ROOM}/f/read", token)
    state = await editors.until("eve", lambda state: state["synced"], "synced")

    await editors.ask("insert", editor="eve", at=0, text="lost")

    assert state["scope"] == "readonly"
    state = await editors.until("eve", lambda state: len(state["told"]) > 1, "told")
    assert json.loads(state["told"][1])["slug"] == "read_only"
    assert state["pending"] > 0


async def test_what_a_provider_says_beside_its_document_disturbs_nobody(
    server: ServerProcess, editors: NodeEditors
) -> None:
    name = f"{ROOM}/f/aside"
    await opened(editors, server.url, "ada", name, server.token("ada"))
    await editors.ask("stateless", editor="ada", text='{"action":"save"}')
    await editors.ask("insert", editor="ada", at=0, text="x")

    state = await editors.until(
        "ada", lambda state: state["pending"] == 0 and state["synced"], "saved"
    )
    assert state["closed"] == []


async def test_the_doors_share_a_document(server: ServerProcess, editors: NodeEditors) -> None:
    name = f"{ROOM}/f/both"
    await opened(editors, server.url, "ada", name, server.token("ada"))
    await editors.open("eve", server.url.replace("/ws", "/yjs"), name, server.token("eve"))
    for seed, editor in enumerate(("ada", "eve")):
        await editors.ask("edit", editor=editor, seed=seed, steps=100)

    text = await editors.until_alike()

    assert text == await stored_text(server, editors, name)
