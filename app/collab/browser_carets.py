"""Carets of browser editors, both ways: Yjs relative positions in awareness.

y-codemirror.next reads and writes `cursor`, y-monaco `selection`; in both, `anchor` and `head` name
the unit that a place stands before, or none for the end. What comes in is foreign. The order of the
ids is made when the first browser shows up, and follows the replica from then on. Knows neither
widgets nor sockets. Source: Yjs' `RelativePosition.js`; PROTOCOL.md §4.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from app.collab.text_order import TextOrder
from app.model.text_edit import Selection

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.collab.sync_ledger import SyncLedger
    from app.collab.text_order import UnitId

_MAX_ID = 2**53


@dataclass(frozen=True, slots=True)
class RelativePlace:
    """A place in a text that moves along with it."""

    unit: UnitId | None  # None: the end of the text, or its beginning
    is_after: bool = False  # it sticks to what is before it; without a unit: the beginning


@dataclass(frozen=True, slots=True)
class BrowserCaret:
    """A caret as a browser shows it."""

    anchor: RelativePlace
    head: RelativePlace


class BrowserCarets:
    """Brings carets of browsers into one replica's text, and its own out to them.

    Invariant: once made, the order of the ids holds exactly what the ledger's log holds.
    """

    def __init__(self, ledger: SyncLedger, root: str) -> None:
        self.is_wanted = False  # whether a browser is there that would show the own caret
        self._ledger = ledger
        self._root = root
        self._order: TextOrder | None = None

    def place(self, caret: BrowserCaret) -> Selection | None:
        """Return where a caret is in the text; None when it cannot be told, or not yet."""
        anchor, head = self._offset_of(caret.anchor), self._offset_of(caret.head)
        return None if anchor is None or head is None else Selection(anchor, head)

    def to_wire(self, selection: Selection) -> dict[str, object]:
        """Return what a browser reads of the own caret: nothing when none is there."""
        if not self.is_wanted:
            return {}
        anchor, head = selection.anchor_utf16, selection.head_utf16
        return {"anchor": self._relative(anchor), "head": self._relative(head)}

    def _offset_of(self, place: RelativePlace) -> int | None:
        order = self._made()
        if place.unit is not None:
            return order.offset_of(place.unit, is_after=place.is_after)
        return 0 if place.is_after else order.length_utf16

    def _relative(self, offset_utf16: int) -> dict[str, object]:
        unit = self._made().unit_at(offset_utf16)
        item = None if unit is None else {"client": unit[0], "clock": unit[1]}
        tname = self._root if unit is None else None
        return {"type": None, "tname": tname, "item": item, "assoc": 0}

    def _made(self) -> TextOrder:
        if self._order is None:
            self._order = TextOrder(self._root)
            for update in self._ledger.history():
                self._order.take(update)
            self._ledger.on_noted = self._order.take
            self._ledger.on_replaced = self._forget
        return self._order

    def _forget(self) -> None:
        self._order = self._ledger.on_noted = self._ledger.on_replaced = None


def browser_caret_from_wire(state: Mapping[str, object]) -> BrowserCaret | None:
    """Read the caret in a browser's awareness state; None when there is none."""
    for key in ("cursor", "selection"):
        said = state.get(key)
        if isinstance(said, dict):
            fields = cast("dict[str, object]", said)
            anchor, head = (_place_from_wire(fields.get(end)) for end in ("anchor", "head"))
            if anchor is not None and head is not None:
                return BrowserCaret(anchor, head)
    return None


def _place_from_wire(said: object) -> RelativePlace | None:
    if not isinstance(said, dict):
        return None
    fields = cast("dict[str, object]", said)
    assoc = fields.get("assoc", 0)
    is_after = isinstance(assoc, int) and assoc < 0
    item = fields.get("item")
    if item is None:
        return RelativePlace(None, is_after) if isinstance(fields.get("tname"), str) else None
    if not isinstance(item, dict):
        return None
    unit = cast("dict[str, object]", item)
    author, clock = unit.get("client"), unit.get("clock")
    if not _is_id(author) or not _is_id(clock):
        return None
    return RelativePlace((cast("int", author), cast("int", clock)), is_after)


def _is_id(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MAX_ID
