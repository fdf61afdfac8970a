"""One token on many real sockets at once; clocks that differ; one user's sockets share a bucket."""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from collab_server.protocol.close_codes import CloseCode
from collab_server.protocol.events import (
    Auth,
    AuthSuccess,
    Error,
    Invite,
    Invited,
    Join,
    Ping,
    Pong,
    RoomJoined,
)
from collab_server.protocol.legacy_tokens import sign_legacy_token
from collab_server.protocol.names import parse_room
from collab_server.protocol.room_events import Ack, PostMessage
from tests.eventually import eventually
from tests.support.server_process import SECRET, ServerProcess, running_server
from tests.support.wire_client import WireClient, wire_client

SOCKETS = 50
GENERAL = parse_room("chat_general")
UNLIMITED = {"COLLAB_LIMITS__FAILED_AUTHS_A_MINUTE": "unlimited"}


def jwt(server: ServerProcess) -> str:
    return server.token("42")


def legacy(_: ServerProcess) -> str:
    return sign_legacy_token(42, SECRET, expires_at_s=int(time.time()) + 600, nonce="a" * 32)


async def answer_of(client: WireClient) -> str:
    """Return what a sign-in came to."""

    def answers() -> list[AuthSuccess | Error]:
        return [said for said in client.heard if isinstance(said, AuthSuccess | Error)]

    said = (await eventually(answers, timeout_s=30.0))[0]
    return "auth_success" if isinstance(said, AuthSuccess) else said.slug


async def shown_at_once(server: ServerProcess, token: str) -> tuple[Counter[str], list[int]]:
    """Show a token on all sockets at once; return what came, and who is still connected."""
    async with contextlib.AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(wire_client(server.url)) for _ in range(SOCKETS)]
        async with asyncio.TaskGroup() as saying:
            for client in clients:
                saying.create_task(client.say(Auth(token=token)))
        answers = [await answer_of(client) for client in clients]
        refused = [
            client
            for client, answer in zip(clients, answers, strict=True)
            if answer != "auth_success"
        ]
        for client in refused:
            assert (await client.hear_closed())[0] == CloseCode.INVALID_TOKEN
        alive: list[int] = []
        for number, client in enumerate(clients):
            if client not in refused and await is_answered(client):
                alive.append(number)
        return Counter(answers), alive


async def is_answered(client: WireClient) -> bool:
    """Tell whether a socket is still heard; one that was superseded is closed instead."""
    with contextlib.suppress(Exception):
        await client.say(Ping(t="alive"))

    def is_known() -> bool:
        is_alive = any(isinstance(said, Pong) for said in client.heard)
        return is_alive or client.close_code is not None

    await eventually(is_known, timeout_s=30.0)
    if client.close_code is not None:
        assert client.close_code == CloseCode.SUPERSEDED
    return client.close_code is None


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["session", "strict", "legacy", "off"])
async def test_a_token_that_fifty_sockets_show_at_once(folder: Path, policy: str) -> None:
    settings = UNLIMITED | {"COLLAB_TOKENS__REPLAY": policy, "COLLAB_TOKENS__LEGACY_REPLAY": policy}
    with running_server(folder, settings=settings) as server:
        for make in (jwt, legacy):
            answers, alive = await shown_at_once(server, make(server))

            match policy:
                case "off":
                    assert answers == {"auth_success": SOCKETS}
                    assert len(alive) == SOCKETS
                case "legacy":  # the same browser comes back, and supersedes itself
                    assert answers == {"auth_success": SOCKETS}
                    assert len(alive) == 1
                case _:
                    assert answers == {"auth_success": 1, "token_replayed": SOCKETS - 1}
                    assert len(alive) == 1


def jwt_at(issued_in_s: int, expires_in_s: int) -> Callable[[ServerProcess], str]:
    def make(server: ServerProcess) -> str:
        now_s = int(time.time())
        times = {"issued_at_s": now_s + issued_in_s, "expires_at_s": now_s + expires_in_s}
        return server.token("42", **times)

    return make


def legacy_at(expires_in_s: int) -> Callable[[ServerProcess], str]:
    def make(_: ServerProcess) -> str:
        expires_at_s = int(time.time()) + expires_in_s
        nonce = f"{expires_in_s % 2**64:032x}"
        return sign_legacy_token(42, SECRET, expires_at_s=expires_at_s, nonce=nonce)

    return make


CLOCKS = {  # of who signed the token, against the server's; a busy machine may take 15 s
    "signed by a clock 30 s ahead": (jwt_at(30, 600), "auth_success"),
    "ended a moment ago by a clock behind": (jwt_at(-600, -10), "auth_success"),
    "signed by a clock 10 min ahead": (jwt_at(600, 1200), "invalid_token"),
    "ended 10 min ago": (jwt_at(-1200, -600), "token_expired"),
    "legacy, ended a moment ago": (legacy_at(-10), "auth_success"),
    "legacy, ended 10 min ago": (legacy_at(-600), "token_expired"),
    "legacy, for a day and 10 min": (legacy_at(86_400 + 600), "invalid_token"),
}


async def test_clocks_may_differ_by_half_a_minute(folder: Path) -> None:
    answers: dict[str, str] = {}
    with running_server(folder, settings=UNLIMITED) as server:
        for case, (make, _) in CLOCKS.items():
            async with wire_client(server.url) as client:
                await client.say(Auth(token=make(server)))
                answers[case] = await answer_of(client)

    assert answers == {case: expected for case, (_, expected) in CLOCKS.items()}


@pytest.mark.slow
async def test_a_code_that_fifty_guests_show_at_once_lets_in_as_many_as_it_says(
    folder: Path,
) -> None:
    room = parse_room("codexpro_project_7")
    with running_server(folder, settings=UNLIMITED) as server:
        async with contextlib.AsyncExitStack() as stack:
            enter = stack.enter_async_context
            owner = await enter(wire_client(server.url, server.token("ada", rooms={room: "rwo"})))
            await owner.say(Invite(room=room, perm="rw", max_uses=3))
            code = (await owner.hear(Invited)).code
            guests = [await enter(wire_client(server.url)) for _ in range(SOCKETS)]
            async with asyncio.TaskGroup() as saying:
                for guest in guests:
                    saying.create_task(guest.say(Auth(invite=code, name="Guest")))
            answers = Counter([await answer_of(guest) for guest in guests])
            people = {
                said.user_id
                for guest in guests
                for said in guest.heard
                if isinstance(said, AuthSuccess)
            }

    assert answers == {"auth_success": 3, "invalid_token": SOCKETS - 3}
    assert len(people) == 3


async def test_three_sockets_of_a_user_share_what_one_may_say(folder: Path) -> None:
    settings = {"COLLAB_LIMITS__MESSAGES_BURST": "9", "COLLAB_LIMITS__MESSAGES_A_S": "0.001"}
    with running_server(folder, settings=settings) as server:
        async with contextlib.AsyncExitStack() as stack:
            enter = stack.enter_async_context
            sockets = [await enter(wire_client(server.url, server.token("42"))) for _ in range(3)]
            other = await enter(wire_client(server.url, server.token("43")))
            for client in (*sockets, other):
                await client.say(Join(room=GENERAL))
                await client.hear(RoomJoined)
            taken = 0
            for turn in range(12):
                client = sockets[turn % 3]
                await client.say(PostMessage(room=GENERAL, message=turn, id=turn))
                answer = await client.hear(object, re=turn)
                assert isinstance(answer, Ack | Error)
                taken += isinstance(answer, Ack)
            await other.say(PostMessage(room=GENERAL, message="mine", id=99))
            await other.hear(Ack, re=99)

    assert taken == 9
