"""What a key has put into a document, when that can be told without comparing lines.

Nearly every key adds a character or two of ASCII and removes nothing: then Qt's word for where is
right. Anything else is a hint only, and is to be compared. Source: PITFALLS, PySide6 and Qt;
EDITOR.md, binding rule 2 (cuts never part a cluster)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtGui import QTextDocument

_MOST_UTF16 = 16
_LINE_END = "\u2029"


def typed_at(
    document: QTextDocument, length_before_utf16: int, at_utf16: int, removed: int, added: int
) -> str | None:
    """Return what a change has added; None when lines must be compared to know what it was.

    Args:
        document: after the change.
        length_before_utf16: of its text before.
        at_utf16: where the change begins, as Qt says.
        removed: how many UTF-16 units it removed, as Qt says.
        added: how many it added, as Qt says.
    """
    grown = document.characterCount() - 1 - length_before_utf16
    if removed or grown != added or not 0 < added <= _MOST_UTF16:
        return None
    character_at = document.characterAt
    typed = character_at(at_utf16)
    for at in range(at_utf16 + 1, at_utf16 + added):
        typed += character_at(at)
    typed = typed.replace(_LINE_END, "\n")
    following = character_at(at_utf16 + added)
    is_plain = typed.isascii() and (following.isascii() or following == _LINE_END)
    return typed if is_plain and len(typed) == added and "\r" not in typed else None
