"""What of a project a browser may ask for, and what it is told of it: paths, kinds, the policy.

Pure: knows no disk, no socket and no window. Whoever asks is hostile: a page of another origin, or
the previewed page itself, which others may have written. Source: EDITOR.md (preview).
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from app.model.secret_names import looks_secret

if TYPE_CHECKING:
    from pathlib import Path

INDEX = "index.html"
LIVE = ".live"
"""What our own script and its stream stand under: no file has such a name, so none is hidden."""

SETTLE_MS = 600
"""A page is loaded again when nothing was changed for so long …"""

LONGEST_WAIT_MS = 900
"""… or when the oldest change that it does not show is so old: it must be there within a second."""

MOST_FILE_BYTES = 64 * 1024 * 1024

POLICY = (
    "default-src 'self' data: blob: 'unsafe-inline' 'unsafe-eval'; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)
"""The page's own scripts run, of whatever kind; nothing is loaded from, or sent to, elsewhere."""

_MOST_PATH_CHARACTERS = 1024
_HTML = "text/html; charset=utf-8"

_KINDS = {
    "aac": "audio/aac",
    "avif": "image/avif",
    "bmp": "image/bmp",
    "css": "text/css; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "flac": "audio/flac",
    "gif": "image/gif",
    "htm": _HTML,
    "html": _HTML,
    "ico": "image/x-icon",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "js": "text/javascript; charset=utf-8",
    "json": "application/json",
    "m4a": "audio/mp4",
    "map": "application/json",
    "md": "text/plain; charset=utf-8",
    "mjs": "text/javascript; charset=utf-8",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "oga": "audio/ogg",
    "ogg": "audio/ogg",
    "ogv": "video/ogg",
    "opus": "audio/ogg",
    "otf": "font/otf",
    "png": "image/png",
    "svg": "image/svg+xml",
    "ttf": "font/ttf",
    "txt": "text/plain; charset=utf-8",
    "vtt": "text/vtt; charset=utf-8",
    "wasm": "application/wasm",
    "wav": "audio/wav",
    "webm": "video/webm",
    "webmanifest": "application/manifest+json",
    "webp": "image/webp",
    "woff": "font/woff",
    "woff2": "font/woff2",
    "xhtml": "application/xhtml+xml",
    "xml": "application/xml",
}
"""What pages are made of, by the end of the name; no other file is handed out."""


class Held(Enum):
    """Why there is no answer yet."""

    UNASKED = "unasked"  # others wrote of it, and this person has not agreed to run it


@dataclass(frozen=True, slots=True)
class PreviewText:
    """A text as it stands in a window, saved or not."""

    text: str


@dataclass(frozen=True, slots=True)
class PreviewFile:
    """A file that is open nowhere: on the disk, in the folder that is open."""

    folder: Path
    path: str


Found = PreviewText | PreviewFile | Held | None
"""What there is at a path; None: nothing, or nothing that a page may have."""


def preview_path(asked: str) -> str | None:
    """Return the file that a decoded path of a URL asks for, from the project's folder.

    Parted by "/", relative, without "." and ".." and hidden parts; a folder means its index page.
    None: it can be no file that a page may have.
    """
    if len(asked) > _MOST_PATH_CHARACTERS or not asked.isprintable():
        return None
    path = asked + INDEX if asked == "" or asked.endswith("/") else asked
    parts = path.split("/")
    if any(part == "" or part.startswith(".") or part.endswith(" ") for part in parts):
        return None
    if any(sign in path for sign in '\\:*?"<>|'):  # a path, a stream or a device on Windows
        return None
    return path if kind_of(path) and not looks_secret(parts[-1]) else None


def kind_of(path: str) -> str:
    """Return the media type of a file by its name; empty: it is nothing that a page is made of."""
    ending = posixpath.splitext(path)[1]
    return _KINDS.get(ending[1:].lower(), "")


def is_page(path: str) -> bool:
    """Tell whether a file is a page, which is loaded again when something changes."""
    return kind_of(path) == _HTML


def with_script(page: str, address: str) -> str:
    """Return a page with our script, before its end: where a browser reads it last.

    Args:
        page: HTML, of any form.
        address: of the script; without a quote in it.
    """
    tag = f'<script src="{address}"></script>'
    at = page.lower().rfind("</body>")
    if at < 0 or len(page.lower()) != len(page):  # a letter that is two in lower case
        return page + tag
    return page[:at] + tag + page[at:]


def wait_ms(since_first_ms: int) -> int:
    """Return how long to wait after a change, so many milliseconds after the first not shown."""
    return max(0, min(SETTLE_MS, LONGEST_WAIT_MS - since_first_ms))


def names_in_words(names: tuple[str, ...], *, most: int = 3) -> tuple[tuple[str, ...], int]:
    """Return the names to say of those who wrote something, and how many more there are."""
    first = tuple(dict.fromkeys(name for name in names if name))
    return first[:most], max(0, len(first) - most)
