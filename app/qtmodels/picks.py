"""What can be picked, as a list that a view can show.

Knows no widget and not what is picked for. Source: EDITOR.md (go), STYLE.md (Qt).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from app.qtmodels.rows import Index, RowsModel

if TYPE_CHECKING:
    from collections.abc import Sequence

PICK_ROLE = Qt.ItemDataRole.UserRole + 1


@dataclass(frozen=True, slots=True)
class PickItem:
    """One thing that can be picked."""

    id: str
    text: str  # plain
    detail: str = ""  # plain, shown in grey behind the text
    keys: str = ""  # a shortcut, shown at the right
    search: str = ""  # what the typed letters are looked for in; empty: text and detail
    color: str = ""  # `#rrggbb` of a dot before the text; empty: none


class PickModel(RowsModel[PickItem]):
    """The items of a list, in order.

    Invariant: what is shown changes only by `show`, which resets the model.
    """

    @property
    def items(self) -> tuple[PickItem, ...]:
        """What can be picked now."""
        return tuple(self._rows)

    def show(self, items: Sequence[PickItem]) -> None:
        """Show these items from now on."""
        self._begin_anew(list(items))

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return what a view shows of one item."""
        item = self.row_at(index)
        if item is None:
            return None
        if role == PICK_ROLE:
            return item
        if role == Qt.ItemDataRole.DisplayRole:
            return item.text
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(part for part in (item.text, item.detail, item.keys) if part)
        return None
