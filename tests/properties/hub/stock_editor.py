"""A stock Yjs client in memory: it sends what it makes at once and keeps no books of its own."""

from __future__ import annotations

import json
from collections import deque
from typing import TYPE_CHECKING

from collab_server.protocol import documents as frames
from collab_server.protocol.events import Error
from collab_server.protocol.sync import SyncStep1, SyncStep2, SyncUpdate
from collab_server.protocol.updates import UpdateSummary, parse_state_vector, parse_update
from collab_server.protocol.version_events import VersionRestored
from tests.support.hub_world import NOTES, Peer, decoded
from tests.support.writer import Writer

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from tests.properties.hub.simulation import Simulation
    from tests.support.hub_world import HubWorld


class StockEditor:
    """One person's replica and its connection, which may be none.

    Invariant: `awaited` has, in order, what this opening has sent and has no status for.
    """

    def __init__(self, name: str, is_in_store: Callable[[UpdateSummary], bool]) -> None:
        self.name = name
        self.writer = Writer()
        self.peer: Peer | None = None
        self.outgoing: deque[str | bytes] = deque()
        self.awaited: deque[UpdateSummary] = deque()
        self.acknowledged: list[UpdateSummary] = []
        self.connections = 0
        self.kept: list[str] = []  # texts of histories that were ended
        self.may_write = True
        self._refusable: deque[bool] = deque()  # of `awaited`, which met a time without the right
        self._made: list[bytes] = []
        self._is_open = False
        self._is_in_store = is_in_store
        self._world: HubWorld | None = None  # that it has connected to last

    @property
    def author_id(self) -> int:
        """Whose structs are not in the store before they are acknowledged."""
        return self.writer.doc.client_id

    @property
    def text(self) -> str:
        """What it shows."""
        return self.writer.text

    @property
    def is_at_rest(self) -> bool:
        """Whether it has the document open."""
        return self._is_open

    @property
    def state(self) -> dict[int, int]:
        """How many clock units of each author it holds."""
        return parse_state_vector(self.writer.state)

    def join(self, world: HubWorld, connection: str) -> None:
        """Open the document on a new connection."""
        self._world = world
        self.peer = world.sign_in(connection, self.name)
        self.connections += 1
        self._ask()

    def cut(self) -> None:
        """Lose the connection and everything that was under way."""
        self.peer = None
        self.outgoing.clear()
        self._await_nothing()

    def edit(self, chance: random.Random) -> None:
        """Type or take away somewhere."""
        text = self.writer.text
        length = len(text)
        if length and chance.random() < 0.3:
            at = chance.randrange(length)
            gone = text[at : at + min(length - at, chance.randint(1, 4))]
            self._make(self.writer.delete(_utf8(text[:at]), _utf8(gone)))
        else:
            word = "".join(chance.choices("abcdef \n", k=chance.randint(1, 5)))
            at = chance.randint(0, length)
            self._make(self.writer.insert(_utf8(text[:at]), word))

    def undo(self) -> None:
        """Take back what was done last, by anybody, as an editor that does not tell them apart."""
        update = self.writer.undo()
        if update is not None:
            self._make(update)

    def leave(self) -> None:
        """Close the document, and open it again; not before the last opening was heard of."""
        if self._is_open:
            self.outgoing.append(frames.close_document(NOTES))
            self._ask()

    def repeat(self, chance: random.Random) -> None:
        """Send again what was sent or should have been."""
        if self._made and self.peer is not None:
            update = chance.choice(self._made)
            self._send(frames.sync_update(NOTES, update), update)

    def receive(self) -> None:
        """Take in the next frame."""
        assert self.peer is not None
        match decoded(self.peer.inbox.pop(0)):
            case frames.Stateless(text=text):
                self._is_open = True
                self.may_write = "w" in json.loads(text)["perm"]
                if not self.may_write:
                    self._refusable = deque([True] * len(self.awaited))
            case frames.Sync(message=SyncStep1(state_vector=state_vector)):
                update = self.writer.diff(state_vector)
                self._send(frames.sync_step2(NOTES, update), update)
            case frames.Sync(message=SyncStep2(update=update) | SyncUpdate(update=update)):
                self.writer.apply(update)
            case frames.SyncStatus(saved=True) if self._is_open:
                self._acknowledge()
            case frames.SyncStatus() if self._is_open:
                self.awaited.popleft()
                assert self._refusable.popleft(), "nothing was wrong with it"
            case frames.SyncStatus():
                pass  # of an earlier opening
            case frames.CloseDocument(reason="epoch"):
                self._load_page_again()
            case frames.CloseDocument(reason="insufficient_state"):
                self._ask()
            case frames.CloseDocument(reason=reason):
                assert reason in ("changed_elsewhere", "unavailable")
                self._drop_connection()
            case frames.AuthDenied(reason="epoch"):
                pass  # and the document is closed
            case frames.AuthDenied():  # kicked, and may come back
                self._ask()
            case Error(slug=slug):
                assert slug in ("unavailable", "not_in_room", "permission_denied")
            case frames.AwarenessFrame() | VersionRestored():
                pass
            case other:
                raise AssertionError(other)

    def pass_time(self) -> None:
        """Do what is due: nothing."""

    def check(self, simulation: Simulation) -> None:
        """Check what always holds: statuses are checked as they come."""

    def check_at_rest(self, simulation: Simulation) -> None:
        """Check what holds when nothing is under way."""
        assert not self.awaited, "a status never came"
        assert all(map(self._is_in_store, self.acknowledged))

    def _make(self, update: bytes) -> None:
        self._made.append(update)
        if self.peer is not None:
            self._send(frames.sync_update(NOTES, update), update)

    def _load_page_again(self) -> None:
        """Begin with nothing and another connection, as who loads the page of an editor again."""
        self.kept.append(self.text)
        self.writer = Writer()
        self.acknowledged.clear()
        self._made.clear()
        self._drop_connection()

    def _drop_connection(self) -> None:
        """Come back by another one, as a stock provider is told to."""
        assert self.peer is not None
        assert self._world is not None
        self._world.disconnect(self.peer)
        self.cut()

    def _ask(self) -> None:
        self._is_open = False
        self._await_nothing()
        self.outgoing.append(frames.sync_step1(NOTES, self.writer.state))

    def _send(self, frame: bytes, update: bytes) -> None:
        self.outgoing.append(frame)
        self.awaited.append(parse_update(update))
        self._refusable.append(not self.may_write)

    def _await_nothing(self) -> None:
        self.awaited.clear()
        self._refusable.clear()

    def _acknowledge(self) -> None:
        summary = self.awaited.popleft()
        self._refusable.popleft()
        assert self._is_in_store(summary), "acknowledged, and the store lacks it"
        self.acknowledged.append(summary)


def _utf8(text: str) -> int:
    return len(text.encode())
