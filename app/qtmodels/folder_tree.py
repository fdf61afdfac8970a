"""A folder and what is below it, as a tree that views can show; read when it is looked at.

Knows no widget. Source: EDITOR.md (project tree), STYLE.md (Qt).
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from app.storage.file_errors import FileError
from app.storage.folders import FolderEntry, IgnoreRules, list_folder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PATH_ROLE = Qt.ItemDataRole.UserRole + 1
IS_FOLDER_ROLE = Qt.ItemDataRole.UserRole + 2
IS_DIM_ROLE = Qt.ItemDataRole.UserRole + 3
COLORS_ROLE = Qt.ItemDataRole.UserRole + 4

_Index = QModelIndex | QPersistentModelIndex
_NO_INDEX = QModelIndex()


@dataclass(slots=True, eq=False)
class _Node:
    """A file or a folder."""

    number: int  # how Qt's indexes name it
    path: Path
    entry: FolderEntry
    parent: _Node | None
    children: list[_Node] = field(default_factory=list["_Node"])
    is_read: bool = False  # whether the children are known


class FolderTree(QAbstractItemModel):
    """What is in a folder.

    Invariant: a folder is read when a view first looks into it, and again only by `refresh`, which
    inserts and removes rows, so that a view keeps what is expanded and selected. A folder that
    cannot be read is shown empty.
    """

    def __init__(self, root: Path, *, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._numbers = itertools.count(1)
        self._nodes: dict[int, _Node] = {}
        self._rules = IgnoreRules(root)
        self._people: Mapping[Path, tuple[str, ...]] = {}
        self._root = self._node(root, FolderEntry(root.name, is_folder=True, is_dim=False), None)

    @property
    def root(self) -> Path:
        """The folder."""
        return self._root.path

    @property
    def read_folders(self) -> frozenset[Path]:
        """The folders that a view has looked into."""
        return frozenset(node.path for node in self._nodes.values() if node.is_read)

    def refresh(self, folder: Path) -> None:
        """Read a folder again, if a view has looked into it."""
        found = [node for node in self._nodes.values() if node.path == folder and node.is_read]
        for node in found:
            self._rules.forget()
            self._update(node)

    def show_people(self, people: Mapping[Path, tuple[str, ...]]) -> None:
        """Show who is in which file.

        Args:
            people: the colours of those who are in a file, as `#rrggbb`.
        """
        touched = self._people.keys() | people.keys()
        self._people = dict(people)
        for node in self._nodes.values():
            if node.path in touched and node.parent is not None:
                index = self._index(node)
                self.dataChanged.emit(index, index, [COLORS_ROLE])

    def index_of(self, path: Path) -> QModelIndex:
        """Return where a file is in the tree, reading the folders that lead to it."""
        node = self._root
        try:
            parts = path.relative_to(self._root.path).parts
        except ValueError:
            return QModelIndex()
        for part in parts:
            if not node.is_read:
                self._update(node)
            found = [child for child in node.children if child.entry.name == part]
            if not found:
                return QModelIndex()
            node = found[0]
        return self._index(node)

    def index(self, row: int, column: int, parent: _Index = _NO_INDEX) -> QModelIndex:
        """Return the index of a child."""
        children = self._of(parent).children
        if column != 0 or not 0 <= row < len(children):
            return QModelIndex()
        return self.createIndex(row, 0, children[row].number)

    def parent(self, child: _Index = _NO_INDEX) -> QModelIndex:  # pyright: ignore - Qt has two
        """Return the index of the folder that something is in."""
        node = self._of(child).parent
        return self._index(node) if node is not None else QModelIndex()

    def rowCount(self, parent: _Index = _NO_INDEX) -> int:
        """Return how much of a folder is known."""
        return len(self._of(parent).children)

    def columnCount(self, _parent: _Index = _NO_INDEX) -> int:
        """Return that there is one column."""
        return 1

    def hasChildren(self, parent: _Index = _NO_INDEX) -> bool:
        """Tell whether something may have children; a folder may until it is read."""
        node = self._of(parent)
        return node.entry.is_folder and (not node.is_read or bool(node.children))

    def canFetchMore(self, parent: _Index) -> bool:
        """Tell whether a folder has not been read."""
        node = self._of(parent)
        return node.entry.is_folder and not node.is_read

    def fetchMore(self, parent: _Index) -> None:
        """Read a folder."""
        node = self._of(parent)
        if node.entry.is_folder and not node.is_read:
            self._update(node)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return what a view shows of a file or folder."""
        if not index.isValid():
            return None
        node = self._of(index)
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return node.entry.name
        if role == PATH_ROLE:
            return node.path
        if role == IS_FOLDER_ROLE:
            return node.entry.is_folder
        if role == IS_DIM_ROLE:
            return node.entry.is_dim
        if role == COLORS_ROLE:
            return self._people.get(node.path, ())
        return None

    def _update(self, node: _Node) -> None:
        """Read a folder, and insert and remove what has changed in it."""
        try:
            entries = list_folder(node.path, self._rules)
        except FileError:
            entries = []
        node.is_read = True
        index = self._index(node)
        wanted = set(entries)
        for row in range(len(node.children) - 1, -1, -1):
            if node.children[row].entry not in wanted:
                self.beginRemoveRows(index, row, row)
                self._forget(node.children.pop(row))
                self.endRemoveRows()
        if not node.children and entries:  # at once: a folder may hold thousands
            fresh = [self._node(node.path / entry.name, entry, node) for entry in entries]
            self.beginInsertRows(index, 0, len(fresh) - 1)
            node.children.extend(fresh)
            self.endInsertRows()
        for row, entry in enumerate(entries):
            if row >= len(node.children) or node.children[row].entry != entry:
                self.beginInsertRows(index, row, row)
                node.children.insert(row, self._node(node.path / entry.name, entry, node))
                self.endInsertRows()

    def _node(self, path: Path, entry: FolderEntry, parent: _Node | None) -> _Node:
        node = _Node(next(self._numbers), path, entry, parent)
        self._nodes[node.number] = node
        return node

    def _forget(self, node: _Node) -> None:
        del self._nodes[node.number]
        for child in node.children:
            self._forget(child)

    def _of(self, index: _Index) -> _Node:
        if not index.isValid():
            return self._root
        return self._nodes.get(index.internalId(), self._root)

    def _index(self, node: _Node) -> QModelIndex:
        if node.parent is None:
            return QModelIndex()
        return self.createIndex(node.parent.children.index(node), 0, node.number)
