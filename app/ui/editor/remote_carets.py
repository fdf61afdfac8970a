"""Paints where the others are: carets with initials, and their names for a while.

Nothing of it stands in the text. A person is told by colour, initials and the pattern of the line,
never by colour alone. Source: EDITOR.md, binding rule 8.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen, QPixmap, QTextCharFormat

from app.model.participants import RemoteCaret, initials
from app.model.text_edit import Selection, length_utf16, transform_selection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QFont

    from app.model.text_edit import TextEdit

NAME_MS = 2000
"""How long a name is shown after its caret moved."""

_WIDTH_PX = 2
_PADDING_PX = 3
_GAP_PX = 6  # between the text and initials, or two initials
_DARK = 0.55  # lightness below which white is read better than black
_MOST_NAME_CHARACTERS = 24
_MOST_PEOPLE = 256  # whose patterns are remembered
_MOST_LABELS = 256
_SELECTION_ALPHA = 60
_LINES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine)
_UNDERLINES = (
    QTextCharFormat.UnderlineStyle.SingleUnderline,
    QTextCharFormat.UnderlineStyle.DashUnderline,
    QTextCharFormat.UnderlineStyle.DotLine,
)


Place = tuple[int, int, int]
"""Where a caret is in the viewport: left, top and height in pixels."""

Box = tuple[int, int, int, int]
"""A rectangle in the viewport: left, top, width and height in pixels."""


class Flag(NamedTuple):
    """A caret as it is painted."""

    caret: RemoteCaret
    pattern: int  # 0…2: how its lines are broken
    has_name: bool  # the whole name instead of the initials


@functools.lru_cache(_MOST_PEOPLE)
def pattern_of(user_id: str) -> int:
    """Return the same pattern for a user in every window."""
    return sum(user_id.encode()) % len(_LINES)


def moved(carets: Sequence[RemoteCaret], edits: Sequence[TextEdit]) -> list[RemoteCaret]:
    """Return where carets are after edits of the text."""
    if not edits:
        return list(carets)
    start, end = edits[0].at_utf16, edits[-1].at_utf16 + edits[-1].removed_utf16
    growth = sum([length_utf16(edit.text) - edit.removed_utf16 for edit in edits])
    places: list[RemoteCaret] = []
    for caret in carets:
        anchor, head = caret.anchor_utf16, caret.head_utf16
        if anchor < start and head < start:
            places.append(caret)
        elif anchor > end and head > end:
            places.append(_at(caret, anchor + growth, head + growth))
        else:
            place = transform_selection(Selection(anchor, head), edits)
            places.append(_at(caret, place.anchor_utf16, place.head_utf16))
    return places


def touches_selection(carets: Sequence[RemoteCaret], edits: Sequence[TextEdit]) -> bool:
    """Tell whether edits reach into or up to what somebody selected; else it moves as a whole."""
    if not edits:
        return False
    start, end = edits[0].at_utf16, edits[-1].at_utf16 + edits[-1].removed_utf16
    for caret in carets:
        anchor, head = caret.anchor_utf16, caret.head_utf16
        if anchor != head and max(anchor, head) >= start and min(anchor, head) <= end:
            return True
    return False


def _at(caret: RemoteCaret, anchor_utf16: int, head_utf16: int) -> RemoteCaret:
    return RemoteCaret(*caret.person, anchor_utf16, head_utf16)


def selection_format(caret: RemoteCaret) -> QTextCharFormat:
    """Return how what somebody selected is shown."""
    color = QColor(caret.color)
    text_format = QTextCharFormat()
    text_format.setUnderlineStyle(_UNDERLINES[pattern_of(caret.user_id)])
    text_format.setUnderlineColor(color)
    color.setAlpha(_SELECTION_ALPHA)
    text_format.setBackground(color)
    return text_format


class Label(NamedTuple):
    """A text on a colour, as it is painted; in device-independent pixels."""

    pixmap: QPixmap
    width: int
    height: int


class Labels:
    """Carets, names and initials, each painted once: a key shows those of everybody again."""

    def __init__(self, font: QFont, device_pixel_ratio: float) -> None:
        self._font = font
        self._ratio = device_pixel_ratio
        self._metrics = QFontMetrics(font)
        self._labels: dict[tuple[str, str], Label] = {}  # by text and colour
        self._carets: dict[tuple[str, int, int], QPixmap] = {}  # by colour, pattern and height
        self.height_px = self._metrics.height()

    def of(self, text: str, color_text: str) -> Label:
        """Return a text on a colour, with a little room around it."""
        label = self._labels.get((text, color_text))
        if label is None:
            if len(self._labels) >= _MOST_LABELS:
                self._labels.clear()
            label = self._labels[text, color_text] = self._painted(text, QColor(color_text))
        return label

    def paint_caret(self, painter: QPainter, flag: Flag, place: Place) -> None:
        """Paint a caret itself."""
        left, top, height = place
        key = (flag.caret.color, flag.pattern, height)
        pixmap = self._carets.get(key)
        if pixmap is None:
            if len(self._carets) >= _MOST_LABELS:
                self._carets.clear()
            pixmap = self._carets[key] = self._line(*key)
        painter.drawPixmap(left - _WIDTH_PX // 2, top, pixmap)

    def _line(self, color: str, pattern: int, height: int) -> QPixmap:
        pixmap = self._blank(QSize(_WIDTH_PX, height), Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setPen(QPen(QColor(color), _WIDTH_PX, _LINES[pattern]))
        painter.drawLine(_WIDTH_PX // 2, 0, _WIDTH_PX // 2, height - 1)
        painter.end()
        return pixmap

    def _blank(self, size: QSize, color: QColor | Qt.GlobalColor) -> QPixmap:
        pixmap = QPixmap(size * self._ratio)
        pixmap.setDevicePixelRatio(self._ratio)
        pixmap.fill(color)
        return pixmap

    def _painted(self, text: str, color: QColor) -> Label:
        width = self._metrics.horizontalAdvance(text) + 2 * _PADDING_PX
        size = QSize(width, self.height_px)
        pixmap = self._blank(size, color)
        painter = QPainter(pixmap)
        painter.setFont(self._font)
        painter.setPen(Qt.GlobalColor.white if color.lightnessF() < _DARK else Qt.GlobalColor.black)
        painter.drawText(QRect(QPoint(), size), Qt.AlignmentFlag.AlignCenter, text)
        painter.end()
        return Label(pixmap, size.width(), size.height())


def paint_flag(
    painter: QPainter, flag: Flag, place: Place, labels: Labels, *, free_px: int, right_px: int
) -> Box:
    """Paint a name above its caret, or the initials behind the text; return where.

    Args:
        painter: of the viewport.
        flag: what to paint.
        place: of the caret.
        labels: the flag's texts.
        free_px: where in the caret's line there is no text any more.
        right_px: the viewport's width; the flag stays inside.
    """
    caret_left, caret_top, caret_height = place
    if flag.has_name:
        label = labels.of(flag.caret.name[:_MOST_NAME_CHARACTERS], flag.caret.color)
        left, top = caret_left, caret_top - label.height
        top = top if top >= 0 else caret_top + caret_height
    else:
        label = labels.of(initials(flag.caret.name), flag.caret.color)
        left, top = free_px + _GAP_PX, caret_top + (caret_height - label.height) // 2
    left = max(0, min(left, right_px - label.width))
    painter.drawPixmap(left, top, label.pixmap)
    return left, top, label.width, label.height
