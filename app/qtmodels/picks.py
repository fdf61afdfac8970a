"""What can be picked, as a list that a view can show.

Knows no widget and not what is picked for. Source: EDITOR.md (go), STYLE.md (Qt).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

if TYPE_CHECKING:
    from collections.abc import Sequence

PICK_ROLE = Qt.ItemDataRole.UserRole + 1

_Index = QModelIndex | QPersistentModelIndex
_NO_INDEX = QModelIndex()


@dataclass(frozen=True, slots=True)
class PickItem:
    """One thing that can be picked."""

    id: str
    text: str  # plain
    detail: str = ""  # plain, shown in grey behind the text
    keys: str = ""  # a shortcut, shown at the right
    search: str = ""  # what the typed letters are looked for in; empty: text and detail
    color: str = ""  # `#rrggbb` of a dot before the text; empty: none


class PickModel(QAbstractListModel):
    """The items of a list, in order.

    Invariant: what is shown changes only by `show`, which resets the model.
    """

    def __init__(self, *, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._items: tuple[PickItem, ...] = ()

    @property
    def items(self) -> tuple[PickItem, ...]:
        """What can be picked now."""
        return self._items

    def show(self, items: Sequence[PickItem]) -> None:
        """Show these items from now on."""
        self.beginResetModel()
        self._items = tuple(items)
        self.endResetModel()

    def rowCount(self, parent: _Index = _NO_INDEX) -> int:
        """Return how many items there are; none has any below."""
        return 0 if parent.isValid() else len(self._items)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return what a view shows of one item."""
        if not index.isValid() or not 0 <= index.row() < len(self._items):
            return None
        item = self._items[index.row()]
        if role == PICK_ROLE:
            return item
        if role == Qt.ItemDataRole.DisplayRole:
            return item.text
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(part for part in (item.text, item.detail, item.keys) if part)
        return None
