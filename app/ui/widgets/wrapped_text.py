"""A text in a few lines, broken between words where that goes; the rest ends in an ellipsis.

Shows texts as they are. Source: EDITOR.md (long names).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QTextLayout, QTextOption

if TYPE_CHECKING:
    from PySide6.QtGui import QFont


def wrapped_lines(text: str, font: QFont, *, width_px: int, most_lines: int) -> list[str]:
    """Return a text in lines of a width.

    Args:
        text: without line ends, which are taken for spaces.
        font: that it is shown in.
        width_px: of a line.
        most_lines: at least one.
    """
    shown = " ".join(text.split())
    layout = QTextLayout(shown, font)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    layout.beginLayout()
    starts: list[int] = []
    while len(starts) <= most_lines and (line := layout.createLine()).isValid():
        line.setLineWidth(max(20, width_px))
        starts.append(line.textStart())
    layout.endLayout()
    units = shown.encode("utf-16-le")
    ends = [*starts[1:], len(units) // 2]
    lines = [
        units[2 * start : 2 * end].decode("utf-16-le", "replace").strip()
        for start, end in zip(starts, ends, strict=True)
    ]
    if len(lines) > most_lines:
        rest = units[2 * starts[most_lines - 1] :].decode("utf-16-le", "replace")
        elided = QFontMetrics(font).elidedText(rest, Qt.TextElideMode.ElideRight, width_px)
        lines = [*lines[: most_lines - 1], elided]
    return lines


def draw_lines(painter: QPainter, area: QRect, lines: list[str]) -> None:
    """Draw lines below each other from the top of an area, in the painter's font."""
    height_px = painter.fontMetrics().lineSpacing()
    flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
    for number, line in enumerate(lines):
        at = QRect(area.left(), area.top() + number * height_px, area.width(), height_px)
        painter.drawText(at, flags | Qt.TextFlag.TextSingleLine, line)
