"""A process that attacks a server: `python -m tests.integration.attack.attacker URL COUNT SEED`.

Tokens come in the environment: ATTACK_TOKEN for `/yjs`, and ATTACK_SECRET to sign others with.
Prints, as JSON, how many frames it sent and with which codes its connections were closed. A process
of its own, so that who measures meanwhile measures the server.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections import Counter
from contextlib import suppress
from urllib.parse import urlsplit

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from collab_server.protocol import documents as frames
from collab_server.protocol.events import Auth, encode_event
from collab_server.protocol.names import parse_document
from collab_server.protocol.tokens import TokenClaims, sign_token
from tests.integration.attack.frames import Hostility

ATTACKED = parse_document("codexpro_project_attacked/f/text")
RIGHTS = {"codexpro_project_attacked": "rw"}
FRAMES_A_CONNECTION = 25
AT_ONCE = 4


class Attack:
    """Connections that say what they should not, one after the other."""

    def __init__(self, url: str, seed: int) -> None:
        self._url = url
        self._hostility = Hostility(seed)
        self._token = os.environ["ATTACK_TOKEN"]
        self._turn = 0
        self.sent = 0
        self.codes: Counter[int | None] = Counter()

    async def go_on(self, frame_count: int) -> None:
        """Send so many frames more."""
        goal = self.sent + frame_count

        async def one_after_the_other() -> None:
            while self.sent < goal:
                self._turn += 1
                await self._connection(self._turn)

        async with asyncio.TaskGroup() as tasks:
            for number in range(AT_ONCE):
                tasks.create_task(one_after_the_other(), name=f"attacker {number}")

    async def _connection(self, turn: int) -> None:
        yjs_url = self._url.replace("/ws", f"/yjs/{ATTACKED}")
        match turn % 5:
            case 0:
                await self._talk(self._url, yjs=False)
            case 1 | 2:
                first = encode_event(Auth(token=self._token_once()))
                await self._talk(self._url, first, yjs=False)
            case 3:
                await self._talk(f"{yjs_url}?token={self._token}", yjs=True)
            case _:
                await self._garble()

    def _token_once(self) -> str:
        now_s = int(time.time())
        claims = TokenClaims(
            user_id="eve",
            issued_at_s=now_s,
            expires_at_s=now_s + 3600,
            nonce=os.urandom(16).hex(),
            rooms=RIGHTS,
        )
        return sign_token(claims, os.environ["ATTACK_SECRET"].encode())

    async def _talk(self, url: str, *first: str, yjs: bool) -> None:
        """Say things until the server has had enough, and note with which code it closed."""
        async with connect(url, compression=None, proxy=None, max_queue=None) as connection:
            with suppress(ConnectionClosed):
                for text in first:
                    await connection.send(text)
                if first or yjs:
                    step_1 = b"\x00\x00\x01\x00" if yjs else frames.sync_step1(ATTACKED, b"\x00")
                    await connection.send(step_1)
                said = self._hostility.messages(ATTACKED, FRAMES_A_CONNECTION, yjs=yjs)
                for message in said:
                    self.sent += 1
                    await connection.send(message)
        self.codes[connection.close_code] += 1

    async def _garble(self) -> None:
        """Open a connection by hand, and send bytes that are no frames."""
        reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(self._url).port)
        try:
            writer.write(
                b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
            )
            await reader.readuntil(b"\r\n\r\n")
            for _ in range(FRAMES_A_CONNECTION):
                self.sent += 1
                writer.write(self._hostility.wire())
            writer.write_eof()
            async with asyncio.timeout(30):
                answer = await reader.read()
            self.codes[_close_code_in(answer)] += 1
        except ConnectionError:
            self.codes[1006] += 1
        finally:
            writer.close()


def _close_code_in(answer: bytes) -> int | None:
    at = answer.rfind(b"\x88")
    return int.from_bytes(answer[at + 2 : at + 4], "big") if at >= 0 else None


if __name__ == "__main__":
    attack = Attack(sys.argv[1], int(sys.argv[3]))
    asyncio.run(attack.go_on(int(sys.argv[2])))
    print(json.dumps({"sent": attack.sent, "codes": {str(k): v for k, v in attack.codes.items()}}))
