"""What one document has accepted and not stored yet, and the statuses that wait with it.

```
accepted ── add ─▶ waiting ── take ─▶ writing ── stored ─▶ relayed, statuses sent
known, refused ── owe ─┘  (at once when nothing of the client's is before it)
```

Statuses of one client leave in the order of what it sent. Judges nothing, and knows no store.
Source: PROTOCOL.md §5 (sync status).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from collab_server.core.effects import Send
from collab_server.protocol import documents as frames
from collab_server.protocol import yjs_frames
from collab_server.protocol.updates import encode_state_vector

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from collab_server.core.effects import ClientId, Effect
    from collab_server.protocol.known_state import KnownState
    from collab_server.protocol.names import DocumentName

MAX_WAITING_BYTES = 32 * 1024 * 1024
"""What one document may have accepted and not yet stored; beyond, updates are refused."""

MAX_BACKLOG_BYTES = 64 * 1024 * 1024
"""The same of all documents together."""

FOREIGN_REASON = '{"type":"refused","reason":"foreign"}'
"""Why a status says no: the update has new structs under an author id of another user."""


@dataclass(slots=True)
class Opening:
    """A document in one connection."""

    writable: bool
    prefix: bytes  # what stands before its messages on the connection's door
    hears_statuses: bool = True  # whether there are such frames on that door
    early_in_a_row: int = 0  # answers, not updates
    kept_back: int = 0  # statuses that wait for a step 2
    unanswered: int = 0  # step 1s that it was asked with
    unheeded: int = 0  # early updates since a step 2 was not
    foreign_in_a_row: int = 0
    told_read_only: bool = False

    def question(self, known: KnownState) -> bytes:
        """Return the step 1 that asks the connection for what is missing."""
        self.unanswered += 1
        return self.prefix + yjs_frames.sync_step1(known.state_vector())


@dataclass(slots=True)
class Waiting:
    """An accepted update, or only a verdict, in the order of arrival."""

    client: ClientId
    opening: Opening | None  # that it came by; None when the server itself wrote
    author: str  # user id
    update: bytes | None  # None: nothing to store, the statuses wait for what is before them
    statuses: int  # how many the client is owed
    saved: bool = True  # what they say
    is_foreign: bool = False  # says why, and asks by a step 1 for what else there is
    claims: tuple[int, ...] = ()  # author ids that are the author's from this update on
    reply: str | None = None  # a text frame for the client, in place of a status
    begins: bool = False  # the document is to be in the store, though nothing stands in it
    news: Mapping[int, int] | None = None  # author id → how many clock units it adds
    message: bytes = b""  # the sync message that it came by, if that is at hand


@dataclass(slots=True)
class Backlog:
    """What all documents together have accepted and not stored."""

    size_bytes: int = 0


@dataclass(slots=True)
class WaitingLine:
    """Invariant: what is `writing` was all accepted before what is `waiting`."""

    name: DocumentName
    openings: dict[ClientId, Opening]  # the document's
    known: KnownState  # the document's
    backlog: Backlog  # everybody's; what is in `size_bytes` is in it too
    waiting: list[Waiting] = field(default_factory=list["Waiting"])
    writing: list[Waiting] = field(default_factory=list["Waiting"])  # in the batch under way
    size_bytes: int = 0  # of the updates in both
    _saved_frame: bytes = b""  # the status of what is in the store, once one was sent
    _last_waiting: dict[ClientId, Waiting] = field(default_factory=dict["ClientId", "Waiting"])
    _last_writing: dict[ClientId, Waiting] = field(default_factory=dict["ClientId", "Waiting"])

    def has_room(self, size_bytes: int) -> bool:
        """Tell whether an update of this size may wait too."""
        return (
            self.size_bytes + size_bytes <= MAX_WAITING_BYTES
            and self.backlog.size_bytes + size_bytes <= MAX_BACKLOG_BYTES
        )

    @property
    def is_settled(self) -> bool:
        """Whether nothing is left to store."""
        return not self.waiting and not self.writing

    def add(self, item: Waiting, size_bytes: int) -> None:
        """Let an accepted update wait for the next batch."""
        self.waiting.append(item)
        self.size_bytes += size_bytes
        self.backlog.size_bytes += size_bytes
        self._last_waiting[item.client] = item

    def owe(self, item: Waiting, effects: list[Effect]) -> None:
        """Say a verdict in its turn: what is known is so once all before it is stored.

        One entry a client and verdict, so that nobody fills the memory while the store is slow.
        """
        last = self._last_waiting.get(item.client)
        is_in_turn = last is None and item.client not in self._last_writing
        if self.is_settled or (is_in_turn and not item.saved):
            self.say(item, effects)
        elif last is not None and last.opening is item.opening and last.saved is item.saved:
            last.statuses += item.statuses
            last.is_foreign = last.is_foreign or item.is_foreign
        elif item.statuses:
            self.waiting.append(item)
            self._last_waiting[item.client] = item

    def take(self) -> list[Waiting]:
        """Move what waits into the batch under way, and return it."""
        assert not self.writing
        self.writing, self.waiting = self.waiting, []
        self._last_writing, self._last_waiting = self._last_waiting, {}
        return self.writing

    def stored(self) -> list[Waiting]:
        """Return what the batch under way had, now that the store has it."""
        items, self.writing = self.writing, []
        self._last_writing = {}
        self._leave(sum(len(item.update) for item in items if item.update is not None))
        return items

    def give_up(self) -> None:
        """Take what is not stored out of everybody's account: nobody waits for it any more."""
        self._leave(self.size_bytes)

    def state_before(self, items: Sequence[Waiting]) -> bytes:
        """Return what everybody had got before these, the last that were stored, were relayed."""
        assert not self.writing
        state = dict(self.known.state)
        for item in (*items, *self.waiting):
            for author_id, units in (item.news or {}).items():
                state[author_id] -= units
        return encode_state_vector({author: clock for author, clock in state.items() if clock})

    def is_open(self, item: Waiting) -> bool:
        """Tell whether it came by what its client has open now, not by an earlier opening."""
        return item.opening is not None and self.openings.get(item.client) is item.opening

    def say_all(self, items: Sequence[Waiting], effects: list[Effect]) -> None:
        """Send what is owed for entries that are stored; a client's in their order.

        Nearly all of it says "stored", and of that a client gets what it can in one effect.
        """
        owed: dict[ClientId, int] = {}
        for item in items:
            client = item.client
            if item.reply is None and not self.is_open(item):
                continue
            if item.reply is None and item.saved:
                assert item.opening is not None
                if item.opening.hears_statuses:
                    owed[client] = owed.get(client, 0) + item.statuses
                continue
            self._say_stored(client, owed.pop(client, 0), effects)
            if item.reply is None:
                self.say(item, effects)
            else:
                effects.append(Send(client, item.reply))
        for client, count in owed.items():
            self._say_stored(client, count, effects)

    def _say_stored(self, client: ClientId, count: int, effects: list[Effect]) -> None:
        if count:
            effects.append(Send(client, self._status_frame(saved=True), times=count))

    def say(self, item: Waiting, effects: list[Effect]) -> None:
        """Send the statuses of an entry that came by an opening, and why they say no."""
        opening = item.opening
        assert opening is not None
        if item.is_foreign and opening.hears_statuses:
            effects.append(Send(item.client, frames.stateless(self.name, FOREIGN_REASON)))
        if item.statuses and opening.hears_statuses:
            frame = self._status_frame(saved=item.saved)
            effects.append(Send(item.client, frame, times=item.statuses))
        if item.is_foreign:
            effects.append(Send(item.client, opening.question(self.known)))

    def _leave(self, size_bytes: int) -> None:
        self.size_bytes -= size_bytes
        self.backlog.size_bytes -= size_bytes

    def _status_frame(self, *, saved: bool) -> bytes:
        if not saved:
            return frames.sync_status(self.name, saved=False)
        if not self._saved_frame:
            self._saved_frame = frames.sync_status(self.name, saved=True)
        return self._saved_frame
