"""The three ways into a session: found one, enter one by an invitation, come back to one.

Each begins a session and opens its project; what is shared and shown is decided in
`collaboration`. Source: PROTOCOL.md §2 and §6.
"""

from __future__ import annotations

import contextlib
import secrets
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from app.collab.credentials import Invitation, Token
from app.collab.session_effects import RoomMade
from app.model.kept_text import SessionFacts
from app.services.chosen_server import ChosenServer
from app.services.credential_keeper import WayBack
from app.services.hosting import EmbeddedServer, HostingFailed
from app.services.identities import link_hash
from app.services.live_session import SessionEnded
from app.services.running_session import RunningSession
from app.services.shared_project import NothingToOpen
from app.services.sign_in import PURPOSE

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from app.collab.credentials import Credentials
    from app.services.chosen_server import SharingServer
    from app.services.identities import Identities, Identity
    from app.services.shared_project import SharedProject
    from app.tasks import TaskOwner
    from collab_server.protocol.links import InvitationLink

_NEARLY_OVER_S = 60.0


class NoWayBack(Exception):
    """What let an earlier process into the session is not known any more."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class SignInNeeded(Exception):
    """The chosen server has no token of this person's that is good, or another window uses it."""

    def __init__(self, *, is_in_use: bool) -> None:
        super().__init__(is_in_use)
        self.is_in_use = is_in_use


