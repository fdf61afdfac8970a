"""A hub with a world around it, in memory: a store, connections, a clock that tests move.

Performs the hub's effects as the transport's pump does, in order. What the store is asked may be
withheld, so that a test sees what happens in between. Does not know sockets, threads or tasks.
"""

from __future__ import annotations

import hashlib
import itertools
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from collab_server.core import effects as asked
from collab_server.core import room_effects
from collab_server.core.arrivals import Arrival
from collab_server.core.document import LoadedDocument
from collab_server.core.hub import Hub, HubConfig
from collab_server.core.views import DocumentView, ViewError
from collab_server.protocol import documents as frames
from collab_server.protocol import events
from collab_server.protocol.errors import RemoteProtocolError
from collab_server.protocol.known_state import KnownState
from collab_server.protocol.legacy_tokens import sign_legacy_token
from collab_server.protocol.limits import Limits
from collab_server.protocol.names import DocumentName, parse_document
from collab_server.protocol.sync import encode_step_2
from collab_server.protocol.tokens import TokenClaims, sign_token
from collab_server.protocol.update_pieces import encode_piece, pieces_of
from collab_server.protocol.updates import parse_update
from collab_server.protocol.wire import Reader
from collab_server.protocol.yjs_frames import sync_update
from collab_server.storage.errors import OutOfSequence
from collab_server.storage.rooms import grants_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collab_server.protocol.features import Feature
    from collab_server.protocol.update_nesting import Places
from tests.support.memory_store import MemoryStore

SECRET = bytes(range(64, 64 + 48))
UNIX_S = 1_800_000_000.0  # what the wall clock shows when the monotonic one shows 0
ROOM = "codexpro_project_7"
NOTES = parse_document(f"{ROOM}/f/notes")
PLANS = parse_document(f"{ROOM}/f/plans")
OTHER_ROOM = "codexpro_project_8"
ELSEWHERE = parse_document(f"{OTHER_ROOM}/f/notes")


@dataclass(slots=True)
class Peer:
    """The other end of a connection."""

    id: asked.ClientId
    document: DocumentName | None = None  # of a connection on `/yjs`
    inbox: list[str | bytes] = field(default_factory=list)
    unheard: deque[str | bytes] = field(default_factory=deque)  # said while it was held
    close_code: int | None = None

    def take(self) -> list[object]:
        """Return the messages that came since the last call, decoded, in order."""
        came, self.inbox = self.inbox, []
        return [decoded(frame, self.document) for frame in came]


@dataclass(frozen=True)
class Refused:
    """What a stock client writes to its console."""

    reason: str


def decoded(frame: str | bytes, document: DocumentName | None = None) -> object:
    """Read a frame of the server as the app does, or a stock client of one document."""
    if isinstance(frame, str):
        assert document is None, "a text frame on /yjs"
        return events.decode_server_event(frame)
    if document is not None:
        if frame[0] == frames.FrameType.AUTH:
            reader = Reader(frame, pos=2)
            assert frame[1] == 0
            return Refused(reader.var_string())
        assert frame[0] in (frames.FrameType.SYNC, frames.FrameType.AWARENESS), frame
        frame = frames.frame_prefix(document) + frame
    return frames.decode_server_frame(frame, Limits())


def _places_in(updates: Sequence[bytes]) -> Places:
    known = KnownState()
    for update in updates:
        summary = parse_update(update)
        known.measure(update, summary)
        known.advance(summary)
    return known.types.places


