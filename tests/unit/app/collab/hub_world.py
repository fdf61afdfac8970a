"""The real hub, a store in memory and the app's sessions, joined without sockets and without time.

The store can be told to fail to answer, connections can be cut, and the server can be killed at any
moment: then a new hub begins from what the store has.
"""

import itertools
import random
from collections import deque

from app.collab import session_effects
from app.collab.client_session import ClientSession
from app.collab.credentials import Invitation, Token
from app.collab.errors import EarlyUpdate
from app.collab.text_replica import TextReplica
from app.model.text_edit import TextEdit, apply_edits
from collab_server.core import effects
from collab_server.core.arrivals import Arrival
from collab_server.core.document import LoadedDocument
from collab_server.core.hub import Hub, HubConfig
from collab_server.core.views import DocumentView
from collab_server.protocol.limits import Limits
from collab_server.protocol.tokens import TokenClaims, sign_token
from tests.support.memory_rooms import MemoryRooms

KEY = b"a key for tests that is long enough to sign"
UNIX_S = 1_800_000_000.0


class MemoryStore:
    """What survives a killed server."""

    def __init__(self):
        self.logs = {}  # document -> [update]
        self.epochs = {}
        self.nonces = {}
        self.rooms = MemoryRooms()
        self.invitations = {}  # code -> (room, perm)
        self.grants = {}  # (user, room) -> perm

    def text_of(self, document):
        replica = TextReplica()
        replica.apply(self.logs.get(document, []))
        return replica.text


