"""Quotes and brackets that are closed by themselves, typed over, and taken back as one."""

import pytest
from PySide6.QtCore import Qt

from app.model.text_edit import Selection


@pytest.mark.parametrize("quote", ['"', "'", "`"])
def test_a_quote_is_closed_and_typed_over(desk, qtbot, quote) -> None:
    here = desk("x = ")
    here.editor.language = "python"
    here.editor.select(4, 4)

    qtbot.keyClicks(here.editor, quote)
    closed = here.text, here.editor.selection
    qtbot.keyClicks(here.editor, f"y{quote};")

    assert closed == (f"x = {quote}{quote}", Selection(5, 5))
    assert here.text == f"x = {quote}y{quote};"


@pytest.mark.parametrize(
    ("text", "caret", "typed", "becomes"),
    [
        ("don", 3, "'", "don'"),
        ("word", 0, '"', '"word'),
        ('""', 2, '"', '"""'),
        ("'a\\", 3, "'", "'a\\'"),
        ("f(x)", 2, '"', 'f("x)'),
        ("f()", 2, '"', 'f("")'),
    ],
    ids=["apostrophe", "before a word", "the third", "escaped", "in front of text", "in brackets"],
)
def test_a_quote_is_closed_only_where_it_begins_something(
    desk, qtbot, text, caret, typed, becomes
) -> None:
    here = desk(text)
    here.editor.language = "python"
    here.editor.select(caret, caret)

    qtbot.keyClicks(here.editor, typed)

    assert here.text == becomes


def test_a_quote_that_was_there_is_not_typed_over(desk, qtbot) -> None:
    here = desk('"a"')
    here.editor.language = "python"
    here.editor.select(2, 2)

    qtbot.keyClicks(here.editor, '"')

    assert here.text == '"a""'


def test_a_quote_over_a_selection_takes_its_place(desk, qtbot) -> None:
    here = desk("word")
    here.editor.language = "python"
    here.editor.select(0, 4)

    qtbot.keyClicks(here.editor, '"')

    assert here.text == '"'


@pytest.mark.parametrize("opener", ["(", "[", "{", '"', "'"])
def test_backspace_takes_back_what_was_closed_with_its_opener(desk, qtbot, opener) -> None:
    here = desk("a ")
    here.editor.language = "python"
    here.editor.select(2, 2)
    qtbot.keyClicks(here.editor, opener)

    qtbot.keyClick(here.editor, Qt.Key.Key_Backspace)

    assert here.text == "a "


def test_backspace_leaves_a_closer_that_somebody_else_typed(desk, qtbot) -> None:
    here = desk("()")
    here.editor.language = "python"
    here.editor.select(1, 1)

    qtbot.keyClick(here.editor, Qt.Key.Key_Backspace)

    assert here.text == ")"


def test_backspace_leaves_a_closer_once_something_stands_between(desk, qtbot) -> None:
    here = desk("")
    here.editor.language = "python"
    qtbot.keyClicks(here.editor, "(x")

    qtbot.keyClick(here.editor, Qt.Key.Key_Backspace)
    once = here.text
    qtbot.keyClick(here.editor, Qt.Key.Key_Backspace)

    assert (once, here.text) == ("()", "")


@pytest.mark.parametrize(
    ("language", "typed", "text"),
    [
        ("python", "x = 'a'", "x = 'a'"),
        ("python", "x = '", "x = ''"),
        ("python", "# don't", "# don't"),
        ("python", "f(8'", "f(8')"),
        ("rust", "fn f<'a>(x: &'a str", "fn f<'a>(x: &'a str)"),
        ("rust", "'outer: loop", "'outer: loop"),
        ("rust", 'let s = "', 'let s = ""'),
        ("plaintext", "the dogs' 'bone", "the dogs' 'bone"),
        ("markdown", "'tis", "'tis"),
        ("markdown", "`", "``"),
    ],
)
def test_an_apostrophe_is_closed_where_it_begins_a_string(
    desk, qtbot, language: str, typed: str, text: str
) -> None:
    here = desk("")
    here.editor.language = language

    qtbot.keyClicks(here.editor, typed)

    assert here.text == text
