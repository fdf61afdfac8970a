"""The browser client over HTTP: for pages of any origin, kept by browsers, never stale for long."""

import urllib.error
import urllib.request
from email.message import Message
from pathlib import Path

from tests.support.server_process import ServerProcess

CLIENT = Path(__file__).parents[3] / "resources" / "web" / "client.js"


def fetch(server: ServerProcess, method: str = "GET", **headers: str) -> tuple[int, Message, bytes]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{server.port}/client.js",
        method=method,
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as response:
            return response.status, response.headers, response.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


def test_the_client_is_handed_out_to_pages_of_any_origin(server: ServerProcess) -> None:
    status, headers, body = fetch(server)

    assert (status, body) == (200, CLIENT.read_bytes())
    assert headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert headers["Cache-Control"] == "public, max-age=300, must-revalidate"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"


def test_a_browser_that_has_it_is_not_sent_it_again(server: ServerProcess) -> None:
    _, headers, _ = fetch(server)
    tag = headers["ETag"]

    answers = [
        fetch(server, If_None_Match=known) for known in (tag, f'W/{tag}, "other"', "*", '"other"')
    ]

    assert [(status, len(body)) for status, _, body in answers] == [
        (304, 0),
        (304, 0),
        (304, 0),
        (200, len(CLIENT.read_bytes())),
    ]


def test_only_reading_is_allowed(server: ServerProcess) -> None:
    assert fetch(server, "HEAD")[0] == 200
    assert fetch(server, "DELETE")[0] == 405
