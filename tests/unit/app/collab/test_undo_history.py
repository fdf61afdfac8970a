import pytest

from app.collab.undo_history import PAUSE_MS, EditKind, UndoHistory
from app.model.text_edit import Selection, TextEdit


class Keys:
    """Somebody typing, one key after the other."""

    def __init__(self) -> None:
        self.history = UndoHistory()
        self.now_ms = 1000.0

    def edit(
        self, *edits: TextEdit, kind: EditKind = EditKind.TYPING, after_ms: float = 50.0
    ) -> bool:
        self.now_ms += after_ms
        return self.history.take_in(edits, kind, self.now_ms)

    def type(self, at: int, text: str, *, after_ms: float = 50.0) -> list[bool]:
        return [
            self.edit(TextEdit(at + offset, 0, key), after_ms=after_ms)
            for offset, key in enumerate(text)
        ]


def test_the_letters_of_a_word_are_one_group() -> None:
    assert Keys().type(0, "word") == [True, False, False, False]


def test_a_word_takes_the_space_behind_it_and_the_next_begins_a_group() -> None:
    assert Keys().type(0, "ab  cd") == [True, False, False, False, True, False]


def test_a_new_line_begins_a_group() -> None:
    assert Keys().type(0, "a\nb") == [True, True, True]


def test_a_pause_begins_a_group() -> None:
    keys = Keys()

    keys.type(0, "a")

    assert keys.type(1, "b", after_ms=PAUSE_MS) == [False]
    assert keys.type(2, "c", after_ms=PAUSE_MS + 1) == [True]


def test_a_jump_of_the_caret_begins_a_group() -> None:
    keys = Keys()

    keys.type(0, "abc")

    assert keys.type(1, "x") == [True]


def test_a_cut_begins_a_group() -> None:
    keys = Keys()

    keys.type(0, "abc")
    keys.history.cut()

    assert keys.type(3, "d") == [True]


def test_backspaces_are_one_group_and_so_are_deletes() -> None:
    keys = Keys()

    assert [keys.edit(TextEdit(at, 1, "")) for at in (9, 8, 7)] == [True, False, False]
    assert [keys.edit(TextEdit(3, 1, "")) for _ in range(3)] == [True, False, False]


def test_typing_after_deleting_begins_a_group() -> None:
    keys = Keys()

    keys.edit(TextEdit(3, 1, ""))

    assert keys.type(3, "xy") == [True, False]


def test_typing_over_a_selection_goes_on_with_the_next_letters() -> None:
    keys = Keys()

    assert keys.edit(TextEdit(3, 5, "a"))
    assert keys.type(4, "b") == [False]


@pytest.mark.parametrize("kind", [EditKind.PASTE, EditKind.PROGRAM])
def test_a_paste_or_a_program_s_edit_stands_alone(kind: EditKind) -> None:
    keys = Keys()

    keys.type(0, "a")

    assert keys.edit(TextEdit(1, 0, "b"), kind=kind)
    assert keys.type(2, "c") == [True]


def test_several_places_at_once_stand_alone() -> None:
    keys = Keys()

    assert keys.edit(TextEdit(0, 0, "x"), TextEdit(5, 0, "x"))
    assert keys.type(7, "y") == [True]


def test_a_peer_s_edit_in_front_does_not_part_a_word() -> None:
    keys = Keys()

    keys.type(5, "ab")
    keys.history.move([TextEdit(0, 0, "peer")])

    assert keys.type(11, "c") == [False]


def test_undo_restores_what_was_selected_before() -> None:
    keys = Keys()
    keys.history.note_selection(Selection(3, 8))

    keys.edit(TextEdit(3, 5, "x"))
    keys.history.note_selection(Selection(4, 4))

    assert keys.history.undone([TextEdit(3, 1, "five!")], (0, 1)) == Selection(3, 8)
    assert keys.history.redone([TextEdit(3, 5, "x")], (1, 0)) == Selection(4, 4)


