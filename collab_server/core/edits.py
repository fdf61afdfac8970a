"""Edits that pages tell each other: relayed as they are, or, from pages that number them, in order.

Nothing is applied to any text here. Decides no rights. Source: PROTOCOL.md §3 (`edit`).
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, cast

import msgspec

from collab_server.core.edit_log import EditLog
from collab_server.core.effects import Relay, Send
from collab_server.core.page_edits import Effort, TooMuchToCarry, pieces_of
from collab_server.core.permissions import WRITE
from collab_server.core.rate_limits import Kind
from collab_server.protocol.errors import ErrorCode
from collab_server.protocol.events import encode_event, encode_value
from collab_server.protocol.room_events import Ack, EditRelayed

if TYPE_CHECKING:
    from collab_server.core.context import Context
    from collab_server.core.edit_log import Logged
    from collab_server.core.page_edits import Piece
    from collab_server.core.rooms import Rooms
    from collab_server.core.states import Client
    from collab_server.protocol.names import RoomId
    from collab_server.protocol.room_events import RelayEdit

LOGS = 1000
LOGS_A_ROOM = 20
"""So that nobody can make the server forget the order of other rooms."""

CHANGES_AT_ONCE = 64

STEPS_A_TOKEN = 250
"""So much carrying takes as long as a token of updates is worth (`rate_limits`)."""


class Edits:
    """The edits of all rooms. Invariant: of a file that has a log, every edit is in it."""

    def __init__(self, context: Context, rooms: Rooms) -> None:
        self._context = context
        self._rooms = rooms
        self._logs: OrderedDict[tuple[RoomId, str | None], EditLog] = OrderedDict()  # by last use

    def hear(
        self, client: Client, event: RelayEdit, perm: str, now_s: float, now_unix_s: float
    ) -> None:
        """Pass on what a page has changed in its text."""
        if WRITE not in perm:
            self._refuse(client, event, ErrorCode.READ_ONLY, now_s)
        elif event.seq is None:
            self._relay(client, event, now_unix_s)
        else:
            self._order(client, event, event.seq, now_s, now_unix_s)

    def _relay(self, client: Client, event: RelayEdit, now_unix_s: float) -> None:
        log = self._logs.get((event.room, event.file))
        pieces = None if log is None else pieces_of(event.changes)
        if log is None or pieces is None:
            frame = self._frame(client, event, event.changes, now_unix_s, None)
            self._tell(client, event.room, (frame,), ephemeral=True)
            return
        self._tell_taken(client, event, log, None, pieces, log.top, now_unix_s, Effort())

    def _order(
        self, client: Client, event: RelayEdit, own_seq: int, now_s: float, now_unix_s: float
    ) -> None:
        session = client.session_id
        assert session is not None
        log = self._log(event)
        pieces = _all_pieces(event.changes)
        if pieces is None:
            self._refuse(client, event, ErrorCode.BAD_REQUEST, now_s)
            return
        seen = log.top if event.seen is None else event.seen
        if not log.is_known(seen):
            self._refuse(client, event, ErrorCode.UNRECOVERABLE_POSITION, now_s)
            return
        if not pieces:
            self._catch_up(client, event, log, session, seen)
        answered = log.answered(session, own_seq) if pieces else log.top
        if answered is None:
            numbered, effort = (session, own_seq), Effort()
            try:
                self._tell_taken(client, event, log, numbered, pieces, seen, now_unix_s, effort)
            except TooMuchToCarry:
                self._refuse(client, event, ErrorCode.UNRECOVERABLE_POSITION, now_s)
                return
            finally:
                self._context.slow(client, Kind.UPDATE, effort.spent // STEPS_A_TOKEN, now_s)
            answered = log.top
        ack = Ack(
            room=event.room,
            timestamp=int(now_unix_s),
            seq=answered,
            own=own_seq,
            file=event.file,
            re=event.id,
        )
        self._context.tell(client, ack)

    def _tell_taken(
        self,
        client: Client,
        event: RelayEdit,
        log: EditLog,
        numbered: tuple[str, int] | None,
        pieces: list[Piece],
        seen: int,
        now_unix_s: float,
        effort: Effort,
    ) -> None:
        def frame_of(change: dict[str, object], seq: int) -> str:
            # As it was, with what else its page knows of it, unless it was carried over others.
            told = event.changes if _is_still(change, event.changes) else change
            return self._frame(client, event, told, now_unix_s, seq)

        session, own_seq = (None, None) if numbered is None else numbered
        taken = log.take(session, own_seq, pieces, seen, frame_of=frame_of, effort=effort)
        frames = tuple(change.frame for change in taken)
        self._tell(client, event.room, frames, ephemeral=False)

    def _catch_up(
        self, client: Client, event: RelayEdit, log: EditLog, session: str, seen: int
    ) -> None:
        """Tell a page that comes back what it has missed, and which edits of its own arrived."""
        missed = log.after(seen)
        for change, following in zip(missed, [*missed, None][1:], strict=True):
            if change.session != session:
                self._context.effects.append(Send(client.id, change.frame))
            elif following is None or _edit_of(following) != _edit_of(change):
                self._context.tell(client, _answer(event, change))

    def _log(self, event: RelayEdit) -> EditLog:
        log = self._logs.setdefault((event.room, event.file), EditLog())
        self._logs.move_to_end((event.room, event.file))
        of_room = [key for key in self._logs if key[0] == event.room]
        for key in of_room[:-LOGS_A_ROOM]:
            del self._logs[key]
        while len(self._logs) > LOGS:
            self._logs.popitem(last=False)
        return log

    def _frame(
        self, client: Client, event: RelayEdit, changes: object, now_unix_s: float, seq: int | None
    ) -> str:
        user = client.user
        assert user is not None
        return encode_event(
            EditRelayed(
                user_id=user.wire_id,
                client_id=client.id,
                changes=msgspec.Raw(encode_value(changes)),
                timestamp=now_unix_s,
                room=event.room,
                file=event.file,
                seq=seq,
            )
        )

    def _tell(
        self, client: Client, room: RoomId, frames: tuple[str, ...], *, ephemeral: bool
    ) -> None:
        others = tuple(other for other in self._rooms.listeners(room) if other != client.id)
        if others and frames:
            told = tuple((None, frame) for frame in frames)
            self._context.effects.append(Relay(others, told, ephemeral=ephemeral))

    def _refuse(self, client: Client, event: RelayEdit, code: ErrorCode, now_s: float) -> None:
        self._context.refuse(client, code, room=event.room, re=event.id, now_s=now_s)


def _all_pieces(changes: object) -> list[Piece] | None:
    """Return what a change, or several in order, do; None when one is none of CodeMirror's."""
    several = cast("list[object]", changes) if isinstance(changes, list) else [changes]
    if len(several) > CHANGES_AT_ONCE:
        return None
    found: list[Piece] = []
    for change in several:
        pieces = pieces_of(change)
        if pieces is None:
            return None
        found += pieces
    return found


def _is_still(change: dict[str, object], said: object) -> bool:
    if not isinstance(said, dict):
        return False
    fields = cast("dict[str, object]", said)
    return all(fields.get(name) == value for name, value in change.items())


def _edit_of(change: Logged) -> tuple[str | None, int | None]:
    return change.session, change.own_seq


def _answer(event: RelayEdit, change: Logged) -> Ack:
    return Ack(
        room=event.room,
        timestamp=0,
        seq=change.seq,
        own=change.own_seq,
        file=event.file,
    )
