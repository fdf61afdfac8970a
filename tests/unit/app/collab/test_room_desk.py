from dataclasses import replace

import pytest

from app.collab.room_desk import MOST_ROOMS
from app.collab.session_effects import (
    MessagesLost,
    ParticipantsChanged,
    RaiseNotice,
    ReadMoved,
    RoomLost,
    SendFrame,
    TypingHeard,
)
from app.model.notices import Notice, NoticeKind
from collab_server.protocol import events, room_events
from collab_server.protocol.errors import ErrorCode, InvalidName
from collab_server.protocol.names import RoomId
from collab_server.protocol.server_events import Gap
from tests.unit.app.collab.room_world import GRACE, ME, ROOM, Desk, came, member, went


def test_a_room_is_joined_at_once_and_on_every_connection() -> None:
    world = Desk()

    world.desk.join(ROOM)
    world.desk.link_down()
    world.desk.link_up(ME)

    assert world.sent() == [
        events.Join(room=ROOM, history=50, id=1),
        events.Join(room=ROOM, history=50, id=2),
    ]


def test_without_a_connection_a_room_waits_to_be_joined() -> None:
    world = Desk(is_up=False)

    world.desk.join(ROOM)

    assert world.sent() == []


def test_a_name_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidName):
        Desk().desk.join("../etc")


def test_a_lost_connection_empties_no_room_before_the_server_says_so() -> None:
    world = Desk()
    world.desk.join(ROOM)
    world.joined(member(GRACE))
    world.take()

    world.desk.link_down()

    assert world.take() == []


def test_events_of_other_rooms_change_nothing() -> None:
    world = Desk()

    world.joined(member(GRACE))
    world.hear(came(GRACE))
    world.hear(went(GRACE))
    world.hear(events.Left(room=ROOM, reason="kicked"))
    world.hear(events.Pong(server_time=1.0))

    assert world.take() == []


def test_a_room_that_is_taken_away_is_not_joined_again() -> None:
    world = Desk()
    world.desk.join(ROOM)
    world.take()

    world.hear(events.Left(room=ROOM, reason="revoked"))
    notices = world.take()
    world.desk.link_down()
    world.desk.link_up(ME)

    assert notices == [
        RoomLost(ROOM, "revoked"),
        RaiseNotice(Notice(NoticeKind.ACCESS_REVOKED, "revoked", ROOM)),
    ]
    assert world.sent() == []


def refusal(code: ErrorCode, re: int, **more: float) -> events.Error:
    return events.error_event(code, re=re, **more)  # pyright: ignore[reportArgumentType]


def test_a_room_that_is_nobodys_news_is_given_up_silently() -> None:
    world = Desk()
    world.desk.join("notifications_7", is_quiet=True)
    world.take()

    world.hear(refusal(ErrorCode.PERMISSION_DENIED, 1))
    told = world.take()
    world.desk.link_down()
    world.desk.link_up(ME)

    assert told == [RoomLost("notifications_7", "permission_denied")]
    assert world.sent() == []


def test_being_sent_out_of_a_quiet_room_is_no_news_either() -> None:
    world = Desk()
    world.desk.join("user_7", is_quiet=True)
    world.take()

    world.hear(events.Left(room=RoomId("user_7"), reason="closed"))

    assert world.take() == [RoomLost("user_7", "closed")]


@pytest.mark.parametrize(("retry_after", "waits_s"), [(None, 5.0), (2.0, 2.0), (1e9, 60.0)])
def test_a_room_that_cannot_be_entered_just_now_is_tried_again(
    retry_after: float | None, waits_s: float
) -> None:
    world = Desk()
    world.desk.join(ROOM)
    world.take()

    world.hear(
        events.error_event(ErrorCode.RATE_LIMITED, re=1, retry_after=retry_after), now_s=100.0
    )
    world.desk.tick(100.0 + waits_s - 0.01)
    early = world.take()
    due_s = world.desk.due_s()
    world.desk.tick(100.0 + waits_s)

    assert early == []
    assert due_s == 100.0 + waits_s
    assert world.sent() == [events.Join(room=ROOM, history=50, id=2)]


