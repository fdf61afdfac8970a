"""What is written down of an open text beside its content, so that it can be opened again.

Plain facts without a secret: what lets a session in again is in the keyring, under `identity`.
Knows no disk and no format. Source: EDITOR.md (safety), PITFALLS (keyring).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """Where a shared text is shared, and as whom."""

    server: str  # the socket's URL
    room: str
    document: str  # its name on the wire; empty: the session as such
    user_id: str  # whom the server took this person for
    person: str  # the name that the others see
    identity: str  # what the way back in is kept under, in the keyring
    shared_as: str = ""  # the file's path in the project
    database: str = ""  # of the app's own server; empty: the server is somebody else's
    allow_insecure: bool = False  # the user has accepted a server that encrypts nothing

    @property
    def is_hosted(self) -> bool:
        """Whether the session's server is the app's own."""
        return self.database != ""


@dataclass(frozen=True, slots=True)
class TextFacts:
    """Where a text is from, and how its file is written."""

    name: str  # what the window calls it
    path: str | None = None  # of its file, absolute; None: it has none
    eol: Literal["lf", "crlf"] = "lf"
    has_bom: bool = False
    has_mixed_eol: bool = False
    encoding: str = "utf-8"  # an id as in `app.storage.encodings`
    digest: str = ""  # SHA-256 of the file as it was last read or written, hexadecimal
    is_guest: bool = False  # whether it is another person's, kept by the session
    language: str | None = None  # an id as in `languages`; None: as the name says
    session: SessionFacts | None = None  # None: it is not shared
