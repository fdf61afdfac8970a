"""Who reads too slowly misses updates for a while, and then gets them in one piece."""

from collab_server.core.effects import CatchUp, ClientId, Persist
from collab_server.core.views import DocumentView
from collab_server.protocol import documents as frames
from collab_server.protocol.awareness import AwarenessEntry, decode_awareness, encode_awareness
from collab_server.protocol.documents import sync_step1, sync_update
from collab_server.protocol.limits import Limits
from collab_server.protocol.names import room_of
from tests.support.hub_world import NOTES, PLANS, HubWorld, Peer
from tests.support.writer import Writer
from tests.unit.collab_server.core.sync_messages import kinds, statuses, step_2s, updates


class Pair:
    """Ada, who writes, and Bob, who reads; both have the notes open."""

    def __init__(self) -> None:
        self.world = HubWorld()
        self.ada, self.bob = self.world.sign_in("ada"), self.world.sign_in("bob")
        self.text, self.shown = Writer(), Writer()
        for peer in (self.ada, self.bob):
            self.world.open(peer)

    def type(self, text: str) -> None:
        """Let Ada type at the beginning."""
        self.world.send(self.ada, sync_update(NOTES, self.text.insert(0, text)))

    def hear(self) -> list[object]:
        """Let Bob take in what has come, and return it."""
        came = self.bob.take()
        for update in updates(came):
            self.shown.apply(update)
        return came

    def fall_behind(self, peer: Peer | None = None) -> None:
        self.world.hub.slow_readers.fall_behind((peer or self.bob).id)
        self.world.run()

    def catch_up(self, peer: Peer | None = None) -> None:
        self.world.hub.slow_readers.catch_up((peer or self.bob).id)
        self.world.run()


def test_who_is_behind_gets_no_updates_and_then_one_with_all_of_them() -> None:
    pair = Pair()
    pair.type("one ")
    pair.hear()

    pair.fall_behind()
    for word in ("two ", "three ", "four "):
        pair.type(word)
    missed = pair.hear()
    pair.catch_up()
    came = pair.hear()

    assert missed == []
    assert len(updates(came)) == 1
    assert pair.shown.text == pair.text.text == "four three two one "


def test_what_it_gets_then_does_not_hold_what_it_had() -> None:
    pair = Pair()
    pair.type("x" * 10_000)
    pair.hear()

    pair.fall_behind()
    pair.type("y")
    pair.catch_up()

    (update,) = updates(pair.hear())
    assert len(update) < 100


def test_who_has_a_document_may_hear_of_it_until_it_is_taken_away() -> None:
    pair = Pair()
    has_open = pair.world.hub.document_answers.has_open

    before = (has_open(pair.bob.id, NOTES), has_open(pair.bob.id, PLANS))
    pair.world.hub.operators.kick(room_of(NOTES), "bob", pair.world.now_s)

    assert before == (True, False)
    assert not has_open(pair.bob.id, NOTES)
    assert not has_open(ClientId("gone"), NOTES)


def test_afterwards_it_gets_every_update_again() -> None:
    pair = Pair()
    pair.fall_behind()
    pair.type("missed ")
    pair.catch_up()
    pair.hear()

    pair.type("heard ")

    assert len(updates(pair.hear())) == 1
    assert pair.shown.text == "heard missed "


def test_what_is_on_its_way_to_the_store_is_not_taken_for_sent() -> None:
    pair = Pair()
    pair.type("one ")
    pair.hear()
    pair.fall_behind()
    pair.world.withholds.add(Persist)
    pair.type("two ")
    pair.type("three ")  # waits while two is at the store
    pair.world.answer()
    pair.catch_up()
    first = pair.hear()
    pair.world.answer()
    pair.hear()

    assert len(updates(first)) == 1
    assert pair.shown.text == pair.text.text == "three two one "


def test_deletes_that_it_has_missed_come_too() -> None:
    pair = Pair()
    pair.type("abc")
    pair.hear()
    pair.fall_behind()
    pair.world.send(pair.ada, sync_update(NOTES, pair.text.delete(1)))

    pair.catch_up()
    pair.hear()

    assert pair.shown.text == "ac"


def test_who_has_missed_nothing_gets_no_update() -> None:
    pair = Pair()
    pair.fall_behind()

    pair.catch_up()

    assert updates(pair.hear()) == []


def test_what_it_writes_itself_is_acknowledged_meanwhile() -> None:
    pair = Pair()
    pair.fall_behind(pair.ada)
    pair.ada.take()

    pair.type("mine")

    assert statuses(pair.ada.take()) == [True]


