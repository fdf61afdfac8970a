"""Sessions and the real hub, joined in memory: what is said is there once, in order, for everybody.

The connection is cut and the server killed at every moment that the plan chooses.
"""

from typing import Any

import pytest

from app.collab import session_effects
from app.collab.conversation_feed import feed
from app.model.conversation import MOST_SHOWN, Conversation
from app.model.room_messages import Delivery
from collab_server.protocol import room_events
from collab_server.protocol.limits import Limits
from collab_server.protocol.names import RoomId
from tests.seeds import seeds
from tests.unit.app.collab.hub_world import World

ROOM = RoomId("codexpro_project_1")
FAST = Limits(messages_a_s=1e6, messages_burst=10**6)


class Talker:
    """Somebody with the room's chat open."""

    def __init__(self, world: World, name: str, perm: str = "rwh") -> None:
        self.world = world
        self.person = world.person(name, rooms={ROOM: perm})
        self.chat = Conversation(name)
        self.is_watching = False
        self.failed: list[session_effects.SessionEffect] = []
        self.statuses: dict[str, str] = {}
        self.typing: list[tuple[str, bool]] = []
        self.breaks = 0
        self._heard = 0
        self.person.session.rooms.join(ROOM)
        self.person.start()

    @property
    def desk(self):
        return self.person.session.rooms

    def say(self, text: str, **more: Any) -> str:
        mid = self.desk.outgoing.post(ROOM, text, now_s=self.world.now_s, **more)
        self.person.pump()
        return mid

    def change(self, text_of: str, change) -> None:
        found = next(each for each in self.chat.messages if each.text == text_of)
        self.desk.outgoing.change(ROOM, found.id, change(found.id))
        self.person.pump()

    def page(self, *, before: int | None = None, after: int | None = None) -> None:
        self.desk.ask_page(ROOM, before=before, after=after)
        self.person.pump()

    def listen(self) -> None:
        """Take in what has come."""
        for effect in self.person.seen[self._heard :]:
            feed(self.chat, effect, is_watched=self.is_watching)
            match effect:
                case session_effects.ParticipantsChanged(participants=people):
                    self.statuses = {each.user_id: each.status for each in people}
                case session_effects.TypingHeard(user_id=user, is_typing=is_typing):
                    self.typing.append((user, is_typing))
                case session_effects.StreamBegan() | session_effects.StreamBroken():
                    self.breaks += 1
                case session_effects.ChangeRefused() | session_effects.PageFailed():
                    self.failed.append(effect)
                case _:
                    pass
        self._heard = len(self.person.seen)

    @property
    def texts(self) -> list[str]:
        self.listen()
        return [message.text for message in self.chat.rows]


def two(seed: int = 0, perm: str = "rwh") -> tuple[World, Talker, Talker]:
    world = World(seed, FAST)
    ada, grace = Talker(world, "ada"), Talker(world, "grace", perm)
    world.settle()
    return world, ada, grace


def test_what_one_says_the_other_hears_and_both_have_once() -> None:
    world, ada, grace = two()

    ada.say("hello 😀")
    grace.say("hej")
    world.settle()

    assert sorted(ada.texts) == ["hej", "hello 😀"]
    assert ada.texts == grace.texts
    assert [message.delivery for message in ada.chat.rows] == [Delivery.STORED] * 2
    assert ada.chat.pending == []


def test_what_is_typed_offline_is_kept_and_sent_once_in_order() -> None:
    world, ada, grace = two()
    ada.person.cut()
    ada.person.is_away = True

    for number in range(5):
        ada.say(f"offline {number}")
    world.settle()
    while_away = grace.texts
    ada.person.is_away = False
    world.settle(advance_s=60.0)

    assert while_away == []
    assert grace.texts == ada.texts == [f"offline {number}" for number in range(5)]


def test_a_message_whose_answer_was_lost_is_not_said_twice() -> None:
    world, ada, grace = two()
    ada.say("once")
    world.deliver_all_of(ada.person)

    ada.person.cut()  # and nothing comes back
    world.settle(advance_s=60.0)

    assert ada.texts == grace.texts == ["once"]


def test_what_was_missed_is_recovered_without_beginning_anew() -> None:
    world, ada, grace = two()
    ada.say("before")
    world.settle()
    grace.listen()
    breaks = grace.breaks
    grace.person.cut()
    grace.person.is_away = True

    ada.say("while away")
    world.settle()
    grace.person.is_away = False
    world.settle(advance_s=60.0)

    assert grace.texts == ["before", "while away"]
    assert grace.breaks == breaks


def test_what_is_too_much_to_recover_is_begun_anew_from_the_newest() -> None:
    world, ada, grace = two()
    grace.person.cut()
    grace.person.is_away = True
    for number in range(400):
        ada.say(f"{number}")
    world.settle()

    grace.person.is_away = False
    world.settle(advance_s=60.0)

    assert grace.texts == [f"{number}" for number in range(350, 400)]
    assert grace.chat.has_older


def test_scrolling_up_reads_everything_and_keeps_no_more_than_is_shown() -> None:
    world, ada, _ = two()
    for number in range(1000):
        ada.say(f"{number}")
        if number % 400 == 0:
            world.settle()
    world.settle()
    late = Talker(world, "late")
    world.settle()
    late.listen()

    read = set(late.texts)
    while late.chat.has_older:
        late.page(before=late.chat.first_offset)
        world.settle()
        read |= set(late.texts)
        assert len(late.chat.messages) <= MOST_SHOWN

    assert read == {f"{number}" for number in range(1000)}
    assert late.chat.has_newer
    while late.chat.has_newer:
        late.page(after=late.chat.last_offset)
        world.settle()
        late.listen()
    assert late.texts == [f"{number}" for number in range(600, 1000)]


