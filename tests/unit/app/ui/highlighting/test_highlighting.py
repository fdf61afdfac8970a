"""Colours in a real editor: where they are, when they come, and what they leave alone."""

import logging
import os
import signal

import pytest
from PySide6.QtGui import QColor, QInputMethodEvent, QTextCursor
from PySide6.QtWidgets import QApplication, QPlainTextEdit

from app.syntax.messages import CAPTURES
from app.ui.editor.highlighting import LONGEST_LINE_UTF16, Highlighter
from app.ui.editor.syntax_process import STARTS_AGAIN, SyntaxProcess
from tests.eventually import eventually

COLORS = {capture: QColor(10 * at, 100, 200) for at, capture in enumerate(CAPTURES, start=1)}
DARK = {capture: QColor(1, 2, at) for at, capture in enumerate(CAPTURES, start=1)}
NAMES = {color.name(): capture for capture, color in (*COLORS.items(), *DARK.items())}


@pytest.fixture
def editor(qtbot):
    editor = QPlainTextEdit()
    qtbot.addWidget(editor)
    editor.resize(400, 300)
    editor.show()
    return editor


@pytest.fixture
def process(qtbot):
    process = SyntaxProcess()
    yield process
    process.stop()
    process.deleteLater()


@pytest.fixture
def highlighter(editor, process):
    highlighter = Highlighter(editor=editor, language="python", colors=COLORS, parent=editor)
    highlighter.read_with(process)
    yield highlighter
    highlighter.stop()


def shown(editor: QPlainTextEdit, line: int) -> list[tuple[str, str]]:
    """Return what a line shows in colours: (text, capture)."""
    block = editor.document().findBlockByNumber(line)
    source = block.text().encode("utf-16-le")
    return [
        (
            source[2 * each.start : 2 * (each.start + each.length)].decode("utf-16-le"),
            NAMES[each.format.foreground().color().name()],
        )
        for each in block.layout().formats()
        if each.format.foreground().color().name() in NAMES
    ]


def type_at(editor: QPlainTextEdit, position: int, text: str) -> None:
    cursor = editor.textCursor()
    cursor.setPosition(position)
    editor.setTextCursor(cursor)
    editor.insertPlainText(text)


async def test_a_text_gets_its_colours(editor, highlighter):
    editor.setPlainText("x = '😀' + 1\npass")

    await eventually(lambda: shown(editor, 1))

    assert shown(editor, 0)[0] == ("=", "operator")
    assert shown(editor, 0)[-2:] == [("+", "operator"), ("1", "number")]
    assert shown(editor, 1) == [("pass", "keyword")]


async def test_colours_follow_an_edit(editor, highlighter):
    editor.setPlainText("pass\nx = 1")
    await eventually(lambda: shown(editor, 0))

    type_at(editor, 0, "# ")

    await eventually(lambda: shown(editor, 0) == [("# pass", "comment")])


async def test_formats_behind_the_caret_move_with_the_text_at_once(editor, highlighter):
    editor.setPlainText("a = 1; pass")
    await eventually(lambda: shown(editor, 0))

    type_at(editor, 1, "😀b")

    assert shown(editor, 0) == [("=", "operator"), ("1", "number"), ("pass", "keyword")]


async def test_typing_inside_a_comment_stays_in_its_colour(editor, highlighter):
    editor.setPlainText("# note")
    await eventually(lambda: shown(editor, 0))

    type_at(editor, 6, " too")

    assert shown(editor, 0) == [("# note too", "comment")]


async def test_a_split_line_keeps_its_colours_on_both_lines(editor, highlighter):
    editor.setPlainText("return 1; pass\nbreak")
    await eventually(lambda: shown(editor, 0))

    type_at(editor, 9, "\n")

    assert [shown(editor, line) for line in range(3)] == [
        [("return", "keyword"), ("1", "number")],
        [("pass", "keyword")],
        [("break", "keyword")],
    ]


