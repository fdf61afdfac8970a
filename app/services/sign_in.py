"""Signing in to a server that somebody else runs, so that texts can be shared on it.

A token is tried before it is kept, in the session that it then belongs to: a server lets each
token into one session only. Knows no window and no room. Source: PROTOCOL.md §2 (replay), PITFALLS
(keyring).
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.collab.credentials import Token
from app.collab.session_effects import LinkChanged, RaiseNotice, SignedIn
from app.model.connection import LinkPhase
from app.model.notices import NoticeKind
from app.services.credential_keeper import WayBack
from app.services.live_session import LiveSession, SessionEnded

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.collab.session_effects import SessionEffect
    from app.model.connection import ClosedReason
    from app.services.identities import Identities, Identity
    from app.tasks import TaskOwner

ANSWER_S = 15.0
PURPOSE = "sign-in"
"""Of the identity under which a server's token is kept."""

_LEAVE_S = 3.0


class SignInFailed(Exception):
    """The server was not signed in to, and nothing was kept."""

    def __init__(
        self, *, reason: ClosedReason | None = None, slug: str = "", is_in_use: bool = False
    ) -> None:
        """Say why.

        Args:
            reason: of the end; None when no server answered.
            slug: what the server said of the token; empty when it said nothing.
            is_in_use: whether a window is in a session there.
        """
        super().__init__(reason, slug)
        self.reason = reason
        self.slug = slug
        self.is_in_use = is_in_use


@dataclass(frozen=True, slots=True)
class SignInKept:
    """A server takes this person's token."""

    server: str  # where a session connects
    is_lasting: bool  # whether it outlives this run; else there is no keyring to trust


@dataclass(frozen=True, slots=True)
class _Answer:
    signed_in: SignedIn | None  # None: no server answers


class SignIns:
    """The servers that this person is signed in to."""

    def __init__(
        self,
        identities: Identities,
        *,
        tasks: TaskOwner,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare.

        Args:
            identities: keep the tokens.
            tasks: owns the trial's connection.
            clock: monotonic seconds.
        """
        self._identities = identities
        self._tasks = tasks
        self._clock = clock

    async def sign_in(self, server: str, token: str) -> SignInKept:
        """Try a token, and keep it when the server takes it.

        Raises:
            SignInFailed: it does not, or nobody answers in time.
        """
        identity = self._identities.claim_for(PURPOSE, server)
        try:
            if identity.is_spare:
                raise SignInFailed(is_in_use=True)
            return await self._sign_in(server, token, identity)
        finally:
            identity.release()

    async def sign_out(self, server: str) -> None:
        """Forget the token for a server; a session that runs there goes on."""
        await self._identities.forget_for(PURPOSE, server)

    async def _sign_in(self, server: str, token: str, identity: Identity) -> SignInKept:
        refusals: list[str] = []

        def hear(effect: SessionEffect) -> None:
            match effect:
                case RaiseNotice(notice=notice) if notice.kind is NoticeKind.SIGN_IN_REFUSED:
                    refusals.append(notice.detail)
                case _:
                    pass

        live = LiveSession(Token(token), server, tasks=self._tasks, clock=self._clock, perform=hear)
        live.start()
        try:
            async with asyncio.timeout(ANSWER_S):
                answer = await live.expect(_answer)
            way_back = live.session.way_back
        except TimeoutError as error:
            raise SignInFailed from error
        except SessionEnded as error:
            slug = refusals[-1] if refusals else ""
            raise SignInFailed(reason=error.reason, slug=slug) from error
        finally:
            await live.leave(within_s=_LEAVE_S)
        signed_in = answer.signed_in
        if signed_in is None:
            raise SignInFailed
        assert way_back is not None, "a token is what this session was begun with"
        known = WayBack(
            token=way_back.token,
            session_id=way_back.session_id,
            session_key=way_back.session_key,
            person=signed_in.user_id,
            expires_at_s=signed_in.expires_at_s,
        )
        return SignInKept(server, is_lasting=await identity.keep(known))


def _answer(effect: SessionEffect) -> _Answer | None:
    match effect:
        case SignedIn():
            return _Answer(effect)
        case LinkChanged(link=link) if link.phase is LinkPhase.OFFLINE:
            return _Answer(None)  # it would be tried again, but somebody is waiting
        case _:
            return None
