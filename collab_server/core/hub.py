"""The hub: every input of every connection, in order, turned into effects.

Inputs are method calls; time comes in with them (`now_s` monotonic, `now_unix_s` wall clock, both
seconds). `take_effects` returns what is to be done. It knows no sockets, no disk and no asyncio. A
verb that must wait for the store parks what the client said and holds the client; the answer
(`client_answers`, `document_answers`, `room_answers`, `versions`) makes the hub hear it again.

Source: DESIGN.md, decisions 1 and 3; PROTOCOL.md §3 and §5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from collab_server.core.access import Access
from collab_server.core.answers import Answers
from collab_server.core.bearers import Bearers
from collab_server.core.chat import Chat
from collab_server.core.client_answers import ClientAnswers
from collab_server.core.context import Context, DeadlineKind, HubConfig
from collab_server.core.document_answers import DocumentAnswers
from collab_server.core.document_requests import DocumentRequests
from collab_server.core.documents import Documents
from collab_server.core.edits import Edits
from collab_server.core.effects import ClientId, Door, Effect
from collab_server.core.moderation import Moderation
from collab_server.core.operators import Operators
from collab_server.core.outside_changes import OutsideChanges
from collab_server.core.pace import Pace
from collab_server.core.permissions import class_of
from collab_server.core.reading import Reading
from collab_server.core.requests import Requests
from collab_server.core.rights import Rights
from collab_server.core.room_answers import RoomAnswers
from collab_server.core.room_effects import Published
from collab_server.core.room_requests import RoomRequests
from collab_server.core.rooms import GRACE_S, Rooms
from collab_server.core.sign_in import SignIns
from collab_server.core.signals import Signals
from collab_server.core.slow_readers import SlowReaders
from collab_server.core.standing import Standing, standing_of
from collab_server.core.states import Client, Phase
from collab_server.core.switches import feature_of_room
from collab_server.core.terms import Terms
from collab_server.core.versions import Versions
from collab_server.core.yjs_door import YjsDoor
from collab_server.protocol import documents as frames
from collab_server.protocol.close_codes import CloseCode
from collab_server.protocol.errors import BadEvent, ErrorCode, RemoteProtocolError, TooLarge
from collab_server.protocol.events import Shutdown, decode_client_event
from collab_server.protocol.names import RoomId, parse_document
from collab_server.protocol.yjs_frames import decode_yjs_frame

if TYPE_CHECKING:
    from collections.abc import Callable

    from collab_server.core.arrivals import Arrival
    from collab_server.core.chat import Publication
    from collab_server.core.streams import Stream

__all__ = ["Hub", "HubConfig"]

LEAST_SPREAD_MS = 2000
SPREAD_A_CLIENT_MS = 5
"""So that at most 200 a second come back to the next life of the server."""


class Hub:
    """All connections, rooms and documents of one server process."""

    def __init__(self, config: HubConfig, *, new_id: Callable[[], str]) -> None:
        self._context = Context(config, new_id)
        self._rooms = Rooms(self._context)
        answers = Answers(self._context)
        self._documents = Documents(self._context, self._rooms, answers)
        self.plain_edits = self._documents.plain_edits
        self.slow_readers = SlowReaders(self._context, self._documents)
        self._sign_ins = SignIns(self._context)
        self._bearers = Bearers(self._context)
        self.versions = Versions(self._context, self._documents)
        rights = Rights(self._context)
        self._terms = Terms(self._context, self._rooms)
        streams: dict[RoomId, Stream] = {}
        self._reading = Reading(self._context, self._rooms, streams)
        self._chat = Chat(
            self._context,
            rooms=self._rooms,
            rights=rights,
            reading=self._reading,
            streams=streams,
        )
        self._signals = Signals(self._context, self._rooms)
        access = self._access = Access(
            self._context,
            rooms=self._rooms,
            documents=self._documents,
            rights=rights,
            answers=answers,
        )
        moderation = Moderation(self._context, rooms=self._rooms, access=access)
        self._yjs_door = YjsDoor(
            self._context,
            bearers=self._bearers,
            access=access,
            documents=self._documents,
            answers=answers,
        )
        self._document_requests = DocumentRequests(
            self._context,
            documents=self._documents,
            access=access,
            terms=self._terms,
            answers=answers,
            bearers=self._bearers,
            versions=self.versions,
        )
        self._requests = Requests(
            self._context,
            rooms=self._rooms,
            sign_ins=self._sign_ins,
            access=access,
            terms=self._terms,
            reading=self._reading,
            room_requests=RoomRequests(
                self._context,
                self._chat,
                self._reading,
                self._signals,
                Edits(self._context, self._rooms),
            ),
            document_requests=self._document_requests,
            moderation=moderation,
            answers=answers,
            yjs_door=self._yjs_door,
        )
        self.operators = Operators(
            self._context,
            rooms=self._rooms,
            documents=self._documents,
            access=access,
            terms=self._terms,
        )
        self.outside = OutsideChanges(
            self._context, access=access, operators=self.operators, terms=self._terms
        )
        self.client_answers = ClientAnswers(
            self._context,
            sign_ins=self._sign_ins,
            rooms=self._rooms,
            rights=rights,
            access=access,
            requests=self._requests,
        )
        self.document_answers = DocumentAnswers(
            self._context, documents=self._documents, answers=answers, requests=self._requests
        )
        self.room_answers = RoomAnswers(
            self._context,
            self._chat,
            self._reading,
            self._requests,
            moderation,
            terms=self._terms,
            rights=rights,
        )
        self._pace = Pace(self._context)
        self._drains = False

    # What the transport asks.

    def take_effects(self) -> list[Effect]:
        """Return what is to be done since the last call, in order, and forget it."""
        effects = self._context.effects[:]
        self._context.effects.clear()
        return effects

    def next_deadline_s(self) -> float | None:
        """Return when `tick` is due, None when nothing is."""
        deadline_s, commit_s = self._context.deadlines.next_s(), self._documents.commit_due_s()
        if deadline_s is None or commit_s is None:
            return commit_s if deadline_s is None else deadline_s
        return min(deadline_s, commit_s)

    def is_held(self, client_id: ClientId) -> bool:
        """Tell whether a connection's frames must wait until `Resume`."""
        client = self._context.clients.get(client_id)
        return client is not None and (client.is_held or client.is_slowed)

    def is_signed_in(self, client_id: ClientId) -> bool:
        """Tell whether a connection has said who it is."""
        client = self._context.clients.get(client_id)
        return client is not None and client.phase is Phase.SIGNED_IN

    @property
    def is_settled(self) -> bool:
        """Whether everything accepted is stored."""
        return all(part.is_settled for part in (self._documents, self._chat, self._reading))

    @property
    def store_is_failing(self) -> bool:
        """Whether the store refused the last batch."""
        return self._documents.store_is_failing

    def standing(self) -> Standing:
        """Return how things stand, in numbers."""
        return standing_of(self._context, self._rooms, self._documents)

    def connected(self) -> dict[str, str | None]:
        """Return who is connected: client id → user id, None before it has signed in."""
        return {
            client.id: client.user.id if client.user is not None else None
            for client in self._context.clients.values()
        }

    # What the transport tells.

    def connect(
        self, client_id: ClientId, arrival: Arrival, now_s: float, now_unix_s: float
    ) -> None:
        """Take in a connection that has finished its handshake."""
        client = Client(client_id, arrival)
        self._context.clients[client_id] = client
        limits = self._context.config.limits
        self._context.deadlines.add(now_s + limits.auth_timeout_s, DeadlineKind.AUTH, client_id)
        crowded = self._context.crowd.arrive(client)
        if self._drains:
            self._context.close(client, CloseCode.SHUTDOWN, "the server shuts down")
        elif arrival.is_foreign:
            self._context.close(client, CloseCode.KICKED, "origin not allowed")
        elif crowded is not None:
            self._context.close(client, CloseCode.TOO_MANY_CONNECTIONS, crowded)
        elif arrival.door is Door.YJS:
            self._yjs_door.arrive(client, now_s, now_unix_s)

    def disconnect(self, client_id: ClientId, now_s: float) -> None:
        """Forget a connection; its cursors go at once, its user after a grace."""
        client = self._context.clients.pop(client_id, None)
        if client is None:
            return
        for name in tuple(client.documents):
            self._documents.close(client, name, now_s, explicit=False)
        for room in tuple(client.rooms):
            self._signals.forget(client, room)
            self._rooms.leave(client, room, now_s, explicit=False)
            self._context.deadlines.add(now_s + GRACE_S, DeadlineKind.GRACE, room)
        self._sign_ins.gone(client)
        self._bearers.gone(client)
        self._context.crowd.gone(client)
        self._context.rates.gone(client.id)

    def receive_text(
        self, client_id: ClientId, data: str | bytes, now_s: float, now_unix_s: float
    ) -> None:
        """Hear a text frame."""
        client = self._context.live(client_id)
        if client is None or not self._within_greeting(client, len(data)):
            return
        if client.door is Door.YJS:
            self._context.close(client, CloseCode.YJS_BAD_MESSAGE, "a text frame")
            return
        client.is_provider = False
        try:
            event = decode_client_event(data, self._context.config.limits)
        except BadEvent as error:
            self._context.refuse(client, error.code, error.reason, re=error.re, now_s=now_s)
            return
        if self._pace.admits_event(client, event, now_s):
            self._requests.hear_event(client, event, now_s, now_unix_s)

    def receive_binary(
        self, client_id: ClientId, data: bytes, now_s: float, now_unix_s: float
    ) -> None:
        """Hear a binary frame; one that is none closes the connection."""
        client = self._context.live(client_id)
        if client is None or not self._within_greeting(client, len(data)):
            return
        name = client.arrival.document
        limits = self._context.config.limits
        try:
            if name is None:
                frame = frames.decode_client_frame(data, limits)
            else:
                frame = decode_yjs_frame(data, name, limits)
        except RemoteProtocolError as error:
            self._refuse_frame(client, error, now_s)
            return
        if self._pace.admits_frame(client, frame, now_s):
            self._document_requests.hear(client, frame, now_s, now_unix_s)

    def publish(self, ticket: str, said: Publication, now_s: float, now_unix_s: float) -> None:
        """Let a back-end say something to a room; `Published` bears the ticket again."""
        code = None
        if class_of(said.room) is None:
            code = ErrorCode.INVALID_ROOM
        elif feature_of_room(said.room) in self._context.config.switched_off:
            code = ErrorCode.FEATURE_DISABLED
        if code is not None:
            self._context.effects.append(Published(ticket, said.room, code))
            return
        self._reading.wake(now_s)
        self._chat.publish(ticket, said, now_s, now_unix_s)

    def refuse_oversized(self, client_id: ClientId, now_s: float) -> None:
        """Say why a frame that was too large to read ends the connection."""
        client = self._context.live(client_id)
        if client is not None:
            self._context.refuse(client, ErrorCode.TOO_LARGE, "The frame is too large", now_s=now_s)
            code = CloseCode.PROTOCOL if client.door is Door.MAIN else CloseCode.YJS_TOO_LARGE
            self._context.close(client, code, "frame too large")

    def tick(self, now_s: float) -> None:
        """Do what is due."""
        for kind, key in self._context.deadlines.due(now_s):
            self._meet(kind, key, now_s)
        self._documents.commit(now_s)

    def commit(self, now_s: float) -> None:
        """Send what was accepted to the store, unless the last batch is too young."""
        self._documents.commit(now_s)

    def drain(self, now_s: float) -> None:
        """Tell everybody that the server goes, and write down what is left."""
        self._drains = True
        clients = len(self._context.clients)
        spread_ms = max(LEAST_SPREAD_MS, SPREAD_A_CLIENT_MS * clients)
        for client in self._context.clients.values():
            if client.phase is Phase.SIGNED_IN:
                self._context.tell(client, Shutdown(spread_ms=spread_ms))
        self._reading.save_marks()
        self._documents.commit(now_s)

    # Hearing.

    def _refuse_frame(self, client: Client, error: RemoteProtocolError, now_s: float) -> None:
        code = error.close_code
        if client.door is Door.YJS and isinstance(error, TooLarge):
            code = CloseCode.YJS_TOO_LARGE
        self._context.refuse(client, ErrorCode.BAD_REQUEST, error.reason, now_s=now_s)
        self._context.close(client, code, error.reason)

    def _within_greeting(self, client: Client, size_bytes: int) -> bool:
        if client.phase is not Phase.GREETING:
            return True
        limits = self._context.config.limits
        client.frames_before_auth += 1
        if client.frames_before_auth > limits.auth_frames or size_bytes > limits.auth_frame_bytes:
            self._context.close(client, CloseCode.PROTOCOL, "too much before signing in")
            return False
        return True

    # Time.

    def _meet(self, kind: DeadlineKind, key: str, now_s: float) -> None:
        match kind:
            case DeadlineKind.GRACE:
                self._rooms.expire(RoomId(key), now_s)
            case DeadlineKind.CLOSING:
                if self._terms.has_ended(RoomId(key), now_s):
                    self._access.close(RoomId(key), now_s)
            case DeadlineKind.COMINGS:
                self._rooms.tell_comings(RoomId(key))
            case DeadlineKind.UNLOAD:
                self._documents.unload(parse_document(key), now_s)
            case DeadlineKind.MARKS:
                self._reading.save_marks()
            case DeadlineKind.SWEEP:
                self._reading.sweep(now_s)
            case DeadlineKind.TYPING:
                self._signals.expire_typing(RoomId(key), now_s)
            case DeadlineKind.RETRY:
                self._documents.retry(int(key))
            case (
                DeadlineKind.AUTH | DeadlineKind.KEEPALIVE | DeadlineKind.EXPIRY | DeadlineKind.PACE
            ):
                client = self._context.live(ClientId(key))
                if client is not None:
                    self._meet_client(kind, client, now_s)
            case _:
                assert_never(kind)

    def _meet_client(self, kind: DeadlineKind, client: Client, now_s: float) -> None:
        if kind is DeadlineKind.AUTH:
            if client.phase in (Phase.GREETING, Phase.SIGNING_IN):
                self._context.close(client, CloseCode.AUTH_TIMEOUT, "no sign-in in time")
        elif kind is DeadlineKind.KEEPALIVE:
            self._documents.keep_alive(client, now_s)
        elif kind is DeadlineKind.PACE:
            self._hear_cursors(client, now_s)
        else:
            self._sign_ins.see_to_expiry(client, now_s)

    def _hear_cursors(self, client: Client, now_s: float) -> None:
        for said in self._pace.due(client, now_s):
            if isinstance(said, frames.AwarenessFrame):
                self._documents.awareness(client, said, now_s)
            elif said.room in client.rooms:
                self._signals.cursor(client, said, now_s)
