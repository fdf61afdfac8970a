"""How texts are shown, kept for the next window: wrapped, with blanks, in which size.

Source: EDITOR.md (view).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtCore import QSettings

_POINTS = "view/points"
_SMALLEST_POINTS, _LARGEST_POINTS = 6.0, 72.0


class ViewSettings:
    """What a file of settings says of the view; what is no value there is not taken."""

    def __init__(self, settings: QSettings | None) -> None:
        """Read and write there; None: nothing is kept."""
        self._settings = settings

    def is_on(self, action_id: str) -> bool:
        """Tell whether a view's action was checked last."""
        return self._settings is not None and self._settings.value(_key(action_id)) in (
            True,
            "true",
        )

    def keep(self, action_id: str, is_on: bool) -> None:
        """Keep whether a view's action is checked."""
        if self._settings is not None:
            self._settings.setValue(_key(action_id), is_on)

    def points(self, usual: float) -> float:
        """Return the size of the text; the usual one while no other was chosen."""
        value = self._settings.value(_POINTS) if self._settings is not None else None
        try:
            points = float(value) if isinstance(value, str | float | int) else usual
        except ValueError:
            return usual
        is_size = math.isfinite(points) and _SMALLEST_POINTS <= points <= _LARGEST_POINTS
        return points if is_size else usual

    def keep_points(self, points: float) -> None:
        """Keep the size of the text."""
        if self._settings is not None:
            self._settings.setValue(_POINTS, points)


def _key(action_id: str) -> str:
    return action_id.replace(".", "/")
