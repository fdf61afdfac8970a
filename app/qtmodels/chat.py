"""A conversation as a list that views can show.

Knows no widget and no session. Source: EDITOR.md (chat), STYLE.md (Qt).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QDateTime,
    QLocale,
    QModelIndex,
    Qt,
)

from app.model.chat_rows import ChatRow
from app.model.room_messages import Delivery
from app.qtmodels.rows import Index, RowsModel

if TYPE_CHECKING:
    from collections.abc import Sequence

ROW_ROLE = Qt.ItemDataRole.UserRole + 1


class ChatModel(RowsModel[ChatRow]):
    """One row a message.

    Invariant: a row is inserted, removed or changed, and never the whole list reset while some of
    it stays, so that a view keeps its place.
    """

    @property
    def rows(self) -> Sequence[ChatRow]:
        """What is shown."""
        return self._rows

    def show(self, rows: list[ChatRow]) -> None:
        """Show these rows from now on: what is the same at both ends stays."""
        old = [row.message.key for row in self._rows]
        new = [row.message.key for row in rows]
        head = _same(old, new)
        tail = _same(old[head:][::-1], new[head:][::-1])
        self._change(0, rows[:head])
        if len(old) > head + tail:
            self.beginRemoveRows(QModelIndex(), head, len(old) - tail - 1)
            del self._rows[head : len(old) - tail]
            self.endRemoveRows()
        if len(new) > head + tail:
            self.beginInsertRows(QModelIndex(), head, len(new) - tail - 1)
            self._rows[head:head] = rows[head : len(new) - tail]
            self.endInsertRows()
        self._change(len(new) - tail, rows[len(new) - tail :])

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return what a view shows of one message."""
        row = self.row_at(index)
        if row is None:
            return None
        if role == ROW_ROLE:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return row.message.text
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._spoken(row)
        return None

    def row_of(self, message_id: int) -> int | None:
        """Return where a stored message is; None when it is not here."""
        return next(
            (
                at
                for at, row in enumerate(self._rows)
                if message_id and row.message.id == message_id
            ),
            None,
        )

    def _change(self, first: int, rows: list[ChatRow]) -> None:
        """Show others of the same messages from a row on."""
        for at, row in enumerate(rows, start=first):
            self._put(at, row)

    def _spoken(self, row: ChatRow) -> str:
        """Return what a screen reader says."""
        message = row.message
        name = self.tr("You") if row.is_own else message.name or self.tr("The server")
        parts = [f"{name}, {time_text(message.at_s)}"]
        if row.is_first_new:
            parts.insert(0, self.tr("New messages"))
        if row.quoted:
            parts.append(self.tr("in answer to “{text}”").format(text=row.quoted))
        parts.append(self.tr("deleted") if message.is_deleted else message.text)
        if message.is_edited and not message.is_deleted:
            parts.append(self.tr("edited"))
        for emoji, users in message.reactions.items():
            parts.append(f"{emoji} {len(users)}")
        state = {
            Delivery.WAITING: self.tr("waits to be sent"),
            Delivery.SENT: self.tr("is being sent"),
            Delivery.FAILED: self.tr("was not sent"),
        }.get(message.delivery)
        if state is not None:
            parts.append(state)
        return ". ".join(parts)


def time_text(at_s: float) -> str:
    """Return a time of day as this machine's people write it."""
    moment = QDateTime.fromSecsSinceEpoch(int(min(max(at_s, 0.0), 4e10)))
    return QLocale().toString(moment.time(), QLocale.FormatType.ShortFormat)


def _same(one: list[tuple[str, str]], other: list[tuple[str, str]]) -> int:
    """Return how many keys two lists begin with alike."""
    count = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        count += 1
    return count
