"""Who is at the other end: tokens, sessions that resume, invitations, refresh.

Checks signatures itself and asks the store for what must hold across restarts: which session a
token's nonce belongs to, and what an invitation is worth. Source: PROTOCOL.md §2.
"""

from __future__ import annotations

import hashlib
import ipaddress
from typing import TYPE_CHECKING

from collab_server.core.context import WARN_BEFORE_EXPIRY_S
from collab_server.core.effects import Announce, BindNonce, Level, RedeemInvitation
from collab_server.core.states import Client, Phase, SignIn, User, user_of
from collab_server.protocol.close_codes import CloseCode
from collab_server.protocol.errors import ErrorCode, InvalidToken
from collab_server.protocol.events import (
    Auth,
    AuthRefreshed,
    AuthSuccess,
    Refresh,
    SessionKey,
    TokenExpiring,
)
from collab_server.protocol.names import GUEST_PREFIX, clean_name
from collab_server.protocol.tokens import (
    DEFAULT_KEY_ID,
    LEEWAY_S,
    TokenClaims,
    sign_token,
)

if TYPE_CHECKING:
    from collab_server.core.context import Context
    from collab_server.core.effects import ClientId
    from collab_server.protocol.names import RoomId

GUEST_TOKEN_TTL_S = 24 * 3600
_INVITATION_REFUSALS = {
    "unknown": "This invitation does not exist or was withdrawn.",
    "spent": "This invitation has been used up.",
    "expired": "This invitation has expired.",
}

_Session = tuple[str | None, str | None]
"""Id and key: clients choose both, so that an id alone is nobody's."""


