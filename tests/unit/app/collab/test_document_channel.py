import json

import pytest

from app.collab.session_effects import (
    AccessChanged,
    DocumentSynced,
    RemoteUpdates,
)
from app.collab.states import DocumentState
from app.collab.text_replica import TextReplica
from collab_server.protocol import documents
from collab_server.protocol.errors import MalformedFrame, RemoteProtocolError
from collab_server.protocol.sync import SyncStep2
from tests.unit.app.collab.channel_world import DOCUMENT, USER, Channel, kinds


def test_a_connection_opens_the_document_with_a_step_1_and_nothing_else() -> None:
    world = Channel("mine")

    world.up()

    assert kinds(world.sent()) == ["SyncStep1"]
    assert world.channel.state is DocumentState.OPENING


def test_what_the_server_has_is_to_be_applied() -> None:
    world = Channel()
    theirs = TextReplica("theirs").ledger.history()[0]
    world.up()
    world.take()

    world.hello()
    world.step2(theirs)

    assert world.take() == [
        AccessChanged(DOCUMENT, is_writable=True),
        RemoteUpdates(DOCUMENT, (theirs,)),
        DocumentSynced(DOCUMENT),
    ]


def test_the_server_s_step_1_is_answered_with_everything_pending() -> None:
    world = Channel("mine")
    world.up()
    world.hello()
    world.step2()
    world.take()

    world.step1()

    [answer] = world.sent()
    guest = TextReplica()
    assert isinstance(answer, documents.Sync)
    assert isinstance(answer.message, SyncStep2)
    guest.apply([answer.message.update])
    assert guest.text == "mine"
    assert world.channel.state is DocumentState.LIVE


def test_nothing_is_sent_before_the_epoch_is_known() -> None:
    world = Channel("mine")
    world.up()
    world.take()

    world.step1()
    world.type("x")

    assert world.sent() == []
    world.hello()
    assert kinds(world.sent()) == ["SyncStep2"]


def test_a_live_document_sends_each_edit_as_one_frame() -> None:
    world = Channel()
    world.live()

    world.type("a")
    world.type("b")

    assert kinds(world.sent()) == ["SyncUpdate", "SyncUpdate"]
    assert world.channel.unsaved_count == 2


def test_a_status_acknowledges_what_was_sent_first() -> None:
    world = Channel()
    world.live()
    world.type("a")
    world.type("b")

    world.status()

    assert world.channel.unsaved_count == 1
    world.status()
    assert world.channel.unsaved_count == 0


def test_the_status_of_a_step_2_acknowledges_all_that_was_in_it() -> None:
    world = Channel("mine")
    world.up()
    world.type("1")
    world.type("2")
    world.hello()
    world.step1()

    assert world.channel.unsaved_count == 3
    world.status()
    assert world.channel.unsaved_count == 0


def test_a_status_for_nothing_breaks_the_protocol() -> None:
    world = Channel()
    world.live()

    with pytest.raises(MalformedFrame):
        world.status()


def test_what_is_under_way_to_an_earlier_opening_says_nothing() -> None:
    world = Channel("text")
    world.channel.link_up(USER, 1)
    asked = kinds(world.sent())

    world.hello()
    world.step1()
    world.pong()
    world.status()
    between = world.channel.state
    world.pong()
    world.hello()
    world.step1()
    world.status()

    assert asked == ["Ping", "SyncStep1"]
    assert between is DocumentState.OPENING
    assert world.channel.fence == 0
    assert world.channel.unsaved_count == 0


def test_a_pong_that_nobody_waits_for_says_nothing() -> None:
    world = Channel()
    world.live()

    world.pong()

    assert world.channel.fence == 0
    assert world.channel.state is DocumentState.LIVE


def test_what_is_typed_offline_waits_for_the_next_connection() -> None:
    world = Channel()
    world.live()
    world.type("lost with the connection ")
    world.channel.link_down()
    world.type("typed offline ")
    world.take()

    world.up()
    world.hello()
    world.step2()
    world.step1()

    [_, answer] = world.sent()
    guest = TextReplica()
    assert isinstance(answer, documents.Sync)
    assert isinstance(answer.message, SyncStep2)
    guest.apply([answer.message.update])
    assert guest.text == "typed offline lost with the connection "
    assert world.channel.unsaved_count == 2


@pytest.mark.parametrize(
    "text",
    [
        '{"type":"document","epoch":7,"perm":"rw"}',
        '{"type":"document","epoch":"e1"}',
        '{"type":"document","perm":"rw"}',
        "no json",
        json.dumps({"type": "document", "epoch": "e" * 200, "perm": "rw"}),
    ],
)
def test_a_greeting_that_is_none_breaks_the_protocol(text: str) -> None:
    world = Channel()
    world.up()

    with pytest.raises(RemoteProtocolError):
        world.hear(documents.stateless(DOCUMENT, text))


@pytest.mark.parametrize("text", ['{"type":"beacon"}', "[1,2]", '"text"', "null"])
def test_another_stateless_message_is_ignored(text: str) -> None:
    world = Channel()
    world.up()
    world.take()

    world.hear(documents.stateless(DOCUMENT, text))

    assert world.take() == []


def test_frames_of_no_meaning_here_change_nothing() -> None:
    world = Channel()
    world.live()

    world.hear(documents.pong(DOCUMENT))
    world.hear(documents.authenticated(DOCUMENT, documents.Scope.READ_WRITE))

    assert world.take() == []


def test_parting_tells_the_server() -> None:
    world = Channel()
    world.live()

    world.channel.part()

    assert kinds(world.sent()) == ["CloseDocument"]


def test_a_link_that_goes_down_twice_goes_down() -> None:
    world = Channel()

    world.channel.link_down()
    world.channel.link_down()

    assert world.channel.state is DocumentState.OFFLINE
    assert world.channel.due_s() is None


def test_news_are_to_be_applied() -> None:
    world = Channel()
    world.live()
    theirs = TextReplica("theirs").ledger.history()[0]

    world.hear(documents.sync_update(DOCUMENT, theirs))

    assert world.take() == [RemoteUpdates(DOCUMENT, (theirs,))]
