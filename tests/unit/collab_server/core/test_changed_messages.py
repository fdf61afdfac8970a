"""Messages that are changed, taken away and reacted to."""

import msgspec
import pytest

from collab_server.protocol.names import parse_room
from collab_server.protocol.room_events import (
    Ack,
    DeleteMessage,
    EditMessage,
    MessageDeleted,
    MessageUpdated,
    React,
    Reacted,
)
from tests.support.hub_world import UNIX_S, HubWorld
from tests.unit.collab_server.core.chat_rooms import epoch_of
from tests.unit.collab_server.core.members import (
    GENERAL,
    all_of,
    joined,
    member,
    post,
    slug,
    the,
)


def test_an_author_changes_a_message_and_everybody_hears_of_it() -> None:
    world = HubWorld()
    ada, bob = member(world, "ada"), member(world, "bob")
    message_id = post(world, ada).id
    assert message_id
    bob.take()

    world.tell(ada, EditMessage(room=GENERAL, message_id=message_id, message="better", id=2))

    ack = the(Ack, ada)
    assert (ack.id, ack.offset, ack.re) == (message_id, 2, 2)
    assert the(MessageUpdated, bob) == MessageUpdated(
        room=GENERAL,
        message_id=message_id,
        user_id="ada",
        message=msgspec.Raw(b'"better"'),
        edited_at=int(UNIX_S + world.now_s),
        offset=2,
    )


def test_an_author_takes_a_message_away_and_it_is_nowhere_any_more() -> None:
    world = HubWorld()
    ada, bob = member(world, "ada"), member(world, "bob")
    message_id = post(world, ada, "planted").id
    assert message_id
    world.tell(ada, EditMessage(room=GENERAL, message_id=message_id, message="planted too"))
    bob.take()

    world.tell(ada, DeleteMessage(room=GENERAL, message_id=message_id))

    assert the(MessageDeleted, bob) == MessageDeleted(
        room=GENERAL, message_id=message_id, user_id="ada", offset=3
    )
    for later in (world, HubWorld(world.store)):
        late = joined(later, later.sign_in("late"), recover=(epoch_of(world), 0))
        assert late.recovered
        assert len(late.events or ()) == 3
        assert "planted" not in repr([bytes(event) for event in late.events or ()])
    assert "planted" not in "\n".join(world.store.rooms.database.iterdump())


def test_nobody_changes_what_somebody_else_said() -> None:
    world = HubWorld()
    ada, bob = member(world, "ada"), member(world, "bob")
    message_id = post(world, ada).id
    assert message_id
    bob.take()

    answers = []
    for event in (
        EditMessage(room=GENERAL, message_id=message_id, message="bob's"),
        DeleteMessage(room=GENERAL, message_id=message_id),
        EditMessage(room=GENERAL, message_id=99, message="nobody's"),
    ):
        world.tell(bob, event)
        answers.append(slug(bob))

    assert answers == ["permission_denied", "permission_denied", "message_not_found"]


def test_a_moderator_takes_away_what_others_said_and_changes_nothing() -> None:
    world = HubWorld()
    ada = member(world, "ada")
    mod = member(world, "mod", rooms={"chat_*": "m"})
    message_id = post(world, ada).id
    assert message_id
    mod.take()

    world.tell(mod, EditMessage(room=GENERAL, message_id=message_id, message="mine"))
    refused = slug(mod)
    world.tell(mod, DeleteMessage(room=GENERAL, message_id=message_id))

    assert refused == "permission_denied"
    assert the(MessageDeleted, ada).user_id == "mod"


def test_a_message_of_another_room_is_not_found_here() -> None:
    world = HubWorld()
    other = parse_room("chat_other")
    ada = member(world, "ada")
    joined(world, ada, other)
    elsewhere = post(world, ada, room=other).id
    assert elsewhere

    for event in (
        DeleteMessage(room=GENERAL, message_id=elsewhere),
        React(room=GENERAL, message_id=elsewhere, emoji="👍"),
    ):
        world.tell(ada, event)
        assert slug(ada) == "message_not_found"


def test_reactions_come_once_a_user_and_go() -> None:
    world = HubWorld()
    ada, bob = member(world, "ada"), member(world, "bob", "7")
    message_id = post(world, ada).id
    assert message_id
    thumb = React(room=GENERAL, message_id=message_id, emoji="👍", id=1)
    away = React(room=GENERAL, message_id=message_id, emoji="👍", op="remove", id=2)
    ada.take()

    for event in (thumb, thumb, away, away):
        world.tell(bob, event)

    told = all_of(Reacted, ada)
    assert [(one.op, one.user_id, one.offset) for one in told] == [("add", 7, 2), ("remove", 7, 3)]
    acks = all_of(Ack, bob)
    assert [(ack.offset, ack.duplicate) for ack in acks] == [
        (2, False),
        (None, True),
        (3, False),
        (None, True),
    ]


def test_reactions_are_shown_to_who_comes_later() -> None:
    world = HubWorld()
    ada, bob = member(world, "ada"), member(world, "bob", "7")
    message_id = post(world, ada).id
    assert message_id
    for peer, emoji, op in (
        (ada, "👍", "add"),
        (bob, "👍", "add"),
        (bob, "😀", "add"),
        (ada, "👍", "remove"),
        (bob, "😀", "remove"),
    ):
        world.tell(
            peer,
            React(room=GENERAL, message_id=message_id, emoji=emoji, op=op),  # pyright: ignore[reportArgumentType]
        )

    for later in (world, HubWorld(world.store)):
        late = joined(later, later.sign_in("late"), history=1)
        (event,) = list(late.events or ())
        assert msgspec.json.decode(event)["reactions"] == {"👍": [7]}


def test_a_message_has_so_many_reactions_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collab_server.storage.messages.REACTIONS_A_MESSAGE", 2)
    world = HubWorld()
    ada = member(world, "ada")
    message_id = post(world, ada).id
    assert message_id

    for emoji in "abc":
        world.tell(ada, React(room=GENERAL, message_id=message_id, emoji=emoji))

    assert slug(ada) == "limit_exceeded"


def test_who_may_not_speak_may_not_react_either() -> None:
    world = HubWorld()
    room = parse_room("notifications_ada")
    ada = member(world, "ada", None, room)

    world.tell(ada, React(room=room, message_id=1, emoji="👍"))

    assert slug(ada) == "permission_denied"


def test_a_room_that_keeps_nothing_has_nothing_to_change() -> None:
    world = HubWorld(dev=True)
    room = parse_room("test_room")
    ada = member(world, "ada", None, room)

    world.tell(ada, DeleteMessage(room=room, message_id=1))

    assert slug(ada) == "permission_denied"


def test_an_edit_over_the_limit_is_refused() -> None:
    world = HubWorld()
    ada = member(world, "ada")

    world.tell(ada, EditMessage(room=GENERAL, message_id=1, message="x" * 9000))

    assert slug(ada) == "too_large"
