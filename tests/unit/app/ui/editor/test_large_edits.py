"""Edits that are large, or many at once: one transaction, one item of undo."""

from PySide6.QtCore import QMimeData

from app.model.text_edit import TextEdit

SITES = 1000
FIVE_MB = "a line of text, 漢字 and 😀\r\n" * 140_000


def pasted(editor, text: str) -> None:
    data = QMimeData()
    data.setText(text)
    editor.insertFromMimeData(data)


def test_a_thousand_replacements_are_one_update_and_one_undo(desk):
    here = desk("word 😀\n" * SITES)
    here.editor.select(3, 3)
    edits = [TextEdit(line * 8, 4, "other") for line in range(SITES)]

    updates = here.updates_of(lambda: here.binding.edit(edits))
    replaced = here.text
    here.editor.undo()

    assert len(updates) == 1
    assert replaced == "other 😀\n" * SITES
    assert here.text == "word 😀\n" * SITES
    assert here.editor.selection.head_utf16 == 3
    assert not here.binding.can_undo


def test_a_paste_of_five_megabytes_is_one_undo(desk):
    here = desk("x")

    pasted(here.editor, FIVE_MB)
    length = len(here.text)
    here.editor.undo()

    assert length == len(FIVE_MB.replace("\r\n", "\n")) + 1
    assert here.text == "x"


def test_line_ends_of_all_kinds_are_pasted_as_line_feeds(desk):
    here = desk()

    pasted(here.editor, "a\r\nb\rc\nd")

    assert here.text == "a\nb\nc\nd"
