"""The documents of a session over its connections."""

import pytest

from app.collab.session_effects import (
    SaveStateChanged,
    SendFrame,
)
from app.collab.text_replica import TextReplica
from app.model.connection import LinkPhase, SavePhase, SaveState
from collab_server.protocol import documents
from collab_server.protocol.errors import LocalProtocolError
from collab_server.protocol.limits import Limits
from tests.unit.app.collab.session_client import DOCUMENT, Client


def test_a_document_opens_when_the_session_is_live_and_on_every_return() -> None:
    client = Client()
    replica = TextReplica()
    client.session.open_document(DOCUMENT, replica.ledger)
    client.live()
    client.lose()
    client.come_back()
    client.take()

    client.welcome()

    frames = [effect.frame for effect in client.take() if isinstance(effect, SendFrame)]
    assert frames == [documents.sync_step1(DOCUMENT, b"\x00")]


def test_a_document_that_is_opened_later_is_opened_at_once() -> None:
    client = Client()
    client.live()

    client.session.open_document(DOCUMENT, TextReplica().ledger)

    assert client.take() == [SendFrame(documents.sync_step1(DOCUMENT, b"\x00"))]


def test_a_document_is_opened_once() -> None:
    client = Client()
    client.session.open_document(DOCUMENT, TextReplica().ledger)

    with pytest.raises(LocalProtocolError):
        client.session.open_document(DOCUMENT, TextReplica().ledger)


def test_a_closed_document_is_told_to_the_server_and_not_opened_again() -> None:
    client = Client()
    client.live()
    client.session.open_document(DOCUMENT, TextReplica().ledger)
    client.take()

    client.session.close_document(DOCUMENT)
    client.session.close_document(DOCUMENT)

    assert client.take() == [SendFrame(documents.close_document(DOCUMENT))]


def test_a_document_that_is_opened_again_hears_nothing_that_was_meant_for_before() -> None:
    client = Client()
    client.live()
    name = DOCUMENT
    client.session.open_document(name, TextReplica().ledger)
    client.session.close_document(DOCUMENT)
    channel = client.session.open_document(DOCUMENT, TextReplica().ledger)
    twice = channel.fence
    client.session.close_document(DOCUMENT)
    client.session.receive(documents.pong(name), client.now_s)  # to the opening before
    client.session.receive(documents.pong(name), client.now_s)  # to nobody
    replica = TextReplica("x")
    channel = client.session.open_document(DOCUMENT, replica.ledger)
    replica.ledger.attach(channel.send_update)

    client.session.receive(documents.sync_status(name, saved=True), client.now_s)

    assert (twice, channel.fence) == (1, 1)
    assert channel.unsaved_count == 1
    assert client.phase is LinkPhase.LIVE


def test_on_another_connection_nothing_is_under_way() -> None:
    client = Client()
    client.live()
    client.session.open_document(DOCUMENT, TextReplica().ledger)
    client.session.close_document(DOCUMENT)
    client.lose(1006)
    client.come_back()
    client.welcome()

    channel = client.session.open_document(DOCUMENT, TextReplica().ledger)

    assert channel.fence == 0


def test_what_is_not_saved_is_counted() -> None:
    client = Client()
    replica = TextReplica("mine")
    channel = client.session.open_document(DOCUMENT, replica.ledger)
    replica.ledger.attach(channel.send_update)

    before = [effect for effect in client.take() if isinstance(effect, SaveStateChanged)]
    client.live()

    assert before == [SaveStateChanged(SaveState(SavePhase.WAITING, 1))]
    assert client.session.save_state == SaveState(SavePhase.SAVING, 1)


def test_a_refused_document_shows_in_the_save_state() -> None:
    client = Client()
    replica = TextReplica("mine")
    channel = client.session.open_document(DOCUMENT, replica.ledger)
    replica.ledger.attach(channel.send_update)
    client.live()

    client.session.receive(documents.auth_denied(DOCUMENT, "no"), client.now_s)

    assert SaveStateChanged(SaveState(SavePhase.REFUSED, 1)) in client.take()


def test_the_next_deadline_may_be_a_document_s() -> None:
    client = Client()
    client.live()
    client.session.open_document(
        DOCUMENT, TextReplica().ledger, author_id=lambda: 1, cursor=lambda: None
    )
    hello = '{"type":"document","epoch":"e1","perm":"rw"}'
    client.session.receive(documents.stateless(DOCUMENT, hello), client.now_s)
    client.session.receive(documents.sync_step1(DOCUMENT, b"\x00"), client.now_s)
    client.take()

    due_s = client.session.due_s()
    assert due_s is not None
    assert due_s < client.now_s
    client.session.tick(client.now_s)

    [frame] = [effect.frame for effect in client.take() if isinstance(effect, SendFrame)]
    assert isinstance(frame, bytes)
    assert isinstance(documents.decode_client_frame(frame, Limits()), documents.AwarenessFrame)
