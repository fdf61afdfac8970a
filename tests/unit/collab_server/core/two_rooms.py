"""A victim in one room and an attacker in another, and everything that can be asked."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import quote

from collab_server.core import effects as asked
from collab_server.core import room_effects
from collab_server.core.arrivals import arrival_at
from collab_server.core.version_effects import AskVersions
from collab_server.protocol import documents as frames
from collab_server.protocol.awareness import AwarenessEntry, encode_awareness
from collab_server.protocol.limits import UNLIMITED, Limits
from collab_server.protocol.names import parse_document, parse_room
from collab_server.protocol.version_events import (
    RestoreVersion,
    VersionText,
)
from tests.support.hub_world import HubWorld, Peer
from tests.support.other_rooms import (
    CANARY,
    MARK,
    Aim,
    attacks,
)
from tests.support.writer import Writer

OURS = parse_room("codexpro_project_7")
THEIRS = parse_room("codexpro_project_Secret.1")
NOTES = parse_document(f"{THEIRS}/f/notes")
OWN_NOTES = parse_document(f"{OURS}/f/notes")
EVERYTHING = "rwhmo"
BOUNDLESS = Limits(
    errors_a_minute=UNLIMITED,
    messages_burst=UNLIMITED,
    updates_burst=UNLIMITED,
    joins_burst=UNLIMITED,
    failed_auths_a_minute=UNLIMITED,
    cursors_a_s=float(UNLIMITED),
)
WAITS = frozenset(
    {
        asked.FindGrants,
        asked.LoadDocument,
        asked.Persist,
        asked.CreateInvitation,
        AskVersions,
        room_effects.OpenStream,
        room_effects.FindReader,
        room_effects.ReadHistory,
        room_effects.StoreEvents,
        room_effects.ChangeGrant,
        room_effects.RevokeInvitations,
        room_effects.CloseRoom,
    }
)


class World(HubWorld):
    """Its versions are what the store would say: of the document that was asked for."""

    def _answer(self, effect: asked.Effect) -> None:
        if not isinstance(effect, AskVersions):
            super()._answer(effect)
            return
        name = effect.request.document
        text = f"{CANARY} as it was" if name == NOTES else "ours"
        if isinstance(effect.request, RestoreVersion):
            self.hub.versions.restored(effect, Writer().insert(0, MARK), self.now_s)
        else:
            reply = VersionText(document=name, version=1, text=text)
            self.hub.versions.answered(effect, reply, self.now_s)


@dataclass
class Scene:
    """A victim at work in a room of its own, and an attacker."""

    world: World = field(default_factory=lambda: World(limits=BOUNDLESS))
    aim: Aim = field(default_factory=lambda: Aim(room=THEIRS, document=NOTES))
    rooms: dict[str, str] = field(default_factory=lambda: {OURS: EVERYTHING})  # of its token
    attackers: list[Peer] = field(default_factory=list[Peer])

    def __post_init__(self) -> None:
        """Let the victim in, and say something of everything."""
        world = self.world
        self.victims_token = world.token(
            "victim", rooms={THEIRS: EVERYTHING}, name=f"Vic {CANARY}", ttl_s=86_400
        )
        self.victim = world.connect("victim")
        self.said = 0
        self.writer = Writer()
        self.author_id = self.writer.doc.client_id
        self.hear_victim({"type": "auth", "token": self.victims_token})
        self.hear_victim({"type": "join", "room": THEIRS})
        world.send(self.victim, frames.sync_step1(NOTES, b"\x00"))
        self.live()
        came = [json.loads(frame) for frame in self.victim.inbox if isinstance(frame, str)]
        self.session = next(each["session"] for each in came if each["type"] == "auth_success")
        self.message_id = next(each["id"] for each in came if each["type"] == "message")
        self.epoch = next(each["epoch"] for each in came if each["type"] == "room_joined")
        self.hear_victim({"type": "invite", "room": THEIRS, "perm": "rw", "max_uses": 9})
        self.aim.message_id, self.aim.epoch = self.message_id, self.epoch
        self.aim.author_id = self.author_id
        self.victim.inbox.clear()

    def hear_victim(self, event: dict[str, object]) -> None:
        self.world.send(self.victim, json.dumps(event))

    def live(self) -> None:
        """Let the victim work on."""
        self.said += 1
        text = f"{CANARY} {self.said}"
        for event in (
            {"type": "message", "message": text},
            {"type": "cursor", "position": text},
            {"type": "edit", "changes": {"text": [text]}},
            {"type": "presence", "status": "active", "meta": text},
            {"type": "typing"},
        ):
            self.hear_victim({**event, "room": THEIRS})
        self.world.send(self.victim, frames.sync_update(NOTES, self.writer.insert(0, text)))
        state = encode_awareness([AwarenessEntry(self.author_id, self.said, {"user": text})])
        self.world.send(self.victim, frames.awareness(NOTES, state))

    def sign_in(self, name: str = "attacker", **claims: object) -> Peer:
        """Let the attacker in by one more socket, into a room and a document of its own."""
        world = self.world
        peer = world.connect(f"{name} {len(self.attackers)}")
        self.attackers.append(peer)
        token = world.token(name, **{"rooms": self.rooms, **claims})  # pyright: ignore[reportArgumentType]
        world.send(peer, json.dumps({"type": "auth", "token": token}))
        world.send(peer, json.dumps({"type": "join", "room": OURS}))
        world.send(peer, frames.sync_step1(OWN_NOTES, b"\x00"))
        return peer

    def say(self, peer: Peer, what: str, frame: str | bytes) -> None:
        """Let the attacker say something; what the server reads first is as hostile."""
        with contextlib.suppress(UnicodeEncodeError):  # nobody can send it
            self.world.send(peer, frame)
        self.check(what)

    def grant(self, **letters: str) -> None:
        """Change the grants of the victim's room."""
        self.world.store.grants = {(user, THEIRS): perm for user, perm in letters.items()}
        self.world.hub.operators.grants_changed(THEIRS, letters, self.world.now_s)
        self.world.run()

    def check(self, what: str) -> None:
        """Nothing of the victim's was seen, and nothing of the attacker's came to it."""
        for peer in self.attackers:
            for frame in peer.inbox:
                assert CANARY not in as_text(frame), (what, frame)
            peer.inbox.clear()
        for frame in self.victim.inbox:
            assert MARK not in as_text(frame), (what, frame)
            assert "attacker" not in as_text(frame) or '"knock"' in as_text(frame), (what, frame)
        self.victim.inbox.clear()
        assert self.victim.close_code is None, what

    def check_store(self) -> None:
        """What is stored of the victim's room is the victim's alone, and all of it is there."""
        text = Writer()
        text.apply(self.world.store.view(NOTES).diff(b"\x00"))
        database = self.world.store.rooms.database
        chat = database.execute(
            "SELECT user_id, message, deleted_at_ms FROM chat_messages WHERE room = ?", (THEIRS,)
        ).fetchall()
        reactions = database.execute("SELECT user_id FROM chat_reactions").fetchall()
        closed = database.execute("SELECT * FROM closed_rooms WHERE name = ?", (THEIRS,)).fetchall()
        assert text.text == self.writer.text
        assert len(chat) == self.said
        assert all(user == "victim" and CANARY in said for user, said, _ in chat), chat
        assert all(deleted is None for _, _, deleted in chat)
        assert ("victim",) not in reactions
        assert closed == []