def test_a_room_that_is_left_is_not_joined_again() -> None:
    world = Desk()
    world.desk.join(ROOM)
    world.take()

    world.desk.leave(ROOM)
    world.desk.leave(ROOM)
    effects = world.take()
    world.desk.link_down()
    world.desk.link_up(ME)

    left = SendFrame(events.encode_event(events.Leave(room=ROOM)))
    assert effects == [RoomLost(ROOM, "client"), left]
    assert world.sent() == []


def test_leaving_without_a_connection_says_nothing() -> None:
    world = Desk(is_up=False)
    world.desk.join(ROOM)

    world.desk.leave(ROOM)

    assert world.take() == [RoomLost(ROOM, "client")]


def test_a_session_joins_so_many_rooms_and_no_more() -> None:
    world = Desk()

    for number in range(MOST_ROOMS + 1):
        world.desk.join(f"ocr_job_{number}")

    assert len(world.sent()) == MOST_ROOMS


def test_who_types_and_who_has_read_is_told_of_rooms_one_is_in() -> None:
    world = Desk()
    world.desk.join(ROOM)
    world.take()

    for room in (ROOM, RoomId("codexpro_project_2")):
        world.hear(room_events.ReadMarked(room=room, user_id=7, offset=3))
        world.hear(
            room_events.TypingChanged(room=room, user_id=7, state="start", ttl=6, name="Grace")
        )

    assert world.take() == [ReadMoved(ROOM, "7", 3), TypingHeard(ROOM, "7", "Grace", True, 6.0)]


def test_what_may_be_lost_is_told_of_rooms_one_is_in() -> None:
    world = Desk()
    world.desk.join(ROOM)
    world.take()

    for room in (ROOM, RoomId("codexpro_project_2")):
        world.hear(Gap(room=room))

    assert world.take() == [MessagesLost(ROOM)]


def test_an_error_that_answers_nothing_of_ours_is_ignored() -> None:
    world = Desk()

    world.hear(events.error_event(ErrorCode.INTERNAL))

    assert world.take() == []


def test_a_hole_in_what_a_room_says_is_filled_by_joining_once_more() -> None:
    world = Desk()
    world.desk.join(ROOM)
    world.hear(
        events.RoomJoined(
            room=ROOM,
            members=(replace_status(member(GRACE), "idle"),),
            perm="rw",
            epoch="e",
            offset=1,
        )
    )
    told = world.take()

    world.hear(room_events.MessageDeleted(room=ROOM, message_id=10, user_id=7, offset=5))

    assert told[-1] == ParticipantsChanged(ROOM, (ME, replace(GRACE, status="idle")))
    assert world.sent() == [
        events.Join(room=ROOM, recover=events.Position("e", 1), history=50, id=2)
    ]


def replace_status(person: events.Member, status: str) -> events.Member:
    return events.Member(
        client_id=person.client_id,
        user_id=person.user_id,
        name=person.name,
        color=person.color,
        status=status,
    )


def test_a_page_is_asked_for_where_there_is_a_connection_and_once_at_a_time() -> None:
    world = Desk()
    world.desk.join(ROOM)
    world.take()

    world.desk.ask_page(ROOM, before=7)
    world.desk.ask_page(ROOM, before=7)
    asked = world.sent()
    world.desk.link_down()
    world.take()
    world.desk.ask_page(ROOM, after=7)

    assert asked == [room_events.FindHistory(room=ROOM, before=7, id=2)]
    assert world.take() == []


def test_a_room_that_is_being_joined_is_not_joined_twice() -> None:
    world = Desk()
    world.desk.join(ROOM)
    world.desk.join(ROOM)
    once = world.sent()

    world.joined()
    world.desk.join(ROOM)

    assert len(once) == 1
    assert world.sent() == [events.Join(room=ROOM, history=50, id=2)]
