"""A calm client in a process of its own: how long its pings take while a server has much to do.

`python -m tests.benchmarks.pinger PORT`, with BENCH_SECRET, until its input ends; then it prints
the times in milliseconds as a JSON array. A ping needs the server's event loop and nothing else.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time

from tests.benchmarks.bare_client import BareClient
from tests.benchmarks.server_process import ServerProcess, sign_in_event

EVERY_S = 0.01


async def _ping(port: int, secret: str) -> list[float]:
    ended = asyncio.create_task(asyncio.to_thread(sys.stdin.read), name="until the input ends")
    client = await BareClient.connect(port)
    client.expect("auth_success")
    client.say(sign_in_event(ServerProcess(port, secret, 0), "pinger", {}))
    await client.done()
    print("ready", flush=True)
    took_ms: list[float] = []
    while not ended.done():
        client.expect('"type":"pong"')
        started_s = time.perf_counter()
        client.say('{"type":"ping"}')
        await client.done()
        took_ms.append((time.perf_counter() - started_s) * 1000)
        await asyncio.sleep(EVERY_S)
    client.close()
    return took_ms


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_ping(int(sys.argv[1]), os.environ["BENCH_SECRET"]))))
