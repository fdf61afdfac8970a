"""What the parts of the hub share: the effects, the connections, the deadlines, the settings.

Decides nothing by itself.
"""

from __future__ import annotations

import heapq
import itertools
from collections import Counter
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Literal

from collab_server.core.crowd import Crowd
from collab_server.core.effects import Announce, Close, Door, Level, Relay, Resume, Send
from collab_server.core.rate_limits import RateLimits
from collab_server.core.revocations import Revocations
from collab_server.core.shown_tokens import ShownTokens
from collab_server.core.states import Client, Phase
from collab_server.protocol import yjs_frames
from collab_server.protocol.close_codes import CloseCode, is_terminal, yjs_code
from collab_server.protocol.events import encode_event, error_event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from collab_server.core.effects import ClientId, Effect
    from collab_server.core.rate_limits import Kind
    from collab_server.protocol.errors import ErrorCode
    from collab_server.protocol.events import RequestId, ServerEvent
    from collab_server.protocol.features import Feature
    from collab_server.protocol.limits import Limits


WARN_BEFORE_EXPIRY_S = 60.0
LOOKS_AHEAD_S = 300.0
"""The furthest moment that is set for a connection."""

Replay = Literal["session", "legacy", "strict", "off"]
"""How often a token lets in (PROTOCOL.md §2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HubConfig:
    """What an operator chose, as far as it matters to decisions."""

    keys: Mapping[str, bytes] = field(repr=False)  # key id → secret; "default" signs
    limits: Limits
    replay: Replay = "session"
    legacy_replay: Replay = "legacy"  # of the PHP products' tokens
    legacy_open: Mapping[str, str] = field(default_factory=dict[str, str])  # pattern → letters
    switched_off: frozenset[Feature] = frozenset()
    dev: bool = False
    public_url: str = "ws://127.0.0.1:8080"  # where invitation links lead
    ping_interval_s: float = 25.0
    commit_interval_s: float = 0.008  # the store commits at once when the last one is as old


class DeadlineKind(Enum):
    """What is due; the key says of whom."""

    AUTH = "auth"  # client
    EXPIRY = "expiry"  # client
    KEEPALIVE = "keepalive"  # client
    GRACE = "grace"  # room
    CLOSING = "closing"  # room: its time has come
    COMINGS = "comings"  # room: what it has not been told of who came and went
    UNLOAD = "unload"  # document
    MARKS = "read marks"  # nobody: those of all rooms
    SWEEP = "sweep"  # nobody: all rooms' streams
    TYPING = "typing"  # room
    PACE = "pace"  # client: it was slowed, or a cursor of it was kept
    RETRY = "retry"  # the batch that the store refused


class Deadlines:
    """Moments to come. One that no longer matters fires all the same and finds nothing to do."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, DeadlineKind, str]] = []
        self._order = itertools.count()

    def add(self, due_s: float, kind: DeadlineKind, key: str) -> None:
        """Remember a moment."""
        heapq.heappush(self._heap, (due_s, next(self._order), kind, key))

    def next_s(self) -> float | None:
        """Return the earliest moment, None when there is none."""
        return self._heap[0][0] if self._heap else None

    def due(self, now_s: float) -> Iterator[tuple[DeadlineKind, str]]:
        """Take out what is due, earliest first."""
        while self._heap and self._heap[0][0] <= now_s:
            _, _, kind, key = heapq.heappop(self._heap)
            yield kind, key


