"""The real hub and the app's real sessions, joined in memory: the main job without a socket."""

from __future__ import annotations

from typing import TypeVar

from app.collab.session_effects import (
    AccessChanged,
    InvitationMade,
    LinkChanged,
    ParticipantsChanged,
    RoomMade,
    SaveStateChanged,
    SignedIn,
)
from app.model.connection import ClosedReason, LinkPhase, SavePhase, SaveState
from app.model.notices import NoticeKind
from collab_server.protocol.links import parse_invitation_link
from tests.unit.app.collab.hub_world import Person, World

Seen = TypeVar("Seen")


def last(person: Person, kind: type[Seen]) -> Seen:
    return [effect for effect in person.seen if isinstance(effect, kind)][-1]


def shared(world: World, text: str = "") -> tuple[Person, str, str]:
    """Let Ada share a text; return her, the document and the code that lets in."""
    ada = world.person("ada")
    ada.start()
    world.settle()
    ada.session.rooms.create_room()
    ada.pump()
    world.settle()
    room = last(ada, RoomMade).room
    ada.session.rooms.join(room)
    ada.session.rooms.invite(room, perm="rw", ttl_s=600, max_uses=5)
    document = f"{room}/f/1"
    ada.open(document, text)
    world.settle()
    return ada, document, parse_invitation_link(last(ada, InvitationMade).url).code


def invited(world: World, code: str, document: str, name: str = "Grace") -> Person:
    """Let somebody come in by an invitation and open the document."""
    grace = world.person(name, code=code)
    grace.start()
    world.settle()
    (room,) = last(grace, SignedIn).rooms
    grace.session.rooms.join(room)
    grace.open(document)
    world.settle()
    return grace


def test_what_is_shared_is_in_the_store_and_shown_as_saved() -> None:
    world = World()

    ada, document, _ = shared(world, "naïve 😀\n")

    assert world.store.text_of(document) == "naïve 😀\n"
    assert ada.session.save_state == SaveState(SavePhase.SAVED)
    assert ada.session.link.phase is LinkPhase.LIVE


def test_who_joins_by_invitation_has_the_text_and_sees_who_is_there() -> None:
    world = World()
    ada, document, code = shared(world, "naïve 😀\n")

    grace = invited(world, code, document)

    assert grace.replicas[document].text == "naïve 😀\n"
    people = last(ada, ParticipantsChanged).participants
    assert [person.name for person in people] == ["Ada", "Grace"]
    assert [person.name for person in last(grace, ParticipantsChanged).participants] == [
        "Grace",
        "Ada",
    ]
    assert last(grace, AccessChanged) == AccessChanged(document, is_writable=True)


def test_both_edit_and_both_widgets_and_the_store_agree() -> None:
    world = World()
    ada, document, code = shared(world, "one\n")
    grace = invited(world, code, document)

    ada.type(document, 0, "zero 😀\n")
    grace.type(document, 4, "two\n")
    world.settle()

    texts = [person.replicas[document].text for person in (ada, grace)]
    assert texts == ["zero 😀\none\ntwo\n"] * 2
    assert [ada.widgets[document], grace.widgets[document]] == texts
    assert world.store.text_of(document) == texts[0]


def test_an_edit_is_saved_only_when_the_store_has_it() -> None:
    world = World()
    ada, document, _ = shared(world)
    ada.type(document, 0, "x")
    ada.seen.clear()

    while world.deliver_any():
        pass
    world.hub.tick(world.now_s + 1)
    world.pump()
    before = ada.session.save_state
    world.commit()
    world.settle()

    assert before == SaveState(SavePhase.SAVING, 1)
    assert last(ada, SaveStateChanged).save_state == SaveState(SavePhase.SAVED)


def test_what_is_typed_offline_arrives_after_the_return() -> None:
    world = World()
    ada, document, code = shared(world, "one\n")
    grace = invited(world, code, document)

    grace.is_away = True
    grace.cut()
    grace.type(document, 4, "offline\n")
    ada.type(document, 0, "meanwhile\n")
    waiting = grace.session.save_state
    world.settle()
    grace.is_away = False
    grace.session.retry_now(world.now_s)
    grace.pump()
    world.settle()

    assert waiting == SaveState(SavePhase.WAITING, 1)
    assert grace.session.save_state == SaveState(SavePhase.SAVED)
    assert ada.replicas[document].text == "meanwhile\none\noffline\n"
    assert grace.replicas[document].text == ada.replicas[document].text


