"""What a row of the table of commands says.

Knows no Qt. Source: EDITOR.md (habits).
"""

from __future__ import annotations

from dataclasses import dataclass

CONTEXT = "Actions"
"""Of the translations."""

SEPARATOR = ""
"""In a menu, between its commands."""


def QT_TRANSLATE_NOOP(_context: str, text: str) -> str:  # noqa: N802 - lupdate looks for it
    """Mark a text for translation and return it as it is."""
    return text


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """One command."""

    id: str  # `<menu>.<verb>`
    text: str  # as in the menu, with its mnemonic
    tip: str  # one sentence
    icon: str = ""  # a file of resources/icons; empty: none
    shortcuts: tuple[str, ...] = ()  # portable; the first one is shown
    is_checkable: bool = False


@dataclass(frozen=True, slots=True)
class MenuSpec:
    """One menu."""

    id: str
    title: str  # with its mnemonic
    action_ids: tuple[str, ...]  # in order, with SEPARATOR
    specs: tuple[ActionSpec, ...]
