"""The files that the server hands to browsers, wherever it is installed.

Knows no HTTP. In a checkout they are in `resources/web`, in a wheel beside the app.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class WebFile:
    """A file as it is handed out."""

    content: bytes
    tag: str  # changes with the content; an HTTP entity tag


def web_file(name: str) -> WebFile:
    """Read one of our own files.

    Raises:
        FileNotFoundError: The installation lacks it.
    """
    root = _PACKAGE.parent
    checkout, installed = root / "resources" / "web", root / "app" / "_resources" / "web"
    content = ((checkout if checkout.is_dir() else installed) / name).read_bytes()
    return WebFile(content, f'"{hashlib.sha256(content).hexdigest()[:32]}"')