class SignIns:
    """The sign-ins of all connections.

    Invariant: with the `session` policy a nonce lets in one session, and of a session's connections
    only the newest lives.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._sessions: dict[_Session, ClientId] = {}  # → its connection

    def auth(self, client: Client, event: Auth, now_s: float, now_unix_s: float) -> None:
        """Begin a sign-in; the client is held until the store has answered."""
        if client.phase is not Phase.GREETING:
            self._context.refuse(
                client, ErrorCode.BAD_REQUEST, "Already signed in", re=event.id, now_s=now_s
            )
            return
        session = event.session
        client.sign_in = SignIn(
            request_id=event.id,
            session_id=session.id if session is not None else self._context.new_id(),
            session_key=session.key if session is not None else self._context.new_id(),
            name=clean_name(event.name) if event.name is not None else None,
        )
        client.enter(Phase.SIGNING_IN)
        if event.token is not None:
            self._take_token(client, event.token, now_s, now_unix_s)
        elif event.invite is not None:
            self._context.effects.append(RedeemInvitation(client.id, event.invite, event.look))
        else:
            self._fail(client, ErrorCode.TOKEN_REQUIRED, None, now_s)

    def refresh(self, client: Client, event: Refresh, now_s: float, now_unix_s: float) -> None:
        """Take a newer token of the same user; the client is held until the store has answered."""
        session_id, session_key = client.session_id, client.session_key
        if session_id is None or session_key is None:
            code, text = ErrorCode.BAD_REQUEST, "A provider shows a newer token as it did the first"
            self._context.refuse(client, code, text, re=event.id, now_s=now_s)
            return
        client.sign_in = SignIn(
            request_id=event.id,
            session_id=session_id,
            session_key=session_key,
            name=None,
            is_refresh=True,
        )
        self._take_token(client, event.token, now_s, now_unix_s)

    def nonce_bound(
        self,
        client: Client,
        session_id: str,
        key_hash: bytes,
        now_s: float,
        now_unix_s: float,
    ) -> None:
        """Let in the session that the nonce belongs to, and no other."""
        sign_in = client.sign_in
        if sign_in is None or sign_in.claims is None:
            return
        if session_id != sign_in.session_id or key_hash != _hash(sign_in.session_key):
            self._fail(client, ErrorCode.TOKEN_REPLAYED, None, now_s)
            return
        self._finish(client, sign_in, sign_in.claims, now_s, now_unix_s)

    def invitation_redeemed(
        self, client: Client, room: RoomId, perm: str, now_s: float, now_unix_s: float
    ) -> None:
        """Make the bearer of an invitation a guest with a token of their own."""
        sign_in = client.sign_in
        if sign_in is None:
            return
        rooms: dict[str, str] = {room: perm}
        claims = TokenClaims(
            user_id=GUEST_PREFIX + self._context.new_id(),
            name=sign_in.name,
            rooms=rooms,
            issued_at_s=int(now_unix_s),
            expires_at_s=int(now_unix_s) + GUEST_TOKEN_TTL_S,
            nonce=self._context.new_id(),
        )
        sign_in.rooms = rooms
        sign_in.token = sign_token(claims, self._context.config.keys[DEFAULT_KEY_ID])
        self._bind(client, sign_in, claims, now_s, now_unix_s)

    def invitation_refused(self, client: Client, reason: str, now_s: float) -> None:
        """Say what is wrong with an invitation."""
        message = _INVITATION_REFUSALS.get(reason, _INVITATION_REFUSALS["unknown"])
        self._fail(client, ErrorCode.INVALID_TOKEN, message, now_s)

    def store_failed(self, client: Client, now_s: float) -> None:
        """Send a client away that may come back when the store answers again."""
        sign_in = client.sign_in
        assert sign_in is not None
        client.sign_in = None
        self._context.refuse(client, ErrorCode.UNAVAILABLE, re=sign_in.request_id, now_s=now_s)
        if not sign_in.is_refresh:
            self._context.close(client, CloseCode.INTERNAL, "the store does not answer")

    def gone(self, client: Client) -> None:
        """Forget a connection that has closed."""
        session = (client.session_id, client.session_key)
        if self._sessions.get(session) == client.id:
            del self._sessions[session]

    def see_to_expiry(self, client: Client, now_s: float) -> None:
        """Ask for a newer token when the client's ends soon; close it when that has ended."""
        if client.expiry_due_s is None or now_s < client.expiry_due_s:
            return  # an earlier moment stood, and has been seen to
        client.expiry_due_s = None
        left_s = client.expires_s - now_s
        if left_s <= 0:
            self._context.refuse(client, ErrorCode.TOKEN_EXPIRED, now_s=now_s)
            self._context.close(client, CloseCode.TOKEN_EXPIRED, "token expired")
            return
        if not client.is_warned and left_s <= WARN_BEFORE_EXPIRY_S + 1:
            client.is_warned = True
            self._context.tell(client, TokenExpiring(in_s=round(left_s)))
        self._context.plan_expiry(client, now_s)

    def _take_token(self, client: Client, token: str, now_s: float, now_unix_s: float) -> None:
        sign_in = client.sign_in
        assert sign_in is not None
        try:
            claims = self._context.tokens.verify(token, now_s=now_unix_s)
        except InvalidToken as error:
            self._fail(client, error.code, None, now_s)
            return
        if sign_in.is_refresh and (client.user is None or claims.user_id != client.user.id):
            self._fail(client, ErrorCode.INVALID_TOKEN, "The token is somebody else's", now_s)
            return
        self._bind(client, sign_in, claims, now_s, now_unix_s)

    def _bind(
        self,
        client: Client,
        sign_in: SignIn,
        claims: TokenClaims,
        now_s: float,
        now_unix_s: float,
    ) -> None:
        sign_in.claims = claims
        config = self._context.config
        policy = config.legacy_replay if claims.is_legacy else config.replay
        if policy == "off":
            self._finish(client, sign_in, claims, now_s, now_unix_s)
            return
        if policy == "strict" and not sign_in.is_refresh:
            # One use: a session of its own, which no later use can name.
            sign_in.session_id, sign_in.session_key = self._context.new_id(), self._context.new_id()
        if policy == "legacy":
            # Pages that have no key come back from the same browser, and are one session.
            sign_in.session_id = hashlib.sha256(claims.nonce.encode()).hexdigest()
            sign_in.session_key = _fingerprint(client)
        self._context.effects.append(
            BindNonce(
                client.id,
                claims.nonce,
                sign_in.session_id,
                _hash(sign_in.session_key),
                claims.expires_at_s + LEEWAY_S,
            )
        )

    def _finish(
        self,
        client: Client,
        sign_in: SignIn,
        claims: TokenClaims,
        now_s: float,
        now_unix_s: float,
    ) -> None:
        context = self._context
        revocations = context.revocations
        if revocations.refuse_token(claims) or revocations.refuse_session(sign_in.session_id):
            self._fail(client, ErrorCode.INVALID_TOKEN, "The token was revoked", now_s)
            return
        if not context.crowd.sign_in(client, claims.user_id):
            client.sign_in = None
            text = "Too many connections of this user"
            context.refuse(
                client, ErrorCode.LIMIT_EXCEEDED, text, re=sign_in.request_id, now_s=now_s
            )
            context.close(client, CloseCode.TOO_MANY_CONNECTIONS, text)
            return
        client.sign_in = None
        client.token_nonce = claims.nonce
        client.expires_s = now_s + (claims.expires_at_s + LEEWAY_S - now_unix_s)
        client.is_warned = False
        context.plan_expiry(client, now_s)
        rooms = context.config.legacy_open if claims.is_legacy else claims.rooms
        client.user = user_of(claims, rooms, name=sign_in.name)
        if sign_in.is_refresh:
            self._go_on_as(client, sign_in)
            expires_at = claims.expires_at_s
            context.tell(client, AuthRefreshed(expires_at=expires_at, re=sign_in.request_id))
            return
        client.enter(Phase.SIGNED_IN)
        self._go_on_as(client, sign_in)
        context.effects.append(Announce(Level.INFO, "signed in", client=client.id))
        context.tell(client, self._success(client, client.user, sign_in, claims, now_unix_s))

    def _success(
        self,
        client: Client,
        user: User,
        sign_in: SignIn,
        claims: TokenClaims,
        now_unix_s: float,
    ) -> AuthSuccess:
        limits = self._context.config.limits
        return AuthSuccess(
            user_id=user.wire_id,
            client_id=client.id,
            session=SessionKey(id=sign_in.session_id, key=sign_in.session_key),
            token=sign_in.token,
            expires_at=claims.expires_at_s,
            server_time=now_unix_s,
            limits={
                "text_frame_bytes": limits.text_frame_bytes,
                "document_frame_bytes": limits.document_frame_bytes,
                "documents_a_connection": limits.documents_a_connection,
                "rooms_a_connection": limits.rooms_a_connection,
            },
            ping_interval=self._context.config.ping_interval_s,
            rooms=sign_in.rooms,
            name=user.name,
            color=user.color,
            re=sign_in.request_id,
        )

    def _go_on_as(self, client: Client, sign_in: SignIn) -> None:
        """Make the client the one connection of its session, which a legacy token's end ends."""
        self.gone(client)
        client.session_id, client.session_key = sign_in.session_id, sign_in.session_key
        session = (client.session_id, client.session_key)
        earlier = self._context.live(self._sessions.get(session, client.id))
        if earlier is not None and earlier is not client:
            self._context.close(earlier, CloseCode.SUPERSEDED, "the session went on elsewhere")
        self._sessions[session] = client.id

    def _fail(self, client: Client, code: ErrorCode, message: str | None, now_s: float) -> None:
        sign_in = client.sign_in
        assert sign_in is not None
        client.sign_in = None
        self._context.refuse(client, code, message, re=sign_in.request_id, now_s=now_s)
        self._context.auth_failed(client, now_s)
        if not sign_in.is_refresh:
            self._context.close(client, CloseCode.INVALID_TOKEN, code.slug)


def _fingerprint(client: Client) -> str:
    """Return what stays the same while one browser in one network comes back."""
    origin, agent = client.caller.origin, client.caller.user_agent
    return hashlib.sha256(
        "\n".join((origin, agent, network_of(client.address))).encode()
    ).hexdigest()


def network_of(address: str) -> str:
    """Return the /24 or /56 of an address, so that a phone that moves a little stays the same."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    prefix = 24 if found.version == 4 else 56
    return str(ipaddress.ip_network((found, prefix), strict=False))


def _hash(session_key: str) -> bytes:
    return hashlib.sha256(session_key.encode()).digest()
