"""A page that numbers its edits, as `client.js` does: a text by lines, one edit under way.

Text is kept as UTF-16 code units, as browsers have it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from collab_server.core.page_edits import Effort, Piece, carried, changes_of, pieces_of
from collab_server.protocol.events import Auth, SessionKey

if TYPE_CHECKING:
    import random

    from tests.support.hub_world import HubWorld, Peer

Lines = list[str]


def units(text: str) -> str:
    """Return a text with one character for each UTF-16 unit."""
    raw = text.encode("utf-16-le", "surrogatepass")
    return "".join(chr(raw[i] | raw[i + 1] << 8) for i in range(0, len(raw), 2))


def applied(lines: Lines, change: dict[str, Any]) -> Lines:
    """Return lines of units after a change."""
    start, end, text = change["from"], change["to"], [units(line) for line in change["text"]]
    head = lines[start["line"]][: start["ch"]]
    tail = lines[end["line"]][end["ch"] :]
    assert len(lines[start["line"]]) >= start["ch"]
    assert len(lines[end["line"]]) >= end["ch"]
    middle = [*text]
    middle[0] = head + middle[0]
    middle[-1] += tail
    return lines[: start["line"]] + middle + lines[end["line"] + 1 :]


@dataclass
class NumberedPage:
    """One page and its connection."""

    name: str
    room: str
    lines: Lines = field(default_factory=lambda: [""])
    seen: int | None = None
    own: int = 0
    inflight: list[Piece] = field(default_factory=list)
    buffer: list[Piece] = field(default_factory=list)
    says_hello: bool = False
    is_lost: bool = False  # the server does not know any more what this page has seen
    peer: Peer | None = None

    def connect(self, world: HubWorld, connection: str) -> None:
        self.peer = world.connect(connection)
        session = SessionKey(id=f"session of {self.name}", key="key")
        world.tell(self.peer, Auth(token=world.token(self.name), session=session))
        world.hand_in(self.peer, json.dumps({"type": "join", "room": self.room}))
        self._hello(world)

    def type(self, world: HubWorld, rng: random.Random) -> None:
        """Change the own text somewhere."""
        line = rng.randrange(len(self.lines))
        ch = rng.randint(0, len(self.lines[line]))
        to_line = min(len(self.lines) - 1, line + rng.choice((0, 0, 0, 1)))
        to_ch = rng.randint(ch if to_line == line else 0, len(self.lines[to_line]))
        if rng.random() < 0.6:
            to_line, to_ch = line, ch
        text = rng.choice((["a"], ["bc"], ["", ""], ["é", "f"], ["😀"], [""], ["x", "", "y"]))
        change = {
            "from": {"line": line, "ch": ch},
            "to": {"line": to_line, "ch": to_ch},
            "text": text,
        }
        self.lines = applied(self.lines, change)
        self.buffer += pieces_of(change) or []
        self.flush(world)

    def hear(self, world: HubWorld) -> bool:
        """Take in the next message; false when there is none."""
        assert self.peer is not None
        if not self.peer.inbox:
            return False
        frame = self.peer.inbox.pop(0)
        assert isinstance(frame, str)
        event = json.loads(frame)
        if event["type"] == "edit" and event.get("seq"):
            self._remote(event)
        elif event["type"] == "ack" and event.get("seq") is not None:
            self._acknowledged(world, event)
        elif event["type"] == "error":
            assert event["slug"] == "unrecoverable_position", event
            self.is_lost = True
        return True

    def _remote(self, event: dict[str, Any]) -> None:
        if self.seen is not None:
            if event["seq"] <= self.seen or event["seq"] > self.seen + 1:
                return  # known, or to be told again by the answer to the hello
            self.seen = event["seq"]
        theirs = pieces_of(event["changes"]) or []
        self.inflight, theirs = carried(self.inflight, theirs, Effort())
        self.buffer, theirs = carried(self.buffer, theirs, Effort())
        for change in changes_of(theirs):
            self.lines = applied(self.lines, change)

    def _acknowledged(self, world: HubWorld, event: dict[str, Any]) -> None:
        if event.get("re") == "hello":
            self.says_hello = False
            self.seen = max(self.seen or 0, event["seq"])
            if self.inflight:
                self._send(world)
        elif event["own"] == self.own:
            self.inflight = []
        self.seen = max(self.seen or 0, event["seq"])
        self.flush(world)

    def _hello(self, world: HubWorld) -> None:
        assert self.peer is not None
        self.says_hello = True
        hello: dict[str, Any] = {"type": "edit", "room": self.room, "changes": [], "id": "hello"}
        hello["seq"] = self.own + 1
        if self.seen is not None:
            hello["seen"] = self.seen
        world.hand_in(self.peer, json.dumps(hello))
        world.run()

    def flush(self, world: HubWorld) -> None:
        """Send what waits, when nothing is under way."""
        if self.says_hello or self.is_lost:
            return
        if not self.inflight:
            if not self.buffer:
                return
            self.own += 1
            self.inflight, self.buffer = self.buffer, []
            self._send(world)

    def _send(self, world: HubWorld) -> None:
        assert self.peer is not None
        frame = {
            "type": "edit",
            "room": self.room,
            "changes": changes_of(self.inflight),
            "seq": self.own,
            "seen": self.seen,
            "id": "edit",
        }
        world.hand_in(self.peer, json.dumps(frame))
        world.run()