def test_messages_that_come_while_one_reads_far_up_are_there_when_one_comes_back() -> None:
    world, ada, _ = two()
    for number in range(600):
        ada.say(f"{number}")
        if number % 400 == 0:
            world.settle()
    world.settle()
    late = Talker(world, "late")
    world.settle()
    late.listen()
    while late.chat.has_older:
        late.page(before=late.chat.first_offset)
        world.settle()
        late.listen()

    ada.say("meanwhile")
    while late.chat.has_newer:
        late.page(after=late.chat.last_offset)
        world.settle()
        late.listen()

    assert late.texts[-2:] == ["599", "meanwhile"]


def test_an_edit_a_reaction_and_a_deletion_reach_everybody_also_who_was_away() -> None:
    world, ada, grace = two()
    for text in ("one", "two", "three"):
        ada.say(text)
    world.settle()
    grace.listen()
    grace.person.cut()
    grace.person.is_away = True
    ada.listen()

    edit = room_events.EditMessage
    ada.change("one", lambda key: edit(room=ROOM, message_id=key, message="uno"))
    ada.change("two", lambda key: room_events.React(room=ROOM, message_id=key, emoji="👍"))
    ada.change("three", lambda key: room_events.DeleteMessage(room=ROOM, message_id=key))
    world.settle()
    grace.person.is_away = False
    world.settle(advance_s=60.0)

    assert grace.texts == ada.texts == ["uno", "two", ""]
    assert [message.is_edited for message in grace.chat.messages] == [True, False, False]
    assert grace.chat.messages[1].reactions == {"👍": ("ada",)}
    assert grace.chat.messages[2].is_deleted


def test_somebody_elses_message_cannot_be_edited() -> None:
    world, ada, grace = two()
    ada.say("mine")
    world.settle()
    grace.listen()

    edit = room_events.EditMessage
    grace.change("mine", lambda key: edit(room=ROOM, message_id=key, message="yours"))
    world.settle()

    assert grace.texts == ["mine"]
    [refused] = grace.failed
    assert isinstance(refused, session_effects.ChangeRefused)
    assert refused.slug == "permission_denied"


def test_what_is_unread_is_counted_and_read_on_every_device() -> None:
    world, ada, grace = two()
    phone = Talker(world, "grace")
    world.settle()

    ada.say("a")
    ada.say("b @grace", mentions=["grace"])
    world.settle()
    for each in (grace, phone):
        each.listen()
    unread = grace.chat.unread, grace.chat.unread_mentions, phone.chat.unread
    assert grace.chat.mark_read()
    grace.desk.signals.mark_read(ROOM, grace.chat.read_offset, world.now_s)
    grace.person.pump()
    world.settle()
    for each in (ada, grace, phone):
        each.listen()

    assert unread == (2, 1, 2)
    assert (grace.chat.unread, phone.chat.unread, phone.chat.unread_mentions) == (0, 0, 0)
    assert ada.chat.readers == {"grace": 2}


def test_a_late_comer_is_told_how_much_is_unread() -> None:
    world, ada, _ = two()
    for number in range(70):
        ada.say(f"{number}")
    world.settle()

    late = Talker(world, "late")
    world.settle()
    late.listen()

    assert late.chat.unread == 70
    assert late.chat.new_after == 0


def test_without_the_right_to_history_one_hears_what_comes_and_is_told_of_a_hole() -> None:
    world, ada, grace = two(perm="rw")
    ada.say("heard")
    world.settle()
    grace.listen()
    breaks = grace.breaks
    grace.person.cut()
    grace.person.is_away = True
    for number in range(400):
        ada.say(f"{number}")
    world.settle()
    grace.person.is_away = False
    world.settle(advance_s=60.0)
    ada.say("after")
    world.settle()

    assert grace.texts == ["heard", "after"]
    assert grace.breaks == breaks + 1
    assert grace.chat.gaps == {grace.chat.messages[1].id}


def test_who_writes_is_told_and_stops_when_it_is_said() -> None:
    world, ada, grace = two()

    ada.desk.signals.set_typing(ROOM, world.now_s, is_typing=True)
    ada.person.pump()
    ada.say("done")
    world.settle()
    grace.listen()

    assert grace.typing == [("ada", True), ("ada", False)]


def test_do_not_disturb_is_told_and_holds_over_a_break() -> None:
    world, ada, grace = two()

    grace.desk.signals.set_status("dnd")
    grace.person.pump()
    world.settle()
    ada.listen()
    before = ada.statuses
    grace.person.cut()
    world.settle(advance_s=60.0)
    ada.listen()

    assert before == {"ada": "active", "grace": "dnd"}
    assert ada.statuses == {"ada": "active", "grace": "dnd"}


@pytest.mark.parametrize("seed", seeds(8))
def test_whatever_breaks_everything_said_is_there_once_and_in_one_order(seed: int) -> None:
    world, ada, grace = two(seed)
    said: dict[str, list[str]] = {"ada": [], "grace": []}

    for number in range(60):
        who = world.plan.choice((ada, grace))
        name = who.chat.me
        said[name].append(f"{name} {number}")
        who.say(said[name][-1])
        for _ in range(world.plan.randrange(6)):
            world.deliver_any()
        match world.plan.randrange(12):
            case 0:
                who.person.cut()
            case 1:
                world.kill_server()
            case 2:
                world.now_s += world.plan.random() * 30
            case 3:
                world.settle(advance_s=1.0)
            case _:
                pass
    world.settle(advance_s=120.0)
    world.settle(advance_s=120.0)

    assert ada.texts == grace.texts
    for name, texts in said.items():
        assert [text for text in ada.texts if text.startswith(name)] == texts
    assert ada.chat.pending == grace.chat.pending == []
