from app.collab.room_signals import READ_EVERY_S, TYPING_EVERY_S, TYPING_TTL_S, RoomSignals
from app.collab.session_effects import SendFrame, SessionEffect
from collab_server.protocol import events, room_events
from collab_server.protocol.limits import Limits
from collab_server.protocol.names import RoomId

ROOM = RoomId("codexpro_project_1")
START = room_events.SetTyping(room=ROOM, state="start")
STOP = room_events.SetTyping(room=ROOM, state="stop")


class Desk:
    def __init__(self, *, is_ready: bool = True) -> None:
        self.effects: list[SessionEffect] = []
        self.desk = RoomSignals(self.effects)
        if is_ready:
            self.desk.link_up()
            self.desk.room_ready(ROOM, 0.0)

    def sent(self) -> list[events.ClientEvent]:
        effects = self.effects[:]
        self.effects.clear()
        return [
            events.decode_client_event(effect.frame, Limits())
            for effect in effects
            if isinstance(effect, SendFrame)
        ]


def mark(offset: int) -> room_events.MarkRead:
    return room_events.MarkRead(room=ROOM, offset=offset)


def test_writing_is_said_now_and_then_and_its_end_once() -> None:
    world = Desk()

    for now_s in (0.0, 1.0, TYPING_EVERY_S):
        world.desk.set_typing(ROOM, now_s, is_typing=True)
    for now_s in (4.0, 5.0):
        world.desk.set_typing(ROOM, now_s, is_typing=False)

    assert world.sent() == [START, START, STOP]


def test_the_end_of_what_nobody_believes_any_more_is_not_said() -> None:
    world = Desk()
    world.desk.set_typing(ROOM, 0.0, is_typing=True)
    world.sent()

    world.desk.set_typing(ROOM, TYPING_TTL_S, is_typing=False)

    assert world.sent() == []


def test_who_is_not_in_a_room_writes_in_silence() -> None:
    world = Desk(is_ready=False)

    world.desk.set_typing(ROOM, 0.0, is_typing=True)

    assert world.sent() == []


def test_marks_are_said_at_most_once_a_second_the_last_one_surely() -> None:
    world = Desk()

    for number in (1, 2, 3, 2):
        world.desk.mark_read(ROOM, number, 10.0)
    first, due_s = world.sent(), world.desk.due_s()
    world.desk.tick(10.0 + READ_EVERY_S)

    assert first == [mark(1)]
    assert due_s == 10.0 + READ_EVERY_S
    assert world.sent() == [mark(3)]
    assert world.desk.due_s() is None


def test_a_mark_that_moved_without_a_connection_is_said_on_the_next() -> None:
    world = Desk(is_ready=False)
    world.desk.mark_read(ROOM, 5, 10.0)
    silent, due_s = world.sent(), world.desk.due_s()

    world.desk.link_up()
    world.desk.room_ready(ROOM, 20.0)

    assert (silent, due_s) == ([], None)
    assert world.sent() == [mark(5)]


def test_a_mark_is_said_once_more_after_a_break() -> None:
    world = Desk()
    world.desk.mark_read(ROOM, 5, 10.0)
    world.sent()

    world.desk.link_down()
    world.desk.link_up()
    world.desk.room_ready(ROOM, 11.0)

    assert world.sent() == [mark(5)]


def test_a_room_that_is_left_is_forgotten() -> None:
    world = Desk()
    world.desk.mark_read(ROOM, 5, 10.0)
    world.desk.set_typing(ROOM, 10.0, is_typing=True)
    world.sent()

    world.desk.forget(ROOM)
    world.desk.link_down()
    world.desk.room_ready(ROOM, 11.0)

    assert world.sent() == []


def test_how_present_one_is_is_said_when_it_changes_and_on_every_connection() -> None:
    world = Desk()
    for status in ("active", "dnd", "dnd"):
        world.desk.set_status(status)
    first = world.sent()

    world.desk.link_down()
    world.desk.set_status("idle")
    silent = world.sent()
    world.desk.link_up()

    assert first == [room_events.SetPresence(status="dnd")]
    assert silent == []
    assert world.sent() == [room_events.SetPresence(status="idle")]
