"""A document that goes on in another history than the one it had."""

from app.collab.session_effects import (
    DocumentEnded,
    PresenceChanged,
    RaiseNotice,
    SendFrame,
    ServerState,
)
from app.collab.states import DocumentState
from app.collab.text_replica import TextReplica
from app.model.notices import Notice, NoticeKind
from collab_server.protocol import documents
from collab_server.protocol.awareness import AwarenessEntry, encode_awareness
from collab_server.protocol.known_state import KnownState
from collab_server.protocol.sync import SyncStep2
from collab_server.protocol.updates import EMPTY_UPDATE, encode_state_vector, parse_update
from tests.unit.app.collab.channel_world import DOCUMENT, EMPTY_STATE, Channel, kinds


def offline_edit(world: Channel) -> None:
    """Keep something in the epoch, and type while there is no connection."""
    world.live()
    world.type("a")
    world.status()
    world.channel.link_down()
    world.type("typed offline")
    world.up()
    world.take()


def test_of_another_epoch_the_whole_state_is_asked_for_and_nothing_is_sent() -> None:
    world = Channel()
    offline_edit(world)

    world.hello(epoch="e2")
    world.step1()

    assert world.take() == [
        SendFrame(documents.close_document(DOCUMENT)),
        RaiseNotice(Notice(NoticeKind.EPOCH_CHANGED, "", DOCUMENT)),
        SendFrame(documents.ping(DOCUMENT)),
        SendFrame(documents.sync_step1(DOCUMENT, EMPTY_STATE)),
    ]
    assert world.channel.state is DocumentState.REBASING


def test_the_answer_to_what_was_asked_before_is_not_the_whole_state() -> None:
    world = Channel()
    offline_edit(world)
    world.hello(epoch="e2")
    world.take()
    theirs = TextReplica("theirs").ledger.history()[0]

    world.step2(theirs)
    world.step1()
    assert world.take() == []
    world.pong()
    world.hello(epoch="e2")
    world.step2(theirs)

    assert world.take() == [ServerState(DOCUMENT, theirs, is_same_history=False)]


def test_a_server_that_keeps_a_former_epoch_out_is_asked_once() -> None:
    world = Channel()
    offline_edit(world)
    theirs = TextReplica("theirs").ledger.history()[0]

    world.hello(epoch="e2")
    world.hear(documents.auth_denied(DOCUMENT, "epoch"))
    world.hear(documents.close_document(DOCUMENT, "epoch"))
    assert len(world.sent()) == 3
    world.pong()
    world.hello(epoch="e2")
    world.step2(theirs)

    assert world.take() == [ServerState(DOCUMENT, theirs, is_same_history=False)]
    assert world.replica.ledger.epoch == "e2"


def test_a_denied_epoch_says_enough_without_a_greeting() -> None:
    world = Channel()
    world.live()
    world.type("a")
    world.take()

    world.hear(documents.auth_denied(DOCUMENT, "epoch"))
    world.hear(documents.close_document(DOCUMENT, "epoch"))

    assert kinds(world.sent()) == ["CloseDocument", "Ping", "SyncStep1"]


def test_a_rebased_replica_sends_its_own_again() -> None:
    world = Channel("mine ")
    world.live()
    world.type("kept ")
    world.take()
    state = TextReplica("theirs").ledger.history()[0]

    world.hear(documents.stateless(DOCUMENT, '{"type":"refused","reason":"foreign"}'))
    world.status(saved=False)
    world.step1()
    assert kinds(world.sent()) == ["CloseDocument", "Ping", "SyncStep1"]
    world.pong()
    world.hello()
    world.step2(state)
    assert world.take() == [ServerState(DOCUMENT, state, is_same_history=True)]
    world.replica.rebase(state, is_same_history=True)
    world.channel.rebased()
    known = KnownState()
    known.advance(parse_update(state))
    world.step2()
    world.step1(encode_state_vector(known.state))

    frames = world.sent()
    assert kinds(frames) == ["SyncStep1", "SyncStep2"]
    server = TextReplica()
    server.apply([state])
    assert isinstance(frames[1], documents.Sync)
    assert isinstance(frames[1].message, SyncStep2)
    server.apply([frames[1].message.update])
    assert server.text == world.replica.text
    assert world.replica.ledger.pending_count == 1
    world.status()
    assert world.replica.ledger.pending_count == 0


