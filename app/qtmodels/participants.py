"""The people of a session as a list that views can show.

Knows no widget and no session. Source: EDITOR.md (presence), STYLE.md (Qt).
"""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from app.model.participants import initials
from app.model.role_asks import Role, role_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.model.participants import Participant

PARTICIPANT_ROLE = Qt.ItemDataRole.UserRole + 1
INITIALS_ROLE = Qt.ItemDataRole.UserRole + 2
PLACE_ROLE = Qt.ItemDataRole.UserRole + 3

_Index = QModelIndex | QPersistentModelIndex
_NO_INDEX = QModelIndex()


class ParticipantsModel(QAbstractListModel):
    """Who is here, this user first.

    Invariant: one row a user; a row is inserted, removed or changed, and never the whole list
    reset, so that a view keeps its selection.
    """

    def __init__(self, *, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._participants: list[Participant] = []
        self._places: Mapping[str, str] = {}
        self._own_role = ""

    @property
    def participants(self) -> tuple[Participant, ...]:
        """Who is here."""
        return tuple(self._participants)

    def show(self, participants: Sequence[Participant]) -> None:
        """Show these people from now on."""
        wanted = {participant.user_id: participant for participant in participants}
        for row in range(len(self._participants) - 1, -1, -1):
            if self._participants[row].user_id not in wanted:
                self.beginRemoveRows(QModelIndex(), row, row)
                del self._participants[row]
                self.endRemoveRows()
        for row, participant in enumerate(wanted.values()):
            self._put(row, participant)

    def show_own_role(self, role: str) -> None:
        """Say what this user may do; empty outside a session."""
        if role != self._own_role:
            self._own_role = role
            if self._participants:
                self.dataChanged.emit(self.index(0), self.index(0))

    def show_places(self, places: Mapping[str, str]) -> None:
        """Say where people are.

        Args:
            places: `file:line` by user ids; of somebody who is missing nothing is said.
        """
        before, self._places = self._places, dict(places)
        for row, participant in enumerate(self._participants):
            user_id = participant.user_id
            if before.get(user_id) != self._places.get(user_id):
                self.dataChanged.emit(self.index(row), self.index(row))

    def rowCount(self, parent: _Index = _NO_INDEX) -> int:
        """Return how many people are here; nobody has anybody below."""
        return 0 if parent.isValid() else len(self._participants)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return what a view shows of one person."""
        if not index.isValid() or not 0 <= index.row() < len(self._participants):
            return None
        participant = self._participants[index.row()]
        if role == PARTICIPANT_ROLE:
            return participant
        if role == INITIALS_ROLE:
            return initials(participant.name)
        if role == Qt.ItemDataRole.DisplayRole:
            return self.shown_name(participant)
        place = self._said_of(participant)
        if role == PLACE_ROLE:
            return place
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            name = self.shown_name(participant)
            said = self.tr("{name}, {place}").format(name=name, place=place) if place else name
            is_tip = role == Qt.ItemDataRole.ToolTipRole
            return f"<span>{html.escape(said)}</span>" if is_tip else said
        return None

    def shown_name(self, participant: Participant) -> str:
        """Return a person's name as it stands in the list."""
        name = participant.name or self.tr("Somebody")
        return self.tr("{name} (you)").format(name=name) if participant.is_self else name

    def _said_of(self, participant: Participant) -> str:
        """Return where somebody is, what they may do, and whether they are away."""
        status = {
            "idle": self.tr("idle"),
            "dnd": self.tr("do not disturb"),
        }.get(participant.status, "")
        told = {
            Role.OWNER: self.tr("Owner"),
            Role.EDITOR: self.tr("Editor"),
            Role.VIEWER: self.tr("Viewer"),
            None: "",
        }[role_of(participant.perm)]
        role = told or (self._own_role if participant.is_self else "")
        parts = (role, self._places.get(participant.user_id, ""), status)
        return " · ".join(part for part in parts if part)

    def _put(self, row: int, participant: Participant) -> None:
        """Bring one person to a row; those before it are in their places."""
        at = [known.user_id for known in self._participants]
        if participant.user_id not in at:
            self.beginInsertRows(QModelIndex(), row, row)
            self._participants.insert(row, participant)
            self.endInsertRows()
            return
        before = at.index(participant.user_id)
        if before != row:
            self.beginMoveRows(QModelIndex(), before, before, QModelIndex(), row)
            self._participants.insert(row, self._participants.pop(before))
            self.endMoveRows()
        if self._participants[row] != participant:
            self._participants[row] = participant
            self.dataChanged.emit(self.index(row), self.index(row))
