"""How a screen reader is told a sentence nobody asked for.

Knows not what is worth saying: `AnnouncementDesk` does for a window, a dialog for its own errors.
Source: https://doc.qt.io/qt-6/qaccessibleannouncementevent.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget


def announce(speaker: QWidget, text: str, *, is_urgent: bool) -> None:
    """Let a screen reader say a sentence: at once, or when it is done with what it says now."""
    event = QAccessibleAnnouncementEvent(speaker, text)
    ways = QAccessible.AnnouncementPoliteness
    event.setPoliteness(ways.Assertive if is_urgent else ways.Polite)
    QAccessible.updateAccessibility(event)
