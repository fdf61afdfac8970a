"""The rooms of a session: who is in them, and what was asked for and not yet answered.

Knows events and no frames. What the server says of people is shown, never trusted beyond that. What
is said in rooms is `stream_desk`'s and `outgoing`'s; who types and reads is `room_signals`'.
Source: PROTOCOL.md §3 (join, room_create, invite, members, presence, error).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import msgspec

from app.collab.outgoing import Outgoing
from app.collab.room_signals import RoomSignals
from app.collab.room_wire import bounded, participant_from, perm_from
from app.collab.session_effects import (
    Answered,
    Done,
    InvitationMade,
    MessagesLost,
    ParticipantsChanged,
    PeopleCounted,
    RaiseNotice,
    ReadMoved,
    RequestFailed,
    RoleAsked,
    RoomLost,
    RoomMade,
    SendFrame,
    TypingHeard,
)
from app.collab.stream_desk import StreamDesk
from app.model.notices import Notice, NoticeKind
from collab_server.protocol import events, moderation_events, room_events, version_events
from collab_server.protocol.names import RoomId, clean_name, parse_room, user_id_from_wire
from collab_server.protocol.server_events import Gap, MembersListed, PresenceCounted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app.collab.session_effects import SessionEffect, VersionAnswer, VersionQuestion
    from app.model.participants import Participant
    from collab_server.protocol.event_base import Event
    from collab_server.protocol.moderation_events import Ban, Kick, RoleRequest, RoleSet, Unban

    MemberWish = RoleRequest | RoleSet | Kick | Ban | Unban

CONNECTION_LOST = "connection_lost"
MOST_ROOMS = 100
"""That are joined; the server takes a few more (PROTOCOL.md §10)."""

_MAX_PEOPLE = 10_000
_JOIN_AGAIN_S = 5.0
_LONGEST_WAIT_S = 60.0


@dataclass(slots=True)
class _Room:
    """One room that this session is in, or will be."""

    is_quiet: bool  # that it cannot be entered is nothing to tell anybody
    members: dict[str, Participant] = field(default_factory=dict[str, "Participant"])
    perm: str = ""  # this user's letters
    users: int | None = None  # how many there are, where only that is told
    join_request: int = 0  # under way
    join_at_s: float | None = None  # when to try again; None: not by itself


class RoomDesk:
    """Rooms and requests of one session.

    Invariant: every request ends in exactly one of its own effect or `RequestFailed`; a room that
    was joined is joined again on every new connection, until the server or the user says otherwise.
    """

    def __init__(self, effects: list[SessionEffect], *, new_mid: Callable[[], str] = str) -> None:
        self._effects = effects
        self._last_request = 0
        self._open_requests: dict[int, type[Event]] = {}  # what answers each
        self._rooms: dict[RoomId, _Room] = {}
        self._is_up = False
        self._self: Participant | None = None
        self.streams = StreamDesk(effects, next_request=self._next_request)
        self.outgoing = Outgoing(effects, next_request=self._next_request, new_mid=new_mid)
        self.signals = RoomSignals(effects)

    def link_up(self, me: Participant) -> None:
        """Join all rooms on a new connection."""
        self._self = me
        self._is_up = True
        self.signals.link_up()
        for room in self._rooms:
            self._join(room)

    def link_down(self) -> None:
        """Give up what was asked; who was where is shown until the server says it anew."""
        self._is_up = False
        for room in self._rooms.values():
            room.join_request, room.join_at_s = 0, None
        for part in (self.streams, self.outgoing, self.signals):
            part.link_down()
        for request in sorted(self._open_requests):
            self._effects.append(RequestFailed(request, CONNECTION_LOST))
        self._open_requests.clear()

    def join(self, room: str, *, is_quiet: bool = False) -> None:
        """Enter a room, now and on every later connection.

        Args:
            room: its name; of more than MOST_ROOMS none is entered.
            is_quiet: whether it is no news for the person when the server says no.

        Raises:
            InvalidName: it is no room's name.
        """
        name = parse_room(room)
        if name not in self._rooms and len(self._rooms) < MOST_ROOMS:
            self._rooms[name] = _Room(is_quiet)
        known = self._rooms.get(name)
        if self._is_up and known is not None and not known.join_request:
            self._join(name)

    def leave(self, room: str) -> None:
        """Leave a room for good."""
        name = parse_room(room)
        if self._rooms.pop(name, None) is not None:
            self._forget(name, "client")
            if self._is_up:
                self._send(events.Leave(room=name))

    def ask_page(self, room: str, *, before: int | None = None, after: int | None = None) -> None:
        """Ask for a page of a room's messages; one at a time, and none without a connection.

        Args:
            room: its name.
            before: the offset that the page is to end before; for an older one.
            after: the offset that the page is to begin after; for a newer one.
        """
        if self._is_up:
            event = self.streams.page_event(parse_room(room), before=before, after=after)
            if event is not None:
                self._send(event)

    def begin_anew(self, room: str) -> None:
        """Ask for a room's newest messages, whatever of it is here."""
        name = parse_room(room)
        if self._is_up and name in self._rooms:
            self.streams.forget(name)
            self._join(name)

    def create_room(self) -> int:
        """Ask for a new room; return the number that its effect will carry."""
        request = self._next_request()
        self._ask(request, events.RoomCreate(id=request), events.RoomCreated)
        return request

    def invite(self, room: str, *, perm: str, ttl_s: int, max_uses: int) -> int:
        """Ask for a link to a room; return the number that its effect will carry."""
        request = self._next_request()
        invite = events.Invite(
            room=parse_room(room), perm=perm, ttl_s=ttl_s, max_uses=max_uses, id=request
        )
        self._ask(request, invite, events.Invited)
        return request

    def ask(self, question: VersionQuestion, answer: type[VersionAnswer]) -> int:
        """Ask for something of a document's past; return the number that `Answered` will carry.

        Args:
            question: without its id.
            answer: the event that is an answer to it.
        """
        request = self._next_request()
        self._ask(request, msgspec.structs.replace(question, id=request), answer)
        return request

    def moderate(self, wish: MemberWish) -> int:
        """Ask for another role, or do something about a member; return the number of `Done`.

        Args:
            wish: without its id.
        """
        request = self._next_request()
        self._ask(request, msgspec.structs.replace(wish, id=request), room_events.Ack)
        return request

    def receive(self, event: events.ServerEvent, now_s: float) -> None:
        """Take in an event; those that are not about rooms or requests change nothing.

        Raises:
            RemoteProtocolError: what a room said cannot be read.
        """
        match event:
            case events.RoomCreated(re=int(request)) if self._is_answered(request, event):
                self._effects.append(RoomMade(request, event.room))
            case events.Invited(re=int(request)) if self._is_answered(request, event):
                self._effects.append(InvitationMade(request, event.url))
            case (
                version_events.VersionsFound(re=int(request))
                | version_events.VersionText(re=int(request))
                | version_events.VersionNamed(re=int(request))
                | version_events.VersionRestored(re=int(request))
            ) if self._is_answered(request, event):
                self._effects.append(Answered(request, event))
            case events.Error():
                self._refused(event, now_s)
            case room_events.Ack(re=int(request)) if self._is_answered(request, event):
                self._effects.append(Done(request))
            case room_events.Ack():
                self.outgoing.receive(event, now_s)
            case room_events.HistoryPage():
                self.streams.page_came(event)
            case (
                room_events.MessagePosted()
                | room_events.MessageUpdated()
                | room_events.MessageDeleted()
                | room_events.Reacted()
            ):
                if self.streams.hear(event):
                    self._join(event.room)
            case Gap(room=room) if room in self._rooms:
                self._effects.append(MessagesLost(room))
            case room_events.ReadMarked(room=room, user_id=user_id) if room in self._rooms:
                self._effects.append(ReadMoved(room, user_id_from_wire(user_id), event.offset))
            case room_events.TypingChanged(room=room) if room in self._rooms:
                self._hear_typing(event)
            case moderation_events.RoleRequested(room=room) if room in self._rooms:
                name, perm = clean_name(event.name) or "", perm_from(event.perm)
                user_id = user_id_from_wire(event.user_id)
                self._effects.append(RoleAsked(room, user_id, name, perm))
            case _:
                self._hear_of_people(event, now_s)

    def due_s(self) -> float | None:
        """Return when `tick` should be called next; None for not before another input."""
        joins = [room.join_at_s for room in self._rooms.values()]
        dues = [*joins, self.outgoing.due_s(), self.signals.due_s()]
        return min([due for due in dues if due is not None], default=None)

    def tick(self, now_s: float) -> None:
        """Do what is due."""
        for name, room in self._rooms.items():
            if room.join_at_s is not None and room.join_at_s <= now_s:
                self._join(name)
        self.outgoing.tick(now_s)
        self.signals.tick(now_s)

    def _hear_of_people(self, event: events.ServerEvent, now_s: float) -> None:
        match event:
            case events.RoomJoined(room=room, members=members) if room in self._rooms:
                known = self._rooms[room]
                known.join_request, known.join_at_s = 0, None
                known.perm = event.perm
                self._list(known, members)
                self._count(room, event.users)
                self.streams.joined(event)
                self.outgoing.room_ready(room, now_s)
                self.signals.room_ready(room, now_s)
                self._tell(room)
            case MembersListed(room=room, members=members) if room in self._rooms:
                self._list(self._rooms[room], members)
                self._count(room, None)
                self._tell(room)
            case PresenceCounted(room=room, users=users) if room in self._rooms:
                self._count(room, users)
            case events.UserJoined(room=room) if room in self._rooms:
                person, members = participant_from(event), self._rooms[room].members
                if len(members) < _MAX_PEOPLE:
                    members[person.user_id] = person
                self._tell(room)
            case events.UserLeft(room=room) if room in self._rooms:
                self._rooms[room].members.pop(user_id_from_wire(event.user_id), None)
                self._tell(room)
            case room_events.PresenceChanged(room=room) if room in self._rooms:
                self._hear_presence(self._rooms[room], event)
            case events.Left(room=room, reason=reason) if room in self._rooms:
                self._lose(room, reason)
            case _:
                pass

    def _count(self, name: RoomId, users: int | None) -> None:
        room = self._rooms[name]
        if room.users != users:
            room.users = users
            self._effects.append(PeopleCounted(name, users))

    def _hear_presence(self, room: _Room, event: room_events.PresenceChanged) -> None:
        user_id, perm = user_id_from_wire(event.user_id), perm_from(event.perm)
        known = room.members.get(user_id)
        if known is not None:
            perm = perm or known.perm
            room.members[user_id] = replace(known, status=event.status, perm=perm)
            self._tell(event.room)
        elif self._self is not None and user_id == self._self.user_id and perm:
            room.perm = perm
            self._tell(event.room)

    def _list(self, room: _Room, members: Sequence[events.Member]) -> None:
        """Take these for all who are in a room; this user is left out."""
        me = self._self.user_id if self._self is not None else None
        people = map(participant_from, members[:_MAX_PEOPLE])
        room.members = {person.user_id: person for person in people if person.user_id != me}

    def _hear_typing(self, event: room_events.TypingChanged) -> None:
        user_id = user_id_from_wire(event.user_id)
        name = clean_name(event.name or "") or ""
        is_typing = event.state == "start"
        ttl_s = bounded(event.ttl, _LONGEST_WAIT_S)
        self._effects.append(TypingHeard(event.room, user_id, name, is_typing, ttl_s))

    def _refused(self, event: events.Error, now_s: float) -> None:
        """Take in that something was refused: a request, a way into a room, what was said."""
        request = event.re
        if not isinstance(request, int):
            return
        if self._open_requests.pop(request, None) is not None:
            self._effects.append(RequestFailed(request, event.slug))
            return
        self.outgoing.receive(event, now_s)
        self.streams.failed(request, event.slug)
        for name, room in list(self._rooms.items()):
            if request and room.join_request == request:
                room.join_request = 0
                if event.temporary:
                    wait_s = _JOIN_AGAIN_S if event.retry_after is None else event.retry_after
                    room.join_at_s = now_s + min(max(wait_s, 0.05), _LONGEST_WAIT_S)
                else:
                    del self._rooms[name]
                    self._forget(name, event.slug)

    def _lose(self, name: RoomId, reason: str) -> None:
        room = self._rooms.pop(name)
        self._forget(name, reason)
        if not room.is_quiet:
            notice = Notice(NoticeKind.ACCESS_REVOKED, reason, document=name)
            self._effects.append(RaiseNotice(notice))

    def _forget(self, name: RoomId, reason: str) -> None:
        self.streams.forget(name)
        self.outgoing.room_lost(name, reason)
        self.signals.forget(name)
        self._effects.append(RoomLost(name, reason))

    def _join(self, name: RoomId) -> None:
        room = self._rooms[name]
        room.join_request, room.join_at_s = self._next_request(), None
        self._send(self.streams.join_event(name, room.join_request))

    def _is_answered(self, request: int, event: Event) -> bool:
        """Tell whether an event answers what was asked under that number, and forget it if so."""
        is_answer = self._open_requests.get(request) is type(event)
        if is_answer:
            del self._open_requests[request]
        return is_answer

    def _next_request(self) -> int:
        self._last_request += 1
        return self._last_request

    def _ask(self, request: int, event: events.ClientEvent, answer: type[Event]) -> None:
        if self._is_up:
            self._open_requests[request] = answer
            self._send(event)
        else:
            self._effects.append(RequestFailed(request, CONNECTION_LOST))

    def _send(self, event: events.ClientEvent) -> None:
        self._effects.append(SendFrame(events.encode_event(event)))

    def _tell(self, room: RoomId) -> None:
        members = self._rooms[room].members.values()
        others = sorted(members, key=lambda person: person.name.casefold())
        me = [replace(self._self, perm=self._rooms[room].perm)] if self._self is not None else []
        self._effects.append(ParticipantsChanged(room, (*me, *others)))
