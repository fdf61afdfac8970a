import pytest
from pytestqt.qtbot import QtBot

from app.collab.errors import ReplicaBroken
from app.collab.session_effects import RemotePresence
from app.collab.states import DocumentState
from app.model.notices import NoticeKind
from app.model.participants import RemoteCaret
from app.model.text_edit import Selection, TextEdit
from tests.unit.app.services.shared_world import Desk


@pytest.fixture
def desk(qapp: object) -> Desk:
    return Desk()


def test_a_peer_s_edit_is_told_at_once(desk: Desk) -> None:
    desk.document.take_updates([desk.typed(0, "x")])

    assert desk.edits == [[TextEdit(0, 0, "x")]]
    assert desk.replica.text == desk.peer.text


def test_a_local_edit_is_sent_at_once(desk: Desk) -> None:
    desk.replica.edit([TextEdit(0, 0, "x")], now_ms=0)

    assert desk.frames() == ["SyncUpdate"]
    assert desk.flushes == 1
    assert desk.edits == []


def test_a_burst_is_told_together(desk: Desk, qtbot: QtBot) -> None:
    for at in range(50):
        desk.document.take_updates([desk.typed(at, "x")])
        desk.now_s += 0.0001

    qtbot.waitUntil(lambda: desk.replica.text == desk.peer.text)
    assert len(desk.edits) <= 8
    assert desk.edits[0] == [TextEdit(0, 0, "x")]


def test_typing_at_a_person_s_pace_is_never_held_back(desk: Desk) -> None:
    for at in range(20):
        desk.now_s += 0.03
        desk.document.take_updates([desk.typed(at, "x")])
        assert desk.replica.text == desk.peer.text


def test_very_many_updates_leave_the_window_a_turn(desk: Desk, qtbot: QtBot) -> None:
    updates = [desk.typed(at, "x") for at in range(200)]

    desk.document.take_updates(updates)

    assert len(desk.edits) == 1
    qtbot.waitUntil(lambda: desk.replica.text == desk.peer.text)
    assert len(desk.edits) == 4


def test_edits_wait_while_an_input_method_composes(desk: Desk) -> None:
    desk.document.hold()
    desk.document.take_updates([desk.typed(0, "a")])
    desk.document.take_updates([desk.typed(1, "b")])

    assert desk.edits == []
    desk.document.release()
    assert desk.edits == [[TextEdit(0, 0, "ab")]]


def test_more_than_can_wait_is_asked_for_again(desk: Desk) -> None:
    desk.document.hold()
    desk.document.take_updates([desk.typed(0, "x")] * 5000)
    desk.document.release()

    assert desk.frames() == ["SyncStep1"]
    assert desk.edits == []


def test_an_update_that_is_too_early_is_asked_for(desk: Desk) -> None:
    first, _, third = desk.typed(0, "1"), desk.typed(1, "2"), desk.typed(2, "3")

    desk.document.take_updates([first, third])

    assert desk.edits == [[TextEdit(0, 0, "1")]]
    assert desk.frames() == ["SyncStep1"]


def test_malformed_bytes_are_the_server_s_fault(desk: Desk) -> None:
    desk.document.take_updates([b"\x07"])

    assert len(desk.faults) == 1
    assert desk.replica.text == "some text\n"


def test_a_document_that_holds_no_text_is_given_up(desk: Desk) -> None:
    hidden = bytes([1, 1, 5, 0, 8, 1, 7]) + b"content" + bytes([1, 0x77, 1, 0x61, 0])

    desk.document.take_updates([desk.typed(0, "x"), hidden])

    assert desk.edits == [[TextEdit(0, 0, "x")]]
    assert desk.channel.state is DocumentState.ENDED


