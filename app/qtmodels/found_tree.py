"""What was found in a folder, as a tree of files and lines that views can show.

Knows no widget and no disk. Source: STYLE.md (Qt).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.model.line_matches import LineMatch
    from app.storage.folder_search import FileMatches

FILE_ROLE = Qt.ItemDataRole.UserRole + 1
"""`FileMatches`: the row's, or that of the file above it."""

LINE_ROLE = Qt.ItemDataRole.UserRole + 2
"""`LineMatch`; None in a file's row."""

_Index = QModelIndex | QPersistentModelIndex
_NO_INDEX = QModelIndex()


class FoundTree(QAbstractItemModel):
    """Files and, below each, the places in it.

    Invariant: rows are only added at the end, or all of them removed at once. An index of a line
    holds its file's row + 1; one of a file holds 0.
    """

    def __init__(self, *, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._files: list[FileMatches] = []

    def clear(self) -> None:
        """Show nothing."""
        self.beginResetModel()
        self._files.clear()
        self.endResetModel()

    def add(self, files: Sequence[FileMatches]) -> None:
        """Show more at the end."""
        if files:
            first = len(self._files)
            self.beginInsertRows(QModelIndex(), first, first + len(files) - 1)
            self._files.extend(files)
            self.endInsertRows()

    def index(self, row: int, column: int, parent: _Index = _NO_INDEX) -> QModelIndex:
        """Return the index of a file, or of a place in one."""
        if column != 0 or not 0 <= row < self.rowCount(parent):
            return QModelIndex()
        return self.createIndex(row, 0, parent.row() + 1 if parent.isValid() else 0)

    def parent(self, child: _Index = _NO_INDEX) -> QModelIndex:  # pyright: ignore - Qt has two
        """Return the index of a place's file."""
        inside = child.internalId() if child.isValid() else 0
        return self.createIndex(inside - 1, 0, 0) if inside else QModelIndex()

    def rowCount(self, parent: _Index = _NO_INDEX) -> int:
        """Return how many files there are, or places in one."""
        if not parent.isValid():
            return len(self._files)
        return 0 if parent.internalId() else len(self._files[parent.row()].lines)

    def columnCount(self, _parent: _Index = _NO_INDEX) -> int:
        """Return that there is one column."""
        return 1

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return what a view shows of a file or a place."""
        if not index.isValid():
            return None
        inside = index.internalId()
        file = self._files[inside - 1 if inside else index.row()]
        line = file.lines[index.row()] if inside else None
        if role == FILE_ROLE:
            return file
        if role == LINE_ROLE:
            return line
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return _file_text(file) if line is None else _line_text(line)
        return None


def _file_text(file: FileMatches) -> str:
    more = "+" if file.is_cut else ""
    return f"{file.name}  {len(file.lines)}{more}"


def _line_text(line: LineMatch) -> str:
    return f"{line.line}: {line.shown}"
