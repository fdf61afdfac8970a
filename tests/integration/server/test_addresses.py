"""Who is at the other end, over real connections: proxies, spoofed headers, origins, caps."""

import asyncio

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Origin

from collab_server.protocol.events import Auth, Error
from tests.support.server_process import ServerProcess, running_server
from tests.support.wire_client import WireClient

PAGE = Origin("https://app.example.com")
EVIL = Origin("https://evil.example")


async def close_of(connection: ClientConnection) -> int | None:
    async with asyncio.timeout(10):
        try:
            while True:
                await connection.recv()
        except ConnectionClosed:
            return connection.close_code


async def failing(server: ServerProcess, forwarded_for: str) -> str:
    """Fail to sign in from an address, or what says so; return the error."""
    headers = {"X-Forwarded-For": forwarded_for}
    connection = await connect(server.url, additional_headers=headers, proxy=None)
    async with WireClient(connection) as client:
        await client.say(Auth(token="bad"))
        return (await client.hear(Error)).slug


async def test_a_trusted_proxy_says_who_fails_to_sign_in(folder) -> None:
    settings = {
        "COLLAB_TRUSTED_PROXIES": "127.0.0.1 10.0.0.0/8",
        "COLLAB_LIMITS__FAILED_AUTHS_A_MINUTE": "1",
    }
    with running_server(folder, settings=settings) as server:
        answers = [
            await failing(server, "192.0.2.1"),
            await failing(server, "192.0.2.1"),
            await failing(server, "198.51.100.7, 192.0.2.1"),  # spoofed before the proxy
            await failing(server, "192.0.2.1, 10.0.0.9"),  # through two proxies
            await failing(server, "192.0.2.2"),
        ]

    assert answers == ["invalid_token", *["rate_limited"] * 3, "invalid_token"]


async def test_a_header_of_nobodys_proxy_counts_for_nothing(folder) -> None:
    with running_server(folder, settings={"COLLAB_LIMITS__FAILED_AUTHS_A_MINUTE": "1"}) as server:
        answers = [await failing(server, f"192.0.2.{number}") for number in range(3)]

    assert answers == ["invalid_token", "rate_limited", "rate_limited"]


async def test_only_pages_of_listed_origins_may_connect(folder) -> None:
    with running_server(folder, settings={"COLLAB_ALLOWED_ORIGINS": PAGE}) as server:
        async with connect(server.url, proxy=None), connect(server.url, origin=PAGE, proxy=None):
            pass
        with pytest.raises(InvalidStatus) as refused:
            await connect(server.url, origin=EVIL, proxy=None)
        yjs = server.url.replace("/ws", "/yjs/codexpro_project_1") + f"?token={server.token()}"
        async with connect(yjs, origin=EVIL, proxy=None) as stock:
            code = await close_of(stock)

    assert refused.value.response.status_code == 403
    assert code == 4403


async def test_the_next_connection_of_an_address_is_refused_while_the_others_work(folder) -> None:
    settings = {"COLLAB_LIMITS__CONNECTIONS_AN_ADDRESS": "2"}
    with running_server(folder, settings=settings) as server:
        async with (
            WireClient(await connect(server.url, proxy=None)) as first,
            connect(server.url, proxy=None),
        ):
            async with connect(server.url, proxy=None) as third:
                code = await close_of(third)
            await first.sign_in(server.token())

    assert code == 4504
