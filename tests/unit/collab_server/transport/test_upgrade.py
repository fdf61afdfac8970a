"""Ordinary upgrade requests are read here as the framing library reads them, others not at all."""

import random

import pytest
from websockets.client import ClientProtocol
from websockets.http11 import Request
from websockets.protocol import CONNECTING, OPEN
from websockets.server import ServerProtocol
from websockets.uri import parse_uri

from collab_server.transport.upgrade import Asked, asked_in, read_upgrade
from tests.seeds import seeds

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
ORDINARY = {
    "Host": "localhost:8080",
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": KEY,
    "Sec-WebSocket-Version": "13",
}
CHROMIUM = ORDINARY | {
    "Pragma": "no-cache",
    "Cache-Control": "no-cache",
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36",
    "Origin": "http://localhost:8000",
    "Accept-Encoding": "gzip, deflate, br, zstd",
    "Accept-Language": "en-US,en;q=0.9",
    "Cookie": "a=b; c=\xe9",
    "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits",
}
FIREFOX = CHROMIUM | {"Connection": "keep-alive, Upgrade"}
PROXIED = ORDINARY | {"X-Forwarded-For": "192.0.2.1, 198.51.100.7"}


def head(
    headers: dict[str, str] | list[tuple[str, str]],
    *,
    line: str = "GET /yjs/room/a%20b?token=eyJ HTTP/1.1",
    end: str = "\r\n",
) -> bytes:
    pairs = headers.items() if isinstance(headers, dict) else headers
    told = "".join(f"{name}: {value}{end}" for name, value in pairs)
    return f"{line}{end}{told}{end}".encode("iso-8859-1")


def by_the_library(data: bytes) -> tuple[Asked, bytes] | None:
    """Read a request with the library; None when it is refused."""
    library = ServerProtocol(state=CONNECTING)
    library.receive_data(data)
    for request in library.events_received():
        assert isinstance(request, Request)
        response = library.accept(request)
        del response.headers["Date"]
        library.send_response(response)
        if library.state is OPEN:
            return asked_in(request), b"".join(library.data_to_send())
    return None


def as_values(asked: Asked) -> tuple[str, list[str], list[str], list[str]]:
    return asked.target, list(asked.origins), list(asked.agents), list(asked.forwarded_for)


@pytest.mark.parametrize(
    "headers",
    [ORDINARY, CHROMIUM, FIREFOX, PROXIED, {name.lower(): v for name, v in CHROMIUM.items()}],
    ids=["least", "Chromium", "Firefox", "behind a proxy", "lower case"],
)
def test_an_ordinary_request_is_read_and_answered_as_by_the_library(
    headers: dict[str, str],
) -> None:
    read = read_upgrade(head(headers), takes_extensions=False)

    expected = by_the_library(head(headers))
    assert read is not None
    assert expected is not None
    assert as_values(read[0]) == as_values(expected[0])
    assert read[0].caller == expected[0].caller
    assert read[1] == expected[1]


def test_what_our_own_client_sends_is_ordinary() -> None:
    client = ClientProtocol(parse_uri("ws://localhost:8080/ws"))
    client.send_request(client.connect())

    read = read_upgrade(b"".join(client.data_to_send()), takes_extensions=True)

    assert read is not None
    client.receive_data(read[1])
    assert client.state is OPEN


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\r\n\r\n",
        head(ORDINARY)[:-1],
        head(ORDINARY) + b"GET / HTTP/1.1\r\n\r\n",
        head(ORDINARY, end="\n"),
        head(ORDINARY, line="POST / HTTP/1.1"),
        head(ORDINARY, line="GET / HTTP/1.0"),
        head(ORDINARY, line="GET  / HTTP/1.1"),
        head(ORDINARY, line="GET /a b HTTP/1.1"),
        head(ORDINARY, line="GET /é HTTP/1.1"),
        head(ORDINARY | {"Content-Length": "5"}) + b"hello",
        head(ORDINARY | {"Content-Length": "0"}),
        head(ORDINARY | {"Transfer-Encoding": "chunked"}),
        head(ORDINARY | {"Sec-WebSocket-Protocol": "chat"}),
        head(ORDINARY | {"Upgrade": "h2c, websocket"}),
        head(ORDINARY | {"Connection": "close"}),
        head(ORDINARY | {"Connection": "Upgrade, HTTP2-Settings"}),
        head(ORDINARY | {"Sec-WebSocket-Version": "8"}),
        head(ORDINARY | {"Sec-WebSocket-Key": "dG9vIHNob3J0"}),
        head(ORDINARY | {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZR=="}),
        head([*ORDINARY.items(), ("Upgrade", "websocket")]),
        head([*ORDINARY.items(), ("sec-websocket-key", KEY)]),
        head([*ORDINARY.items(), ("Origin", "http://a"), ("Origin", "http://b")]),
        head([*ORDINARY.items(), ("X-Forwarded-For", "a"), ("x-forwarded-for", "b")]),
        head([*ORDINARY.items(), ("Folded", "a\r\n b")]),
        head([*ORDINARY.items(), ("No Token", "a")]),
        head([*ORDINARY.items(), ("Bell", "a\x07")]),
        head([*ORDINARY.items(), ("Return", "a\rb")]),
        head([*ORDINARY.items(), ("", "no name")]),
        head({name: value for name, value in ORDINARY.items() if name != "Upgrade"}),
        head({name: value for name, value in ORDINARY.items() if name != "Connection"}),
        head({name: value for name, value in ORDINARY.items() if "Key" not in name}),
        head({name: value for name, value in ORDINARY.items() if "Version" not in name}),
        head([*ORDINARY.items(), *((f"X-{number}", "") for number in range(64))]),
        head(ORDINARY | {"Cookie": "a" * 9000}),
    ],
)
def test_a_request_out_of_the_ordinary_is_left_to_the_library(data: bytes) -> None:
    assert read_upgrade(data, takes_extensions=False) is None


def test_an_offer_of_extensions_is_left_to_the_library_if_it_may_be_taken() -> None:
    assert read_upgrade(head(CHROMIUM), takes_extensions=True) is None
    assert read_upgrade(head(ORDINARY), takes_extensions=True) is not None


@pytest.mark.parametrize("seed", seeds(20))
def test_what_is_read_here_of_a_changed_request_the_library_reads_the_same(seed: int) -> None:
    rng = random.Random(seed)
    parts = (b"\r\n", b"\n", b"\r", b":", b" ", b"\t", b"\x00", b"\xff", b"Upgrade", b",", b"GET ")
    requests = [head(headers) for headers in (ORDINARY, CHROMIUM, FIREFOX, PROXIED)]

    for _ in range(200):
        data = bytearray(rng.choice(requests))
        for _ in range(rng.randrange(1, 4)):
            at = rng.randrange(len(data))
            data[at : at + rng.randrange(3)] = rng.choice(parts)
        read = read_upgrade(bytes(data), takes_extensions=False)
        expected = None if read is None else by_the_library(bytes(data))
        assert read is None or expected is not None, bytes(data)
        assert read is None or expected is None or as_values(read[0]) == as_values(expected[0])
        assert read is None or expected is None or read[1] == expected[1]
