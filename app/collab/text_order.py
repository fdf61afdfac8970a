"""Where each unit of a text stands by its Yjs id: for the carets of browsers, which travel so.

A browser says "before the unit that author 7 typed as its 42nd". The CRDT library cannot be asked
for that on text that is not ASCII (PITFALLS, StickyIndex), so this keeps the order of the ids
itself: the runs of a root Y.Text as a list that is integrated as Yjs does it, lengths and no text.
Made only when a browser is there; everything it is given has passed `parse_update` and is not
early. Knows neither widgets nor awareness. Source: Yjs' `Item.integrate`, `RelativePosition.js`.

```
first → [author 7, clock 0, 5 units] → [author 9, clock 3, 2, deleted] → [author 7, clock 5, 1] → …
         split where somebody wrote into it, merged with what goes on from it
```
"""

from __future__ import annotations

from bisect import bisect_right, insort
from dataclasses import dataclass, field
from operator import attrgetter
from typing import TYPE_CHECKING

from collab_server.protocol.update_content import FORMAT, skip_content, skip_string, var_uint

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_GC, _DELETED, _STRING, _SKIP = 0, 1, 4, 10

UnitId = tuple[int, int]
"""An author id and a clock."""


@dataclass(slots=True, eq=False)
class _Run:
    """Units of one author that stand together."""

    author: int
    clock: int
    length: int
    origin: UnitId | None  # what it was typed behind
    right_origin: UnitId | None  # and before
    is_visible: bool
    is_in_text: bool = True  # and not in another type, or collected
    left: _Run | None = None
    right: _Run | None = None

    @property
    def end(self) -> int:
        """The clock after its last unit."""
        return self.clock + self.length

    @property
    def last(self) -> UnitId:
        """The id of its last unit."""
        return self.author, self.end - 1


@dataclass(slots=True)
class _Struct:
    """A struct as it stands in an update."""

    run: _Run
    parent: str | UnitId | None  # None: that of its neighbours

    def needs(self) -> Iterator[UnitId]:
        """Tell what must be there before it."""
        for unit in (self.run.origin, self.run.right_origin, self.parent):
            if isinstance(unit, tuple):
                yield unit


@dataclass(slots=True)
class TextOrder:
    """The order of a root text's units. Invariant: the runs of an author are sorted, gapless."""

    root: str
    _first: _Run | None = None
    _runs: dict[int, list[_Run]] = field(default_factory=dict[int, "list[_Run]"])

    @property
    def length_utf16(self) -> int:
        """How long the visible text is."""
        return sum(run.length for run in self._in_order() if run.is_visible)

    def take(self, update: bytes) -> None:
        """Take in an update; what is known of it already changes nothing."""
        blocks, deletes = _read(update)
        waiting = {structs[0].run.author: structs[::-1] for structs in blocks if structs}
        is_moving = True
        while is_moving:  # an author's structs may stand on another's, back and forth
            is_moving = False
            for structs in waiting.values():
                while structs and self._can_take(structs[-1]):
                    self._integrate(structs.pop())
                    is_moving = True
        for author, clock, length in deletes:
            self._delete(author, clock, clock + length)

    def unit_at(self, offset_utf16: int) -> UnitId | None:
        """Return the id of the visible unit at a place; None at the end."""
        for run in self._in_order():
            if run.is_visible:
                if offset_utf16 < run.length:
                    return run.author, run.clock + offset_utf16
                offset_utf16 -= run.length
        return None

    def offset_of(self, unit: UnitId, *, is_after: bool = False) -> int | None:
        """Return where a unit stands, or stood; None when it has not arrived, or never was text.

        Args:
            unit: its id.
            is_after: ask for the place behind it.
        """
        sought = self._find(unit)
        if sought is None or not sought.is_in_text:
            return None
        offset, run = 0, sought.left
        while run is not None:
            offset += run.length if run.is_visible else 0
            run = run.left
        inside = unit[1] - sought.clock + is_after
        return offset + (inside if sought.is_visible else 0)

    def _in_order(self) -> Iterator[_Run]:
        run = self._first
        while run is not None:
            yield run
            run = run.right

    def _known(self, author: int) -> int:
        runs = self._runs.get(author)
        return runs[-1].end if runs else 0

    def _can_take(self, struct: _Struct) -> bool:
        run = struct.run
        is_next = run.clock <= self._known(run.author)
        return is_next and all(clock < self._known(author) for author, clock in struct.needs())

    def _find(self, unit: UnitId | None) -> _Run | None:
        if unit is None or unit[1] >= self._known(unit[0]):
            return None
        runs = self._runs[unit[0]]
        return runs[bisect_right(runs, unit[1], key=attrgetter("clock")) - 1]

    def _begins_at(self, unit: UnitId | None) -> _Run | None:
        """Return the run that begins with a unit, split off if it did not."""
        run = self._find(unit)
        if run is None or unit is None or run.clock == unit[1]:
            return run
        return self._split(run, unit[1])

    def _ends_at(self, unit: UnitId | None) -> _Run | None:
        """Return the run that ends with a unit, split there if it did not."""
        run = self._find(unit)
        if run is not None and unit is not None and run.end > unit[1] + 1:
            self._split(run, unit[1] + 1)
        return run

    def _split(self, run: _Run, clock: int) -> _Run:
        rest = _Run(
            run.author,
            clock,
            run.end - clock,
            (run.author, clock - 1),
            run.right_origin,
            run.is_visible,
            run.is_in_text,
        )
        run.length = clock - run.clock
        insort(self._runs[run.author], rest, key=attrgetter("clock"))
        if run.is_in_text:
            self._link(rest, run)
        return rest

    def _link(self, run: _Run, left: _Run | None) -> None:
        run.left = left
        run.right = self._first if left is None else left.right
        if left is None:
            self._first = run
        else:
            left.right = run
        if run.right is not None:
            run.right.left = run

    def _integrate(self, struct: _Struct) -> None:
        run, known = struct.run, self._known(struct.run.author)
        if run.end <= known:
            return
        if run.clock < known:
            run.length, run.clock = run.end - known, known
            run.origin = (run.author, known - 1)
        left, right = self._ends_at(run.origin), self._begins_at(run.right_origin)
        if struct.parent is None:
            neighbours = [each for each in (left, right) if each is not None]
            run.is_in_text = run.is_in_text and all(each.is_in_text for each in neighbours)
        else:
            run.is_in_text = struct.parent == self.root
        runs = self._runs.setdefault(run.author, [])
        if not run.is_in_text:
            runs.append(run)
            return
        left = self._leftmost(run, left, right)
        if left is not None and _goes_on(left, run):
            left.length += run.length
        else:
            runs.append(run)
            self._link(run, left)

    def _leftmost(self, run: _Run, left: _Run | None, right: _Run | None) -> _Run | None:
        """Return what a run stands behind, among those that were typed at the same place."""
        other = self._first if left is None else left.right
        before: set[_Run] = set()
        conflicting: set[_Run] = set()
        while other is not None and other is not right:
            before.add(other)
            conflicting.add(other)
            if other.origin == run.origin:
                if other.author < run.author:
                    left = other
                    conflicting.clear()
                elif other.right_origin == run.right_origin:
                    break
            else:
                origin = self._find(other.origin)
                if origin not in before:
                    break
                if origin not in conflicting:
                    left = other
                    conflicting.clear()
            other = other.right
        return left

    def _delete(self, author: int, clock: int, end: int) -> None:
        end = min(end, self._known(author))
        while clock < end:
            run = self._find((author, clock))
            assert run is not None
            if run.is_visible:
                if run.clock < clock:
                    run = self._split(run, clock)
                if run.end > end:
                    self._split(run, end)
                run.is_visible = False
            clock = run.end


