import itertools
from typing import Any

import msgspec
import pytest

from app.collab.session_effects import (
    PageCame,
    PageFailed,
    RoomSpoke,
    SessionEffect,
    StreamBegan,
    StreamBroken,
    StreamWentOn,
)
from app.collab.stream_desk import PAGE_MESSAGES, StreamDesk
from app.model.room_messages import (
    MessageEdited,
    MessagePosted,
    MessageRemoved,
    ReactionChanged,
)
from collab_server.protocol import events, room_events
from collab_server.protocol.errors import MalformedFrame, RemoteProtocolError
from collab_server.protocol.names import RoomId

ROOM = RoomId("codexpro_project_1")
JOB = RoomId("ocr_job_9")


class Desk:
    def __init__(self) -> None:
        self.effects: list[SessionEffect] = []
        counter = itertools.count(1)
        self.desk = StreamDesk(self.effects, next_request=lambda: next(counter))

    def take(self) -> list[SessionEffect]:
        effects = self.effects[:]
        self.effects.clear()
        return effects

    def joined(
        self,
        offset: int | None,
        *told: events.ServerEvent,
        room: RoomId = ROOM,
        perm: str = "rwh",
        epoch: str = "e",
        recovered: bool = False,
    ) -> None:
        self.desk.join_event(room, 0)
        self.desk.joined(
            events.RoomJoined(
                room=room,
                members=(),
                perm=perm,
                epoch=None if offset is None else epoch,
                offset=offset,
                recovered=recovered,
                events=tuple(map(raw, told)),
                unread=2,
                read_offset=1,
            )
        )


def raw(event: events.ServerEvent) -> msgspec.Raw:
    return msgspec.Raw(events.encode_event(event).encode())


def post(offset: int, room: RoomId = ROOM, **more: Any) -> room_events.MessagePosted:
    facts: dict[str, Any] = {"message": msgspec.Raw(b'"hi"'), "user_id": 7, "client_id": "c"}
    return room_events.MessagePosted(
        room=room, id=offset * 10, offset=offset, ts=5000, timestamp=5, **(facts | more)
    )


def offsets(effects: list[SessionEffect]) -> list[int]:
    return [
        change.message.offset
        for effect in effects
        if isinstance(effect, RoomSpoke)
        for change in effect.changes
        if isinstance(change, MessagePosted)
    ]


def test_a_first_join_asks_for_the_newest_and_later_ones_for_what_was_missed() -> None:
    world = Desk()
    first = world.desk.join_event(ROOM, 1)

    world.joined(7)

    assert first == events.Join(room=ROOM, history=50, id=1)
    assert world.desk.join_event(ROOM, 2) == events.Join(
        room=ROOM, recover=events.Position("e", 7), history=50, id=2
    )


def test_a_room_that_keeps_nothing_has_no_stream() -> None:
    world = Desk()

    world.joined(None)
    world.desk.joined(events.RoomJoined(room=JOB, members=(), perm="r", epoch="e", offset=1))

    assert world.take() == []
    assert world.desk.hear(post(1)) is False


@pytest.mark.parametrize(
    ("told", "perm", "has_older"),
    [((3, 4), "rwh", True), ((1, 2), "rwh", False), ((), "rwh", True), ((3, 4), "rw", False)],
)
def test_a_room_begins_with_its_newest_messages(
    told: tuple[int, ...], perm: str, has_older: bool
) -> None:
    world = Desk()

    world.joined(4, *(post(offset) for offset in told), perm=perm)

    [began] = world.take()
    assert isinstance(began, StreamBegan)
    assert tuple(message.offset for message in began.messages) == told
    assert (began.has_older, began.unread, began.read_offset, began.perm) == (has_older, 2, 1, perm)


def test_what_happens_is_told_once_and_in_order() -> None:
    world = Desk()
    world.joined(1)
    world.take()

    edited = room_events.MessageUpdated(
        room=ROOM, message_id=20, user_id=7, message=msgspec.Raw(b"1"), edited_at=1, offset=3
    )
    removed = room_events.MessageDeleted(room=ROOM, message_id=20, user_id=7, offset=4)
    reacted = room_events.Reacted(
        room=ROOM, message_id=20, user_id=7, emoji="x", op="remove", offset=5
    )
    for event in (post(1), post(2), edited, edited, removed, reacted):
        assert world.desk.hear(event) is False

    told = [
        change
        for effect in world.take()
        if isinstance(effect, RoomSpoke)
        for change in effect.changes
    ]
    assert told[1:] == [
        MessageEdited(20, 1),
        MessageRemoved(20),
        ReactionChanged(20, "7", "x", False),
    ]
    assert isinstance(told[0], MessagePosted)
    assert told[0].message.offset == 2


def test_a_hole_is_filled_by_joining_once_more_and_nothing_is_told_meanwhile() -> None:
    world = Desk()
    world.joined(1)
    world.take()

    must_join = world.desk.hear(post(3))
    again = world.desk.join_event(ROOM, 2)
    meanwhile = world.desk.hear(post(2)), world.take()
    world.joined(3, post(2), post(3), recovered=True)

    assert must_join
    assert again.recover == events.Position("e", 1)
    assert meanwhile == (False, [])
    effects = world.take()
    assert effects[0] == StreamWentOn(ROOM, "rwh")
    assert offsets(effects) == [2, 3]
    assert world.desk.hear(post(4)) is False


