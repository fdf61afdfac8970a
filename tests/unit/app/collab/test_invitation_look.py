"""Looking at an invitation: what a server answers, and servers that do not."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.server import ServerConnection, serve

from app.collab.invitation_look import LookFailed, card_of, look_at
from app.model.invitation import InvitationCard, LookFailure
from collab_server.protocol.errors import ErrorCode
from collab_server.protocol.events import (
    Auth,
    InvitationInfo,
    Member,
    Pong,
    decode_client_event,
    encode_event,
    error_event,
)
from collab_server.protocol.limits import Limits
from collab_server.protocol.links import InvitationLink
from collab_server.protocol.names import parse_room

CODE = "abcdefghijklmnopqrstuv"
LINK = InvitationLink("example.org", 443, CODE, secure=True)
NOW_S = 1_000.0


def member(user_id: int | str, name: str) -> Member:
    return Member(client_id="c", user_id=user_id, name=name, color="#0072b2", status="active")


def info(*members: Member, perm: str = "rwh", host: str = "7", expires_at: int = 4_600) -> str:
    return encode_event(
        InvitationInfo(
            room=parse_room("codexpro_project_1"),
            perm=perm,
            expires_at=expires_at,
            uses_left=3,
            host=host,
            members=members,
        )
    )


def failure(frames: list[str | bytes]) -> LookFailure:
    with pytest.raises(LookFailed) as failed:
        card_of(frames, LINK, now_unix_s=NOW_S)
    return failed.value.failure


def test_a_card_says_who_invites_who_is_there_and_what_one_may() -> None:
    frames: list[str | bytes] = [info(member("g", "Grace"), member(7, "Ada"), member("b", "Bo"))]

    card = card_of(frames, LINK, now_unix_s=NOW_S)

    assert card == InvitationCard("example.org:443", "Ada", ("Grace", "Bo"), True, 3600, 3)


def test_a_reader_may_not_write_and_a_late_look_has_no_time_left() -> None:
    link = InvitationLink("::1", 8080, CODE, secure=False)

    card = card_of([info(perm="rh", expires_at=1)], link, now_unix_s=NOW_S)

    assert card == InvitationCard("[::1]:8080", "", (), False, 0, 3)


def test_what_is_no_answer_is_told_apart() -> None:
    refused = encode_event(error_event(ErrorCode.INVALID_TOKEN))

    assert failure([refused]) is LookFailure.REFUSED
    assert failure([b"\xff"]) is LookFailure.UNTOLD
    assert failure(["{"]) is LookFailure.UNTOLD
    assert failure([encode_event(Pong(server_time=0.0))]) is LookFailure.UNTOLD
    assert failure(['{"type":"invitation_info"}']) is LookFailure.UNTOLD


@asynccontextmanager
async def server(
    *frames: str, closes: bool = True
) -> AsyncGenerator[tuple[InvitationLink, list[Auth]]]:
    """A server that hears one event, says something, and closes or does not."""
    heard: list[Auth] = []

    async def take(socket: ServerConnection) -> None:
        event = decode_client_event(await socket.recv(), Limits())
        assert isinstance(event, Auth)
        heard.append(event)
        for frame in frames:
            await socket.send(frame)
        if closes:
            await socket.close()
        await socket.wait_closed()

    async with serve(take, "127.0.0.1", 0) as listening:
        port = next(iter(listening.sockets)).getsockname()[1]
        yield InvitationLink("127.0.0.1", port, CODE, secure=False), heard


async def test_a_server_is_asked_without_using_the_code() -> None:
    async with server(info()) as (link, heard):
        card = await look_at(link, clock=lambda: NOW_S)

    assert card.server == f"127.0.0.1:{link.port}"
    assert [(event.invite, event.look) for event in heard] == [(CODE, True)]


async def test_a_server_that_says_nothing_is_given_up() -> None:
    async with server(closes=False) as (link, _):
        with pytest.raises(LookFailed) as failed:
            await look_at(link, clock=lambda: NOW_S, within_s=0.2)

    assert failed.value.failure is LookFailure.UNREACHABLE


async def test_a_link_over_a_network_in_clear_is_not_followed() -> None:
    link = InvitationLink("192.0.2.1", 80, CODE, secure=False)

    with pytest.raises(LookFailed) as failed:
        await look_at(link, clock=lambda: NOW_S)

    assert failed.value.failure is LookFailure.INSECURE


async def test_where_nobody_listens_nothing_is_said() -> None:
    async with server() as (link, _):
        pass

    with pytest.raises(LookFailed) as failed:
        await look_at(link, clock=lambda: NOW_S)

    assert failed.value.failure is LookFailure.UNREACHABLE


def test_names_on_a_card_hold_nothing_that_turns_the_sentence_around() -> None:
    frames: list[str | bytes] = [info(member(7, "Ada\u202e\n"), member("g", "\u2066"))]

    card = card_of(frames, LINK, now_unix_s=NOW_S)

    assert (card.host, card.others) == ("Ada", ("",))
