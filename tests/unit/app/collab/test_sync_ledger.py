import pytest

from app.collab.text_replica import TextReplica
from app.model.text_edit import TextEdit
from collab_server.protocol.errors import MalformedUpdate
from collab_server.protocol.updates import EMPTY_UPDATE, encode_state_vector, parse_update

EMPTY_STATE = b"\x00"


def typed(replica: TextReplica, at: int, text: str, removed: int = 0) -> bytes:
    update = replica.edit([TextEdit(at, removed, text)], now_ms=0)
    assert update is not None
    return update


def attached(text: str = "") -> tuple[TextReplica, list[bytes]]:
    replica, sent = TextReplica(text), []
    replica.ledger.attach(sent.append)
    return replica, sent


def test_what_is_made_while_attached_is_handed_on_and_kept() -> None:
    replica, sent = attached()

    updates = [typed(replica, 0, "a"), typed(replica, 1, "b")]

    assert sent == updates
    assert (replica.ledger.pending_count, replica.ledger.last_number) == (2, 2)


def test_what_is_made_while_detached_is_neither() -> None:
    replica, sent = attached()
    replica.ledger.detach()

    typed(replica, 0, "a")

    assert sent == []
    assert replica.ledger.pending_count == 0


def test_acknowledging_a_number_forgets_everything_up_to_it() -> None:
    replica, _ = attached()
    for at in range(4):
        typed(replica, at, "x")

    replica.ledger.acknowledge(3)

    assert replica.ledger.pending_count == 1
    assert replica.ledger.last_number == 4


def test_a_first_share_counts_as_unsaved_and_sends_everything() -> None:
    replica, _ = attached("a text")
    guest = TextReplica()

    guest.apply([replica.ledger.answer_step1(EMPTY_STATE)])

    assert replica.ledger.pending_count == 1
    assert guest.text == "a text"
    replica.ledger.acknowledge(1)
    assert replica.ledger.pending_count == 0


def test_a_first_share_is_sent_whole_until_it_is_acknowledged() -> None:
    replica, _ = attached("a text")
    typed(replica, 0, "", removed=2)  # a deletion does not show in the server's state
    server = replica.ledger.state_vector()

    assert parse_update(replica.ledger.answer_step1(server)).deletes
    assert parse_update(replica.ledger.answer_step1(server)).deletes
    replica.ledger.acknowledge(2)
    assert replica.ledger.answer_step1(server) == EMPTY_UPDATE


def test_an_empty_replica_has_nothing_to_share() -> None:
    replica, _ = attached()

    assert replica.ledger.pending_count == 0
    assert replica.ledger.answer_step1(EMPTY_STATE) == EMPTY_UPDATE


def test_a_return_sends_only_what_is_pending() -> None:
    replica, _ = attached("a text")
    replica.ledger.acknowledge(1)
    server = replica.ledger.state_vector()
    typed(replica, 0, "1")
    typed(replica, 1, "2")
    typed(replica, 5, "", removed=1)

    summary = parse_update(replica.ledger.answer_step1(server))

    assert summary.structs == {replica.author_id: [(6, 8)]}
    assert list(summary.deletes) == [replica.author_id]


def test_a_server_that_has_a_part_of_it_gets_the_rest() -> None:
    replica, _ = attached()
    typed(replica, 0, "😀")
    server = replica.ledger.state_vector()
    typed(replica, 2, "b")

    summary = parse_update(replica.ledger.answer_step1(server))

    assert summary.structs == {replica.author_id: [(2, 3)]}


def test_a_server_that_has_it_all_gets_nothing() -> None:
    replica, _ = attached()
    typed(replica, 0, "a")

    assert replica.ledger.answer_step1(replica.ledger.state_vector()) == EMPTY_UPDATE


def test_a_server_that_forgot_others_edits_gets_them_again() -> None:
    peer = TextReplica("from a peer")
    replica, _ = attached()
    replica.apply(peer.ledger.history())
    typed(replica, 0, "mine")
    guest = TextReplica()

    guest.apply([replica.ledger.answer_step1(EMPTY_STATE)])

    assert guest.text == "minefrom a peer"


def test_very_many_pending_updates_become_one() -> None:
    replica, _ = attached()
    for at in range(250):
        typed(replica, at, "x")
    guest = TextReplica()

    guest.apply([replica.ledger.answer_step1(EMPTY_STATE)])

    assert guest.text == "x" * 250


def test_a_state_vector_that_is_none_is_refused() -> None:
    replica, _ = attached("text")

    with pytest.raises(MalformedUpdate):
        replica.ledger.answer_step1(b"\xff\xff")


def test_a_state_vector_tells_what_is_known() -> None:
    replica, _ = attached("😀b")

    assert replica.ledger.state_vector() == encode_state_vector({replica.author_id: 3})


def test_attaching_again_sends_everything_again() -> None:
    replica, _ = attached("a text")
    replica.ledger.acknowledge(1)
    replica.ledger.detach()
    typed(replica, 0, "", removed=2)
    replica.ledger.attach(lambda _: None)

    summary = parse_update(replica.ledger.answer_step1(replica.ledger.state_vector()))

    assert summary.deletes
    assert replica.ledger.pending_count == 1
