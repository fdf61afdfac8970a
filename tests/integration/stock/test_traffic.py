"""Much traffic of stock editors: the same text as without a server, and nothing of it refused.

`CODEXPRO_FRAMES` says how many frames they send in all, `CODEXPRO_SEEDS` how many plans there are.
"""

import os
import random

import pytest

from app.collab.text_replica import TextReplica
from tests.integration.stock.documents import stored_text, stored_updates
from tests.seeds import seeds
from tests.support.network import Network
from tests.support.node_editors import NodeEditors
from tests.support.server_process import ServerProcess

pytestmark = [pytest.mark.node, pytest.mark.slow]

FRAMES = int(os.environ.get("CODEXPRO_FRAMES", "4000"))
STEPS = 25


async def crowd(
    editors: NodeEditors, server: ServerProcess, port: int, name: str
) -> dict[str, str]:
    """Open a document in four editors, two at each door; return them by name, with their kind."""
    kinds = {"ada": "y-websocket", "ben": "y-websocket", "cem": "hocuspocus", "dee": "hocuspocus"}
    for user, kind in kinds.items():
        await arrive(editors, server, port, name, user, kind)
    return kinds


async def arrive(
    editors: NodeEditors, server: ServerProcess, port: int, name: str, user: str, kind: str
) -> None:
    door = "yjs" if kind == "y-websocket" else "ws"
    flush = {"flushDelay": 5} if user == "dee" else {}
    url = f"ws://127.0.0.1:{port}/{door}"
    token = server.token(user)
    await editors.open(user, url, name, token, kind=kind, socket=user, gc=user != "ben", **flush)


@pytest.mark.parametrize("seed", seeds(3))
async def test_it_comes_to_what_yjs_comes_to_without_a_server(
    server: ServerProcess, network: Network, editors: NodeEditors, seed: int
) -> None:
    chance = random.Random(seed)
    name = f"codexpro_project_4/f/straight{seed}"
    kinds = await crowd(editors, server, network.port, name)

    for step in range(30):
        user = chance.choice(list(kinds))
        match chance.randrange(12):
            case 0:
                network.cut()
            case 1:
                await editors.ask("leave", editor=user)
            case 2:
                for each in kinds:
                    await editors.ask("comeBack", editor=each)
            case _:
                await editors.ask("edit", editor=user, seed=seed * 1000 + step, steps=STEPS)
    for each in kinds:
        await editors.ask("comeBack", editor=each)
    text = await editors.until_alike()
    await arrive(editors, server, network.port, name, "late", "y-websocket")
    await arrive(editors, server, network.port, name, "later", "hocuspocus")

    assert await editors.until_alike() == text
    assert set((await editors.ask("mesh", seed=seed)).values()) == {text}
    assert await stored_text(server, editors, name) == text
    window, late = TextReplica(), TextReplica()
    updates = await stored_updates(server, name)
    for at in range(0, len(updates), 20):
        window.apply(updates[at : at + 20])
    late.apply([window.ledger.answer_step1(b"\x00")])
    assert (window.text, late.text) == (text, text)
    assert window.verify()


async def test_no_frame_of_theirs_is_refused(
    server: ServerProcess, network: Network, editors: NodeEditors
) -> None:
    name, number, text = "", 0, ""
    frames, turns = 0, 0
    kinds: dict[str, str] = {}
    while frames < FRAMES:
        if turns % 40 == 0:  # a new document: a text that only grows is no traffic for long
            for user in kinds:
                await editors.ask("end", editor=user)
            number += 1
            name = f"codexpro_project_5/f/{number}"
            kinds = await crowd(editors, server, network.port, name)
        for user in kinds:
            turns += 1
            await editors.ask("edit", editor=user, seed=turns, steps=STEPS)
        if turns % 20 == 0:
            network.cut()
        text = await editors.until_alike()
        frames = (await editors.ask("sum"))["frames"]

    print(f"{frames} frames of stock editors, in {number} documents")
    assert await stored_text(server, editors, name) == text
    for user in kinds:
        assert not set((await editors.state(user))["closed"]) - {1006, None}
    refusals = ("refused a frame", "closed with 4", "came too early", "under another")
    lines = server.log.splitlines()
    assert [line for line in lines if any(word in line for word in refusals)] == []
