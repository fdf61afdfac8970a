"""Roles of people in a session, and who asks for another one: plain values, bounded.

Knows no words and no connection. Source: EDITOR.md (roles), PROTOCOL.md §3.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

MOST_ASKS = 5
QUIET_S = 60.0
"""Who was told *not now* is not heard of again for so long."""

EDITOR_PERM = "rwh"
VIEWER_PERM = "rh"
_MODERATE = "m"


class Role(Enum):
    """What somebody may do with what is shared."""

    OWNER = "owner"
    EDITOR = "editor"
    VIEWER = "viewer"


def role_of(perm: str) -> Role | None:
    """Return the role that letters make; None when nothing is known."""
    if not perm:
        return None
    if "o" in perm:
        return Role.OWNER
    return Role.EDITOR if "w" in perm else Role.VIEWER


def perm_for(role: Role, perm: str) -> str:
    """Return what to grant somebody for a role; who moderates goes on to."""
    letters = EDITOR_PERM if role is Role.EDITOR else VIEWER_PERM
    return letters + _MODERATE if _MODERATE in perm else letters


@dataclass(frozen=True, slots=True)
class RoleAsk:
    """Somebody asks to edit."""

    user_id: str
    name: str  # plain text from others


class RoleAsks:
    """Who asks and waits. Invariant: one ask a person, at most MOST_ASKS."""

    def __init__(self) -> None:
        self._waiting: dict[str, RoleAsk] = {}
        self._quiet_until_s: dict[str, float] = {}

    def hear(self, ask: RoleAsk, now_s: float) -> bool:
        """Take in that somebody asks; tell whether this user is to be told."""
        self._quiet_until_s = {
            user_id: until_s for user_id, until_s in self._quiet_until_s.items() if until_s > now_s
        }
        is_known = ask.user_id in self._waiting or ask.user_id in self._quiet_until_s
        if is_known or len(self._waiting) >= MOST_ASKS:
            return False
        self._waiting[ask.user_id] = ask
        return True

    def refuse(self, user_id: str, now_s: float) -> None:
        """Let somebody wait; the next ask is heard after a while."""
        if self._waiting.pop(user_id, None) is not None:
            self._quiet_until_s[user_id] = now_s + QUIET_S

    def settle(self, user_id: str) -> bool:
        """Let go of somebody's ask, who got it or is gone; tell whether there was one."""
        return self._waiting.pop(user_id, None) is not None

    @property
    def waiting(self) -> tuple[RoleAsk, ...]:
        """The asks without an answer, oldest first."""
        return tuple(self._waiting.values())
