"""Asks a product by HTTP what a user may in a room: within two seconds, or nothing.

Fails closed: whatever goes wrong, nothing is granted. Imported only when configured: httpx costs
memory for life. Does not know what a right's letter allows. Source: PROTOCOL.md §2.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
import msgspec

from collab_server.backplane.errors import HookFailed
from collab_server.protocol.request_signatures import SIGNATURE_HEADER, signature_of

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)

WITHIN_S = 2.0
"""For everything: waiting for a place, connecting, asking, the answer."""

AT_ONCE = 32
MOST_ANSWER_BYTES = 4096
OK = 200
NO_RIGHTS = frozenset({403, 404})


class _Answer(msgspec.Struct, frozen=True):
    perm: str


class AuthorizeHook:
    """Asks one URL. Invariant: at most `AT_ONCE` questions are under way."""

    def __init__(
        self, url: str, key: bytes | None, *, wall_clock: Callable[[], float] = time.time
    ) -> None:
        self._url = url
        self._key = key
        self._wall_clock = wall_clock
        parts = urlsplit(url)
        self._target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._places = asyncio.Semaphore(AT_ONCE)
        self._client = httpx.AsyncClient(
            timeout=WITHIN_S,
            trust_env=False,  # a proxy of the environment is none of ours
            follow_redirects=False,
            limits=httpx.Limits(max_connections=AT_ONCE),
        )

    async def perm_of(self, user_id: str, room: str) -> str:
        """Return the letters of what a user may in a room, "" for nothing.

        Raises:
            HookFailed: The product did not say, or not in time.
        """
        try:
            async with asyncio.timeout(WITHIN_S), self._places:
                return await self._ask(msgspec.json.encode({"user": user_id, "room": room}))
        except TimeoutError as error:
            raise HookFailed(f"no answer within {WITHIN_S:g} s") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise HookFailed(type(error).__name__) from error

    async def close(self) -> None:
        """Let go of all connections."""
        await self._client.aclose()

    async def _ask(self, body: bytes) -> str:
        headers = {"Content-Type": "application/json"}
        if self._key is not None:
            made_s, nonce = int(self._wall_clock()), secrets.token_urlsafe(16)
            headers[SIGNATURE_HEADER] = signature_of(
                self._key, made_s, nonce, method="POST", target=self._target, body=body
            )
        async with self._client.stream("POST", self._url, content=body, headers=headers) as answer:
            if answer.status_code in NO_RIGHTS:
                return ""
            if answer.status_code != OK:
                raise HookFailed(f"it answered {answer.status_code}")
            read = bytearray()
            async for piece in answer.aiter_bytes():
                read += piece
                if len(read) > MOST_ANSWER_BYTES:
                    raise HookFailed("its answer is too long")
        try:
            perm = msgspec.json.decode(read, type=_Answer).perm
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise HookFailed('its answer is not {"perm": LETTERS}') from error
        if not set(perm) <= set("rwhmo"):
            raise HookFailed("it named a right that there is not")
        return perm
