from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import QApplication

from app.ui.widgets.wrapped_text import wrapped_lines


def wrapped(text: str, *, most_lines: int = 3) -> list[str]:
    return wrapped_lines(text, QFont(), width_px=120, most_lines=most_lines)


def test_words_stay_whole_where_they_can(qapp: QApplication) -> None:
    lines = wrapped("one two three four five six seven eight")

    assert len(lines) > 1
    assert " ".join(lines).split()[:2] == ["one", "two"]
    assert all(QFontMetrics(QFont()).horizontalAdvance(line) <= 120 for line in lines)


def test_what_is_too_much_ends_in_an_ellipsis(qapp: QApplication) -> None:
    lines = wrapped("x" * 500 + " 😀", most_lines=2)

    assert len(lines) == 2
    assert lines[1].endswith("…")


def test_an_empty_text_has_no_line_of_words(qapp: QApplication) -> None:
    assert "".join(wrapped("")) == ""
    assert wrapped("a\nb") == ["a b"]