def test_nothing_missed_is_nothing_told() -> None:
    world = Desk()
    world.joined(1)
    world.take()

    world.joined(1, recovered=True)

    assert world.take() == [StreamWentOn(ROOM, "rwh")]


def test_what_cannot_be_recovered_begins_anew_or_is_a_hole_for_who_has_no_history() -> None:
    world = Desk()
    world.joined(1)
    world.take()

    world.joined(900, post(900), epoch="f")
    [began] = world.take()
    world.joined(901, perm="rw")

    assert isinstance(began, StreamBegan)
    assert world.take() == [StreamBroken(ROOM, "rw")]
    assert world.desk.hear(post(902)) is False
    assert offsets(world.take()) == [902]


def test_of_a_job_the_last_state_counts_however_it_comes() -> None:
    world = Desk()
    world.joined(5, room=JOB, perm="r")
    world.take()

    for offset in (5, 9, 8):
        assert world.desk.hear(post(offset, room=JOB)) is False

    assert offsets(world.take()) == [5, 9]
    assert world.desk.join_event(JOB, 1) == events.Join(room=JOB, history=1, id=1)


def test_a_job_that_is_joined_again_begins_anew() -> None:
    world = Desk()
    world.joined(5, room=JOB, perm="r")
    world.take()

    world.joined(7, post(7, room=JOB), room=JOB, perm="r")

    [began] = world.take()
    assert isinstance(began, StreamBegan)
    assert not began.has_older


def test_a_page_is_asked_for_once_at_a_time() -> None:
    world = Desk()
    none = world.desk.page_event(ROOM, before=3)
    world.joined(9)

    first = world.desk.page_event(ROOM, before=3)
    second = world.desk.page_event(ROOM, after=8)

    assert (none, second) == (None, None)
    assert first == room_events.FindHistory(room=ROOM, before=3, limit=PAGE_MESSAGES, id=1)


def page(re: int, epoch: str = "e", room: RoomId = ROOM) -> room_events.HistoryPage:
    return room_events.HistoryPage(
        room=room, messages=(raw(post(1)), raw(post(2))), epoch=epoch, more=True, re=re
    )


@pytest.mark.parametrize("is_older", [True, False])
def test_a_page_comes_in_the_direction_that_was_asked(is_older: bool) -> None:
    world = Desk()
    world.joined(9)
    world.take()
    world.desk.page_event(ROOM, **({"before": 3} if is_older else {"after": 8}))

    for _ in range(2):
        world.desk.page_came(page(1))

    [came] = world.take()
    assert isinstance(came, PageCame)
    assert [message.offset for message in came.messages] == [1, 2]
    assert (came.is_older, came.has_more) == (is_older, True)


def test_a_page_of_another_epoch_or_of_another_question_is_not_shown() -> None:
    world = Desk()
    world.joined(9)
    world.take()
    world.desk.page_event(ROOM, before=3)

    world.desk.page_came(page(77))
    world.desk.page_came(page(1, room=JOB))
    world.desk.page_came(page(1, epoch="old"))

    assert world.take() == [PageFailed(ROOM, "epoch")]


def test_a_page_that_is_refused_or_lost_may_be_asked_for_again() -> None:
    world = Desk()
    world.joined(9)
    world.desk.page_event(ROOM, before=3)
    world.take()

    world.desk.failed(0, "x")
    world.desk.failed(1, "rate_limited")
    world.desk.page_event(ROOM, before=3)
    world.desk.link_down()
    world.desk.link_down()

    assert world.take() == [
        PageFailed(ROOM, "rate_limited"),
        PageFailed(ROOM, "connection_lost"),
    ]


def test_a_room_that_is_forgotten_is_told_nothing() -> None:
    world = Desk()
    world.joined(1)
    world.take()

    world.desk.forget(ROOM)
    world.desk.hear(post(2))

    assert world.take() == []
    assert world.desk.join_event(ROOM, 1).recover is None


def test_what_is_no_event_of_a_stream_is_the_servers_fault() -> None:
    world = Desk()

    with pytest.raises(MalformedFrame):
        world.joined(1, events.Pong(server_time=1.0))


def test_what_nests_too_deep_is_the_servers_fault() -> None:
    world = Desk()
    world.joined(1)

    with pytest.raises(RemoteProtocolError):
        world.desk.hear(post(2, message=msgspec.Raw(b"[" * 40 + b"]" * 40)))


def test_a_message_is_read_whole() -> None:
    world = Desk()
    world.joined(1)
    world.take()

    world.desk.hear(
        post(
            2,
            user_id=None,
            name="\u202eGrace\n",
            mid="m",
            reply_to=10,
            mentions=(7, "ada"),
            edited_at=6,
            reactions={"👍": (7, "ada")},
        )
    )

    [spoke] = world.take()
    assert isinstance(spoke, RoomSpoke)
    [change] = spoke.changes
    assert isinstance(change, MessagePosted)
    message = change.message
    assert (message.user_id, message.name, message.mid) == (None, "Grace", "m")
    assert (message.reply_to, message.mentions, message.is_edited) == (10, ("7", "ada"), True)
    assert message.reactions == {"👍": ("7", "ada")}
    assert message.at_s == 5.0


def test_a_message_without_a_place_is_nobodys() -> None:
    world = Desk()
    world.joined(1)
    world.take()

    world.desk.hear(
        room_events.MessagePosted(
            room=ROOM, user_id=1, client_id="c", message=msgspec.Raw(b"1"), timestamp=1, ts=1
        )
    )

    assert world.take() == []
