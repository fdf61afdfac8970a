"""Updates that do not fit, and documents that are shut, denied or given up."""

import pytest

from app.collab.errors import ReplicaBroken
from app.collab.session_effects import (
    DocumentEnded,
    RaiseNotice,
)
from app.collab.states import DocumentState
from app.model.notices import Notice, NoticeKind
from collab_server.protocol import documents
from tests.unit.app.collab.channel_world import DOCUMENT, Channel, kinds


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