@pytest.mark.allow_warnings
def test_a_rebuilt_replica_is_told_and_asks_for_what_it_lacks(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> list[TextEdit]:
        raise ReplicaBroken("panic")

    monkeypatch.setattr(desk.replica, "apply", fail)
    desk.document.take_updates([desk.typed(0, "x")])

    assert [notice.kind for notice in desk.notices] == [NoticeKind.TEXT_REBUILT]
    assert desk.frames() == ["SyncStep1"]


def test_a_peer_s_caret_is_shown_in_this_text(desk: Desk, qtbot: QtBot) -> None:
    desk.replica.edit([TextEdit(0, 0, "new ")], now_ms=0)

    desk.document.take_presence([desk.presence(desk.peer.caret_for_wire(5, 9))])

    qtbot.waitUntil(lambda: desk.carets != [])
    author = desk.peer.author_id
    assert desk.carets[-1] == (RemoteCaret(author, "7", "Grace", "#123456", 9, 13),)


def test_a_caret_goes_along_with_both_sides_edits(desk: Desk) -> None:
    desk.document.take_presence([desk.presence(desk.peer.caret_for_wire(5, 5))])

    desk.replica.edit([TextEdit(0, 0, "12")], now_ms=0)
    desk.document.take_updates([desk.typed(5, "own")])

    assert [(caret.anchor_utf16, caret.head_utf16) for caret in desk.document.carets] == [(10, 10)]


def test_a_caret_in_text_that_has_not_arrived_is_shown_when_it_has(desk: Desk) -> None:
    update = desk.typed(10, "more text")

    desk.document.take_presence([desk.presence(desk.peer.caret_for_wire(19, 19))])
    before = desk.document.carets
    desk.document.take_updates([update])

    assert before == ()
    assert [caret.head_utf16 for caret in desk.document.carets] == [19]


def test_a_caret_that_cannot_be_placed_stays_where_it_was(desk: Desk) -> None:
    desk.document.take_presence([desk.presence(desk.peer.caret_for_wire(4, 4))])
    desk.typed(10, "has not arrived")

    desk.document.take_presence([desk.presence(desk.peer.caret_for_wire(20, 20))])

    assert [caret.head_utf16 for caret in desk.document.carets] == [4]


def test_a_person_without_a_caret_is_not_shown(desk: Desk) -> None:
    desk.document.take_presence([desk.presence(desk.peer.caret_for_wire(4, 4))])

    desk.document.take_presence([desk.presence(None)])

    assert desk.document.carets == ()


def test_a_person_who_goes_is_not_shown(desk: Desk) -> None:
    person = desk.presence(desk.peer.caret_for_wire(4, 4))
    desk.document.take_presence([person])
    desk.document.take_presence([person])

    desk.document.take_presence([])

    assert desk.document.carets == ()


def test_the_own_caret_is_told_when_it_moves(desk: Desk) -> None:
    desk.channel.presence.payload(desk.now_s)
    desk.document.move_caret(Selection(2, 4))
    desk.document.move_caret(Selection(2, 4))

    assert desk.flushes == 1
    cursor = desk.document.cursor()
    assert cursor is not None
    assert (cursor["anchor_utf16"], cursor["head_utf16"]) == (2, 4)


def test_the_own_caret_goes_along_with_peers_edits(desk: Desk) -> None:
    desk.document.move_caret(Selection(5, 5))

    desk.document.take_updates([desk.typed(0, "😀")])

    cursor = desk.document.cursor()
    assert cursor is not None
    assert cursor["head_utf16"] == 7


def test_a_caret_in_no_document_is_told_as_none(desk: Desk) -> None:
    desk.document.move_caret(Selection(5, 5))
    desk.document.move_caret(None)

    assert desk.document.cursor() is None


def test_rights_are_told(desk: Desk) -> None:
    desk.document.take_access(is_writable=False)

    assert desk.access == [False]
    assert not desk.document.is_writable


def test_a_document_that_is_let_go_goes_on_as_a_local_text(desk: Desk) -> None:
    desk.document.take_access(is_writable=False)

    desk.document.disconnect_channel()
    desk.replica.edit([TextEdit(0, 0, "x")], now_ms=0)
    desk.document.move_caret(Selection(1, 1))
    desk.document.take_updates([b"\x00\x00"])

    assert desk.frames() == []
    assert desk.document.is_writable
    assert desk.document.carets == ()


def test_the_first_browser_is_told_the_caret_in_its_own_way(desk: Desk) -> None:
    desk.document.take_updates([desk.typed(0, "abc")])
    desk.document.move_caret(Selection(1, 3))
    before = desk.document.cursor()
    flushes = desk.flushes

    browser = RemotePresence(77, "8", "Eve", "#123456", None, is_browser=True)
    desk.document.take_presence([browser])
    desk.document.take_presence([browser])
    after = desk.document.cursor()
    desk.document.take_presence([])

    assert before is not None
    assert after is not None
    assert after.keys() - before.keys() == {"anchor", "head"}
    assert desk.flushes == flushes + 1
    assert desk.document.cursor() == before


def test_more_updates_at_once_than_are_kept_are_asked_for_again(desk: Desk) -> None:
    updates = [desk.typed(0, "x")] * 4_097

    desk.document.take_updates(updates)

    assert desk.frames() == ["SyncStep1"]
    assert desk.edits == []