class World:
    """One server and any number of people.

    `deliver` moves one message somewhere; `settle` moves them all. Which one is moved next is the
    random plan's choice, but messages of one connection keep their order.
    """

    def __init__(self, seed=0, limits=None):
        self.plan = random.Random(seed)
        self.limits = limits or Limits()
        self.store = MemoryStore()
        self.now_s = 100.0
        self.people = []
        self._ids = itertools.count(1)
        self._connections = itertools.count(1)
        self._batch = None
        self._start_hub()

    def _start_hub(self):
        config = HubConfig(keys={"default": KEY}, limits=self.limits)
        self.hub = Hub(config, new_id=lambda: f"{next(self._ids):032x}")
        self._views = {}
        self._held = {}

    def person(self, name, *, code=None, rooms=None):
        person = Person(self, name, code, rooms)
        self.people.append(person)
        return person

    def token(self, user, rooms=None):
        claims = TokenClaims(
            user_id=user,
            name=user.title(),
            rooms=rooms or {},
            issued_at_s=int(UNIX_S),
            expires_at_s=int(UNIX_S) + 3600,
            nonce=f"nonce-{next(self._ids)}",
        )
        return sign_token(claims, KEY)

    def people_of_the_store(self, document):
        """Return how many clocks of each author the store has."""
        replica = TextReplica()
        replica.apply(self.store.logs.get(document, []))
        return replica.ledger.known.state

    def kill_server(self):
        """Everything in the server's memory is lost; the store keeps what was committed."""
        for person in self.people:
            person.cut()
        self._batch = None
        self._start_hub()

    def commit(self):
        """Let the store finish the batch that it was given, if there is one."""
        batch, self._batch = self._batch, None
        if batch is None:
            return
        for append in batch.appends:
            self.store.logs.setdefault(append.document, []).extend(append.updates)
            self.store.epochs[append.document] = append.epoch
            self._views[append.document].append(append.updates)
        self.hub.document_answers.stored(batch.batch, self.now_s)
        self.pump()

    def settle(self, *, advance_s=0.0):
        """Move messages until nothing is under way."""
        self.now_s += advance_s
        for _ in range(100_000):
            self.hub.tick(self.now_s)
            self.pump()
            for person in self.people:
                person.pump()
            if self._batch is not None:
                self.commit()
            elif not self.deliver_any() and not self._wait():
                return
        raise AssertionError("the world does not come to rest")

    def _wait(self):
        """Go on to the next moment of the near future; False when there is none."""
        dues = [person.session.due_s() for person in self.people]
        dues.append(self.hub.next_deadline_s())
        near = [due for due in dues if due is not None and due < self.now_s + 5.0]
        if not near:
            return False
        self.now_s = max(self.now_s, *near)
        for person in self.people:
            person.session.tick(self.now_s)
        return True

    def deliver_any(self):
        lines = [line for person in self.people for line in person.lines() if line]
        if not lines:
            return False
        person, to_server, queue = self.plan.choice(lines)
        self._deliver(person, queue.popleft(), to_server=to_server)
        return True

    def deliver_all_of(self, person):
        """Let everything that somebody has sent reach the server, and nothing come back."""
        while person.outgoing:
            self._deliver(person, person.outgoing.popleft(), to_server=True)

    def _deliver(self, person, frame, *, to_server):
        if not to_server:
            person.hear(frame)
        elif self.hub.is_held(person.client):
            self._held.setdefault(person.client, deque()).append(frame)
        else:
            self._hear(person.client, frame)
        self.pump()
        person.pump()

    def _hear(self, client, frame):
        if isinstance(frame, str):
            self.hub.receive_text(client, frame, self.now_s, UNIX_S)
        else:
            self.hub.receive_binary(client, frame, self.now_s, UNIX_S)

    def pump(self):
        while todo := self.hub.take_effects():
            for effect in todo:
                self._perform(effect)

    def _perform(self, effect):
        hub, now_s = self.hub, self.now_s
        match effect:
            case effects.Send(client=client, frame=frame, times=times):
                for _ in range(times):
                    self._to(client, frame)
            case effects.Relay(members=members, frames=frames):
                for member in members:
                    for sender, frame in frames:
                        if sender != member:
                            self._to(member, frame)
            case effects.Close(client=client, code=code):
                hub.disconnect(client, now_s)
                self._to(client, code)
            case effects.Resume(client=client):
                waiting = self._held.pop(client, deque())
                while waiting and not hub.is_held(client):
                    self._hear(client, waiting.popleft())
                if waiting:
                    self._held[client] = waiting + self._held.pop(client, deque())
            case effects.Persist():
                assert self._batch is None
                self._batch = effect
            case effects.LoadDocument(document=name):
                log = self.store.logs.get(name, [])
                view = self._views[name] = DocumentView.from_updates(log)
                epoch = self.store.epochs.get(name, "")
                parts = view.state_vector(), view.delete_only()
                loaded = LoadedDocument(epoch, len(log), *parts)
                hub.document_answers.document_loaded(name, loaded, now_s, UNIX_S)
            case effects.UnloadDocument(document=name):
                self._views.pop(name, None)
            case effects.AnswerSync(client=client, document=name):
                update = self._views[name].diff(effect.state_vector)
                frame = bytearray(effect.prefix + b"\x00\x01")
                write_var_bytes(frame, update)
                for each in (bytes(frame), *effect.then):
                    self._to(client, each)
            case effects.BindNonce(nonce=nonce):
                binding = (effect.session_id, effect.key_hash)
                session_id, key_hash = self.store.nonces.setdefault(nonce, binding)
                hub.client_answers.nonce_bound(effect.client, session_id, key_hash, now_s, UNIX_S)
            case effects.RedeemInvitation(client=client, code=code):
                found = self.store.invitations.get(code)
                if found is None:
                    hub.client_answers.invitation_refused(client, "unknown", now_s)
                else:
                    room, perm = found
                    hub.client_answers.invitation_redeemed(client, room, perm, now_s, UNIX_S)
            case effects.CreateInvitation():
                self.store.invitations[effect.code] = (effect.room, effect.perm)
                hub.client_answers.invitation_created(
                    effect.client,
                    effect.request_id,
                    effect.room,
                    effect.code,
                    effect.expires_at_s,
                )
            case effects.CreateRoom():
                self.store.grants[effect.owner, effect.room] = "rwhmo"
                hub.client_answers.room_stored(effect.client, effect.request_id, effect.room)
            case effects.FindGrants():
                perm = self.store.grants.get((effect.user_id, effect.room), "")
                hub.client_answers.grants_found(effect, perm, now_s, UNIX_S)
            case effects.Announce():
                pass
            case _:
                self.store.rooms.answer(hub, effect, now_s, UNIX_S)

    def _to(self, client, frame):
        for person in self.people:
            if person.client == client:
                person.incoming.append(frame)

    def connect(self, person):
        client = effects.ClientId(f"client-{next(self._connections)}")
        self.hub.connect(client, Arrival(door=effects.Door.MAIN), self.now_s, UNIX_S)
        return client


