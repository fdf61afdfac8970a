"""The people of a session as this window shows them.

Knows nothing of connections or of how a caret travels. Source: EDITOR.md, presence.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

_MOST_PEOPLE = 256  # whose initials are remembered

Status = Literal["active", "idle", "dnd"]
"""How present somebody is; `dnd`: do not disturb."""


@dataclass(frozen=True, slots=True)
class Participant:
    """A user who is in the room, once, however many connections it has."""

    client_id: str  # its oldest connection
    user_id: str
    name: str  # plain text from others: never shown as rich text
    color: str  # `#rrggbb`
    is_self: bool = False
    status: Status = "active"
    perm: str = ""  # letters; empty: not told

    @property
    def is_owner(self) -> bool:
        """Whether nobody may act on this person."""
        return "o" in self.perm

    @property
    def can_write(self) -> bool:
        """Whether this person may change what is shared."""
        return "w" in self.perm or self.is_owner


class RemoteCaret(NamedTuple):
    """Where somebody else is in a document, in the text as it is here and now."""

    # A tuple: everybody's is made anew at each key, and a dataclass takes five times as long.

    author_id: int
    user_id: str
    name: str  # plain text from others: never shown as rich text
    color: str  # `#rrggbb`
    anchor_utf16: int
    head_utf16: int  # the caret; equal to the anchor when nothing is selected

    @property
    def person(self) -> tuple[int, str, str, str]:
        """Who it is, wherever."""
        return self[:4]


@lru_cache(_MOST_PEOPLE)
def initials(name: str) -> str:
    """Return the one or two letters that stand for a name wherever a person is shown."""
    words = [word for word in name.split() if word[0].isalnum()]
    if not words:
        return name.strip()[:1] or "?"
    letters = words[0][0] + words[-1][0] if len(words) > 1 else words[0][:2]
    return letters.upper()
