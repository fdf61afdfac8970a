"""What a page must hold to use the browser client: the script tag, and the policy it should send.

Every value is escaped, so that a hostile address or token stays text. Does not know the network.
Source: PROTOCOL.md §8; HTML, 13.1.2.3; CSP Level 3.
"""

from __future__ import annotations

import base64
import hashlib
import html
from html.parser import HTMLParser
from urllib.parse import urlsplit

_HTTP_OF = {"ws": "http", "wss": "https", "http": "http", "https": "https"}
_WS_OF = {"http": "ws", "https": "wss"}


def http_origin(public_url: str) -> str:
    """Return where a page fetches the client from."""
    parts = urlsplit(public_url)
    return f"{_HTTP_OF[parts.scheme]}://{parts.netloc}"


def ws_origin(public_url: str) -> str:
    """Return what a page connects to."""
    parts = urlsplit(http_origin(public_url))
    return f"{_WS_OF[parts.scheme]}://{parts.netloc}"


def script_tag(public_url: str, attributes: dict[str, str]) -> str:
    """Return the tag that loads the client and connects.

    Args:
        public_url: of the server, ws, wss, http or https.
        attributes: names of `data-` attributes to values of any content.
    """
    values = {"src": f"{http_origin(public_url)}/client.js"}
    values |= {f"data-{name}": value for name, value in attributes.items()}
    written = " ".join(f'{name}="{html.escape(value)}"' for name, value in values.items())
    return f"<script {written}></script>"


def security_policy(public_url: str, page: str = "") -> str:
    """Return the Content-Security-Policy of a page that uses the client.

    Only the client, and the scripts and handlers that stand in `page`, may run: what somebody else
    brings into it does not.
    """
    found = _Inline()
    found.feed(page)
    found.close()
    sources = [http_origin(public_url), *_hashes(found.scripts)]
    if found.handlers:
        sources += ["'unsafe-hashes'", *_hashes(found.handlers)]
    return (
        f"script-src {' '.join(sources)}; connect-src 'self' {ws_origin(public_url)};"
        " object-src 'none'; base-uri 'none'"
    )


class _Inline(HTMLParser):
    """Collects a page's own code. Invariant: both lists are in the order of the page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.scripts: list[str] = []
        self.handlers: list[str] = []
        self._is_in_script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a script without an address, and every handler."""
        names = dict(attrs)
        self._is_in_script = tag == "script" and "src" not in names
        if self._is_in_script:
            self.scripts.append("")
        self.handlers += [
            value for name, value in attrs if name.startswith("on") and value is not None
        ]

    def handle_endtag(self, tag: str) -> None:
        """Note the end of a script."""
        self._is_in_script = self._is_in_script and tag != "script"

    def handle_data(self, data: str) -> None:
        """Take in a piece of a script."""
        if self._is_in_script:
            self.scripts[-1] += data


def _hashes(codes: list[str]) -> list[str]:
    """Return what allows exactly these pieces of code, each once."""
    digests = (hashlib.sha256(code.encode()).digest() for code in codes)
    return list(dict.fromkeys(f"'sha256-{base64.b64encode(each).decode()}'" for each in digests))