class SessionDoors:
    """Begins sessions.

    Invariant: `on_begun` hears of every session before it connects, and owns it from then on.
    """

    def __init__(
        self,
        *,
        tasks: TaskOwner,
        hosting: SharingServer | None,
        identities: Identities | None,
        clock: Callable[[], float],
        on_begun: Callable[[RunningSession], None],
    ) -> None:
        """Prepare.

        Args:
            tasks: owns what runs.
            hosting: the server to found sessions on; None: none can be.
            identities: whom this person was on which server; None: nothing is remembered.
            clock: monotonic seconds.
            on_begun: owns what begins.
        """
        self._tasks = tasks
        self.hosting = hosting  # to be changed between sessions only
        self._identities = identities
        self._clock = clock
        self._on_begun = on_begun
        self._user_id = f"host-{secrets.token_hex(8)}"

    async def found(self, name: str) -> SharedProject:
        """Begin a session of one's own, with a new room.

        Args:
            name: this person's.

        Raises:
            HostingFailed: there is no server.
            SignInNeeded: there is one, and nothing lets in.
            RequestRefused: the server gives no room.
            SessionEnded: the server does not let in.
        """
        if self.hosting is None:
            raise HostingFailed("This window has no server to share on.")
        address = await self.hosting.start()
        facts = SessionFacts(
            server=address.socket_url,
            room="",
            document="",
            user_id=self._user_id,
            person=name,
            identity="",
            database=_database_of(self.hosting),
        )
        session = await self._begin_own(facts)
        signed_in = await session.live.signed_in()
        room = await session.live.request(session.live.session.rooms.create_room)
        assert isinstance(room, RoomMade)
        return session.open_project(room.room, signed_in.user_id)

    async def enter(
        self, link: InvitationLink, name: str, *, allow_insecure: bool
    ) -> SharedProject:
        """Be let in by an invitation; as whom it let in before, if it did.

        Args:
            link: the invitation.
            name: this person's.
            allow_insecure: whether the user accepts a server that encrypts nothing.

        Raises:
            NothingToOpen: it opens no room.
            SessionEnded: it does not let in.
        """
        facts = SessionFacts(link.socket_url, "", "", "", name, "", allow_insecure=allow_insecure)
        identity = self._claim("join", link.socket_url)
        known = await _known_of(identity)
        if identity is not None and known is not None and _is_of(known, link, name):
            session = self._begin(_token_of(known), facts, identity, known)
            try:
                signed_in = await session.live.signed_in()
            except SessionEnded:
                await identity.forget()  # so that the next try is with the code
                raise
            return session.open_project(known.room, signed_in.user_id)
        way_back = WayBack(link_hash=link_hash(link.code))
        session = self._begin(Invitation(link.code, name), facts, identity, way_back)
        signed_in = await session.live.signed_in()
        if not signed_in.rooms:
            raise NothingToOpen
        return session.open_project(signed_in.rooms[0], signed_in.user_id)

    async def come_back(self, facts: SessionFacts) -> SharedProject:
        """Go on with the session of an earlier process; its server may be away for now.

        Raises:
            HostingFailed: the session's own server does not start.
            NoWayBack: nothing lets in any more.
        """
        identity = self._identities.claim(facts.identity) if self._identities is not None else None
        known = await _known_of(identity)
        if facts.is_hosted:
            with _released_on_error(identity):
                facts = await self._host_again(facts, known)
            session = self._begin(self._own_token(facts), facts, identity, known, is_own=True)
        elif known is None or known.room != facts.room:
            if identity is not None:
                identity.release()
            raise NoWayBack("the keyring does not have it")
        else:
            session = self._begin(_token_of(known), facts, identity, known)
        return session.open_project(facts.room, facts.user_id)

    async def _host_again(self, facts: SessionFacts, known: WayBack | None) -> SessionFacts:
        hosting = self.hosting
        if not isinstance(hosting, EmbeddedServer):
            raise NoWayBack("this window has no server of its own")
        hosting.take_up(
            database=Path(facts.database),
            secret=known.signing_secret if known is not None else "",
            port=urlsplit(facts.server).port or 0,
        )
        address = await hosting.start()
        self._user_id = facts.user_id
        return replace(facts, server=address.socket_url)

    async def _begin_own(self, facts: SessionFacts) -> RunningSession:
        if not (isinstance(self.hosting, ChosenServer) and not self.hosting.token):
            identity = self._claim("share", facts.database or facts.server)
            return self._begin(self._own_token(facts), facts, identity, is_own=True)
        identity = self._claim(PURPOSE, facts.server)
        known = await _known_of(identity)
        if identity is None or known is None or not _is_good(known):
            is_in_use = identity is not None and identity.is_spare
            if identity is not None:
                identity.release()
            raise SignInNeeded(is_in_use=is_in_use)
        return self._begin(_token_of(known), facts, identity, known, is_own=True)

    def _begin(
        self,
        credentials: Credentials,
        facts: SessionFacts,
        identity: Identity | None,
        way_back: WayBack | None = None,
        *,
        is_own: bool = False,
    ) -> RunningSession:
        hosting = self.hosting if is_own else None
        if isinstance(hosting, EmbeddedServer):
            way_back = WayBack(signing_secret=hosting.secret)
        session = RunningSession(
            credentials,
            replace(facts, identity=identity.id if identity is not None else ""),
            tasks=self._tasks,
            clock=self._clock,
            hosting=hosting,
            identity=identity,
            way_back=way_back,
        )
        self._on_begun(session)
        session.start()
        return session

    def _own_token(self, facts: SessionFacts) -> Token:
        assert self.hosting is not None
        return Token(self.hosting.token_for(facts.user_id, facts.person))

    def _claim(self, *parts: str) -> Identity | None:
        return self._identities.claim_for(*parts) if self._identities is not None else None


async def _known_of(identity: Identity | None) -> WayBack | None:
    """Return what an identity was last let in with; if nobody waits for it, it is released."""
    with _released_on_error(identity):
        return await identity.way_back() if identity is not None else None


@contextlib.contextmanager
def _released_on_error(identity: Identity | None) -> Generator[None]:
    """Let others use an identity that does not come to be a session's, also when cancelled."""
    try:
        yield
    except BaseException:
        if identity is not None:
            identity.release()
        raise


def _database_of(hosting: SharingServer) -> str:
    return str(hosting.database.absolute()) if isinstance(hosting, EmbeddedServer) else ""


def _token_of(known: WayBack) -> Token:
    return Token(known.token, known.session_id, known.session_key)


def _is_of(known: WayBack, link: InvitationLink, name: str) -> bool:
    """Tell whether this invitation let in under this name, and the token of then is still good."""
    return _is_good(known) and (known.link_hash, known.person) == (link_hash(link.code), name)


def _is_good(known: WayBack) -> bool:
    return known.expires_at_s > time.time() + _NEARLY_OVER_S
