"""What every list of ours is for a view: frozen values, one a row, and nothing below them.

Knows no widget and not what the values are. Source: STYLE.md (Qt),
https://doc.qt.io/qt-6/qabstractlistmodel.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex

if TYPE_CHECKING:
    from PySide6.QtCore import QObject

RowT = TypeVar("RowT")

Index = QModelIndex | QPersistentModelIndex
NO_INDEX = QModelIndex()


class RowsModel(QAbstractListModel, Generic[RowT]):
    """A list of values. Invariant: `_rows` changes between Qt's two words for it only."""

    def __init__(self, *, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[RowT] = []

    def rowCount(self, parent: Index = NO_INDEX) -> int:
        """Return how many there are; none has any below."""
        return 0 if parent.isValid() else len(self._rows)

    def row_at(self, index: Index) -> RowT | None:
        """Return what is in a row; None where there is none."""
        is_here = index.isValid() and 0 <= index.row() < len(self._rows)
        return self._rows[index.row()] if is_here else None

    def _put(self, at: int, row: RowT) -> None:
        """Show another value in a row, if it is another."""
        if self._rows[at] != row:
            self._rows[at] = row
            self.dataChanged.emit(self.index(at), self.index(at))

    def _begin_anew(self, rows: list[RowT]) -> None:
        """Show these, whatever was shown before."""
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()
