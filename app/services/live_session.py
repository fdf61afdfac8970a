"""A session that runs: its socket, its documents, and waiting for its answers.

Knows no signals and no window; `collaboration` decides what is shared and joined. Source:
PROTOCOL.md §3 and §6.
"""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from app.collab.client_session import ClientSession
from app.collab.room_desk import CONNECTION_LOST
from app.collab.session_effects import (
    Answered,
    Done,
    InvitationMade,
    LinkChanged,
    RequestFailed,
    RoomMade,
    SaveStateChanged,
    SignedIn,
)
from app.collab.session_runner import SessionRunner
from app.collab.transport import open_connection
from app.model.connection import LinkPhase, SavePhase
from collab_server.protocol.events import ClientSoftware
from collab_server.protocol.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.collab.credentials import Credentials
    from app.collab.session_effects import SessionEffect
    from app.collab.transport import Connection
    from app.model.connection import ClosedReason
    from app.tasks import TaskOwner

Granted = RoomMade | InvitationMade | Answered | Done
"""What a request that is not refused ends in."""

FoundT = TypeVar("FoundT")

_SOFTWARE = ClientSoftware(name="codexpro-desktop", version="0.1")


class SessionEnded(Exception):
    """The session is over before what was waited for came."""

    def __init__(self, reason: ClosedReason | None) -> None:
        super().__init__(reason)
        self.reason = reason


class RequestRefused(Exception):
    """The server refused a request."""

    def __init__(self, slug: str) -> None:
        super().__init__(slug)
        self.slug = slug


class LiveSession:
    """One session with its shell.

    Invariant: whoever waits gets what was waited for, or `SessionEnded`.
    """

    def __init__(
        self,
        credentials: Credentials,
        url: str,
        *,
        tasks: TaskOwner,
        clock: Callable[[], float],
        perform: Callable[[SessionEffect], None],
        allow_insecure: bool = False,
    ) -> None:
        self.limits = Limits()
        self.session = ClientSession(
            credentials,
            random=random.random,
            software=_SOFTWARE,
            limits=self.limits,
        )
        self._clock = clock
        self._perform = perform
        self._url = url
        self._allow_insecure = allow_insecure
        self._waiters: list[_Waiter[Any]] = []  # each for something else
        self._runner = SessionRunner(
            self.session,
            connect=self._connect,
            perform=self._on_effect,
            tasks=tasks,
            clock=clock,
        )

    def start(self) -> None:
        """Begin to connect."""
        self.session.start(self._clock())
        self.flush()

    def flush(self) -> None:
        """Perform what the session asks for; to be called after every input to it."""
        self._runner.flush()

    def retry_now(self) -> None:
        """Try at once instead of waiting."""
        self.session.retry_now(self._clock())
        self.flush()

    async def leave(self, *, within_s: float) -> None:
        """End the session and wait until the socket is closed, or until the time is over."""
        self.session.leave(self._clock())
        self.flush()
        await self._runner.ended(within_s=within_s)

    async def signed_in(self) -> SignedIn:
        """Wait until the server has said who we are.

        Raises:
            SessionEnded: it does not let us in.
        """
        return await self.expect(_signed_in)

    async def saved(self) -> None:
        """Wait until the server has everything in its store.

        Raises:
            SessionEnded: the session is over.
        """
        if self.session.save_state.phase is not SavePhase.SAVED:
            await self.expect(_all_saved)

    async def request(self, ask: Callable[[], int]) -> Granted:
        """Ask for something and wait for the answer; a lost connection makes it ask again.

        Args:
            ask: makes the request and returns its number.

        Raises:
            RequestRefused: the server says no.
            SessionEnded: the session is over.
        """
        while True:
            found = await self.expect(_answer_to(ask()))
            if not isinstance(found, RequestFailed):
                return found
            if found.slug != CONNECTION_LOST:
                raise RequestRefused(found.slug)
            await self.expect(_signed_in)

    async def expect(self, find: Callable[[SessionEffect], FoundT | None]) -> FoundT:
        """Wait for the first effect in which `find` finds something.

        Raises:
            SessionEnded: the session is over.
        """
        if self.session.link.phase is LinkPhase.CLOSED:
            raise SessionEnded(self.session.link.reason)
        waiter = _Waiter(find)
        self._waiters.append(waiter)
        self.flush()
        try:
            return await waiter.found
        finally:
            self._waiters.remove(waiter)

    async def _connect(self) -> Connection:
        return await open_connection(
            self._url, limits=self.limits, allow_insecure=self._allow_insecure
        )

    def _on_effect(self, effect: SessionEffect) -> None:
        self._perform(effect)
        for waiter in list(self._waiters):
            waiter.look_at(effect)


class _Waiter(Generic[FoundT]):
    """Somebody who waits for an effect."""

    def __init__(self, find: Callable[[SessionEffect], FoundT | None]) -> None:
        self._find = find
        self.found: asyncio.Future[FoundT] = asyncio.get_running_loop().create_future()

    def look_at(self, effect: SessionEffect) -> None:
        if self.found.done():
            return
        found = self._find(effect)
        if found is not None:
            self.found.set_result(found)
        elif isinstance(effect, LinkChanged) and effect.link.phase is LinkPhase.CLOSED:
            self.found.set_exception(SessionEnded(effect.link.reason))


def _signed_in(effect: SessionEffect) -> SignedIn | None:
    return effect if isinstance(effect, SignedIn) else None


def _answer_to(number: int) -> Callable[[SessionEffect], Granted | RequestFailed | None]:
    def find(effect: SessionEffect) -> Granted | RequestFailed | None:
        if isinstance(effect, RoomMade | InvitationMade | Answered | Done | RequestFailed):
            return effect if effect.request == number else None
        return None

    return find


def _all_saved(effect: SessionEffect) -> bool | None:
    if isinstance(effect, SaveStateChanged) and effect.save_state.phase is SavePhase.SAVED:
        return True
    return None
