import pytest

from app.collab.room_desk import CONNECTION_LOST, RoomDesk
from app.collab.session_effects import (
    InvitationMade,
    ParticipantsChanged,
    RaiseNotice,
    RequestFailed,
    RoomMade,
    SendFrame,
    SessionEffect,
)
from app.model.notices import Notice, NoticeKind
from app.model.participants import Participant
from collab_server.protocol import events
from collab_server.protocol.errors import ErrorCode, InvalidName
from collab_server.protocol.limits import Limits
from collab_server.protocol.names import RoomId

ROOM = RoomId("codexpro_project_1")
ME = Participant("c1", "ada", "Ada", "#112233", is_self=True)
GRACE = Participant("c2", "7", "Grace", "#445566")
ZOE = Participant("c3", "guest:z", "zoe", "#778899")


class Desk:
    def __init__(self, *, is_up: bool = True) -> None:
        self.effects: list[SessionEffect] = []
        self.desk = RoomDesk(self.effects)
        if is_up:
            self.desk.link_up(ME)

    def take(self) -> list[SessionEffect]:
        effects = self.effects[:]
        self.effects.clear()
        return effects

    def sent(self) -> list[events.ClientEvent]:
        return [
            events.decode_client_event(effect.frame, Limits())
            for effect in self.take()
            if isinstance(effect, SendFrame)
        ]

    def joined(self, *members: events.Member) -> None:
        self.desk.receive(events.RoomJoined(room=ROOM, members=members, perm="rw"))


def member(person: Participant) -> events.Member:
    return events.Member(
        client_id=person.client_id,
        user_id=int(person.user_id) if person.user_id.isdigit() else person.user_id,
        name=person.name,
        color=person.color,
        status="active",
    )


def came(person: Participant) -> events.UserJoined:
    return events.UserJoined(
        user_id=person.user_id,
        client_id=person.client_id,
        room=ROOM,
        name=person.name,
        color=person.color,
    )


def went(person: Participant) -> events.UserLeft:
    return events.UserLeft(
        user_id=person.user_id, client_id=person.client_id, room=ROOM, name=person.name
    )


def test_a_room_is_joined_at_once_and_on_every_connection() -> None:
    world = Desk()

    world.desk.join(ROOM)
    world.desk.link_down()
    world.desk.link_up(ME)

    assert world.sent() == [events.Join(room=ROOM), events.Join(room=ROOM)]


def test_without_a_connection_a_room_waits_to_be_joined() -> None:
    world = Desk(is_up=False)

    world.desk.join(ROOM)

    assert world.sent() == []


def test_a_name_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidName):
        Desk().desk.join("../etc")


def test_who_is_in_the_room_is_told_this_user_first() -> None:
    world = Desk()
    world.desk.join(ROOM)
    world.take()

    world.joined(member(ZOE), member(GRACE))

    assert world.take() == [ParticipantsChanged(ROOM, (ME, GRACE, ZOE))]


def test_who_comes_and_goes_is_told() -> None:
    world = Desk()
    world.desk.join(ROOM)
    world.joined()
    world.take()

    world.desk.receive(came(GRACE))
    world.desk.receive(went(GRACE))
    world.desk.receive(went(GRACE))

    assert world.take() == [
        ParticipantsChanged(ROOM, (ME, GRACE)),
        ParticipantsChanged(ROOM, (ME,)),
        ParticipantsChanged(ROOM, (ME,)),
    ]


def test_a_lost_connection_empties_no_room_before_the_server_says_so() -> None:
    world = Desk()
    world.desk.join(ROOM)
    world.joined(member(GRACE))
    world.take()

    world.desk.link_down()

    assert world.take() == []


def test_odd_names_and_colours_are_put_right() -> None:
    world = Desk()
    world.desk.join(ROOM)
    world.take()

    world.joined(
        events.Member(client_id="c", user_id=1, name="\n", color="red; x", status="active")
    )

    odd = Participant("c", "1", "?", "#808080")
    assert world.take() == [ParticipantsChanged(ROOM, (ME, odd))]


def test_a_room_shows_ten_thousand_people_and_no_more() -> None:
    world = Desk()
    world.desk.join(ROOM)
    world.joined(*(member(Participant(f"c{n}", f"u{n}", f"{n}", "#112233")) for n in range(10_000)))
    world.take()

    world.desk.receive(came(GRACE))

    [changed] = world.take()
    assert isinstance(changed, ParticipantsChanged)
    assert len(changed.participants) == 10_001


def test_events_of_other_rooms_change_nothing() -> None:
    world = Desk()

    world.joined(member(GRACE))
    world.desk.receive(came(GRACE))
    world.desk.receive(went(GRACE))
    world.desk.receive(events.Left(room=ROOM, reason="kicked"))
    world.desk.receive(events.Pong(server_time=1.0))

    assert world.take() == []


def test_a_room_that_is_taken_away_is_not_joined_again() -> None:
    world = Desk()
    world.desk.join(ROOM)
    world.take()

    world.desk.receive(events.Left(room=ROOM, reason="revoked"))
    notices = world.take()
    world.desk.link_down()
    world.desk.link_up(ME)

    assert notices == [RaiseNotice(Notice(NoticeKind.ACCESS_REVOKED, "revoked", ROOM))]
    assert world.sent() == []


def test_a_request_is_answered_by_its_number() -> None:
    world = Desk()
    room, link = (
        world.desk.create_room(),
        world.desk.invite(ROOM, perm="rw", ttl_s=60, max_uses=1),
    )
    sent = world.sent()

    world.desk.receive(events.Invited(url="codexpro://x", code="c", expires_at=1, re=link))
    world.desk.receive(events.RoomCreated(room=ROOM, perm="rwhmo", re=room))

    assert sent == [
        events.RoomCreate(id=room),
        events.Invite(room=ROOM, perm="rw", ttl_s=60, max_uses=1, id=link),
    ]
    assert world.take() == [InvitationMade(link, "codexpro://x"), RoomMade(room, ROOM)]


def test_a_refused_request_fails_with_its_reason() -> None:
    world = Desk()
    request = world.desk.create_room()
    world.take()

    world.desk.receive(events.error_event(ErrorCode.PERMISSION_DENIED, re=request))

    assert world.take() == [RequestFailed(request, "permission_denied")]


def test_an_answer_to_nothing_is_ignored() -> None:
    world = Desk()
    request = world.desk.create_room()
    answer = events.RoomCreated(room=ROOM, perm="rwhmo", re=request)
    world.desk.receive(answer)
    world.take()

    world.desk.receive(answer)
    world.desk.receive(events.RoomCreated(room=ROOM, perm="rwhmo", re="other"))
    world.desk.receive(events.error_event(ErrorCode.INTERNAL, re=99))

    assert world.take() == []


def test_a_lost_connection_fails_what_was_asked() -> None:
    world = Desk()
    first, second = world.desk.create_room(), world.desk.create_room()
    world.take()

    world.desk.link_down()

    assert world.take() == [
        RequestFailed(first, CONNECTION_LOST),
        RequestFailed(second, CONNECTION_LOST),
    ]


def test_without_a_connection_a_request_fails_at_once() -> None:
    world = Desk(is_up=False)

    assert world.take() == []
    assert [RequestFailed(world.desk.create_room(), CONNECTION_LOST)] == world.take()


def test_a_link_is_a_secret_in_logs() -> None:
    assert "codexpro" not in repr(InvitationMade(1, "codexpro://join/x"))
