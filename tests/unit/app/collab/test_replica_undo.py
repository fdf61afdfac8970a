"""Undo in a text that others edit, too."""

from app.collab.text_replica import EditKind, TextReplica, Undone
from app.model.text_edit import Selection, TextEdit
from tests.unit.app.collab.replicas import pair, typed


def test_undo_takes_back_one_s_own_word_and_redo_brings_it_again() -> None:
    replica = TextReplica("start ")
    for offset, key in enumerate("one two"):
        typed(replica, 6 + offset, key, now_ms=offset * 50.0)

    first, second = replica.undo(), replica.undo()

    assert first is not None
    assert second is not None
    assert [first.edits, second.edits] == [[TextEdit(10, 3, "")], [TextEdit(6, 4, "")]]
    assert (replica.text, replica.can_undo, replica.can_redo) == ("start ", False, True)
    again = replica.redo()
    assert again is not None
    assert again.edits == [TextEdit(6, 0, "one ")]


def test_undo_leaves_others_edits_alone() -> None:
    ada, grace = pair("")
    grace.apply([typed(ada, 0, "mine ")])
    ada.apply([typed(grace, 5, "yours")])

    undone = ada.undo()

    assert undone == Undone([TextEdit(0, 5, "")], Selection(0, 0), undone.update if undone else b"")
    assert ada.text == "yours"
    assert ada.undo() is None


def test_undo_of_a_deletion_keeps_what_a_peer_put_inside() -> None:
    ada, grace = pair("abcdef")
    deletion, insertion = typed(ada, 1, "", removed=4), typed(grace, 3, "XX")
    ada.apply([insertion])
    grace.apply([deletion])

    undone = ada.undo()

    assert undone is not None
    grace.apply([undone.update])
    assert ada.text == grace.text
    assert "XX" in ada.text
    assert sorted(ada.text) == sorted("abcdefXX")


def test_undo_passes_over_what_a_peer_has_deleted_already() -> None:
    ada, grace = pair("")
    grace.apply([typed(ada, 0, "first ")])
    grace.apply([typed(ada, 6, "second", now_ms=5000)])
    ada.apply([typed(grace, 6, "", removed=6)])

    undone = ada.undo()

    assert undone is not None
    assert ada.text == ""
    assert not ada.can_undo


def test_undo_finds_nothing_when_a_peer_has_deleted_everything() -> None:
    ada, grace = pair("")
    grace.apply([typed(ada, 0, "x")])
    ada.apply([typed(grace, 0, "", removed=1)])

    assert ada.undo() is None
    assert ada.redo() is None


def test_the_first_text_and_a_reload_cannot_be_undone() -> None:
    replica = TextReplica("first")

    replica.edit([TextEdit(0, 5, "reloaded")], kind=EditKind.RELOAD, now_ms=0)

    assert replica.undo() is None
    assert replica.text == "reloaded"


def test_a_reload_between_two_keys_parts_them() -> None:
    replica = TextReplica("")
    typed(replica, 0, "a")
    replica.edit([TextEdit(1, 0, "b")], kind=EditKind.RELOAD, now_ms=1)
    typed(replica, 1, "c", now_ms=2)

    replica.undo()

    assert replica.text == "ab"


def test_a_cut_group_is_undone_by_itself() -> None:
    replica = TextReplica("")
    typed(replica, 0, "a")
    replica.cut_undo_group()
    typed(replica, 1, "b")

    replica.undo()

    assert replica.text == "a"


def test_undo_restores_the_selection_around_peers_edits() -> None:
    ada, grace = pair("some text here")
    ada.note_selection(Selection(5, 9))
    grace.apply([typed(ada, 5, "word", removed=4)])
    ada.note_selection(Selection(9, 9))
    ada.apply([typed(grace, 0, "😀 ")])

    undone = ada.undo()
    again = ada.redo()

    assert undone is not None
    assert again is not None
    assert undone.selection == Selection(8, 12)
    assert again.selection == Selection(12, 12)


def test_a_restored_selection_never_stands_inside_a_character() -> None:
    ada, grace = pair("ab")
    ada.note_selection(Selection(0, 2))
    grace.apply([typed(ada, 0, "", removed=2)])
    ada.apply([typed(grace, 0, "😀")])

    undone = ada.undo()

    assert undone is not None
    assert undone.selection is not None
    ada.shadow.slice(undone.selection.anchor_utf16, undone.selection.head_utf16)
