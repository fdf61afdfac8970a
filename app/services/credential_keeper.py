"""What lets this person in again, kept in the keyring, or in memory where there is none to trust.

Every call of the keyring runs in a thread of its own, because it may hang for ever on a dialog that
nobody sees; then it is left alone, and memory serves for the rest of the run. Knows no session.
Source: PITFALLS (keyring); issue "it keeps what you type", sign-in.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, Protocol, TypeVar

import msgspec

from app.storage.credentials import CredentialsUnavailable, open_keyring

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)

LIMIT_S = 3.0

ResultT = TypeVar("ResultT")


class WayBack(msgspec.Struct, frozen=True):
    """What a session is let in with again. Its `repr` shows nothing of it."""

    token: str = ""
    session_id: str = ""
    session_key: str = ""
    room: str = ""
    person: str = ""  # the name that the token says
    expires_at_s: float = 0.0  # the token, unix time
    link_hash: str = ""  # of the invitation that it came by
    signing_secret: str = ""  # of the app's own server

    def __repr__(self) -> str:
        return "WayBack(…)"


class Credentials(Protocol):
    """Secrets by name; `app.storage.credentials` has the real ones."""

    def get(self, name: str) -> str | None:
        """Return a secret; None when there is none."""
        ...

    def put(self, name: str, secret: str) -> None:
        """Keep a secret."""
        ...

    def remove(self, name: str) -> None:
        """Remove a secret."""
        ...


class CredentialKeeper:
    """Ways back by their names.

    Invariant: what was put is there for this run, whatever the keyring does; a call takes no longer
    than the limit, and never raises.
    """

    def __init__(
        self,
        *,
        open_store: Callable[[], Credentials] = open_keyring,
        limit_s: float = LIMIT_S,
    ) -> None:
        """Prepare; the keyring is opened when it is first needed.

        Args:
            open_store: opens and tries it, in a thread.
            limit_s: for each call.
        """
        self._open_store = open_store
        self._limit_s = limit_s
        self._store: Credentials | None = None
        self._is_given_up = False
        self._has_complained = False
        self._memory: dict[str, WayBack] = {}
        self._turn = asyncio.Lock()

    def is_first_complaint(self) -> bool:
        """Tell, once, that the person has not been told."""
        is_first, self._has_complained = not self._has_complained, True
        return is_first

    @property
    def is_lasting(self) -> bool:
        """Whether what is put outlives this run, as far as is known."""
        return not self._is_given_up

    async def get(self, name: str) -> WayBack | None:
        """Return what is kept under a name; None when there is nothing, or nothing readable."""
        if name in self._memory:
            return self._memory[name]
        text = await self._call(lambda store: store.get(name))
        if text is None:
            return None
        try:
            self._memory[name] = msgspec.json.decode(text, type=WayBack)
        except msgspec.DecodeError:
            logger.warning("an entry of the keyring is not ours")
            return None
        return self._memory[name]

    async def put(self, name: str, way_back: WayBack) -> bool:
        """Keep something under a name; tell whether it will outlive this run."""
        if self._memory.get(name) != way_back:
            self._memory[name] = way_back
            text = msgspec.json.encode(way_back).decode()
            await self._call(lambda store: store.put(name, text))
        return self.is_lasting

    async def renew(self, name: str, way_back: WayBack) -> bool:
        """Keep something newer under a name; what was removed meanwhile stays removed.

        Also what another process has removed from the keyring. Tells what `put` tells.
        """
        if name not in self._memory or self._memory[name] == way_back:
            return self.is_lasting
        self._memory[name] = way_back
        text = msgspec.json.encode(way_back).decode()
        is_kept = await self._call(lambda store: _put_over(store, name, text))
        if is_kept is False:
            self._memory.pop(name, None)
        return self.is_lasting

    async def remove(self, name: str) -> None:
        """Forget what is kept under a name."""
        self._memory.pop(name, None)
        await self._call(lambda store: store.remove(name))

    async def _call(self, act: Callable[[Credentials], ResultT]) -> ResultT | None:
        """Do something with the keyring; after a first failure it is left alone."""
        async with self._turn:
            if self._is_given_up:
                return None
            try:
                if self._store is None:
                    self._store = await _in_thread(self._open_store, self._limit_s)
                store = self._store
                return await _in_thread(lambda: act(store), self._limit_s)
            except (CredentialsUnavailable, TimeoutError) as error:
                reason = error.reason if isinstance(error, CredentialsUnavailable) else "no answer"
                logger.info("secrets are kept in memory only: %s", reason)
                self._is_given_up = True
                return None


def _put_over(store: Credentials, name: str, secret: str) -> bool:
    """Keep a secret in place of an older one; tell whether there was one."""
    if store.get(name) is None:
        return False
    store.put(name, secret)
    return True


async def _in_thread(act: Callable[[], ResultT], limit_s: float) -> ResultT:
    """Run something in a thread that nobody waits for longer than the limit.

    Not in an executor: the interpreter waits for its threads at the end, and this one may hang.

    Raises:
        TimeoutError: the time is over; the thread goes on.
    """
    done: Future[ResultT] = Future()
    done.set_running_or_notify_cancel()  # nobody stops it from here on

    def run() -> None:
        try:
            done.set_result(act())
        except BaseException as error:  # noqa: BLE001 - handed to whoever waits
            done.set_exception(error)

    threading.Thread(target=run, name="keyring", daemon=True).start()
    async with asyncio.timeout(limit_s):
        return await asyncio.wrap_future(done)
