"""Tokens that end while somebody is connected, on real sockets."""

import time
from pathlib import Path

import pytest

from collab_server.protocol.client_events import Refresh
from collab_server.protocol.close_codes import CloseCode
from collab_server.protocol.events import Ping, Pong
from collab_server.protocol.server_events import AuthRefreshed, TokenExpiring
from collab_server.protocol.tokens import LEEWAY_S
from tests.support.server_process import ServerProcess, running_server
from tests.support.wire_client import wire_client

LEFT_S = 6


def ending_token(server: ServerProcess, user: str) -> str:
    """Return a token that is good for a few seconds more, clocks that differ included."""
    ended_s = int(time.time()) - LEEWAY_S + LEFT_S
    return server.token(user, issued_at_s=ended_s - 3600, expires_at_s=ended_s)


@pytest.mark.slow
async def test_who_is_warned_and_refreshes_stays_and_who_does_not_is_closed(
    tmp_path: Path,
) -> None:
    with running_server(tmp_path) as server:
        async with (
            wire_client(server.url, ending_token(server, "ada")) as ada,
            wire_client(server.url, ending_token(server, "eve")) as eve,
        ):
            warned = await ada.hear(TokenExpiring)
            await eve.hear(TokenExpiring)
            await ada.say(Refresh(token=server.token("ada"), id=1))
            refreshed = await ada.hear(AuthRefreshed)
            code, _ = await eve.hear_closed()

            await ada.say(Ping(t="still here"))
            await ada.hear(Pong)

    assert warned.in_s <= LEFT_S
    assert (refreshed.re, refreshed.expires_at > time.time() + 3000) == (1, True)
    assert code == CloseCode.TOKEN_EXPIRED
