"""What hostile clients say: lawful frames, mutants of them, and bytes that are no frames at all."""

from __future__ import annotations

import json
import os
import random
import struct
from typing import TYPE_CHECKING

from collab_server.protocol import documents as frames
from collab_server.protocol import yjs_frames
from tests.properties.protocol.mutants import LONGEST_SEED_BYTES, mutate
from tests.properties.protocol.traffic import recorded_traffic

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collab_server.protocol.names import DocumentName

PLANTED_TEXT = "a planted text that no log may hold"
EVENTS: tuple[dict[str, object], ...] = (
    {"type": "join", "room": "chat_general", "id": 1},
    {"type": "message", "room": "chat_general", "message": PLANTED_TEXT, "mid": "x"},
    {"type": "cursor", "room": "chat_general", "position": {"line": 1, "ch": 2}},
    {"type": "edit", "room": "chat_general", "changes": {"from": 1, "text": [PLANTED_TEXT]}},
    {"type": "history", "room": "chat_general", "limit": 200},
    {"type": "document_create", "document": "codexpro_project_7/f/a", "text": PLANTED_TEXT},
    {"type": "invite", "room": "codexpro_project_7", "perm": "rw"},
    {"type": "presence", "status": "idle"},
    {"type": "ping", "t": {"deep": [[[[]]]]}},
    {"type": "refresh", "token": "e30.e30.e30"},
    {"type": "leave", "room": "chat_general"},
)
ODD_TEXTS = (
    "[" * 50_000,
    '{"type":"ping","t":' + "[" * 20_000 + "]" * 20_000 + "}",
    '{"type":"ping","t":1e999}',
    '{"type":"join","room":"' + "a" * 60_000 + '"}',
    '{"type":"cursor","room":"../../etc/passwd","position":NaN}',
    '{"type":"message","room":"chat_general","message":"\\ud800"}',
    "null",
    "{}",
    "",
)


class Hostility:
    """Frames by the dozen, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self._plan = random.Random(seed)
        updates = [update for trace in recorded_traffic() for _, update in trace.frames]
        self._updates = [each for each in updates if len(each) <= LONGEST_SEED_BYTES]

    def messages(self, document: DocumentName, count: int, *, yjs: bool) -> list[str | bytes]:
        """Return messages for a connection that has `document`."""
        return [self._message(document, yjs=yjs) for _ in range(count)]

    def wire(self) -> bytes:
        """Return bytes that begin like a frame, or do not even that."""
        plan = self._plan
        head = bytes((plan.randrange(256), plan.randrange(256)))
        length = plan.choice(
            (b"", struct.pack("!H", 126), struct.pack("!Q", 2**40), struct.pack("!Q", 2**63))
        )
        return head + length + plan.randbytes(plan.randrange(40))

    def _message(self, document: DocumentName, *, yjs: bool) -> str | bytes:
        plan = self._plan
        kind = plan.random()
        if kind < 0.2:
            return self._text()
        if kind < 0.3:
            return plan.randbytes(plan.randrange(60))
        lawful = plan.choice(self._updates)
        other = plan.choice(self._updates)
        update = lawful if plan.random() < 0.1 else mutate(plan, lawful, other)
        if kind < 0.8:
            frame = self._sync(document, update, yjs=yjs)
        else:
            awareness = bytes((1, 7, plan.randrange(9), len(update) % 128)) + update
            frame = self._awareness(document, awareness, yjs=yjs)
        return mutate(plan, frame, other) if plan.random() < 0.3 else frame

    def _sync(self, document: DocumentName, update: bytes, *, yjs: bool) -> bytes:
        message = self._plan.choice(
            (yjs_frames.sync_step1, yjs_frames.sync_update, yjs_frames.sync_update)
        )(update)
        return message if yjs else frames.frame_prefix(document) + message

    def _awareness(self, document: DocumentName, payload: bytes, *, yjs: bool) -> bytes:
        message = yjs_frames.awareness(payload)
        return message if yjs else frames.frame_prefix(document) + message

    def _text(self) -> str:
        plan = self._plan
        if plan.random() < 0.2:
            return plan.choice(ODD_TEXTS)
        text = json.dumps(plan.choice(EVENTS))
        at = plan.randrange(len(text))
        return plan.choice((text, text[:at], text[:at] + plan.choice('"{}[]:,\\0') + text[at:]))


def wanted_frames(usual: int = 3000) -> int:
    """Return how many frames to send: CODEXPRO_ATTACK_FRAMES, or what a usual run has time for."""
    return int(os.environ.get("CODEXPRO_ATTACK_FRAMES", usual))


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that this share of all lies below."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
