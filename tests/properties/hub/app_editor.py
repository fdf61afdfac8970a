"""The app's own session and replica in memory, as a person of the simulation."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from app.collab import session_effects
from app.collab.client_session import ClientSession
from app.collab.credentials import Token
from app.collab.errors import EarlyUpdate
from app.collab.states import DocumentState
from app.collab.text_replica import TextReplica
from app.model.connection import SAVED
from app.model.notices import NoticeKind
from app.model.text_edit import TextEdit, apply_edits
from tests.support.hub_world import NOTES, HubWorld, Peer

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from app.collab.document_channel import DocumentChannel
    from tests.properties.hub.simulation import Simulation

WORDS = "abcdef \n😀"
TTL_S = 86_000  # of a token: longer than any plan takes


class AppEditor:
    """One person with the app: a session over any number of connections, a replica, a widget.

    Invariant: `widget` is what the replica shows.
    """

    def __init__(self, name: str, world: Callable[[], HubWorld], chance: random.Random) -> None:
        self.name = name
        self.peer: Peer | None = None
        self.outgoing: deque[str | bytes] = deque()
        self.connections = 0
        self.kept: list[str] = []  # texts of histories that were ended
        self._world = world
        self._random = chance.random
        self._wants_socket = False
        self._has_started = False
        self.session = ClientSession(Token(world().token(name, ttl_s=TTL_S)), random=chance.random)
        self.replica = TextReplica()
        self.widget = ""
        self._channel = self._open()

    @property
    def author_id(self) -> int:
        """Whose structs are not in the store before they are acknowledged."""
        return self.replica.author_id

    @property
    def state(self) -> dict[int, int]:
        """How many clock units of each author it holds."""
        return self.replica.ledger.known.state

    @property
    def text(self) -> str:
        """What it shows."""
        return self.replica.text

    @property
    def is_at_rest(self) -> bool:
        """Whether it has sent everything and heard everything."""
        is_live = self._channel.state is DocumentState.LIVE
        return is_live and not self.replica.ledger.pending_count

    def join(self, world: HubWorld, connection: str) -> None:
        """Begin, or try again at once."""
        if not self._has_started:
            self._has_started = True
            self.session.start(self._now_s)
        else:
            self.session.retry_now(self._now_s)
        self._pump()
        if self._wants_socket:
            self._wants_socket = False
            self.connections += 1
            self.peer = world.connect(connection)
            self.session.connected(self._now_s)
            self._pump()

    def cut(self) -> None:
        """Lose the connection and everything that was under way."""
        if self.peer is None:
            return
        self.peer = None
        self.outgoing.clear()
        self.session.disconnected(self._now_s, 1006)
        self._pump()

    def edit(self, chance: random.Random) -> None:
        """Type or take away somewhere."""
        text = self.text
        if text and chance.random() < 0.3:
            at = chance.randrange(len(text))
            count = min(len(text) - at, chance.randint(1, 4))
            edit = TextEdit(_utf16(text[:at]), _utf16(text[at : at + count]), "")
        else:
            word = "".join(chance.choices(WORDS, k=chance.randint(1, 5)))
            edit = TextEdit(_utf16(text[: chance.randint(0, len(text))]), 0, word)
        self.widget = apply_edits(self.widget, [edit])
        self.replica.edit([edit], now_ms=self._now_s * 1000)
        self._pump()

    def undo(self) -> None:
        """Take back the newest own group."""
        undone = self.replica.undo()
        if undone is not None:
            self.widget = apply_edits(self.widget, undone.edits)
        self._pump()

    def repeat(self, chance: random.Random) -> None:
        """Ask again for everything, as after an update that came too early."""
        self._channel.ask_again(self._now_s)
        self._pump()

    def leave(self) -> None:
        """Close the document, and open it anew with nothing; unless something is not saved."""
        if not self.replica.ledger.pending_count:
            self._begin_anew()

    def receive(self) -> None:
        """Take in the next frame."""
        assert self.peer is not None
        self.session.receive(self.peer.inbox.pop(0), self._now_s)
        self._pump()

    def pass_time(self) -> None:
        """Do what is due, and notice that the server has closed the connection."""
        if self.peer is not None and self.peer.close_code is not None and not self.peer.inbox:
            code, self.peer = self.peer.close_code, None
            self.outgoing.clear()
            self.session.disconnected(self._now_s, code)
        self.session.tick(self._now_s)
        self._pump()

    def check(self, simulation: Simulation) -> None:
        """Check what always holds."""
        assert self.widget == self.text
        if self.session.save_state == SAVED:
            own = {self.author_id: self.state.get(self.author_id, 0)}
            assert simulation.in_store.covers(own), f"{self.name} shows Saved, and it is not"

    def check_at_rest(self, simulation: Simulation) -> None:
        """Check what holds when nothing is under way."""
        assert self.session.save_state == SAVED
        assert self.replica.verify()

    @property
    def _now_s(self) -> float:
        return self._world().now_s

    def _open(self) -> DocumentChannel:
        channel = self.session.open_document(
            NOTES, self.replica.ledger, author_id=lambda: self.replica.author_id
        )
        self.replica.ledger.attach(channel.send_update)
        return channel

    def _begin_anew(self) -> None:
        self.session.close_document(NOTES)
        self.replica.close()
        self.replica, self.widget = TextReplica(), ""
        self._channel = self._open()
        self._pump()

    def _pump(self) -> None:
        while todo := self.session.take_effects():
            for effect in todo:
                self._perform(effect)

    def _perform(self, effect: session_effects.SessionEffect) -> None:
        match effect:
            case session_effects.OpenSocket():
                self._wants_socket = True
            case session_effects.CloseSocket(code=code):
                self._close(code)
            case session_effects.SendFrame(frame=frame):
                self.outgoing.append(frame)
            case session_effects.RemoteUpdates(updates=updates):
                self._apply(updates)
            case session_effects.ServerState(state=state, is_same_history=is_same_history):
                if not is_same_history:
                    self.kept.append(self.text)
                edits = self.replica.rebase(state, is_same_history=is_same_history)
                self.widget = apply_edits(self.widget, edits)
                self._channel.rebased()
            case session_effects.DocumentEnded():
                self._begin_anew()
            case session_effects.RaiseNotice(notice=notice):
                assert notice.kind is not NoticeKind.SERVER_MISBEHAVED, notice
            case _:
                pass

    def _close(self, code: int) -> None:
        peer, self.peer = self.peer, None
        self.outgoing.clear()
        if peer is not None:
            self._world().disconnect(peer)
            self.session.disconnected(self._now_s, code)

    def _apply(self, updates: tuple[bytes, ...]) -> None:
        try:
            edits = self.replica.apply(updates)
        except EarlyUpdate as early:
            edits = early.edits
            self._channel.ask_again(self._now_s)
        self.widget = apply_edits(self.widget, edits)


def _utf16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
