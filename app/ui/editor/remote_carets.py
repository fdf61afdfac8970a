"""Paints where the others are: carets with initials, and their names for a while.

Nothing of it stands in the text. A person is told by colour, initials and the pattern of the line,
never by colour alone. Source: EDITOR.md, binding rule 8.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QPen, QTextCharFormat

from app.model.text_edit import Selection, transform_selection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QRect
    from PySide6.QtGui import QPainter

    from app.model.participants import RemoteCaret
    from app.model.text_edit import TextEdit

NAME_MS = 2000
"""How long a name is shown after its caret moved."""

_WIDTH_PX = 2
_PADDING_PX = 3
_GAP_PX = 6  # between the text and initials, or two initials
_DARK = 0.55  # lightness below which white is read better than black
_MOST_NAME_CHARACTERS = 24
_SELECTION_ALPHA = 60
_LINES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine)
_UNDERLINES = (
    QTextCharFormat.UnderlineStyle.SingleUnderline,
    QTextCharFormat.UnderlineStyle.DashUnderline,
    QTextCharFormat.UnderlineStyle.DotLine,
)


@dataclass(frozen=True, slots=True)
class Flag:
    """A caret as it is painted."""

    caret: RemoteCaret
    pattern: int  # 0…2: how its lines are broken
    has_name: bool  # the whole name instead of the initials


def initials(name: str) -> str:
    """Return one or two letters that stand for a name."""
    words = name.split()
    letters = words[0][:1] + words[-1][:1] if len(words) > 1 else name.strip()[:2]
    return letters.upper() or "?"


def pattern_of(user_id: str) -> int:
    """Return the same pattern for a user in every window."""
    return sum(user_id.encode()) % len(_LINES)


def moved(carets: Sequence[RemoteCaret], edits: Sequence[TextEdit]) -> list[RemoteCaret]:
    """Return where carets are after edits of the text."""
    return [_moved(caret, edits) for caret in carets]


def _moved(caret: RemoteCaret, edits: Sequence[TextEdit]) -> RemoteCaret:
    place = transform_selection(Selection(caret.anchor_utf16, caret.head_utf16), edits)
    return replace(caret, anchor_utf16=place.anchor_utf16, head_utf16=place.head_utf16)


def selection_format(caret: RemoteCaret) -> QTextCharFormat:
    """Return how what somebody selected is shown."""
    color = QColor(caret.color)
    text_format = QTextCharFormat()
    text_format.setUnderlineStyle(_UNDERLINES[pattern_of(caret.user_id)])
    text_format.setUnderlineColor(color)
    color.setAlpha(_SELECTION_ALPHA)
    text_format.setBackground(color)
    return text_format


def paint_caret(painter: QPainter, flag: Flag, place: QRect) -> None:
    """Paint the caret itself; `place` is its rectangle in the viewport."""
    painter.setPen(QPen(QColor(flag.caret.color), _WIDTH_PX, _LINES[flag.pattern]))
    painter.drawLine(QLineF(place.left(), place.top(), place.left(), place.bottom()))


def paint_flag(
    painter: QPainter, flag: Flag, place: QRect, *, free_px: float, right_px: int
) -> QRectF:
    """Paint a name above its caret, or the initials behind the text; return where.

    Args:
        painter: of the viewport, with the font of the flag.
        flag: what to paint.
        place: the caret's rectangle in the viewport.
        free_px: where in the caret's line there is no text any more.
        right_px: the viewport's width; the flag stays inside.
    """
    color = QColor(flag.caret.color)
    name = flag.caret.name[:_MOST_NAME_CHARACTERS]
    text = name if flag.has_name else initials(name)
    metrics = painter.fontMetrics()
    width = metrics.horizontalAdvance(text) + 2 * _PADDING_PX
    height = metrics.height()
    left, top = free_px + _GAP_PX, place.center().y() - height / 2
    if flag.has_name:
        left, top = place.left(), place.top() - height
        top = top if top >= 0 else place.bottom()
    box = QRectF(max(0, min(left, right_px - width)), top, width, height)
    painter.fillRect(box, color)
    is_dark = color.lightnessF() < _DARK
    painter.setPen(Qt.GlobalColor.white if is_dark else Qt.GlobalColor.black)
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
    return box
