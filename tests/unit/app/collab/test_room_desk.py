from dataclasses import replace

import pytest

from app.collab.room_desk import CONNECTION_LOST, MOST_ROOMS, RoomDesk
from app.collab.session_effects import (
    Answered,
    InvitationMade,
    MessagesLost,
    ParticipantsChanged,
    RaiseNotice,
    ReadMoved,
    RequestFailed,
    RoleAsked,
    RoomLost,
    RoomMade,
    SendFrame,
    SessionEffect,
    TypingHeard,
)
from app.model.notices import Notice, NoticeKind
from app.model.participants import Participant
from collab_server.protocol import events, moderation_events, room_events, version_events
from collab_server.protocol.errors import ErrorCode, InvalidName
from collab_server.protocol.limits import Limits
from collab_server.protocol.names import DocumentName, RoomId
from collab_server.protocol.server_events import Gap, MembersListed

ROOM = RoomId("codexpro_project_1")
DOCUMENT = DocumentName("codexpro_project_1/f/one")
ME = Participant("c1", "ada", "Ada", "#112233", is_self=True, perm="rw")
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

    def hear(self, event: events.ServerEvent, now_s: float = 0.0) -> None:
        self.desk.receive(event, now_s)

    def joined(self, *members: events.Member) -> None:
        self.hear(events.RoomJoined(room=ROOM, members=members, perm="rw"))


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

    world.hear(came(GRACE))
    world.hear(went(GRACE))
    world.hear(went(GRACE))

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

    world.hear(came(GRACE))

    [changed] = world.take()
    assert isinstance(changed, ParticipantsChanged)
    assert len(changed.participants) == 10_001


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


def test_a_request_is_answered_by_its_number() -> None:
    world = Desk()
    room, link = (
        world.desk.create_room(),
        world.desk.invite(ROOM, perm="rw", ttl_s=60, max_uses=1),
    )
    sent = world.sent()

    world.hear(events.Invited(url="codexpro://x", code="c", expires_at=1, re=link))
    world.hear(events.RoomCreated(room=ROOM, perm="rwhmo", re=room))

    assert sent == [
        events.RoomCreate(id=room),
        events.Invite(room=ROOM, perm="rw", ttl_s=60, max_uses=1, id=link),
    ]
    assert world.take() == [InvitationMade(link, "codexpro://x"), RoomMade(room, ROOM)]


def test_a_refused_request_fails_with_its_reason() -> None:
    world = Desk()
    request = world.desk.create_room()
    world.take()

    world.hear(events.error_event(ErrorCode.PERMISSION_DENIED, re=request))

    assert world.take() == [RequestFailed(request, "permission_denied")]


def test_an_answer_to_nothing_is_ignored() -> None:
    world = Desk()
    request = world.desk.create_room()
    answer = events.RoomCreated(room=ROOM, perm="rwhmo", re=request)
    world.hear(answer)
    world.take()

    world.hear(answer)
    world.hear(events.RoomCreated(room=ROOM, perm="rwhmo", re="other"))
    world.hear(events.error_event(ErrorCode.INTERNAL, re=99))

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


def test_how_present_somebody_is_is_told() -> None:
    world = Desk()
    world.desk.join(ROOM)
    world.joined(member(GRACE))
    world.take()

    for user in (7, "nobody"):
        world.hear(room_events.PresenceChanged(room=ROOM, user_id=user, status="dnd"))

    [changed] = world.take()
    assert changed == ParticipantsChanged(ROOM, (ME, replace(GRACE, status="dnd")))


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


def test_a_question_about_the_past_is_answered_by_its_own_event_only() -> None:
    world = Desk()
    request = world.desk.ask(
        version_events.FindVersions(document=DOCUMENT), version_events.VersionsFound
    )
    sent = world.sent()
    answer = version_events.VersionsFound(document=DOCUMENT, versions=(), re=request)

    world.hear(version_events.VersionText(document=DOCUMENT, version=1, text="", re=request))
    world.hear(events.RoomCreated(room=ROOM, perm="rwhmo", re=request))
    too_early = world.take()
    world.hear(answer)
    world.hear(answer)

    assert sent == [version_events.FindVersions(document=DOCUMENT, id=request)]
    assert too_early == []
    assert world.take() == [Answered(request, answer)]


def test_a_question_about_the_past_is_given_up_with_the_connection() -> None:
    world = Desk()
    request = world.desk.ask(
        version_events.ReadVersion(document=DOCUMENT, version=3), version_events.VersionText
    )
    world.sent()

    world.desk.link_down()

    assert RequestFailed(request, CONNECTION_LOST) in world.take()


def test_a_list_of_everybody_replaces_what_was_known() -> None:
    world = Desk()
    world.desk.join(ROOM)
    world.joined(member(GRACE))
    world.take()

    world.hear(MembersListed(room=ROOM, members=(member(ME), member(ZOE))))

    assert world.take() == [ParticipantsChanged(ROOM, (ME, ZOE))]


def test_a_room_that_is_being_joined_is_not_joined_twice() -> None:
    world = Desk()
    world.desk.join(ROOM)
    world.desk.join(ROOM)
    once = world.sent()

    world.joined()
    world.desk.join(ROOM)

    assert len(once) == 1
    assert world.sent() == [events.Join(room=ROOM, history=50, id=2)]


def test_what_somebody_may_is_told_as_far_as_it_can_be_read() -> None:
    world = Desk()
    world.desk.join(ROOM)
    world.joined(member(GRACE))
    world.take()

    for user_id, perm in ((7, "rwh"), (7, "root"), (7, None), ("ada", "rh"), ("ada", None)):
        world.hear(
            room_events.PresenceChanged(room=ROOM, user_id=user_id, status="active", perm=perm)
        )
    world.hear(room_events.PresenceChanged(room=ROOM, user_id=99, status="idle", perm="rwho"))

    grace = replace(GRACE, perm="rwh")
    told = [effect for effect in world.take() if isinstance(effect, ParticipantsChanged)]
    assert [effect.participants for effect in told] == [
        (ME, grace),
        (ME, grace),
        (ME, grace),
        (replace(ME, perm="rh"), grace),
    ]


def test_who_asks_for_another_role_is_told_with_a_clean_name_and_only_of_rooms_here() -> None:
    world = Desk()
    world.desk.join(ROOM)
    world.joined(member(GRACE))
    world.take()

    told = ((ROOM, "Grace\n\u202e", "rwh"), (ROOM, "", "root"), ("other", "G", "r"))
    for room, name, perm in told:
        world.hear(
            moderation_events.RoleRequested(room=RoomId(room), user_id=7, name=name, perm=perm)
        )

    first, second = world.take()
    assert isinstance(first, RoleAsked)
    assert (first.user_id, first.perm) == ("7", "rwh")
    assert not set(first.name) & {"\n", "\u202e"}
    assert second == RoleAsked(ROOM, "7", "", "")
