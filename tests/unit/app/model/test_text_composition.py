import pytest

from app.model.text_composition import compose
from app.model.text_edit import TextEdit, apply_edits


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ([], [TextEdit(1, 0, "x")], [TextEdit(1, 0, "x")]),
        ([TextEdit(1, 0, "x")], [], [TextEdit(1, 0, "x")]),
        ([TextEdit(2, 2, "XY")], [TextEdit(3, 2, "Z")], [TextEdit(2, 3, "XZ")]),
        ([TextEdit(1, 0, "ab")], [TextEdit(1, 2, "")], []),
        ([TextEdit(1, 1, "")], [TextEdit(1, 0, "x")], [TextEdit(1, 1, "x")]),
        ([TextEdit(0, 0, "ab")], [TextEdit(1, 0, "x")], [TextEdit(0, 0, "axb")]),
        (
            [TextEdit(4, 0, "late")],
            [TextEdit(1, 1, "")],
            [TextEdit(1, 1, ""), TextEdit(4, 0, "late")],
        ),
        ([TextEdit(1, 1, "")], [TextEdit(4, 1, "x")], [TextEdit(1, 1, ""), TextEdit(5, 1, "x")]),
        ([TextEdit(1, 0, "😀é")], [TextEdit(3, 0, "x")], [TextEdit(1, 0, "😀xé")]),
        ([TextEdit(1, 0, "a"), TextEdit(2, 0, "b")], [TextEdit(1, 3, "")], [TextEdit(1, 1, "")]),
    ],
)
def test_two_lists_become_one_that_does_the_same(
    first: list[TextEdit], second: list[TextEdit], expected: list[TextEdit]
) -> None:
    text = "abcdefgh"

    assert compose(first, second) == expected
    assert apply_edits(text, expected) == apply_edits(apply_edits(text, first), second)
