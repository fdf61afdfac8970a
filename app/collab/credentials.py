"""What a session shows to be let in; never in a log or an argument.

Source: PROTOCOL.md §2.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Token:
    """A signed token for this user."""

    token: str = field(repr=False)
    session_id: str = field(default="", repr=False)  # of the session that it is bound to already
    session_key: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Invitation:
    """A code that lets in; the server gives a token for it, which is used from then on."""

    code: str = field(repr=False)
    name: str  # under which the others see this user


Credentials = Token | Invitation