def test_others_are_passed_everything_meanwhile() -> None:
    pair = Pair()
    cecil = pair.world.sign_in("cecil")
    pair.world.open(cecil)
    pair.fall_behind()

    pair.type("one")
    pair.type("two")

    assert len(updates(cecil.take())) == 2


def test_falling_behind_again_while_behind_changes_nothing() -> None:
    pair = Pair()
    pair.fall_behind()
    pair.type("one ")
    pair.fall_behind()
    pair.type("two ")

    pair.catch_up()
    pair.hear()

    assert pair.shown.text == "two one "


def test_two_that_fall_behind_at_different_times_both_get_what_they_lack() -> None:
    pair = Pair()
    cecil, seen = pair.world.sign_in("cecil"), Writer()
    pair.world.open(cecil)
    pair.fall_behind()
    pair.type("one ")
    pair.fall_behind(cecil)
    pair.type("two ")
    pair.hear()

    pair.catch_up()
    pair.catch_up(cecil)
    pair.hear()
    for update in updates(cecil.take()):
        seen.apply(update)

    assert pair.shown.text == seen.text == "two one "


def test_a_document_opened_while_behind_is_kept_back_as_well() -> None:
    pair = Pair()
    pair.fall_behind()
    pair.world.send(pair.bob, sync_step1(PLANS, b"\x00"))
    pair.world.open(pair.ada, PLANS)
    opened = pair.bob.take()
    pair.world.send(pair.ada, sync_update(PLANS, pair.text.insert(0, "plan")))
    missed = updates(pair.bob.take())

    pair.catch_up()

    assert len(step_2s(opened)) == 1
    assert missed == []
    assert len(updates(pair.bob.take())) == 1


def test_of_a_document_that_was_closed_meanwhile_nothing_comes() -> None:
    pair = Pair()
    pair.fall_behind()
    pair.type("one")
    pair.world.send(pair.bob, frames.close_document(NOTES))
    pair.bob.take()

    pair.catch_up()

    assert pair.bob.take() == []


def test_opened_anew_it_brings_everything_by_the_answer_alone() -> None:
    pair = Pair()
    pair.fall_behind()
    pair.type("one")
    pair.world.send(pair.bob, frames.close_document(NOTES))
    pair.world.open(pair.bob)

    pair.catch_up()

    assert updates(pair.bob.take()) == []


def test_the_newest_carets_come_when_it_has_caught_up() -> None:
    pair = Pair()
    pair.fall_behind()
    pair.world.send(
        pair.ada, frames.awareness(NOTES, encode_awareness([AwarenessEntry(7, 1, {"at": 1})]))
    )
    pair.world.send(
        pair.ada, frames.awareness(NOTES, encode_awareness([AwarenessEntry(7, 2, {"at": 2})]))
    )
    pair.bob.take()

    pair.catch_up()

    (frame,) = (each for each in pair.bob.take() if isinstance(each, frames.AwarenessFrame))
    (entry,) = decode_awareness(frame.payload, Limits())
    assert (entry.author_id, entry.clock) == (7, 2)
    assert entry.state is not None
    assert entry.state["at"] == 2


def test_a_stock_client_of_one_document_is_served_alike() -> None:
    pair = Pair()
    stock = pair.world.arrive("stock")
    pair.world.send(stock, sync_step1(NOTES, b"\x00")[len(frames.frame_prefix(NOTES)) :])
    stock.take()
    pair.fall_behind(stock)
    pair.type("one")
    pair.type("two")
    missed = stock.take()

    pair.catch_up(stock)

    assert missed == []
    assert kinds(stock.take())[:1] == ["SyncUpdate"]


def test_who_has_left_is_not_spoken_of() -> None:
    pair = Pair()
    pair.world.disconnect(pair.bob)

    pair.fall_behind()
    pair.catch_up()

    assert not any(isinstance(effect, CatchUp) for effect in pair.world.performed)


def test_who_was_never_behind_has_nothing_to_catch_up() -> None:
    pair = Pair()
    pair.type("one")
    pair.hear()

    pair.catch_up()

    assert pair.hear() == []


def test_what_cannot_be_told_shuts_that_document_for_that_client() -> None:
    pair = Pair()
    pair.fall_behind()
    pair.type("one")
    pair.world.views[NOTES] = DocumentView.from_pieces([b"\xff"], [b"\xff"])

    pair.catch_up()

    assert "CloseDocument" in kinds(pair.bob.take())