class Person:
    """A session with its replicas and widgets, and what is under way to and from it."""

    def __init__(self, world, name, code, rooms=None):
        credentials = Invitation(code, name) if code else Token(world.token(name, rooms))
        self.world = world
        self.session = ClientSession(credentials, random=world.plan.random)
        self.client = None
        self.incoming = deque()
        self.outgoing = deque()
        self.seen = []  # the effects that are not about the socket
        self.replicas = {}
        self.widgets = {}
        self.channels = {}
        self.selections = {}
        self.people_in = {}
        self.is_away = False  # no network

    def start(self):
        self.session.start(self.world.now_s)
        self.pump()

    def open(self, document, text=""):
        replica = self.replicas[document] = TextReplica(text)
        self.widgets[document] = replica.text
        channel = self.session.open_document(
            document,
            replica.ledger,
            author_id=lambda: replica.author_id,
            cursor=lambda: self._cursor(document),
        )
        self.channels[document] = channel
        replica.ledger.attach(channel.send_update)
        self.pump()
        return replica

    def type(self, document, at_utf16, text, removed_utf16=0):
        edits = [TextEdit(at_utf16, removed_utf16, text)]
        self.widgets[document] = apply_edits(self.widgets[document], edits)
        self.replicas[document].edit(edits, now_ms=self.world.now_s * 1000)
        self.pump()

    def undo(self, document):
        undone = self.replicas[document].undo()
        if undone is not None:
            self.widgets[document] = apply_edits(self.widgets[document], undone.edits)
            self.pump()

    def select(self, document, anchor_utf16, head_utf16):
        self.selections[document] = (anchor_utf16, head_utf16)
        self.channels[document].presence.move()

    def caret_of(self, other, document):
        """Return where this person sees another's caret."""
        for presence in self.people_in.get(document, ()):
            if presence.name == other and presence.caret is not None:
                return self.replicas[document].caret_from_wire(presence.caret)
        return None

    def cut(self):
        """Lose the connection without a word, with everything that is under way."""
        client, self.client = self.client, None
        self.incoming.clear()
        self.outgoing.clear()
        if client is not None:
            self.world.hub.disconnect(client, self.world.now_s)
            self.world.pump()
            self.session.disconnected(self.world.now_s, 1006)
            self.pump()

    def lines(self):
        return [
            (self, True, self.outgoing) if self.outgoing else (),
            (self, False, self.incoming) if self.incoming else (),
        ]

    def hear(self, frame):
        if isinstance(frame, int):  # a close code, after everything else
            self.client = None
            self.incoming.clear()
            self.outgoing.clear()
            self.session.disconnected(self.world.now_s, frame)
        else:
            self.session.receive(frame, self.world.now_s)
        self.pump()

    def pump(self):
        while todo := self.session.take_effects():
            for effect in todo:
                self._perform(effect)

    def notices(self):
        return [
            effect.notice.kind
            for effect in self.seen
            if isinstance(effect, session_effects.RaiseNotice)
        ]

    def _perform(self, effect):
        match effect:
            case session_effects.OpenSocket():
                if self.is_away:
                    self.session.disconnected(self.world.now_s, 1006)
                else:
                    self.client = self.world.connect(self)
                    self.session.connected(self.world.now_s)
            case session_effects.CloseSocket():
                client, self.client = self.client, None
                self.incoming.clear()
                if client is not None:
                    while self.outgoing:  # what was sent before the close still arrives
                        self.world._hear(client, self.outgoing.popleft())
                    self.world.hub.disconnect(client, self.world.now_s)
                    self.world.pump()
                    self.session.disconnected(self.world.now_s, effect.code)
            case session_effects.SendFrame(frame=frame):
                self.outgoing.append(frame)
            case session_effects.RemoteUpdates(document=document, updates=updates):
                self._apply(document, updates)
            case session_effects.PresenceChanged(document=document, people=people):
                self.people_in[document] = people
            case _:
                self.seen.append(effect)

    def _apply(self, document, updates):
        try:
            edits = self.replicas[document].apply(updates)
        except EarlyUpdate as early:
            edits = early.edits
            self.channels[document].ask_again(self.world.now_s)
        self.widgets[document] = apply_edits(self.widgets[document], edits)

    def _cursor(self, document):
        selection = self.selections.get(document)
        return self.replicas[document].caret_for_wire(*selection) if selection else None


def write_var_bytes(out, raw):
    length = len(raw)
    while length >= 0x80:
        out.append(length & 0x7F | 0x80)
        length >>= 7
    out.append(length)
    out += raw
