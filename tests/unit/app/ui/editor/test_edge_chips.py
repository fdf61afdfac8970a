"""Chips for people out of sight: whom they name, where they stand, and what they cost."""

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.model.participants import RemoteCaret
from app.model.text_edit import TextEdit
from app.ui.editor.edge_chips import EdgeChips

LINES = 300
TEXT = "".join(f"line {number}\n" for number in range(LINES))
ADA = (1, "u1", "Ada", "#b34a00")
GRACE = (2, "u2", "Grace Hopper", "#007a5a")


class Seen:
    """An editor with its chips, in which others stand in lines."""

    def __init__(self, desk, qtbot) -> None:
        self.desk = desk(TEXT)
        self.editor = self.desk.editor
        self.chips = EdgeChips(self.editor)
        self._qtbot = qtbot

    def stand(self, *people: tuple[tuple[int, str, str, str], int]) -> None:
        """Let people stand in lines, counted from 0."""
        document = self.desk.document
        places = [(who, document.findBlockByNumber(line).position()) for who, line in people]
        self.editor.set_remote_carets([RemoteCaret(*who, at, at) for who, at in places])
        self.chips.show_soon()
        self.settle()

    def stand_at(self, at_utf16: int) -> None:
        """Let Ada stand at a place."""
        self.editor.set_remote_carets([RemoteCaret(*ADA, at_utf16, at_utf16)])
        self.chips.show_soon()
        self.settle()

    def settle(self) -> None:
        self._qtbot.waitUntil(lambda: not self.chips.is_due)

    def scroll_to(self, line: int) -> None:
        self.editor.verticalScrollBar().setValue(line)
        self.settle()

    def caret_to(self, line: int) -> None:
        at = self.desk.document.findBlockByNumber(line).position()
        top = self.editor.verticalScrollBar().value()
        self.editor.select(at, at)
        self.editor.verticalScrollBar().setValue(top)
        self.settle()

    @property
    def texts(self) -> tuple[str, str]:
        """What is to be seen of the chips."""
        shown = [chip.text if chip.isVisible() else "" for chip in (self.above, self.below)]
        return shown[0], shown[1]

    @property
    def above(self):
        return self.chips.above

    @property
    def below(self):
        return self.chips.below

    def row_of(self, line: int) -> range:
        """Return the heights, in the editor, that a line stands at."""
        cursor = QTextCursor(self.desk.document.findBlockByNumber(line))
        top = self.editor.viewport().y() + self.editor.cursorRect(cursor).top()
        return range(top, top + self.editor.cursorRect(cursor).height())


@pytest.fixture
def seen(desk, qtbot) -> Seen:
    return Seen(desk, qtbot)


def heights(chip) -> range:
    return range(chip.y(), chip.y() + chip.height())


def meet(one: range, other: range) -> bool:
    return max(one.start, other.start) < min(one.stop, other.stop)


def test_who_is_below_is_named_with_the_line(seen: Seen) -> None:
    seen.stand((ADA, 119))

    assert seen.texts == ("", "▼ Ada :120")


def test_who_is_above_is_named_once_one_has_scrolled(seen: Seen) -> None:
    seen.stand((ADA, 4))
    before = seen.texts
    seen.scroll_to(100)

    assert before == ("", "")
    assert seen.texts == ("▲ Ada :5", "")


def test_several_are_a_number_and_their_names_stand_in_the_tip(seen: Seen) -> None:
    seen.stand((ADA, 200), (GRACE, 150), ((3, "u3", "", "#0072b2"), 250))

    assert seen.texts == ("", "▼ 3")
    assert "Grace Hopper, line 151" in seen.below.toolTip()
    assert seen.below.accessibleName().startswith("Below: Grace Hopper, line 151; Ada, line 201")


def test_somebody_with_two_windows_is_one_person(seen: Seen) -> None:
    seen.stand((ADA, 200), ((9, "u1", "Ada", "#b34a00"), 150))

    assert seen.texts == ("", "▼ Ada :151")


def test_a_long_name_is_cut_and_a_name_from_others_is_no_markup(seen: Seen) -> None:
    seen.stand(((4, "u4", "<img src=x> and more of it", "#0072b2"), 200))

    assert seen.texts == ("", "▼ <img src=x> and… :201")
    assert "<img" not in seen.below.toolTip()


def test_the_line_goes_along_with_lines_that_are_inserted_above(seen: Seen) -> None:
    seen.stand((ADA, 119))

    seen.editor.select(0, 0)
    QTest.keyClick(seen.editor, Qt.Key.Key_Return)
    seen.settle()

    assert seen.texts == ("", "▼ Ada :121")


