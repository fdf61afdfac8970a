"""What the store answers about rooms, brought to who waits for it.

The counterpart of `room_effects`; the transport calls it. Decides nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from collab_server.core.permissions import CLOSED
from collab_server.protocol.errors import ErrorCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collab_server.core.chat import Chat
    from collab_server.core.context import Context
    from collab_server.core.effects import ClientId
    from collab_server.core.moderation import Moderation
    from collab_server.core.reading import Reading
    from collab_server.core.requests import Requests
    from collab_server.core.rights import Rights
    from collab_server.core.room_effects import (
        ChangeGrant,
        CheckPassword,
        CloseRoom,
        FindReader,
        FindTerms,
        ReadHistory,
        RevokeInvitations,
    )
    from collab_server.core.terms import Terms
    from collab_server.protocol.names import RoomId
    from collab_server.protocol.room_facts import Outcome, RoomTerms, StoredPage, StoredStream

UNREADABLE = "The room cannot be read right now"


class RoomAnswers:
    """Answers of the store. Invariant: each comes once for an effect, in the order of the store."""

    def __init__(
        self,
        context: Context,
        chat: Chat,
        reading: Reading,
        requests: Requests,
        moderation: Moderation,
        *,
        terms: Terms,
        rights: Rights,
    ) -> None:
        self._context = context
        self._chat = chat
        self._reading = reading
        self._requests = requests
        self._moderation = moderation
        self._terms = terms
        self._rights = rights

    def events_stored(self, batch: int, outcomes: Sequence[Outcome], now_s: float) -> None:
        """Tell rooms what was said, now that it is stored."""
        self._chat.stored(batch, outcomes, now_s)

    def events_refused(self, batch: int, now_s: float) -> None:
        """Tell who said it that it was not stored."""
        self._chat.refused(batch, now_s)

    def stream_opened(
        self, room: RoomId, stored: StoredStream, now_s: float, now_unix_s: float
    ) -> None:
        """Go on with everybody who waited for a room's stream."""
        for client_id in self._reading.opened(room, stored):
            self._go_on(client_id, room, now_s, now_unix_s)

    def stream_failed(self, room: RoomId, now_s: float) -> None:
        """Tell everybody who waited that the room cannot be entered now."""
        for client_id in self._reading.open_failed(room):
            client = self._context.live(client_id)
            if client is not None and client.waits_for == room:
                self._requests.give_up(client, UNREADABLE, now_s)

    def reader_found(
        self, asked: FindReader, mark: int, unread: int, now_s: float, now_unix_s: float
    ) -> None:
        """Go on with a client whose place in a room is known now."""
        self._reading.reader_found(asked, mark, unread)
        self._go_on(asked.client, asked.room, now_s, now_unix_s)

    def history_read(self, asked: ReadHistory, page: StoredPage, now_s: float) -> None:
        """Hand out a page of messages."""
        self._reading.page_read(asked, page, now_s)

    def history_failed(self, asked: ReadHistory, now_s: float) -> None:
        """Say that a page cannot be read now."""
        client = self._context.live(asked.client)
        if client is not None:
            code, room, re = ErrorCode.UNAVAILABLE, asked.room, asked.request_id
            self._context.refuse(client, code, UNREADABLE, room=room, re=re, now_s=now_s)

    def marks_saved(self, now_s: float, *, are_saved: bool) -> None:
        """Forget read marks that are stored, or try again."""
        self._reading.marks_saved(now_s, are_saved=are_saved)

    def grant_changed(
        self, change: ChangeGrant, letters: str | None, now_s: float, now_unix_s: float
    ) -> None:
        """Let a grant that is stored count; letters are None when nothing was changed."""
        self._moderation.granted(change, letters, now_s, now_unix_s)

    def invitations_revoked(self, asked: RevokeInvitations, now_unix_s: float) -> None:
        """Say that invitations are withdrawn."""
        self._moderation.acknowledge(asked.client, asked.request_id, asked.room, now_unix_s)

    def room_closed(self, asked: CloseRoom, now_s: float, now_unix_s: float) -> None:
        """Send everybody out of a room that is closed."""
        self._moderation.closed(asked, now_s, now_unix_s)

    def change_failed(
        self, asked: ChangeGrant | RevokeInvitations | CloseRoom, now_s: float
    ) -> None:
        """Say that something could not be stored."""
        client = self._context.live(asked.client)
        if client is not None:
            code, room, re = ErrorCode.UNAVAILABLE, asked.room, asked.request_id
            self._context.refuse(client, code, room=room, re=re, now_s=now_s)

    def terms_found(
        self, asked: FindTerms, terms: RoomTerms, now_s: float, now_unix_s: float
    ) -> None:
        """Go on with a client, now that it is known what holds in a room."""
        self._terms.found(asked.room, terms, now_s, now_unix_s)
        self._go_on(asked.client, asked.room, now_s, now_unix_s)

    def password_checked(
        self, asked: CheckPassword, letters: str | None, now_s: float, now_unix_s: float
    ) -> None:
        """Let somebody in who knew the password; letters None: it was wrong."""
        client = self._context.live(asked.client)
        address = "" if client is None else client.address
        self._terms.guessed(asked, address, now_s, is_right=letters is not None)
        if letters is not None:
            # It may have ended since the store looked.
            has_ended = self._terms.has_ended(asked.room, now_s)
            self._rights.grant(asked.room, asked.user_id, CLOSED if has_ended else letters)
            self._go_on(asked.client, asked.room, now_s, now_unix_s)
        elif client is not None and client.waits_for == asked.room:
            client.parked = client.waits_for = None
            code, room, re = ErrorCode.WRONG_PASSWORD, asked.room, asked.request_id
            self._context.refuse(client, code, room=room, re=re, now_s=now_s)
            self._context.resume(client)

    def password_unchecked(self, asked: CheckPassword, now_s: float) -> None:
        """Say that nobody can tell now whether a password is right."""
        self._terms.unanswered()
        client = self._context.live(asked.client)
        if client is not None and client.waits_for == asked.room:
            self._requests.give_up(client, UNREADABLE, now_s)

    def _go_on(self, client_id: ClientId, room: RoomId, now_s: float, now_unix_s: float) -> None:
        client = self._context.live(client_id)
        if client is not None and client.waits_for == room:
            self._requests.hear_again(client, now_s, now_unix_s)