class HubWorld:
    """One life of a server."""

    def __init__(
        self,
        store: MemoryStore | None = None,
        *,
        limits: Limits | None = None,
        replay: str = "session",
        legacy_replay: str = "legacy",
        legacy_open: dict[str, str] | None = None,
        dev: bool = False,
        switched_off: frozenset[Feature] = frozenset(),
        commit_interval_s: float = 0.0,
        ids: str = "",
    ) -> None:
        self.store = store or MemoryStore()
        self.now_s = 1000.0
        self.peers: dict[asked.ClientId, Peer] = {}
        self.views: dict[DocumentName, DocumentView] = {}
        self.withholds: set[type] = set()  # effects that wait for `answer`
        self.withheld: deque[asked.Effect] = deque()
        self.suspected: set[DocumentName] = set()  # logs that could not be merged
        self.published: list[room_effects.Published] = []
        self.announced: list[asked.Announce] = []
        self.performed: list[asked.Effect] = []
        self.edits_heard_apart = 0
        self.hears_edits_apart = True  # as the transport does; without, all go the general way
        counter = itertools.count()
        config = HubConfig(
            keys={"default": SECRET},
            limits=limits or Limits(),
            replay=replay,  # pyright: ignore[reportArgumentType]
            legacy_replay=legacy_replay,  # pyright: ignore[reportArgumentType]
            legacy_open=legacy_open or {},
            dev=dev,
            switched_off=switched_off,
            commit_interval_s=commit_interval_s,
        )
        self.hub = Hub(
            config,
            new_id=lambda: hashlib.md5(f"{ids}{next(counter)}".encode()).hexdigest(),
        )

    @property
    def unix_s(self) -> float:
        """What the wall clock shows."""
        return UNIX_S + self.now_s

    def connect(
        self,
        name: str = "ada",
        *,
        address: str = "192.0.2.1",
        caller: asked.Caller = asked.UNKNOWN_CALLER,
    ) -> Peer:
        """Open a connection that has said nothing."""
        peer = self.peers[asked.ClientId(name)] = Peer(asked.ClientId(name))
        arrival = Arrival(door=asked.Door.MAIN, address=address, caller=caller)
        self.hub.connect(peer.id, arrival, self.now_s, self.unix_s)
        self.pump()
        return peer

    def arrive(
        self,
        name: str = "ada",
        document: DocumentName | None = NOTES,
        /,
        *,
        token: str | None = None,
        epoch: str | None = None,
        **claims: object,
    ) -> Peer:
        """Open a connection on `/yjs`, by default with a token of its own."""
        peer = self.peers[asked.ClientId(name)] = Peer(asked.ClientId(name), document or NOTES)
        arrival = Arrival(
            door=asked.Door.YJS,
            document=document,
            token=self.token(name, **claims) if token is None else token,  # pyright: ignore[reportArgumentType]
            epoch=epoch,
        )
        self.hub.connect(peer.id, arrival, self.now_s, self.unix_s)
        self.run()
        return peer

    def sign_in(self, name: str = "ada", user: str | None = None, /, **claims: object) -> Peer:
        """Open a connection and sign in; by default with the right to write in two rooms."""
        peer = self.connect(name)
        self.tell(peer, events.Auth(token=self.token(user or name, **claims)))  # pyright: ignore[reportArgumentType]
        peer.take()
        return peer

    def open(self, peer: Peer, document: DocumentName = NOTES) -> list[object]:
        """Open a document as a client that has nothing; return what came."""
        self.send(peer, frames.sync_step1(document, b"\x00"))
        return peer.take()

    def token(
        self,
        user: str = "ada",
        *,
        rooms: dict[str, str] | None = None,
        nonce: str | None = None,
        ttl_s: int = 3600,
        name: str | None = None,
        color: str | None = None,
        key: bytes = SECRET,
    ) -> str:
        """Sign a token as a back-end would."""
        now_s = int(self.unix_s)
        claims = TokenClaims(
            user_id=user,
            name=name,
            color=color,
            rooms={ROOM: "rw", OTHER_ROOM: "rw"} if rooms is None else rooms,
            issued_at_s=now_s,
            expires_at_s=now_s + ttl_s,
            nonce=nonce or f"nonce of {user} at {self.now_s} {len(self.store.nonces)}",
        )
        return sign_token(claims, key)

    def legacy_token(self, user: int | str = 42, *, nonce: str = "0" * 32) -> str:
        """Sign a token as the PHP products do."""
        expires_at_s = int(self.unix_s) + 3600
        return sign_legacy_token(user, SECRET, expires_at_s=expires_at_s, nonce=nonce)

    def tell(self, peer: Peer, event: events.ClientEvent) -> None:
        """Let a peer say an event, and everything happen that follows at once."""
        self.send(peer, events.encode_event(event))

    def send(self, peer: Peer, frame: str | bytes) -> None:
        """Let a peer send a frame, and everything happen that follows at once."""
        self.hand_in(peer, frame)
        self.run()

    def send_all(self, peer: Peer, said: Sequence[str | bytes]) -> None:
        """Let a peer send frames that come together."""
        peer.unheard.extend(said)
        self._hear(peer)
        self.run()

    def hand_in(self, peer: Peer, frame: str | bytes) -> None:
        """Let a peer send a frame, and only what needs no tick happen."""
        peer.unheard.append(frame)
        self._hear(peer)
        self.pump()

    def disconnect(self, peer: Peer) -> None:
        """End a connection."""
        self._forget(peer)
        self.run()

    def run(self) -> None:
        """Do what is due at this moment."""
        self.pump()
        due_s = self.hub.next_deadline_s()
        while due_s is not None and due_s <= self.now_s:
            self.hub.tick(self.now_s)
            self.pump()
            due_s = self.hub.next_deadline_s()

    def advance(self, seconds: float) -> None:
        """Let time pass, from deadline to deadline."""
        end_s = self.now_s + seconds
        self.run()
        due_s = self.hub.next_deadline_s()
        while due_s is not None and due_s <= end_s:
            self.now_s = max(self.now_s, due_s)
            self.run()
            due_s = self.hub.next_deadline_s()
        self.now_s = end_s
        self.run()

    def answer(self, count: int | None = None) -> None:
        """Answer what was withheld, in order; what follows may be withheld again."""
        for _ in range(len(self.withheld) if count is None else count):
            self._answer(self.withheld.popleft())
        self.run()

    def refuse(self) -> asked.Effect:
        """Answer the first withheld effect with the failure of the store."""
        effect = self.withheld.popleft()
        match effect:
            case asked.Persist(batch=batch):
                self.hub.document_answers.store_failed(batch, "disk full", self.now_s)
            case asked.LoadDocument(document=document):
                self.hub.document_answers.document_load_failed(document, "checksum", self.now_s)
            case asked.CreateInvitation() | asked.CreateRoom():
                self.hub.client_answers.request_failed(effect.client, effect.request_id, self.now_s)
            case asked.BindNonce() | asked.RedeemInvitation() | asked.FindGrants():
                self.hub.client_answers.request_failed(effect.client, None, self.now_s)
            case _:
                self.store.rooms.refuse(self.hub, effect, self.now_s)
        self.run()
        return effect

    def pump(self) -> None:
        """Perform the hub's effects until there are none."""
        while effects := self.hub.take_effects():
            for effect in effects:
                self.performed.append(effect)
                if type(effect) in self.withholds:
                    self.withheld.append(effect)
                else:
                    self._perform(effect)

    def _hear(self, peer: Peer) -> None:
        while peer.unheard and peer.close_code is None and not self.hub.is_held(peer.id):
            if self.hears_edits_apart:
                heard = self.hub.plain_edits.hear(
                    peer.id, peer.unheard, len(peer.unheard), self.now_s
                )
                self.edits_heard_apart += heard
                if heard:
                    continue
            frame = peer.unheard.popleft()
            if isinstance(frame, str):
                self.hub.receive_text(peer.id, frame, self.now_s, self.unix_s)
            else:
                self.hub.receive_binary(peer.id, frame, self.now_s, self.unix_s)

    def _forget(self, peer: Peer) -> None:
        if self.peers.pop(peer.id, None) is not None:
            self.hub.disconnect(peer.id, self.now_s)

    def _put(self, client: asked.ClientId, frame: str | bytes) -> None:
        peer = self.peers.get(client)
        if peer is not None and peer.close_code is None:
            peer.inbox.append(frame)

    def _perform(self, effect: asked.Effect) -> None:
        match effect:
            case asked.Send():
                for _ in range(effect.times):
                    self._put(effect.client, effect.frame)
            case asked.Relay():
                for member in effect.members:
                    for sender, frame in effect.frames:
                        if member != sender:
                            self._put(member, frame)
            case asked.Close():
                peer = self.peers[effect.client]
                peer.close_code = effect.code
                self._forget(peer)
            case asked.Resume():
                if effect.client in self.peers:
                    self._hear(self.peers[effect.client])
            case asked.UnloadDocument():
                self.views.pop(effect.document, None)
            case asked.Announce():
                self.announced.append(effect)
            case asked.AnswerSync():
                self._answer_sync(effect)
            case asked.CatchUp():
                self._catch_up(effect)
            case _:
                self._answer(effect)

    def _answer_sync(self, effect: asked.AnswerSync) -> None:
        try:
            update = self.views[effect.document].diff(effect.state_vector)
        except ViewError as error:
            self._not_told(effect, error)
            return
        self._put(effect.client, effect.prefix + b"\x00" + encode_step_2(update))
        for frame in effect.then:
            self._put(effect.client, frame)

    def _catch_up(self, effect: asked.CatchUp) -> None:
        try:
            update = self.views[effect.document].diff(effect.state_vector)
        except ViewError as error:
            self._not_told(effect, error)
            return
        self._put(effect.client, effect.prefix + sync_update(update))

    def _not_told(self, effect: asked.AnswerSync | asked.CatchUp, error: ViewError) -> None:
        self.hub.document_answers.sync_failed(
            effect.client, effect.document, str(error), self.now_s
        )

    def _answer(self, effect: asked.Effect) -> None:
        now_s, unix_s = self.now_s, self.unix_s
        match effect:
            case asked.Persist():
                self._persist(effect)
            case asked.LoadDocument(document=document):
                self._load(document)
            case asked.BindNonce():
                ours = (effect.session_id, effect.key_hash)
                session_id, key_hash = self.store.nonces.setdefault(effect.nonce, ours)
                self.hub.client_answers.nonce_bound(
                    effect.client, session_id, key_hash, now_s, unix_s
                )
            case asked.RedeemInvitation():
                invitation = self.store.invitations.get(effect.code)
                if invitation is not None and effect.is_look:
                    room, perm = invitation
                    self.hub.client_answers.invitation_looked_at(
                        effect.client,
                        room,  # pyright: ignore[reportArgumentType]
                        perm=perm,
                        expires_at_s=int(unix_s) + 60,
                        uses_left=1,
                        created_by="7",
                    )
                    return
                self.store.invitations.pop(effect.code, None)
                if invitation is None:
                    self.hub.client_answers.invitation_refused(effect.client, "spent", now_s)
                else:
                    self.hub.client_answers.invitation_redeemed(
                        effect.client, *invitation, now_s, unix_s
                    )  # pyright: ignore[reportArgumentType]
            case asked.CreateInvitation():
                self.store.invitations[effect.code] = (effect.room, effect.perm)
                made = (effect.request_id, effect.room, effect.code, effect.expires_at_s)
                self.hub.client_answers.invitation_created(effect.client, *made)
            case asked.CreateRoom():
                self.store.grants[effect.owner, effect.room] = "rwhmo"
                if effect.terms is not None:
                    self.store.rooms.set_terms(effect.room, effect.terms)
                self.hub.client_answers.room_stored(effect.client, effect.request_id, effect.room)
            case asked.ReadUpdate():
                self._read(effect)
            case asked.ContinueLarge():
                self.hub.document_answers.go_on(effect.document, now_s, unix_s)
            case asked.FindGrants():
                perm = self.store.grants.get((effect.user_id, effect.room), "")
                perm += grants_for(
                    self.store.rooms.database, effect.user_id, effect.room, self.unix_s
                )
                self.hub.client_answers.grants_found(effect, perm, now_s, unix_s)
            case room_effects.Published():
                self.published.append(effect)
            case _:
                self.store.rooms.answer(self.hub, effect, now_s, unix_s)

    def _persist(self, effect: asked.Persist) -> None:
        try:
            self.commit(effect)
        except OutOfSequence as error:
            name = parse_document(error.document)
            changed = self.hub.document_answers.changed_elsewhere
            changed(name, error.reason, self.now_s, refused=effect.batch)
            return
        self.hub.document_answers.stored(effect.batch, self.now_s)

    def commit(self, effect: asked.Persist) -> None:
        """Make a batch durable without telling the hub.

        Raises:
            OutOfSequence: It does not continue what is stored.
        """
        self.store.append(effect.appends)
        for row in effect.appends:
            if row.document in self.views:
                self.views[row.document].append(row.updates)

    def _read(self, effect: asked.ReadUpdate) -> None:
        """Do what a worker does, in small pieces."""
        pieces: list[bytes] = []
        error = None
        try:
            summary = parse_update(effect.update, max_items=effect.max_items)
            KnownState.from_measures(effect.measures).measure(effect.update, summary)
            pieces = [encode_piece(piece) for piece in pieces_of(summary, most=2)]
        except RemoteProtocolError as refusal:
            error = refusal
        self.hub.document_answers.update_read(effect.client, pieces, error, self.now_s, self.unix_s)

    def _load(self, document: DocumentName) -> None:
        log = self.store.logs.get(document)
        try:
            view = self.store.view(document)
            state, deletes = view.state_vector(), view.delete_only()
        except ViewError as error:
            self.suspected.add(document)
            self.hub.document_answers.document_load_failed(document, str(error), self.now_s)
            return
        self.views[document] = view
        loaded = (
            LoadedDocument(
                log.epoch,
                len(log.updates),
                state,
                deletes,
                log.owners,
                log.former_authors,
                places=_places_in(log.whole),
            )
            if log
            else LoadedDocument("", 0, state, deletes)
        )
        self.hub.document_answers.document_loaded(document, loaded, self.now_s, self.unix_s)
