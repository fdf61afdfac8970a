"""A text that goes on in a server’s history."""

import pytest

from app.collab import crdt
from app.collab.errors import EarlyUpdate, ForeignContent
from app.collab.text_replica import TextReplica
from app.model.text_edit import TextEdit, apply_edits
from collab_server.protocol.errors import MalformedUpdate


def whole_state(replica: TextReplica) -> bytes:
    """Return what a server that has this answers to an empty step 1."""
    return crdt.merge(replica.ledger.history())


def test_a_rebased_text_keeps_own_edits_as_new_ones_of_another_author() -> None:
    server = TextReplica("one 😀\ntwo\n")
    replica = TextReplica()
    replica.apply(server.ledger.history())
    replica.ledger.attach(lambda _update: None)
    replica.edit([TextEdit(0, 0, "mine e\u0301 ")], now_ms=0)
    server.edit([TextEdit(server.shadow.length_utf16, 0, "three 👍\n")], now_ms=0)
    author_before = replica.author_id
    told: list[object] = []
    replica.on_changed = lambda *change: told.append(change)

    edits = replica.rebase(whole_state(server), is_same_history=True)

    assert edits == [TextEdit(19, 0, "three 👍\n")]
    assert replica.text == "mine e\u0301 one 😀\ntwo\nthree 👍\n"
    assert replica.author_id != author_before
    assert replica.ledger.pending_count == 1
    assert len(told) == 1
    assert not replica.can_undo
    assert replica.verify()
    server.apply([replica.ledger.answer_step1(server.ledger.state_vector())])
    assert server.text == replica.text
    assert author_before not in server.ledger.known.state


def test_a_text_that_the_server_has_whole_is_rebased_without_an_edit() -> None:
    server, replica = TextReplica("text"), TextReplica()
    replica.apply(server.ledger.history())

    assert replica.rebase(whole_state(server), is_same_history=True) == []
    assert (replica.text, replica.ledger.pending_count) == ("text", 0)
    replica.edit([TextEdit(4, 0, "!")], now_ms=0)
    assert replica.verify()


def test_a_text_of_another_history_becomes_the_servers() -> None:
    server, replica = TextReplica("theirs 😀"), TextReplica("mine")
    replica.ledger.attach(lambda _update: None)

    edits = replica.rebase(whole_state(server), is_same_history=False)

    assert apply_edits("mine", edits) == replica.text == "theirs 😀"
    assert replica.ledger.pending_count == 0
    assert replica.verify()


def test_what_cannot_be_a_whole_state_changes_nothing() -> None:
    server, replica = TextReplica("theirs"), TextReplica("mine")
    later = server.edit([TextEdit(6, 0, "!")], now_ms=0)
    assert later is not None
    hidden = bytes([1, 1, 5, 0, 8, 1, 7]) + b"content" + bytes([1, 0x77, 1, 0x61, 0])

    with pytest.raises(EarlyUpdate):
        replica.rebase(later, is_same_history=True)
    with pytest.raises(ForeignContent):
        replica.rebase(hidden, is_same_history=False)
    with pytest.raises(MalformedUpdate):
        replica.rebase(b"\x05", is_same_history=False)

    assert replica.text == "mine"
    assert replica.verify()