@dataclass(slots=True)
class Context:
    """Shared by the parts of one hub. Invariant: `effects` is in the order of what happened."""

    config: HubConfig
    new_id: Callable[[], str]  # 128 bits of chance, as lower-case hex
    effects: list[Effect] = field(default_factory=list["Effect"])
    clients: dict[ClientId, Client] = field(default_factory=dict["ClientId", Client])
    deadlines: Deadlines = field(default_factory=Deadlines)
    revocations: Revocations = field(default_factory=Revocations)
    refusals: Counter[int] = field(default_factory=Counter["int"])  # code → answers, ever
    rates: RateLimits = field(init=False)
    crowd: Crowd = field(init=False)
    tokens: ShownTokens = field(init=False)

    def __post_init__(self) -> None:
        """Make what counts by the limits, and what knows the keys."""
        self.tokens = ShownTokens(self.config.keys)
        self.rates = RateLimits(self.config.limits)
        self.crowd = Crowd(self.config.limits)

    def live(self, client_id: ClientId) -> Client | None:
        """Return a connection that is still heard, or None."""
        client = self.clients.get(client_id)
        return None if client is None or client.phase is Phase.CLOSING else client

    def tell(self, client: Client, event: ServerEvent) -> None:
        """Send an event to one connection, if it is one that reads events.

        A stock Yjs client takes every message for binary and would stumble over a text.
        """
        if client.hears_events:
            self.effects.append(Send(client.id, encode_event(event)))

    def relay(
        self, members: tuple[ClientId, ...], frames: Iterable[str], *, ephemeral: bool = False
    ) -> None:
        """Tell connections the same frames, together with what they are being told already."""
        if not members:
            return
        told = tuple((None, frame) for frame in frames)
        last = self.effects[-1] if self.effects else None
        if isinstance(last, Relay) and last.members is members and last.ephemeral == ephemeral:
            self.effects[-1] = Relay(members, last.frames + told, ephemeral)
        else:
            self.effects.append(Relay(members, told, ephemeral))

    def refuse(
        self,
        client: Client,
        code: ErrorCode,
        message: str | None = None,
        *,
        room: str | None = None,
        re: RequestId | None = None,
        retry_after: float | None = None,
        now_s: float,
    ) -> None:
        """Answer with an `error`; a connection that earns too many in a minute is closed."""
        self.refusals[code] += 1
        self.tell(client, error_event(code, message, retry_after=retry_after, room=room, re=re))
        if now_s - client.errors_since_s >= 60.0:
            client.errors, client.errors_since_s = 0, now_s
        client.errors += 1
        if client.errors > self.config.limits.errors_a_minute:
            self.close(client, CloseCode.TOO_MANY_ERRORS, "too many errors")

    def slow(self, client: Client, kind: Kind, cost: float, now_s: float) -> None:
        """Count what a client does; over its rate, it is not heard until it has paid."""
        if client.user is None:
            return
        wait_s = self.rates.slow_for_s(kind, client.id, client.user.id, cost, now_s)
        if wait_s:
            client.slowed_until_s = max(client.slowed_until_s or 0.0, now_s + wait_s)
            self.plan_pace(client, client.slowed_until_s)

    def plan_pace(self, client: Client, due_s: float) -> None:
        """See by then to what a client's pace holds up."""
        if client.pace_due_s is None or due_s < client.pace_due_s:
            client.pace_due_s = due_s
            self.deadlines.add(due_s, DeadlineKind.PACE, client.id)

    def resume(self, client: Client) -> None:
        """Let a client be heard again, unless something else still holds it."""
        if not client.is_held and not client.is_slowed and client.phase is not Phase.CLOSING:
            self.effects.append(Resume(client.id))

    def plan_expiry(self, client: Client, now_s: float) -> None:
        """See by then to the end of a client's token; soon enough again, however far that is.

        A moment outlives its client: a day's would pile up, of who comes and goes all the time.
        """
        warning_s = 0 if client.is_warned else WARN_BEFORE_EXPIRY_S
        due_s = min(client.expires_s - warning_s, now_s + LOOKS_AHEAD_S)
        if client.expiry_due_s is None or due_s < client.expiry_due_s:
            client.expiry_due_s = due_s
            self.deadlines.add(due_s, DeadlineKind.EXPIRY, client.id)

    def auth_waits_s(self, client: Client, now_s: float) -> float:
        """Return how long nobody may try to sign in from where this client is."""
        return self.rates.auth_waits_s(client.address, now_s) if client.address else 0.0

    def auth_failed(self, client: Client, now_s: float) -> None:
        """Count a failed sign-in; one without an address came by a Unix socket, like all others."""
        if client.address:
            self.rates.auth_failed(client.address, now_s)

    def close(self, client: Client, code: CloseCode, reason: str) -> None:
        """Close a connection once; what it still says is not heard."""
        if client.phase is Phase.CLOSING:
            return
        client.enter(Phase.CLOSING)
        number = int(code)
        if client.door is Door.YJS:
            number = yjs_code(number)
            if is_terminal(number, yjs=True):
                self.effects.append(Send(client.id, yjs_frames.refused(reason)))
        self.effects.append(Close(client.id, number, reason))
        self.effects.append(
            Announce(Level.INFO, f"closed with {number}: {reason}", client=client.id)
        )