def _goes_on(left: _Run, run: _Run) -> bool:
    """Tell whether a run is the rest of the one before it."""
    return (
        left.author == run.author
        and left.end == run.clock
        and left.is_visible == run.is_visible
        and left.last == run.origin
        and left.right_origin == run.right_origin
    )


def _read(update: bytes) -> tuple[list[list[_Struct]], Iterable[tuple[int, int, int]]]:
    """Return the structs, an author at a time, and the deletes as author, clock, length."""
    count, pos = var_uint(update, 0)
    blocks: list[list[_Struct]] = []
    for _ in range(count):
        structs_count, pos = var_uint(update, pos)
        author, pos = var_uint(update, pos)
        clock, pos = var_uint(update, pos)
        structs: list[_Struct] = []
        for _ in range(structs_count):
            struct, pos = _read_struct(update, pos, author, clock)
            clock = struct.run.end
            structs.append(struct)
        blocks.append(structs)
    return blocks, list(_read_deletes(update, pos))


def _read_struct(update: bytes, pos: int, author: int, clock: int) -> tuple[_Struct, int]:
    info = update[pos]
    content = info & 0x1F
    pos += 1
    if content in (_GC, _SKIP):
        length, pos = var_uint(update, pos)
        return _Struct(_Run(author, clock, length, None, None, False, False), None), pos
    origin = right_origin = parent = None
    if info & 0x80:
        origin, pos = _read_id(update, pos)
    if info & 0x40:
        right_origin, pos = _read_id(update, pos)
    if not info & 0xC0:
        is_root, pos = var_uint(update, pos)
        if is_root:
            size, pos = var_uint(update, pos)
            parent, pos = update[pos : pos + size].decode(), pos + size
        else:
            parent, pos = _read_id(update, pos)
        if info & 0x20:
            size, pos = var_uint(update, pos)
            parent, pos = "", pos + size  # a key of a map
    if content == _STRING:
        length, pos, _ = skip_string(update, pos)
    elif content == _DELETED:
        length, pos = var_uint(update, pos)
    else:
        length, pos = skip_content(update, pos, content)
    is_visible = content not in (_DELETED, FORMAT)
    return _Struct(_Run(author, clock, length, origin, right_origin, is_visible), parent), pos


def _read_id(update: bytes, pos: int) -> tuple[UnitId, int]:
    author, pos = var_uint(update, pos)
    clock, pos = var_uint(update, pos)
    return (author, clock), pos


def _read_deletes(update: bytes, pos: int) -> Iterator[tuple[int, int, int]]:
    authors, pos = var_uint(update, pos)
    for _ in range(authors):
        author, pos = var_uint(update, pos)
        count, pos = var_uint(update, pos)
        for _ in range(count):
            clock, pos = var_uint(update, pos)
            length, pos = var_uint(update, pos)
            yield author, clock, length
