"""How well a few typed letters fit a name: for going to files, people and commands.

Pure. The letters must come in order, not side by side; those at the beginnings of words, and side
by side, count more. Source: EDITOR.md (go); the first algorithm of https://github.com/junegunn/fzf
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

ItemT = TypeVar("ItemT")

MOST_RESULTS = 200

_MATCH = 16
_WORD_START = 10
_SIDE_BY_SIDE = 8
_IN_LAST_PART = 4
_LARGEST_GAP = 6
_PARTS = "/\\ _-.:"


def fuzzy_score(query: str, text: str) -> int | None:
    """Return how well a query fits; None when its letters do not all come in order.

    Case does not count, and white space in the query is ignored. An empty query fits everything
    equally well.
    """
    wanted = "".join(query.split()).lower()
    if not wanted:
        return 0
    lowered = text.lower()
    last = -1
    for letter in wanted:
        last = lowered.find(letter, last + 1)
        if last < 0:
            return None
    # Backwards from where the last letter was found: the shortest stretch that ends there.
    places: list[int] = []
    at = last + 1
    for letter in reversed(wanted):
        at = lowered.rfind(letter, 0, at)
        places.append(at)
    places.reverse()
    score = _score(text, places)
    exact = lowered.rfind(wanted)
    if exact >= 0:
        score = max(score, _score(text, list(range(exact, exact + len(wanted)))))
    return score


def fuzzy_ranked(
    query: str, items: Iterable[ItemT], text_of: Callable[[ItemT], str]
) -> list[ItemT]:
    """Return the items that fit, the best first; of equals the shorter, then the earlier one."""
    scored = [
        (-score, len(text_of(item)), place, item)
        for place, item in enumerate(items)
        if (score := fuzzy_score(query, text_of(item))) is not None
    ]
    if query.strip():
        scored.sort(key=lambda each: each[:3])
    return [item for _, _, _, item in scored[:MOST_RESULTS]]


def _score(text: str, places: list[int]) -> int:
    score = 0
    last_part = text.rfind("/") + 1
    before = -2
    run = 0  # what the first letter of those side by side counted more
    for place in places:
        begins = place == 0 or text[place - 1] in _PARTS or _begins_hump(text, place)
        bonus = _WORD_START if begins else 0
        if place == before + 1:
            bonus = max(bonus, _SIDE_BY_SIDE, run)
        else:
            run = bonus
            if before >= 0:
                score -= min(place - before - 1, _LARGEST_GAP)
        score += _MATCH + bonus + (_IN_LAST_PART if place >= last_part else 0)
        before = place
    return score


def _begins_hump(text: str, place: int) -> bool:
    return text[place].isupper() and text[place - 1].islower()