async def test_joined_lines_keep_their_colours(editor, highlighter):
    editor.setPlainText("return 1\npass\nbreak")
    await eventually(lambda: shown(editor, 0))

    cursor = editor.textCursor()
    cursor.setPosition(8)
    cursor.deleteChar()

    assert shown(editor, 0) == [("return", "keyword"), ("1", "number"), ("pass", "keyword")]
    assert shown(editor, 1) == [("break", "keyword")]


async def test_undo_of_a_replacement_is_followed(editor, highlighter):
    editor.setPlainText("pass\nreturn 1")
    await eventually(lambda: shown(editor, 0))

    cursor = editor.textCursor()
    cursor.select(QTextCursor.SelectionType.Document)
    cursor.insertText("x")
    editor.undo()

    await eventually(lambda: shown(editor, 1) == [("return", "keyword"), ("1", "number")])
    assert shown(editor, 0) == [("pass", "keyword")]


async def test_painting_is_no_change_of_the_document(editor, highlighter):
    editor.setPlainText("pass\nx = 1")
    changes = []
    editor.document().contentsChange.connect(lambda *change: changes.append(change))
    revision = editor.document().revision()

    await eventually(lambda: shown(editor, 0))
    highlighter.set_colors(DARK)

    assert changes == []
    assert editor.document().revision() == revision
    assert not editor.document().isModified()


async def test_only_what_is_near_the_view_is_coloured(editor, highlighter):
    editor.setPlainText("pass\n" * 1000)

    await eventually(lambda: shown(editor, 0))

    assert shown(editor, 999) == []


async def test_scrolling_colours_what_comes_into_view(editor, highlighter):
    editor.setPlainText("pass\n" * 1000)
    await eventually(lambda: shown(editor, 0))

    editor.verticalScrollBar().setValue(900)

    await eventually(lambda: shown(editor, 900) == [("pass", "keyword")])


async def test_a_paste_of_many_lines_is_coloured(editor, highlighter):
    editor.setPlainText("pass\nbreak")
    await eventually(lambda: shown(editor, 0))

    type_at(editor, 0, "x = 1\n" * 500)

    await eventually(lambda: shown(editor, 0) == [("=", "operator"), ("1", "number")])
    editor.verticalScrollBar().setValue(500)
    await eventually(lambda: shown(editor, 500) == [("pass", "keyword")])


async def test_colours_change_without_a_new_parse(editor, highlighter):
    editor.setPlainText("pass")
    await eventually(lambda: shown(editor, 0))

    highlighter.set_colors(DARK)

    formats = editor.document().firstBlock().layout().formats()
    assert [each.format.foreground().color() for each in formats] == [DARK["keyword"]]


async def test_another_language_reads_the_text_anew(editor, highlighter):
    editor.setPlainText("pass; const a = 1")
    await eventually(lambda: shown(editor, 0))

    highlighter.set_language("javascript")

    await eventually(lambda: ("const", "keyword") in shown(editor, 0))
    assert ("pass", "keyword") not in shown(editor, 0)


async def test_plain_text_has_no_colours(editor, highlighter):
    editor.setPlainText("pass")
    await eventually(lambda: shown(editor, 0))

    highlighter.set_language("plaintext")

    assert shown(editor, 0) == []


async def test_a_long_line_turns_colours_off_until_it_is_gone(editor, highlighter):
    limits = []
    highlighter.limited.connect(limits.append)
    editor.setPlainText("pass\n" + "x" * LONGEST_LINE_UTF16)
    await eventually(lambda: shown(editor, 0))

    type_at(editor, 6, "x")
    await eventually(lambda: limits)
    assert shown(editor, 0) == []
    editor.undo()

    await eventually(lambda: shown(editor, 0))
    assert limits == ["A line is too long for syntax colours.", ""]


async def test_a_large_text_has_no_colours(editor, highlighter):
    limits = []
    highlighter.limited.connect(limits.append)

    editor.setPlainText("pass\n" * 500_000)

    await eventually(lambda: limits == ["This file is too large for syntax colours."])
    assert shown(editor, 0) == []


