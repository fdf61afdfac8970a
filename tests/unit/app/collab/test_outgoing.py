import itertools
from typing import Any

import pytest

from app.collab.outgoing import MOST_TRIES, MOST_WAITING, Outgoing
from app.collab.session_effects import (
    ChangeRefused,
    DeliveryChanged,
    MessageStored,
    SendFrame,
    SessionEffect,
)
from app.model.room_messages import Delivery
from collab_server.protocol import events, room_events
from collab_server.protocol.errors import ErrorCode
from collab_server.protocol.names import RoomId
from tests.unit.app.collab.taken_effects import TakenEffects

ROOM = RoomId("codexpro_project_1")


class Desk(TakenEffects):
    def __init__(self, *, is_ready: bool = True) -> None:
        super().__init__()
        requests, mids = itertools.count(1), itertools.count(1)
        self.desk = Outgoing(
            self.effects,
            next_request=lambda: next(requests),
            new_mid=lambda: f"m{next(mids)}",
        )
        if is_ready:
            self.desk.room_ready(ROOM, 0.0)

    def say(self, text: str = "hi", now_s: float = 0.0) -> str:
        return self.desk.post(ROOM, text, now_s=now_s)


def ack(re: str | int | None, **more: Any) -> room_events.Ack:
    facts: dict[str, Any] = {"id": 10, "offset": 1, "timestamp": 5}
    return room_events.Ack(room=ROOM, re=re, **(facts | more))


def no(code: ErrorCode, re: int, retry_after: float | None = None) -> events.Error:
    return events.error_event(code, re=re, retry_after=retry_after)


def states(effects: list[SessionEffect]) -> list[tuple[str, Delivery, str]]:
    return [
        (effect.mid, effect.delivery, effect.failure)
        for effect in effects
        if isinstance(effect, DeliveryChanged)
    ]


def test_a_message_goes_out_with_its_name_and_who_is_meant() -> None:
    world = Desk()

    mid = world.desk.post(ROOM, "hi", reply_to=10, mentions=("7", "ada"), now_s=0.0)

    effects = world.take()
    assert states(effects) == [(mid, Delivery.SENT, "")]
    world.effects += effects
    assert world.sent() == [
        room_events.PostMessage(
            room=ROOM, message="hi", mid=mid, reply_to=10, mentions=(7, "ada"), id=1
        )
    ]


def test_the_next_goes_out_when_the_one_before_is_stored() -> None:
    world = Desk()
    world.say("one")
    world.say("two")
    first = world.sent()

    world.desk.receive(ack(1), 0.0)

    effects = world.take()
    assert len(first) == 1
    assert effects[0] == MessageStored(ROOM, "m1", 10, 1, 5.0)
    world.effects += effects
    [second] = world.sent()
    assert isinstance(second, room_events.PostMessage)
    assert second.message == "two"


def test_without_the_room_a_message_waits_and_goes_out_when_it_is_joined() -> None:
    world = Desk(is_ready=False)
    world.say()
    before = world.take()

    world.desk.room_ready(ROOM, 0.0)

    assert before == []
    assert len(world.sent()) == 1


def test_what_was_under_way_is_sent_again_under_its_name() -> None:
    world = Desk()
    mid = world.say()
    world.say("waits")
    world.take()

    world.desk.link_down()
    told = states(world.take())
    world.desk.room_ready(ROOM, 9.0)

    assert told == [(mid, Delivery.WAITING, "")]
    [again] = world.sent()
    assert isinstance(again, room_events.PostMessage)
    assert (again.mid, again.id) == (mid, 2)


def test_a_break_before_anything_was_sent_changes_nothing() -> None:
    world = Desk(is_ready=False)
    world.say()

    world.desk.link_down()

    assert world.take() == []


@pytest.mark.parametrize(
    ("retry_after", "wait_s"), [(None, 1.0), (4.0, 4.0), (0.0, 0.05), (1e9, 30.0)]
)
def test_when_the_server_cannot_just_now_it_is_tried_again(
    retry_after: float | None, wait_s: float
) -> None:
    world = Desk()
    mid = world.say()
    world.take()

    world.desk.receive(no(ErrorCode.RATE_LIMITED, 1, retry_after), 100.0)
    told, due_s = states(world.take()), world.desk.due_s()
    world.desk.tick(100.0 + wait_s / 2)
    early = world.take()
    world.desk.tick(100.0 + wait_s)

    assert told == [(mid, Delivery.WAITING, "")]
    assert due_s == 100.0 + wait_s
    assert early == []
    assert len(world.sent()) == 1