def as_text(frame: str | bytes) -> str:
    """Return a frame as a text in which plain words can be found."""
    return frame if isinstance(frame, str) else frame.decode(errors="replace")


Way = Callable[[Scene], None]


def carry_out(scene: Scene, enter: Callable[[Scene], Peer], *, loses: bool = False) -> None:
    """Say every verb while the victim works on; who was closed comes back by the same way."""
    peer = enter(scene)
    for what, frame in attacks(scene.aim):
        if peer.close_code is not None or loses:
            peer = enter(scene)
        scene.say(peer, what, frame)
        scene.live()
        scene.check(f"{what}, and later")
    path = quote(str(scene.aim.document), safe="/%", errors="replace")
    token = scene.world.token("attacker", rooms={OURS: EVERYTHING})
    arrive(scene, f"/yjs/{path}?token={token}")


def arrive(scene: Scene, path: str) -> None:
    """Come in by the door of stock clients."""
    arrival = arrival_at(path, "192.0.2.66", asked.UNKNOWN_CALLER)
    if arrival is None:
        return
    peer = Peer(asked.ClientId(f"yjs {len(scene.attackers)}"), OWN_NOTES)
    scene.attackers.append(peer)
    world = scene.world
    world.peers[peer.id] = peer
    world.hub.connect(peer.id, arrival, world.now_s, world.unix_s)
    world.run()
    for frame in (b"\x00\x00\x01\x00", b"\x03"):
        world.send(peer, frame)
    scene.live()
    scene.check("/yjs")