def test_statuses_of_what_was_sent_before_say_nothing_of_what_is_made_again() -> None:
    world = Channel()
    world.live()
    for _ in range(2):
        world.type("x")
    world.hear(documents.stateless(DOCUMENT, '{"type":"refused","reason":"foreign"}'))
    world.status(saved=False)
    world.take()

    world.status(saved=True)

    assert world.replica.ledger.pending_count == 2
    assert world.take() == []


def test_a_rebase_that_the_connection_cuts_short_is_begun_again() -> None:
    world = Channel()
    offline_edit(world)
    world.hello(epoch="e2")
    world.channel.link_down()
    world.take()

    world.up()
    assert kinds(world.sent()) == ["SyncStep1"]
    assert world.channel.state is DocumentState.REBASING
    world.channel.link_down()
    world.channel.rebased()
    world.up()

    assert world.channel.state is DocumentState.OPENING


def test_a_document_that_is_shut_while_rebasing_is_asked_for_everything_later() -> None:
    world = Channel()
    offline_edit(world)
    world.hello(epoch="e2")
    world.pong()
    world.hear(documents.close_document(DOCUMENT, "limit_exceeded"))
    world.take()

    due_s = world.channel.due_s()
    assert due_s is not None
    world.channel.tick(due_s)

    assert world.take() == [
        SendFrame(documents.ping(DOCUMENT)),
        SendFrame(documents.sync_step1(DOCUMENT, EMPTY_STATE)),
    ]


def test_a_server_that_says_another_epoch_each_time_is_given_up() -> None:
    world = Channel()
    world.live()
    theirs = TextReplica("theirs").ledger.history()[0]
    world.type("a")
    world.status()
    for number in range(4):
        world.step2()
        world.hello(epoch=f"other{number}")
        world.pong()
        world.step2(theirs)
        world.channel.rebased()

    assert world.channel.state is DocumentState.ENDED
    assert world.take()[-1] == DocumentEnded(DOCUMENT)


def test_without_a_word_on_the_epoch_none_is_noted() -> None:
    world = Channel()
    world.up()
    world.step2(TextReplica("theirs").ledger.history()[0])

    assert world.replica.ledger.epoch is None


def test_who_was_here_before_a_rebase_is_told_to_be_gone() -> None:
    world = Channel()
    world.live()
    entry = AwarenessEntry(9, 1, {"user": {"id": 2, "name": "Grace", "color": "#123456"}})
    world.hear(documents.awareness(DOCUMENT, encode_awareness([entry])))
    assert [type(effect) for effect in world.take()] == [PresenceChanged]

    world.hear(documents.auth_denied(DOCUMENT, "epoch"))

    assert PresenceChanged(DOCUMENT, ()) in world.take()


def test_what_is_refused_again_and_again_becomes_the_persons_own() -> None:
    world = Channel()
    world.live()
    for _ in range(4):
        world.type("x")
        world.hear(documents.stateless(DOCUMENT, '{"type":"refused","reason":"foreign"}'))
        world.channel.state = DocumentState.LIVE
        world.channel.send_update(EMPTY_UPDATE)
        world.status(saved=False)
        world.pong()

    effects = world.take()
    assert effects[-1] == DocumentEnded(DOCUMENT)
    assert world.channel.is_refused


def test_an_epoch_in_which_nothing_was_ever_kept_may_be_another_next_time() -> None:
    world = Channel("first share")
    world.up()
    world.hello(epoch="e1")
    world.channel.link_down()
    world.up()
    world.take()

    world.hello(epoch="e2")
    world.step1()

    assert kinds(world.sent()) == ["SyncStep2"]
