"""Whom this person is on which server, so that who comes back is who went.

What an identity is let in with is in the keyring; a lock in a folder says that a window uses it,
because a server lets each in only once at a time. Knows no session. Source: PROTOCOL.md §2
(invitations: the same guest comes back as the same person).
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from typing import TYPE_CHECKING

from app.storage.locks import FileLock

if TYPE_CHECKING:
    from pathlib import Path

    from app.services.credential_keeper import CredentialKeeper, WayBack

logger = logging.getLogger(__name__)

_SPARE = "-"


class Identity:
    """An identity that is in use here.

    Invariant: nobody else uses it before `release`, as far as the folder's disk has locks.
    """

    def __init__(self, id: str, keeper: CredentialKeeper, lock: FileLock | None) -> None:
        self.id = id  # no secret; it names what is in the keyring
        self._keeper = keeper
        self._lock = lock

    @property
    def is_spare(self) -> bool:
        """Whether it is one more for a purpose whose own identity is in use."""
        return _SPARE in self.id

    async def way_back(self) -> WayBack | None:
        """Return what it was last let in with; None when that is not known any more."""
        return await self._keeper.get(self.id)

    async def keep(self, way_back: WayBack) -> bool:
        """Keep what it is let in with; tell whether that outlives this run."""
        return await self._keeper.put(self.id, way_back)

    async def renew(self, way_back: WayBack) -> bool:
        """Keep what it is let in with now, unless it was forgotten meanwhile; tells as `keep`."""
        return await self._keeper.renew(self.id, way_back)

    async def forget(self) -> None:
        """Forget what it was let in with: it is of no more use."""
        await self._keeper.remove(self.id)

    def is_first_complaint(self) -> bool:
        """Tell, once a run, that nobody has yet been told that nothing outlives it."""
        return self._keeper.is_first_complaint()

    def release(self) -> None:
        """Let others use it."""
        if self._lock is not None:
            self._lock.release()


class Identities:
    """The identities of this person."""

    def __init__(self, keeper: CredentialKeeper, folder: Path) -> None:
        """Prepare.

        Args:
            keeper: of what they are let in with.
            folder: of their locks; made when it is missing.
        """
        self._keeper = keeper
        self._folder = folder

    def claim(self, id: str) -> Identity | None:
        """Take an identity into use; None when somebody uses it."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = FileLock(self._folder / id)
            if not lock.try_acquire():
                return None
        except OSError as error:  # then the server has the last word: the newer one supersedes
            logger.info("identities cannot be locked: %s", error.strerror)
            return Identity(id, self._keeper, None)
        return Identity(id, self._keeper, lock)

    async def forget_for(self, *parts: str) -> None:
        """Forget what the identity for a purpose is let in with, also while somebody uses it."""
        await self._keeper.remove(_digest(parts))

    def claim_for(self, *parts: str) -> Identity:
        """Take the identity for a purpose into use, or a new one if somebody uses it.

        Args:
            parts: what it is for, such as a server's address.
        """
        digest = _digest(parts)
        found = self.claim(digest)
        while found is None:
            found = self.claim(f"{digest}{_SPARE}{secrets.token_hex(4)}")
        return found


def _digest(parts: tuple[str, ...]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def link_hash(code: str) -> str:
    """Return what tells an invitation from others, and does not let in."""
    return hashlib.sha256(code.encode()).hexdigest()
