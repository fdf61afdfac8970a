"""What one key may do beyond its own character: close a bracket, or step over one.

Knows no widget. Only local keys come here, never text of others.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_CLOSERS = {"(": ")", "[": "]", "{": "}"}
_QUOTES = "\"'`"
_APOSTROPHE = "'"
_APOSTROPHE_LANGUAGES = frozenset(
    {
        *(
            "clojure",
            "fsharp",
            "ocaml",
            "rust",
            "vb",
        ),  # it quotes, or names a lifetime
        *("diff", "latex", "markdown", "plaintext", "restructuredtext"),  # prose
    }
)
"""In which `'` stands alone more often than it begins a string."""

AIDED = frozenset("()[]{}" + _QUOTES)
"""What may mean more than itself."""
_BEFORE_THESE = ")]},;"
_EMOJI_PARTS = re.compile(
    "[\u200d\u20e3\ufe0f"  # joiner, keycap, shown as emoji
    "\U0001f1e6-\U0001f1ff"  # letters of flags
    "\U0001f3fb-\U0001f3ff"  # skin tones
    "\U000e0020-\U000e007f]"  # tags of regional flags
)


@dataclass(frozen=True, slots=True)
class Aid:
    """What to do instead of inserting the character."""

    text: str  # to be inserted; may be empty
    step: int  # how far the caret goes from behind that text, in UTF-16 units


def aid_for(
    typed: str, following: str, *, before: str = "", closes: bool, language: str = ""
) -> Aid | None:
    """Return what a character typed without a selection does; None for nothing but itself.

    Args:
        typed: what the key stands for.
        following: the character behind the caret; empty at the end of a line.
        before: the one in front of it; empty at the beginning of a line.
        closes: whether the one behind was put there by an `Aid` for an opener just typed.
        language: of the text, an id as in `app.model.languages`.
    """
    if closes and typed and typed == following:
        return Aid("", 1)
    closer = _CLOSERS.get(typed)
    is_alone = typed == _APOSTROPHE and language in _APOSTROPHE_LANGUAGES
    if typed and typed in _QUOTES and not is_alone and not _is_within_word(before, typed):
        closer = typed
    if closer and (not following.strip() or following in _BEFORE_THESE):
        return Aid(typed + closer, -1)
    return None


def is_pair(before: str, following: str) -> bool:
    """Tell whether Backspace between two characters that were typed as one takes both."""
    return bool(before) and (_CLOSERS.get(before) == following or before == following)


def _is_within_word(before: str, quote: str) -> bool:
    """Tell whether a quote ends something, escapes, or stands for an apostrophe."""
    return before.isalnum() or before in ("_", "\\", quote)


def goes_whole(cluster: str) -> bool:
    """Tell whether Backspace takes all of what is shown as one character, and not its last part.

    A family without its last child, or half a flag, is nothing that anybody typed; an accent is.
    """
    return len(cluster) > 1 and _EMOJI_PARTS.search(cluster) is not None
