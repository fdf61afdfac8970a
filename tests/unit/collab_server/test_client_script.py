"""The script tag and the policy: every value stays text, and only the page's own code runs."""

import base64
import hashlib
from html.parser import HTMLParser

import pytest

from collab_server.client_script import http_origin, script_tag, security_policy, ws_origin

HOSTILE = [
    '"><script>alert(1)</script>',
    "');alert(1);('",
    "</script><script>alert(1)</script>",
    '" onload="alert(1)',
    "&quot; onload=&quot;alert(1)",
    "<!--",
    "\u2028alert(1)\x00",
]


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def digest(code: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()}'"


def test_the_tag_names_the_client_and_says_what_it_was_given() -> None:
    tag = script_tag("wss://collab.example.com/ws", {"token": "abc", "reconnect-delay": "3000"})

    assert tag == (
        '<script src="https://collab.example.com/client.js" data-token="abc"'
        ' data-reconnect-delay="3000"></script>'
    )


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_value_is_one_attribute_of_one_tag(hostile: str) -> None:
    parser = Tags()
    parser.feed(script_tag("ws://127.0.0.1:8080", {"token": hostile}))
    parser.close()

    ((name, attributes),) = parser.tags
    assert name == "script"
    assert set(attributes) == {"src", "data-token"}
    if "&" not in hostile and "\x00" not in hostile:
        assert attributes["data-token"] == hostile


@pytest.mark.parametrize(
    ("url", "http", "ws"),
    [
        ("ws://127.0.0.1:8080/ws", "http://127.0.0.1:8080", "ws://127.0.0.1:8080"),
        ("https://x.org", "https://x.org", "wss://x.org"),
        ("wss://[::1]:1/ws?x", "https://[::1]:1", "wss://[::1]:1"),
    ],
)
def test_origins_follow_from_the_public_url(url: str, http: str, ws: str) -> None:
    assert (http_origin(url), ws_origin(url)) == (http, ws)


def test_a_policy_lets_the_client_and_nothing_inline_run() -> None:
    assert security_policy("wss://x.org/ws") == (
        "script-src https://x.org; connect-src 'self' wss://x.org; object-src 'none';"
        " base-uri 'none'"
    )


def test_a_policy_lets_a_pages_own_code_run_and_names_each_piece_once() -> None:
    page = (
        "<button onclick=\"go('a')\">x</button><button ONCLICK='go(&#39;a&#39;)'>y</button>"
        "<p onclick>z</p><script src='/client.js'>not this</script>"
        "<script>let a = 1 < 2 && '</p>';</script><script>two</script><p>not this</p>"
    )

    sources = security_policy("wss://x.org", page).partition(";")[0].split()

    assert sources == [
        "script-src",
        "https://x.org",
        digest("let a = 1 < 2 && '</p>';"),
        digest("two"),
        "'unsafe-hashes'",
        digest("go('a')"),
    ]
