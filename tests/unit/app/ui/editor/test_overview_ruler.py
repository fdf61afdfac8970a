"""The stripe that shows where in the whole text something is, and blanks as signs."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QTextCursor, QTextOption

from app.model.participants import RemoteCaret
from app.model.text_edit import TextEdit
from app.ui.editor.visible_lines import visible_blocks

LINES = 200
TEXT = "".join(f"line {number}\n" for number in range(LINES - 1))
FOUND, MERGED, CARET = "orange", "blue", "#ff00ff"


def heights(editor, color: str) -> list[int]:
    """Return where something of that colour begins, as hundredths of the stripe."""
    image = editor.ruler.grab().toImage()
    middle, wanted = image.width() // 2, QColor(color).rgb()
    rows = [image.pixel(middle, y) == wanted for y in range(image.height())]
    begins = [y for y, is_so in enumerate(rows) if is_so and not (y and rows[y - 1])]
    return [round(100 * y / image.height()) for y in begins]


def caret(at: int) -> RemoteCaret:
    return RemoteCaret(7, "u7", "Ada", CARET, at, at)


def test_the_stripe_stands_between_the_text_and_its_scroll_bar(desk) -> None:
    editor = desk(TEXT).editor

    ruler, text = editor.ruler.geometry(), editor.viewport().geometry()

    assert ruler.left() == text.right() + 1
    assert (ruler.top(), ruler.height()) == (text.top(), text.height())
    assert ruler.right() < editor.verticalScrollBar().mapTo(editor, QPoint()).x() + 1


def test_what_was_found_and_merged_and_the_others_are_shown_where_they_are(desk) -> None:
    here = desk(TEXT)
    place = QTextCursor(here.document.findBlockByNumber(150))

    here.editor.ruler.show_found([0, 100])
    here.editor.ruler.show_merged([place])
    here.editor.set_remote_carets([caret(here.document.findBlockByNumber(50).position())])

    assert heights(here.editor, FOUND) == [0, 49]
    assert heights(here.editor, MERGED) == [74]
    assert heights(here.editor, CARET) == [25]


def test_marks_go_along_with_their_text(desk) -> None:
    here = desk(TEXT)
    here.editor.ruler.show_merged([QTextCursor(here.document.findBlockByNumber(100))])
    here.editor.set_remote_carets([caret(here.document.findBlockByNumber(50).position())])

    here.binding.edit([TextEdit(0, 0, "\n" * LINES)])

    assert heights(here.editor, MERGED) == [74]
    assert heights(here.editor, CARET) == [62]


def test_marks_are_taken_away_again(desk) -> None:
    here = desk(TEXT)
    here.editor.ruler.show_found([10])
    here.editor.ruler.show_merged([QTextCursor(here.document)])

    here.editor.ruler.show_found(())
    here.editor.ruler.show_merged(())

    assert heights(here.editor, FOUND) == []
    assert heights(here.editor, MERGED) == []


def test_a_click_shows_the_lines_there(desk, qtbot) -> None:
    editor = desk(TEXT).editor
    half = QPoint(3, editor.ruler.height() // 2)

    qtbot.mouseClick(editor.ruler, Qt.MouseButton.LeftButton, pos=half)

    shown = [block.blockNumber() for block in visible_blocks(editor)]
    assert shown[0] < LINES // 2 < shown[-1]
    assert editor.textCursor().position() == 0


def test_blanks_are_shown_and_hidden_in_every_view_and_lines_stay_from_the_left(desk) -> None:
    here = desk("a b\tc")
    other = here.another_view()

    here.editor.set_whitespace(True)
    shown = other.document().defaultTextOption()
    other.set_whitespace(False)
    hidden = here.document.defaultTextOption()

    assert shown.flags() & QTextOption.Flag.ShowTabsAndSpaces
    assert shown.textDirection() == Qt.LayoutDirection.LeftToRight
    assert not hidden.flags() & QTextOption.Flag.ShowTabsAndSpaces
    assert here.text == "a b\tc"
