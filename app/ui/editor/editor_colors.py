"""The colours an editor is painted with; the theme chooses them.

Knows no theme.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtGui import QColor


@dataclass(frozen=True, slots=True)
class EditorColors:
    """One theme's colours for the text and its gutter."""

    text: QColor
    background: QColor
    current_line: QColor
    gutter_text: QColor
    gutter_background: QColor
    gutter_current: QColor  # the current line's number
    selection: QColor
    bracket: QColor  # behind a pair of brackets
    found: QColor  # behind what was found
    ruler_found: QColor  # where it stands in the whole text
    ruler_merged: QColor  # where others changed something while one was away
