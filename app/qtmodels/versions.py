"""The versions of a text as a list for views, the newest first.

Knows no widget. Source: STYLE.md (Qt).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QDateTime,
    QLocale,
    QObject,
    Qt,
)

from app.model.versions import TextVersion
from app.qtmodels.rows import Index, RowsModel

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

VERSION_ROLE = Qt.ItemDataRole.UserRole + 1
"""`TextVersion`."""

_MOST_NAMES = 3
_LATEST_S = 4e10


class VersionsModel(RowsModel[TextVersion]):
    """Versions with the time they were made, their name, and who had changed the text.

    Invariant: what is shown changes only by `show`, which resets the model.
    """

    def __init__(self, *, parent: QObject | None = None) -> None:
        super().__init__(parent=parent)
        self._names: Mapping[str, str] = {}

    def show(self, versions: Sequence[TextVersion], names: Mapping[str, str]) -> None:
        """Show versions.

        Args:
            versions: the newest first.
            names: of the users who are known, by their ids.
        """
        self._names = names
        self._begin_anew(list(versions))

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return what a view shows of a version."""
        version = self.row_at(index)
        if version is None:
            return None
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
