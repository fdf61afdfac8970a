"""What a key has put into a document, told without comparing lines, or not told at all."""

import pytest
from PySide6.QtGui import QTextCursor

from app.ui.editor.raw_text import plain_document
from app.ui.editor.typed_text import typed_at


@pytest.fixture
def document(qapp):
    made = plain_document()
    made.setPlainText("one\ntwo e\u0301")
    return made


def typed_by(document, at: int, text: str, *, removes: int = 0) -> list[str | None]:
    """Return what each change is told to be that this makes."""
    told: list[str | None] = []
    before = document.characterCount() - 1

    def note(at_utf16: int, removed: int, added: int) -> None:
        told.append(typed_at(document, before, at_utf16, removed, added))

    document.contentsChange.connect(note)
    cursor = QTextCursor(document)
    cursor.setPosition(at)
    cursor.setPosition(at + removes, QTextCursor.MoveMode.KeepAnchor)
    cursor.insertText(text)
    document.contentsChange.disconnect(note)
    return told


@pytest.mark.parametrize(("at", "text"), [(0, "x"), (3, "()"), (2, "\n    "), (8, "!")])
def test_what_is_inserted_is_told(document, at, text) -> None:
    assert typed_by(document, at, text) == [text]


@pytest.mark.parametrize(
    ("at", "text", "removes"),
    [
        (0, "x", 1),  # something goes
        (0, "é", 0),  # not ASCII
        (3, "\u0301", 0),  # a part of a cluster
        (0, "x" * 17, 0),  # more than a key
    ],
)
def test_what_must_be_compared_is_not_told(document, at, text, removes) -> None:
    assert typed_by(document, at, text, removes=removes) == [None]


def test_a_letter_put_between_a_letter_and_its_accent_is_not_told(document) -> None:
    assert typed_by(document, 9, "x") == [None]


def test_a_document_that_was_of_another_length_is_not_told(document) -> None:
    assert typed_at(document, document.characterCount() - 3, 0, 0, 1) is None
