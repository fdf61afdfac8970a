"""Texts that are shown as they are: the one place that makes labels and free tool tips.

Qt guesses whether a text is HTML, and a person may be called `<img src=file:///…>`. Knows nothing
of what the texts mean. Source: PITFALLS.md (Qt).
"""

from __future__ import annotations

import html
from typing import Protocol

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget


class _HasToolTip(Protocol):
    def setToolTip(self, arg__1: str, /) -> None: ...  # noqa: N802 - Qt's name


def plain_label(text: str = "", *, role: str = "", parent: QWidget | None = None) -> QLabel:
    """Return a label that shows a text character by character.

    Args:
        text: to show.
        role: for the style sheet: `title`, `muted`, `error` or `field`.
        parent: Qt's owner.
    """
    label = QLabel(parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setText(text)
    if role:
        label.setProperty("role", role)
    return label


def plain_paragraph(text: str = "", *, role: str = "", parent: QWidget | None = None) -> QLabel:
    """Return a label that breaks its lines and can be selected and copied."""
    label = plain_label(text, role=role, parent=parent)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
    policy.setHeightForWidth(True)
    label.setSizePolicy(policy)
    return label


def field_label(text: str, field: QWidget) -> QLabel:
    """Return the label of a field, whose mnemonic leads into it."""
    label = plain_label(text, role="field")
    label.setBuddy(field)
    return label


def set_plain_tool_tip(target: _HasToolTip, text: str) -> None:
    """Give a widget or an action a tool tip that shows a text character by character."""
    target.setToolTip(plain_tool_tip(text))


def plain_tool_tip(text: str) -> str:
    """Return what Qt must be given to show a text as it is."""
    is_harmless = "<" not in text and "&" not in text
    return text if is_harmless else f"<span>{html.escape(text)}</span>"
