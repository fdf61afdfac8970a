"""The versions of a text as a list for views, the newest first.

Knows no widget. Source: STYLE.md (Qt).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QAbstractListModel,
    QDateTime,
    QLocale,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.model.versions import TextVersion

VERSION_ROLE = Qt.ItemDataRole.UserRole + 1
"""`TextVersion`."""

_MOST_NAMES = 3
_LATEST_S = 4e10

_Index = QModelIndex | QPersistentModelIndex
_NO_INDEX = QModelIndex()


class VersionsModel(QAbstractListModel):
    """Versions with the time they were made, their name, and who had changed the text.

    Invariant: what is shown changes only by `show`, which resets the model.
    """

    def __init__(self, *, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._versions: tuple[TextVersion, ...] = ()
        self._names: Mapping[str, str] = {}

    def show(self, versions: Sequence[TextVersion], names: Mapping[str, str]) -> None:
        """Show versions.

        Args:
            versions: the newest first.
            names: of the users who are known, by their ids.
        """
        self.beginResetModel()
        self._versions = tuple(versions)
        self._names = names
        self.endResetModel()

    def rowCount(self, parent: _Index = _NO_INDEX) -> int:
        """Return how many there are."""
        return 0 if parent.isValid() else len(self._versions)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return what a view shows of a version."""
        if not index.isValid():
            return None
        version = self._versions[index.row()]
        if role == VERSION_ROLE:
            return version
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self._text_of(version)
        return None

    def _text_of(self, version: TextVersion) -> str:
        made = QDateTime.fromSecsSinceEpoch(int(min(max(version.created_at_s, 0.0), _LATEST_S)))
        when = QLocale().toString(made, QLocale.FormatType.ShortFormat)
        names = sorted({self._names.get(user, "") for user in version.user_ids} - {""})
        more = len(names) - _MOST_NAMES
        who = ", ".join(names[:_MOST_NAMES]) + (f" +{more}" if more > 0 else "")
        second = " · ".join(part for part in (when if version.name else "", who) if part)
        return "\n".join(part for part in (version.name or when, second) if part)
