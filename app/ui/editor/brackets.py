"""Finds the bracket that belongs to the one beside the caret.

Knows no language: brackets in strings and comments count. It looks at a bounded piece of the text,
so a key costs the same in any file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtGui import QTextDocument

_FARTHEST = 2000  # UTF-16 units looked at on either side

_PAIRS = {"(": ")", "[": "]", "{": "}"}
_OPENERS = {closer: opener for opener, closer in _PAIRS.items()}


def matching_brackets(document: QTextDocument, caret_utf16: int) -> tuple[int, int] | None:
    """Return the places of a bracket beside the caret and of the one that belongs to it.

    The bracket in front of the caret comes before the one behind it. None when there is no bracket,
    or its partner is farther away than is looked.
    """
    for at in (caret_utf16 - 1, caret_utf16):
        character = document.characterAt(at) if at >= 0 else ""
        if character in _PAIRS:
            partner = _forward(document, at, character, _PAIRS[character])
        elif character in _OPENERS:
            partner = _backward(document, at, character, _OPENERS[character])
        else:
            continue
        if partner is not None:
            return at, partner
    return None


def _forward(document: QTextDocument, at: int, opener: str, closer: str) -> int | None:
    block = document.findBlock(at)
    start = at - block.position()
    depth = 0
    while block.isValid() and block.position() - at < _FARTHEST:
        text = _units(block.text()[: start + _FARTHEST])
        for index in range(start, len(text)):
            character = text[index]
            if character == opener:
                depth += 1
            elif character == closer:
                depth -= 1
                if not depth:
                    return block.position() + index
        block = block.next()
        start = 0
    return None


def _backward(document: QTextDocument, at: int, closer: str, opener: str) -> int | None:
    block = document.findBlock(at)
    stop = at - block.position() + 1
    depth = 0
    while block.isValid() and at - block.position() - stop < _FARTHEST:
        text = _units(block.text())
        for index in range(min(stop, len(text)) - 1, max(-1, stop - _FARTHEST), -1):
            character = text[index]
            if character == closer:
                depth += 1
            elif character == opener:
                depth -= 1
                if not depth:
                    return block.position() + index
        block = block.previous()
        stop = block.length()
    return None


def _units(text: str) -> str:
    """Return a text with one character for every UTF-16 unit."""
    if not text or max(text) < "\U00010000":
        return text
    return "".join([each if each < "\U00010000" else "\ufffd\ufffd" for each in text])