def test_it_is_not_tried_for_ever() -> None:
    world = Desk()
    mid = world.say()
    for request in range(1, MOST_TRIES + 1):
        world.desk.receive(no(ErrorCode.UNAVAILABLE, request, 1.0), request * 10.0)
        world.desk.tick(request * 10.0 + 5.0)

    assert states(world.take())[-1] == (mid, Delivery.FAILED, "unavailable")
    assert world.desk.due_s() is None


def test_what_is_refused_fails_and_the_next_goes_on() -> None:
    world = Desk()
    mid = world.say()
    world.say("two")
    world.take()

    world.desk.receive(no(ErrorCode.TOO_LARGE, 1), 0.0)

    effects = world.take()
    assert states(effects)[0] == (mid, Delivery.FAILED, "too_large")
    assert any(isinstance(effect, SendFrame) for effect in effects)


def test_what_failed_can_be_tried_again_once() -> None:
    world = Desk()
    mid = world.say()
    world.desk.receive(no(ErrorCode.READ_ONLY, 1), 0.0)
    world.take()

    world.desk.retry(mid, 0.0)
    effects = world.take()
    world.desk.retry(mid, 0.0)

    assert states(effects) == [(mid, Delivery.WAITING, ""), (mid, Delivery.SENT, "")]
    assert world.take() == []


def test_what_failed_can_be_given_up() -> None:
    world = Desk()
    mid = world.say()
    world.desk.receive(no(ErrorCode.READ_ONLY, 1), 0.0)
    world.take()

    world.desk.withdraw(mid)
    world.desk.retry(mid, 0.0)

    assert world.take() == []


def test_so_many_wait_and_no_more_and_of_those_that_failed_the_last_can_be_tried_again() -> None:
    world = Desk(is_ready=False)

    for _ in range(2 * MOST_WAITING + 1):
        world.say()
    failed = states(world.take())
    world.desk.room_lost(ROOM, "kicked")
    lost = states(world.take())
    world.desk.retry("m1", 0.0)
    world.desk.retry(f"m{MOST_WAITING + 1}", 0.0)

    assert failed[0] == (f"m{MOST_WAITING + 1}", Delivery.FAILED, "too_many_waiting")
    assert len(failed) == MOST_WAITING + 1
    assert [state[1:] for state in lost] == [(Delivery.FAILED, "kicked")] * MOST_WAITING
    assert states(world.take()) == [("m1", Delivery.WAITING, "")]


def test_a_room_that_is_lost_and_was_silent_says_nothing() -> None:
    world = Desk()

    world.desk.room_lost(ROOM, "kicked")
    world.say()

    assert world.take() == []


@pytest.mark.parametrize(
    "answer", [ack("text"), ack(None), ack(0), ack(99), no(ErrorCode.INTERNAL, 99)]
)
def test_an_answer_to_nothing_changes_nothing(answer: room_events.Ack | events.Error) -> None:
    world = Desk()
    world.say()
    world.take()

    world.desk.receive(answer, 0.0)

    assert world.take() == []


@pytest.mark.parametrize(
    "change",
    [
        room_events.EditMessage(room=ROOM, message_id=10, message="new"),
        room_events.DeleteMessage(room=ROOM, message_id=10),
        room_events.React(room=ROOM, message_id=10, emoji="👍", op="remove"),
    ],
)
def test_a_change_is_asked_for_and_its_refusal_told(
    change: room_events.EditMessage | room_events.DeleteMessage | room_events.React,
) -> None:
    world = Desk()

    world.desk.change(ROOM, 10, change)
    [asked] = world.sent()
    world.desk.receive(no(ErrorCode.MESSAGE_NOT_FOUND, 1), 0.0)

    assert type(asked) is type(change)
    assert asked.id == 1
    assert world.take() == [ChangeRefused(ROOM, 10, "message_not_found")]


def test_a_change_that_is_made_is_told_by_the_room_and_not_here() -> None:
    world = Desk()
    world.desk.change(ROOM, 10, room_events.DeleteMessage(room=ROOM, message_id=10))
    world.take()

    world.desk.receive(ack(1), 0.0)
    world.desk.link_down()

    assert world.take() == []


def test_a_change_is_refused_without_a_connection_and_when_it_breaks() -> None:
    world = Desk()
    delete = room_events.DeleteMessage(room=ROOM, message_id=10)
    world.desk.change(ROOM, 10, delete)
    world.take()

    world.desk.link_down()
    world.desk.change(ROOM, 10, delete)

    assert world.take() == [ChangeRefused(ROOM, 10, "connection_lost")] * 2
