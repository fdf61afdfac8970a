"""What a document’s channel does when the server does not take what was made here."""

import pytest

from app.collab.session_effects import (
    AccessChanged,
    RaiseNotice,
)
from app.model.notices import Notice, NoticeKind
from tests.unit.app.collab.channel_world import DOCUMENT, Channel, kinds


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


def test_after_a_refusal_later_statuses_acknowledge_nothing() -> None:
    world = Channel()
    world.live()
    world.type("a")
    world.type("b")

    world.status(saved=False)
    world.status()

    assert world.channel.unsaved_count == 2
