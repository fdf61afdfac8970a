"""People who are named in a message with an `@`: found, and completed while one writes.

Names may have spaces, and one may begin another: the longest that fits is meant. Knows no widget.
Source: EDITOR.md (chat: mentions).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_MENTIONS = 50
"""As the server takes (PROTOCOL.md §3)."""

_MOST_TYPED = 64


@dataclass(frozen=True, slots=True)
class Mention:
    """One name."""

    start: int  # of the `@`, in code points
    end: int
    user_id: str


def find_mentions(text: str, names: Mapping[str, str]) -> list[Mention]:
    """Return who is named, in order.

    Args:
        text: of the message.
        names: of those who can be named, by user id.
    """
    folded = _folded(text)
    by_length = sorted(names.items(), key=lambda item: -len(item[1]))
    found: list[Mention] = []
    at = text.find("@")
    while at >= 0 and len(found) < MOST_MENTIONS:
        end = at + 1
        if at == 0 or not text[at - 1].isalnum():
            for user_id, name in by_length:
                if name and _stands_at(folded, at + 1, name):
                    end = at + 1 + len(name)
                    found.append(Mention(at, end, user_id))
                    break
        at = text.find("@", end)
    return found


def mention_being_typed(text: str, caret: int) -> tuple[int, str] | None:
    """Return where a name begins that is being typed, and what there is of it; None when none is.

    Args:
        text: that is written.
        caret: in code points.
    """
    at = text.rfind("@", max(0, caret - _MOST_TYPED), caret)
    if at < 0 or (at > 0 and text[at - 1].isalnum()):
        return None
    typed = text[at + 1 : caret]
    return None if "\n" in typed or typed.startswith(" ") else (at, typed)


def fitting_names(typed: str, names: Mapping[str, str]) -> list[str]:
    """Return the user ids whose names go on like this, those first that begin so."""
    wanted = typed.casefold()
    fitting: list[tuple[bool, str, str]] = []
    for user_id, name in names.items():
        folded = name.casefold()
        is_start = folded.startswith(wanted)
        if is_start or any(word.startswith(wanted) for word in folded.split()):
            fitting.append((not is_start, folded, user_id))
    return [user_id for _, _, user_id in sorted(fitting)]


def _stands_at(folded: str, at: int, name: str) -> bool:
    after = folded[at + len(name) : at + len(name) + 1]
    return folded.startswith(_folded(name), at) and not (after.isalnum() or after == "_")


def _folded(text: str) -> str:
    """Return a text in which case does not count, every character where it was."""
    return "".join(low if len(low := char.casefold()) == 1 else char for char in text)
