import json

import pytest

from app.collab.backoff import Backoff
from app.collab.document_channel import DocumentChannel
from app.collab.document_presence import DocumentPresence
from app.collab.errors import ReplicaBroken
from app.collab.session_effects import (
    AccessChanged,
    DocumentEnded,
    DocumentSynced,
    PresenceChanged,
    RaiseNotice,
    RemoteUpdates,
    SendFrame,
    ServerState,
    SessionEffect,
)
from app.collab.states import DocumentState
from app.collab.text_replica import TextReplica
from app.model.notices import Notice, NoticeKind
from app.model.text_edit import TextEdit
from collab_server.protocol import documents
from collab_server.protocol.awareness import AwarenessEntry, encode_awareness
from collab_server.protocol.errors import MalformedFrame, RemoteProtocolError
from collab_server.protocol.known_state import KnownState
from collab_server.protocol.limits import Limits
from collab_server.protocol.names import parse_document
from collab_server.protocol.sync import SyncStep2
from collab_server.protocol.updates import EMPTY_UPDATE, encode_state_vector, parse_update

DOCUMENT = parse_document("room/f/1")
EMPTY_STATE = b"\x00"
USER: dict[str, object] = {"id": 1, "name": "Ada", "color": "#112233"}


class Channel:
    """A channel, what it asked for, and a server that says what a test tells it to."""

    def __init__(self, text: str = "") -> None:
        self.effects: list[SessionEffect] = []
        self.replica = TextReplica(text)
        self.channel = DocumentChannel(
            DOCUMENT,
            self.replica.ledger,
            DocumentPresence(lambda: self.replica.author_id, lambda: None),
            effects=self.effects,
            limits=Limits(),
            backoff=Backoff(lambda: 0.5, first_s=4.0),
        )
        self.now_s = 100.0
        self.replica.ledger.attach(self.channel.send_update)

    def take(self) -> list[SessionEffect]:
        effects = self.effects[:]
        self.effects.clear()
        return effects

    def sent(self) -> list[documents.ClientFrame]:
        return [
            documents.decode_client_frame(effect.frame, Limits())
            for effect in self.take()
            if isinstance(effect, SendFrame) and isinstance(effect.frame, bytes)
        ]

    def notices(self) -> list[NoticeKind]:
        return [effect.notice.kind for effect in self.take() if isinstance(effect, RaiseNotice)]

    def hear(self, frame: bytes) -> None:
        message = documents.decode_server_frame(frame, Limits())
        self.channel.receive(message, self.now_s)

    def hello(self, epoch: str = "e1", perm: str = "rw") -> None:
        text = json.dumps({"type": "document", "epoch": epoch, "perm": perm})
        self.hear(documents.stateless(DOCUMENT, text))

    def pong(self) -> None:
        """Let the answer come to what was sent before a document is opened again."""
        self.hear(documents.pong(DOCUMENT))

    def status(self, *, saved: bool = True) -> None:
        self.hear(documents.sync_status(DOCUMENT, saved=saved))

    def step1(self, state: bytes = EMPTY_STATE) -> None:
        self.hear(documents.sync_step1(DOCUMENT, state))

    def step2(self, update: bytes = EMPTY_UPDATE) -> None:
        self.hear(documents.sync_step2(DOCUMENT, update))

    def type(self, text: str) -> None:
        self.replica.edit([TextEdit(0, 0, text)], now_ms=0)

    def up(self) -> None:
        self.channel.link_up(USER)

    def live(self) -> None:
        self.up()
        self.hello()
        self.step2()
        self.step1()
        self.status()
        self.channel.tick(self.now_s)
        self.take()


def kinds(frames: list[documents.ClientFrame]) -> list[str]:
    return [
        type(frame.message if isinstance(frame, documents.Sync) else frame).__name__
        for frame in frames
    ]


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


def test_a_refusal_keeps_the_edits_and_stops_sending() -> None:
    world = Channel()
    world.live()
    world.type("a")
    world.type("b")
    world.take()

    world.status(saved=False)
    world.status(saved=False)
    world.type("c")

    assert world.take() == [RaiseNotice(Notice(NoticeKind.CHANGES_REFUSED, "", DOCUMENT))]
    assert world.channel.is_refused
    assert world.channel.unsaved_count == 3


def test_a_refused_document_does_not_argue_with_the_server() -> None:
    world = Channel()
    world.live()
    world.type("a")
    world.status(saved=False)
    world.take()

    world.step1()

    assert world.sent() == []


def test_a_refusal_of_one_who_may_write_is_tried_again_later() -> None:
    world = Channel()
    world.live()
    world.type("a")
    world.status(saved=False)
    world.take()

    assert world.channel.due_s() == 102.0
    world.channel.tick(102.0)

    assert kinds(world.sent()) == ["SyncStep1"]
    world.step2()
    world.step1()
    assert kinds(world.sent()) == ["SyncStep2"]
    world.status()
    assert world.channel.unsaved_count == 0
    assert not world.channel.is_refused


def test_one_who_may_only_read_is_not_tried_again_until_the_rights_change() -> None:
    world = Channel()
    world.live()
    world.hello(perm="r")
    world.type("a")
    world.status(saved=False)
    world.take()

    assert world.channel.due_s() == pytest.approx(115.0)  # awareness alone
    world.hello(perm="r")
    assert world.take() == []
    world.hello(perm="rw")
    assert [type(effect).__name__ for effect in world.take()] == ["AccessChanged", "SendFrame"]