async def test_colours_stay_around_an_open_preedit(editor, highlighter):
    editor.setPlainText("a = 1; pass")
    await eventually(lambda: shown(editor, 0))
    type_at(editor, 1, "b")

    QApplication.sendEvent(editor, QInputMethodEvent("ni", []))
    during = [each.start for each in editor.document().firstBlock().layout().formats()]
    QApplication.sendEvent(editor, QInputMethodEvent("", []))

    assert during == [5, 7, 10, 2]  # the last is the input method's own
    await eventually(lambda: shown(editor, 0)[-1:] == [("pass", "keyword")])


async def test_stop_takes_the_colours_off(editor, highlighter):
    editor.setPlainText("pass")
    await eventually(lambda: shown(editor, 0))

    highlighter.stop()
    highlighter.stop()

    assert shown(editor, 0) == []


async def test_typing_during_a_long_parse_ends_in_right_colours(editor, highlighter, process):
    editor.setPlainText("def f(): return [1, 2, 3]\n" * 20_000)
    await eventually(lambda: process.process_id)

    type_at(editor, 0, "#")

    await eventually(lambda: shown(editor, 0) and shown(editor, 0)[0][1] == "comment")
    assert shown(editor, 1)[0] == ("def", "keyword")


async def test_colours_come_back_after_the_process_was_killed(editor, highlighter, process):
    editor.setPlainText("pass")
    await eventually(lambda: shown(editor, 0))

    killed = process.process_id
    os.kill(killed, signal.SIGKILL)
    await eventually(lambda: process.process_id not in (killed, None))
    type_at(editor, 0, "# ")

    await eventually(lambda: shown(editor, 0) == [("# pass", "comment")])


async def test_one_process_colours_two_texts(qtbot, editor, highlighter, process):
    other = QPlainTextEdit()
    qtbot.addWidget(other)
    other.show()
    second = Highlighter(editor=other, language="javascript", colors=COLORS, parent=other)
    second.read_with(process)

    editor.setPlainText("pass")
    other.setPlainText("const a = 1")

    await eventually(lambda: shown(editor, 0) == [("pass", "keyword")])
    await eventually(lambda: ("const", "keyword") in shown(other, 0))
    second.stop()


@pytest.mark.allow_warnings
async def test_a_process_that_dies_too_often_is_said_once(editor, highlighter, process, caplog):
    limits = []
    highlighter.limited.connect(limits.append)
    editor.setPlainText("pass")
    await eventually(lambda: shown(editor, 0))

    for _ in range(STARTS_AGAIN + 1):
        await eventually(lambda: process.process_id)
        killed = process.process_id
        os.kill(killed, signal.SIGKILL)
        await eventually(lambda killed=killed: process.process_id != killed)

    await eventually(lambda: limits)
    assert limits == ["Syntax colours stopped after an error."]
    assert shown(editor, 0) == []
    type_at(editor, 0, "x")
    assert process.process_id is None
    assert [r.levelname for r in caplog.records if r.levelno > logging.INFO] == ["ERROR"]


async def test_without_a_process_nothing_is_coloured(editor):
    highlighter = Highlighter(editor=editor, language="python", colors=COLORS, parent=editor)

    editor.setPlainText("pass")
    highlighter.set_colors(DARK)
    highlighter.stop()

    assert shown(editor, 0) == []


async def test_a_flood_of_edits_ends_in_right_colours(editor, highlighter):
    editor.setPlainText("pass\n" * 300)
    await eventually(lambda: shown(editor, 0))

    for line in range(250):
        type_at(editor, editor.document().findBlockByNumber(line).position(), "#")
    editor.verticalScrollBar().setValue(0)

    await eventually(lambda: shown(editor, 0) == [("#pass", "comment")])
    assert shown(editor, 5) == [("#pass", "comment")]