def test_chips_go_with_the_people(seen: Seen) -> None:
    seen.stand((ADA, 119))
    seen.stand()

    assert seen.texts == ("", "")


def test_in_a_wrapped_line_the_row_counts(seen: Seen) -> None:
    at = seen.desk.document.findBlockByNumber(5).position()
    seen.desk.binding.edit([TextEdit(at, 0, "word " * 3000)])
    seen.editor.set_wrapping(True)
    seen.caret_to(0)
    seen.stand_at(at + 14_000)

    assert seen.texts == ("", "▼ Ada :6")

    seen.stand_at(at)

    assert seen.texts == ("", "")


@pytest.mark.parametrize("own_line", [0, 1, 2, 3, 25, 26, 27, 28, 29])
def test_a_chip_never_stands_on_the_line_one_is_in(seen: Seen, own_line: int) -> None:
    seen.stand((ADA, 10), (GRACE, 250))
    seen.scroll_to(50)
    seen.caret_to(50 + own_line)

    own = seen.row_of(50 + own_line)

    assert seen.texts == ("▲ Ada :11", "▼ Grace Hopper :251")
    assert not meet(heights(seen.above), own)
    assert not meet(heights(seen.below), own)


def test_without_room_beside_the_line_one_is_in_there_is_no_chip(seen: Seen) -> None:
    seen.stand((GRACE, 250))
    seen.editor.resize(600, 4 * seen.editor.fontMetrics().lineSpacing())
    seen.chips.show_soon()
    seen.settle()

    assert seen.texts == ("", "")


def test_keys_in_a_line_cost_nothing_of_it(seen: Seen) -> None:
    seen.stand((ADA, 119))
    seen.caret_to(3)

    QTest.keyClicks(seen.editor, "some words")

    assert not seen.chips.is_due


def test_without_others_scrolling_costs_nothing_of_it(seen: Seen) -> None:
    seen.editor.verticalScrollBar().setValue(100)

    assert not seen.chips.is_due


@pytest.fixture
def second_click_ms(qapp: QApplication) -> Iterator[Callable[[int], None]]:
    """Set how long a second click may take, until the end of the test."""
    before = qapp.doubleClickInterval()
    yield qapp.setDoubleClickInterval
    qapp.setDoubleClickInterval(before)


def test_a_click_goes_there_and_the_chip_waits_for_a_second_click(
    seen: Seen, second_click_ms: Callable[[int], None]
) -> None:
    second_click_ms(600_000)
    gone: list[int] = []
    followed: list[str] = []
    seen.chips.caret_requested.connect(gone.append)
    seen.chips.follow_requested.connect(followed.append)
    seen.stand((ADA, 119), (GRACE, 200))

    QTest.mouseClick(seen.below, Qt.MouseButton.LeftButton)
    seen.scroll_to(110)
    during = seen.texts
    QTest.mouseDClick(seen.below, Qt.MouseButton.LeftButton)

    assert gone[0] == seen.desk.document.findBlockByNumber(119).position()
    assert during == ("", "▼ 2")
    assert followed == ["u1"]


def test_a_chip_that_is_not_clicked_again_goes_on(
    seen: Seen, qtbot: QtBot, second_click_ms: Callable[[int], None]
) -> None:
    second_click_ms(1)
    seen.stand((ADA, 119), (GRACE, 200))

    with qtbot.waitSignal(seen.below.let_go):
        QTest.mouseClick(seen.below, Qt.MouseButton.LeftButton)
        seen.editor.verticalScrollBar().setValue(110)

    qtbot.waitUntil(lambda: seen.texts == ("", "▼ Grace Hopper :201"))


def test_another_button_does_nothing(seen: Seen) -> None:
    gone: list[int] = []
    seen.chips.caret_requested.connect(gone.append)
    seen.stand((ADA, 119))

    QTest.mouseClick(seen.below, Qt.MouseButton.RightButton)

    assert gone == []


def test_a_chip_has_the_colour_of_its_person_at_the_right_edge(seen: Seen) -> None:
    seen.stand((ADA, 119))

    image = seen.below.grab().toImage()
    pixels = {image.pixel(x, y) for x in range(image.width()) for y in range(0, image.height(), 2)}
    right = seen.editor.viewport().geometry().right() - seen.below.geometry().right()

    assert QColor(ADA[3]).rgb() in pixels
    assert 0 < right <= 10