def test_without_a_noted_selection_the_caret_goes_where_the_edit_was() -> None:
    keys = Keys()

    keys.edit(TextEdit(3, 2, ""))

    assert keys.history.undone([TextEdit(3, 0, "ab")], (0, 1)) == Selection(5, 5)
    assert keys.history.redone([TextEdit(3, 2, "")], (1, 0)) == Selection(3, 3)


def test_a_selection_far_away_is_not_taken_for_the_one_after_the_edit() -> None:
    keys = Keys()

    keys.type(0, "a")
    keys.history.note_selection(Selection(1, 1))
    keys.history.note_selection(Selection(9, 9))

    keys.history.undone([TextEdit(0, 1, "")], (0, 1))
    assert keys.history.redone([TextEdit(0, 0, "a")], (1, 0)) == Selection(1, 1)


def test_selections_go_along_with_peers_edits_in_between() -> None:
    keys = Keys()
    keys.history.note_selection(Selection(5, 5))

    keys.type(5, "ab")
    keys.history.move([TextEdit(0, 0, "peer ")])
    keys.history.cut()
    keys.history.move([TextEdit(0, 5, "")])
    keys.type(20, "later")
    keys.history.undone([TextEdit(20, 5, "")], (1, 1))

    assert keys.history.undone([TextEdit(5, 2, "")], (0, 2)) == Selection(5, 5)


def test_a_selection_never_gets_in_front_of_the_text() -> None:
    keys = Keys()
    keys.history.note_selection(Selection(2, 2))
    keys.edit(TextEdit(9, 0, "x"), kind=EditKind.PROGRAM)
    keys.history.note_selection(Selection(2, 2))

    assert keys.history.undone([TextEdit(0, 1, "")], (0, 1)) == Selection(0, 0)


def test_groups_that_others_had_emptied_go_along() -> None:
    keys = Keys()
    keys.history.note_selection(Selection(1, 1))
    keys.type(1, "first")
    keys.history.cut()
    keys.type(9, "emptied")

    assert keys.history.undone([TextEdit(1, 5, "")], (0, 1)) == Selection(1, 1)


def test_an_undo_that_found_nothing_restores_nothing() -> None:
    keys = Keys()
    keys.type(1, "emptied")

    assert keys.history.undone([], (0, 0)) is None
    assert keys.history.undone([], (0, 0)) is None


def test_an_undo_that_moved_nobody_s_text_restores_nothing() -> None:
    keys = Keys()
    keys.type(1, "x")

    assert keys.history.undone([], (0, 1)) is None


def test_after_clearing_everything_begins_anew() -> None:
    keys = Keys()
    keys.type(0, "a")
    keys.history.clear()

    assert keys.type(1, "b") == [True]
    assert keys.history.undone([TextEdit(1, 1, "")], (0, 1)) == Selection(1, 1)


def test_what_is_composed_in_place_of_a_selection_goes_with_it() -> None:
    keys = Keys()

    parted = [
        keys.edit(TextEdit(0, 4, ""), kind=EditKind.COMPOSING),
        keys.edit(TextEdit(0, 0, "日本"), after_ms=10 * PAUSE_MS),
        keys.edit(TextEdit(2, 0, "x")),
    ]

    assert parted == [True, False, False]


def test_what_is_typed_elsewhere_after_a_composition_was_given_up_begins_a_group() -> None:
    keys = Keys()

    keys.edit(TextEdit(4, 4, ""), kind=EditKind.COMPOSING)

    assert keys.edit(TextEdit(0, 0, "x")) is True


def test_a_deletion_after_a_composition_that_was_given_up_begins_a_group() -> None:
    keys = Keys()

    keys.edit(TextEdit(4, 4, ""), kind=EditKind.COMPOSING)

    assert keys.edit(TextEdit(3, 1, "")) is True
