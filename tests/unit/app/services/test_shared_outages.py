"""What happened to a shared document while the connection was away, and other histories."""

import pytest
from PySide6.QtWidgets import QApplication

from app.collab.session_effects import RemotePresence, ServerState
from app.collab.text_replica import TextReplica
from app.model.outage import MergeReport
from app.model.text_edit import TextEdit, apply_edits
from tests.unit.app.services.shared_world import NAME, Desk


def peer_types(desk: Desk, at: int, text: str) -> bytes:
    update = desk.peer.edit([TextEdit(at, 0, text)], now_ms=0)
    assert update is not None
    return update


def reports_of(desk: Desk) -> list[MergeReport]:
    reports: list[MergeReport] = []
    desk.document.merged.connect(reports.append)
    return reports


def test_what_others_did_is_told_once_everything_is_here(qapp: QApplication) -> None:
    desk = Desk()
    reports = reports_of(desk)
    desk.document.take_presence([RemotePresence(desk.peer.author_id, "1", "Ana", "#123456", None)])

    desk.document.count_merged()
    desk.document.take_updates([peer_types(desk, 0, "x"), peer_types(desk, 5, "y")])
    assert reports == []
    desk.document.caught_up()

    assert reports == [MergeReport(2, ("Ana",), ((0, 1), (5, 6)))]
    desk.document.take_updates([peer_types(desk, 0, "later")])
    assert len(reports) == 1


def test_an_outage_without_changes_or_too_short_is_not_spoken_of(qapp: QApplication) -> None:
    desk = Desk()
    reports = reports_of(desk)

    desk.document.count_merged()
    desk.document.caught_up()
    desk.document.count_merged()
    desk.document.drop_count()
    desk.document.take_updates([peer_types(desk, 0, "x")])
    desk.document.caught_up()

    assert reports == []


def test_another_history_takes_the_texts_place_and_a_copy_is_made(qapp: QApplication) -> None:
    desk = Desk()
    copies: list[str] = []
    desk.document.copy_made.connect(copies.append)
    before = desk.replica.text
    theirs = TextReplica("another").ledger.history()[0]

    desk.document.take_state(ServerState(NAME, theirs, is_same_history=False))

    assert (desk.replica.text, copies) == ("another", [before])
    assert apply_edits(before, desk.edits[-1]) == "another"


def test_while_an_input_method_composes_another_history_waits(qapp: QApplication) -> None:
    desk = Desk()
    theirs = TextReplica("another").ledger.history()[0]
    before = desk.replica.text

    desk.document.hold()
    desk.document.take_state(ServerState(NAME, theirs, is_same_history=False))
    assert desk.replica.text == before
    desk.document.release()

    assert desk.replica.text == "another"


def test_a_state_that_no_client_makes_is_told_and_changes_nothing(qapp: QApplication) -> None:
    desk = Desk()
    before = desk.replica.text

    desk.document.take_state(ServerState(NAME, b"\x05", is_same_history=True))

    assert desk.replica.text == before
    assert len(desk.faults) == 1


@pytest.mark.allow_warnings
def test_a_state_that_cannot_be_held_changes_nothing(qapp: QApplication) -> None:
    desk = Desk()
    before = desk.replica.text
    early = peer_types(desk, 0, "x")

    desk.document.take_state(ServerState(NAME, early, is_same_history=True))

    assert desk.replica.text == before