def test_a_reader_is_told_so() -> None:
    world = Channel()
    world.up()
    world.take()

    world.hello(perm="r")
    world.hello(perm="r")

    assert world.take() == [AccessChanged(DOCUMENT, is_writable=False)]


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


def test_an_early_update_is_answered_by_asking_once() -> None:
    world = Channel()
    world.live()

    world.channel.ask_again(world.now_s)
    world.channel.ask_again(world.now_s)

    assert kinds(world.sent()) == ["SyncStep1"]


def test_answers_that_never_fit_shut_the_document_for_a_while() -> None:
    world = Channel()
    world.live()

    for _ in range(4):
        world.channel.ask_again(world.now_s)
        world.step2()

    assert world.channel.state is DocumentState.SHUT
    assert NoticeKind.CANNOT_SYNC in world.notices()


def test_early_updates_far_apart_do_not_add_up() -> None:
    world = Channel()
    world.live()

    for _ in range(9):
        world.now_s += 11.0
        world.channel.ask_again(world.now_s)
        world.step2()

    assert world.channel.state is DocumentState.LIVE


def test_a_document_that_the_server_shuts_is_opened_again_later() -> None:
    world = Channel()
    world.live()
    world.type("a")
    world.take()

    world.hear(documents.close_document(DOCUMENT, "insufficient_state"))
    world.type("b")
    world.step1()

    notice = Notice(NoticeKind.DOCUMENT_CLOSED, "insufficient_state", DOCUMENT)
    assert world.take() == [RaiseNotice(notice)]
    world.channel.tick(101.9)
    assert world.sent() == []
    world.channel.tick(102.0)
    assert kinds(world.sent()) == ["Ping", "SyncStep1"]


def test_a_denied_document_is_not_opened_again() -> None:
    world = Channel()
    world.up()
    world.take()

    world.hear(documents.auth_denied(DOCUMENT, "permission_denied"))

    notice = Notice(NoticeKind.DOCUMENT_DENIED, "permission_denied", DOCUMENT)
    assert world.take() == [RaiseNotice(notice), DocumentEnded(DOCUMENT)]
    world.channel.link_down()
    world.up()
    assert world.channel.due_s() is None
    assert world.take() == []


def test_a_document_that_cannot_be_held_is_given_up() -> None:
    world = Channel()
    world.live()

    world.channel.give_up()

    assert kinds([*world.sent()]) == ["CloseDocument"]
    assert world.channel.state is DocumentState.ENDED
    world.channel.part()
    world.channel.ask_again(0.0)
    assert world.take() == []


def test_a_broken_replica_cannot_answer_and_is_shut(monkeypatch: pytest.MonkeyPatch) -> None:
    world = Channel("mine")
    world.up()
    world.hello()
    world.take()

    def fail(_: bytes) -> bytes:
        raise ReplicaBroken("panic")

    monkeypatch.setattr(world.replica.ledger, "answer_step1", fail)
    world.step1()

    assert world.channel.state is DocumentState.SHUT
    assert world.notices() == [NoticeKind.CANNOT_SYNC]


def test_carets_come_and_go_with_the_connection() -> None:
    world = Channel()
    world.live()
    entry = AwarenessEntry(5, 1, {"user": {"id": 5, "name": "Grace", "color": "#123456"}})

    world.hear(documents.awareness(DOCUMENT, encode_awareness([entry])))
    world.hear(documents.awareness(DOCUMENT, encode_awareness([])))
    [changed] = world.take()
    world.channel.link_down()

    assert isinstance(changed, PresenceChanged)
    assert [person.name for person in changed.people] == ["Grace"]
    assert world.take() == [PresenceChanged(DOCUMENT, ())]


@pytest.mark.parametrize("reason", ["shut", "denied"])
def test_carets_go_with_the_document(reason: str) -> None:
    world = Channel()
    world.live()
    entry = AwarenessEntry(5, 1, {})
    world.hear(documents.awareness(DOCUMENT, encode_awareness([entry])))
    world.take()
    frames = {
        "shut": documents.close_document(DOCUMENT, "x"),
        "denied": documents.auth_denied(DOCUMENT, "x"),
    }

    world.hear(frames[reason])

    assert PresenceChanged(DOCUMENT, ()) in world.take()


def test_a_silent_person_goes_in_time() -> None:
    world = Channel()
    world.live()
    world.hear(documents.awareness(DOCUMENT, encode_awareness([AwarenessEntry(5, 1, {})])))
    world.take()

    world.channel.tick(200.0)

    assert PresenceChanged(DOCUMENT, ()) in world.take()


def test_the_own_caret_is_told_after_the_content() -> None:
    world = Channel()
    world.live()

    world.type("a")
    world.channel.presence.move()
    world.channel.tick(world.now_s + 0.2)

    assert kinds(world.sent()) == ["SyncUpdate", "AwarenessFrame"]


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


def test_after_a_refusal_later_statuses_acknowledge_nothing() -> None:
    world = Channel()
    world.live()
    world.type("a")
    world.type("b")

    world.status(saved=False)
    world.status()

    assert world.channel.unsaved_count == 2