def test_a_guest_that_returns_is_the_same_person_and_nobody_sees_it_leave() -> None:
    world = World()
    ada, document, code = shared(world)
    grace = invited(world, code, document)
    before = last(grace, SignedIn).user_id
    ada.seen.clear()

    grace.cut()
    world.settle(advance_s=2)

    assert last(grace, SignedIn).user_id == before
    told = [effect for effect in ada.seen if isinstance(effect, ParticipantsChanged)]
    assert told == []


def test_a_killed_server_comes_back_with_everything_that_was_saved() -> None:
    world = World()
    ada, document, code = shared(world, "one\n")
    grace = invited(world, code, document)
    ada.type(document, 0, "not yet stored\n")
    while world.deliver_any():
        pass

    world.kill_server()
    world.settle(advance_s=5)

    assert grace.replicas[document].text == "not yet stored\none\n"
    assert world.store.text_of(document) == "not yet stored\none\n"
    assert ada.session.save_state == SaveState(SavePhase.SAVED)
    assert NoticeKind.EPOCH_CHANGED not in ada.notices() + grace.notices()


def test_carets_are_seen_and_go_with_their_person() -> None:
    world = World()
    ada, document, code = shared(world, "hello\n")
    grace = invited(world, code, document)

    grace.select(document, 1, 4)
    world.settle(advance_s=1)
    seen = ada.caret_of("Grace", document)
    grace.is_away = True
    grace.cut()
    world.settle()

    assert seen is not None
    assert (seen.anchor_utf16, seen.head_utf16) == (1, 4)
    assert ada.caret_of("Grace", document) is None


def test_a_newer_token_without_the_right_to_write_makes_a_reader_at_once() -> None:
    world = World()
    ada, document, code = shared(world, "text\n")
    grace = invited(world, code, document)
    room = document.partition("/")[0]

    grace.session.renew(world.token(last(grace, SignedIn).user_id, {room: "r"}))
    grace.pump()
    world.settle()
    grace.type(document, 0, "mine\n")
    ada.type(document, 5, "ours\n")
    world.settle()

    assert last(grace, AccessChanged) == AccessChanged(document, is_writable=False)
    assert grace.session.save_state == SaveState(SavePhase.REFUSED, 1)
    assert world.store.text_of(document) == "text\nours\n"
    assert grace.replicas[document].text == "mine\ntext\nours\n"


def test_a_right_that_comes_back_brings_in_what_was_kept() -> None:
    world = World()
    ada, document, code = shared(world, "text\n")
    grace = invited(world, code, document)
    room = document.partition("/")[0]
    user = last(grace, SignedIn).user_id
    grace.session.renew(world.token(user, {room: "r"}))
    grace.pump()
    world.settle()
    grace.type(document, 0, "kept\n")
    world.settle()

    grace.session.renew(world.token(user, {room: "rw"}))
    grace.pump()
    world.settle()

    assert grace.session.save_state == SaveState(SavePhase.SAVED)
    assert ada.replicas[document].text == "kept\ntext\n"


def test_a_used_up_invitation_ends_the_session_with_a_reason() -> None:
    world = World()
    eve = world.person("Eve", code="c" * 22)

    eve.start()
    world.settle()

    link = last(eve, LinkChanged).link
    assert (link.phase, link.reason) == (LinkPhase.CLOSED, ClosedReason.REFUSED_TOKEN)
    assert NoticeKind.SIGN_IN_REFUSED in eve.notices()


def test_many_quick_keys_of_two_people_do_not_shut_the_document() -> None:
    world = World()
    ada, document, code = shared(world, "text\n")
    grace = invited(world, code, document)

    for number in range(10):
        grace.type(document, number, "k")
        ada.type(document, 0, "a")
    world.settle()

    assert NoticeKind.DOCUMENT_CLOSED not in grace.notices() + ada.notices()
    assert grace.replicas[document].text == ada.replicas[document].text
