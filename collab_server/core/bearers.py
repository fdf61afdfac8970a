"""Tokens of clients that have no session: whoever carries one is let in until it ends.

Stock Yjs clients can keep no session key, so a token binds to nothing. In return it opens a bounded
number of sockets at a time, and every use is announced. Source: PROTOCOL.md §2 (replay), §4, §5.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from collab_server.core.effects import Announce, Level
from collab_server.core.states import Pass, Phase, user_of
from collab_server.protocol.errors import ErrorCode, InvalidToken, ProtocolError
from collab_server.protocol.names import room_of
from collab_server.protocol.tokens import LEEWAY_S

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from collab_server.core.context import Context
    from collab_server.core.states import Client
    from collab_server.protocol.names import DocumentName


class NotAdmitted(ProtocolError):
    """A token does not let its bearer in here; `reason` is a word for the client and the log."""

    def __init__(self, reason: str, *, is_crowded: bool = False) -> None:
        super().__init__(reason)
        self.is_crowded = is_crowded


class Bearers:
    """Who came in by a bearer token.

    Invariants: a nonce has at most `sockets_a_nonce` live connections. A connection is one user,
    its rights are those of its passes together, and it ends with the first of them.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._sockets: Counter[str] = Counter()  # nonce → live connections

    def admit(
        self,
        client: Client,
        document: DocumentName | None,
        token: str | None,
        now_s: float,
        now_unix_s: float,
    ) -> None:
        """Let a client in by a token for a document, or renew what an earlier one gave.

        Raises:
            NotAdmitted: it may not come in; nothing has changed.
        """
        if not token:
            raise NotAdmitted(ErrorCode.TOKEN_REQUIRED.slug)
        config = self._context.config
        if len(token) > config.limits.token_bytes:
            raise NotAdmitted(ErrorCode.INVALID_TOKEN.slug)
        try:
            claims = self._context.tokens.verify(token, now_s=now_unix_s)
        except InvalidToken as error:
            raise NotAdmitted(error.slug) from error
        if self._context.revocations.refuse_token(claims):
            raise NotAdmitted(ErrorCode.INVALID_TOKEN.slug)
        if client.user is not None and client.user.id != claims.user_id:
            raise NotAdmitted("another_user")
        shown = client.passes.get(document)
        if shown is not None and shown.claims == claims:
            return
        is_new = claims.nonce not in client.nonces
        if is_new and self._sockets[claims.nonce] >= config.limits.sockets_a_nonce:
            raise NotAdmitted(ErrorCode.LIMIT_EXCEEDED.slug, is_crowded=True)
        self._make_room(client, document)
        if not self._context.crowd.sign_in(client, claims.user_id):
            raise NotAdmitted(ErrorCode.LIMIT_EXCEEDED.slug, is_crowded=True)
        if is_new:
            client.nonces.add(claims.nonce)
            self._sockets[claims.nonce] += 1
            room = None if document is None else room_of(document)
            text = f"a token of user {claims.user_id!r} was used on {client.door.value}"
            self._context.effects.append(Announce(Level.INFO, text, client.id, room))
        expires_s = now_s + (claims.expires_at_s + LEEWAY_S - now_unix_s)
        rooms = config.legacy_open if claims.is_legacy else claims.rooms
        client.passes[document] = Pass(claims, rooms, expires_s)
        client.user = user_of(claims, _union(each.rooms for each in client.passes.values()))
        client.expires_s = min(each.expires_s for each in client.passes.values())
        client.is_warned = True  # stock clients have no word for it
        self._context.plan_expiry(client, now_s)
        if client.phase is Phase.GREETING:
            client.enter(Phase.SIGNED_IN)

    def gone(self, client: Client) -> None:
        """Forget a connection that has closed."""
        for nonce in client.nonces:
            self._sockets[nonce] -= 1
            if not self._sockets[nonce]:
                del self._sockets[nonce]

    def _make_room(self, client: Client, document: DocumentName | None) -> None:
        most = self._context.config.limits.documents_a_connection
        if document in client.passes or len(client.passes) < most:
            return
        for name in list(client.passes):
            if name not in client.documents:
                del client.passes[name]
        if len(client.passes) >= most:
            raise NotAdmitted(ErrorCode.LIMIT_EXCEEDED.slug)


def _union(rooms: Iterable[Mapping[str, str]]) -> dict[str, str]:
    together: dict[str, str] = {}
    for each in rooms:
        for pattern, letters in each.items():
            together[pattern] = "".join(sorted({*together.get(pattern, ""), *letters}))
    return together
