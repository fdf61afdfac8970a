"""Where the colours of lines go when the lines are edited, until new ones come.

Knows no widget and no process. Positions are in UTF-16 units.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from app.syntax.changed_range import changed_range
from app.syntax.messages import Span, Spans

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class _Change(NamedTuple):
    """What is different between two texts, in UTF-16 units from the start of both."""

    start: int
    old_end: int
    new_end: int
    is_word: bool  # whether only letters, digits and underscores were put in

    def moved(self, begin: int, end: int, capture: str) -> tuple[int, int]:
        """Return where a span of the old text begins and ends in the new one."""
        if begin >= self.old_end:
            shift = self.new_end - self.old_end
            return begin + shift, end + shift
        if end > self.old_end:  # around the change, or cut by it at its start
            new_begin = begin if begin < self.start else self.new_end
            return new_begin, end + self.new_end - self.old_end
        if end == self.start and (self.is_word or capture == "comment"):
            return begin, self.new_end
        return begin, min(end, self.start)


def pushed_spans(old: str, new: str, spans: Spans, at: int, count: int) -> Spans | None:
    """Return the spans of a line into which something was inserted; None for any other change.

    Args:
        old: the line as it was.
        new: as it is.
        spans: of the old line.
        at: where something was inserted, in UTF-16 units.
        count: how many units were.
    """
    end = at + count
    is_insert = len(new) == len(old) + count and new[:at] == old[:at] and new[end:] == old[at:]
    if not is_insert or not new.isascii():
        return None
    change = _Change(at, at, end, new[at:end].replace("_", "a").isalnum())
    pushed: list[Span] = []
    for start, length, capture in spans:
        begin, stop = change.moved(start, start + length, capture)
        pushed.append(Span(begin, stop - begin, capture))
    return tuple(pushed)


def moved_spans(
    old_lines: Sequence[str],
    lines: Sequence[str],
    painted: Sequence[Spans | None],
    limit_utf16: int,
) -> list[Spans]:
    """Return the spans of the new lines, from those of the old: what was typed pushes them.

    Args:
        old_lines: as they were.
        lines: as they are.
        painted: the spans of each old line; None: not known.
        limit_utf16: the change begins here or before.
    """
    old, new = _utf16("\n".join(old_lines)), _utf16("\n".join(lines))
    start, old_end, new_end = (
        at // 2 for at in changed_range(old, new, limit=limit_utf16 * 2, step=2)
    )
    typed = new[start * 2 : new_end * 2].decode("utf-16-le", "replace")
    change = _Change(start, old_end, new_end, typed.replace("_", "a").isalnum())
    starts = [0]  # of each new line, and of one behind the last
    for line in lines:
        starts.append(starts[-1] + _length(line) + 1)
    moved: list[list[Span]] = [[] for _ in lines]
    at = 0
    for begin, end, capture in _in_text(old_lines, painted):
        begin, end = change.moved(begin, end, capture)
        while at + 1 < len(lines) and starts[at + 1] <= begin:
            at += 1
        _cut_at_lines(Span(begin, end - begin, capture), starts, at, moved)
    return [tuple(spans) for spans in moved]


def _in_text(
    lines: Sequence[str], painted: Sequence[Spans | None]
) -> Iterator[tuple[int, int, str]]:
    """Yield (begin, end, capture) of each line's spans, counted from the first line's start."""
    line_start = 0
    for line, spans in zip(lines, painted, strict=True):
        for start, length, capture in spans or ():
            yield line_start + start, line_start + start + length, capture
        line_start += _length(line) + 1


def _cut_at_lines(span: Span, starts: Sequence[int], at: int, into: list[list[Span]]) -> None:
    """Put a span, counted from the first line's start, into the lines it touches from `at` on."""
    begin, length, capture = span
    end = begin + length
    for line in range(at, len(into)):
        left, right = max(begin, starts[line]), min(end, starts[line + 1] - 1)
        if left < right:
            into[line].append(Span(left - starts[line], right - left, capture))
        if starts[line + 1] >= end:
            break


def _utf16(text: str) -> bytes:
    return text.encode("utf-16-le", "surrogatepass")


def _length(text: str) -> int:
    return len(text) if text.isascii() else len(_utf16(text)) // 2
