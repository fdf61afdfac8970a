"""The three sync messages of y-protocols, as they stand inside a document's frame.

Knows neither frames nor what an update holds: the bytes inside are checked by `updates`. Source:
y-protocols' PROTOCOL.md and `sync.js`; PROTOCOL.md §4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from collab_server.protocol.errors import MalformedFrame
from collab_server.protocol.wire import write_var_uint

if TYPE_CHECKING:
    from collab_server.protocol.wire import Reader

STEP_1 = 0
STEP_2 = 1
UPDATE = 2


class SyncStep1(msgspec.Struct, frozen=True):
    """What the sender has, asking for the rest."""

    state_vector: bytes  # encoded, unchecked


class SyncStep2(msgspec.Struct, frozen=True):
    """The answer to a step 1."""

    update: bytes  # encoded, unchecked


class SyncUpdate(msgspec.Struct, frozen=True):
    """News, unasked."""

    update: bytes  # encoded, unchecked


SyncMessage = SyncStep1 | SyncStep2 | SyncUpdate


def decode_sync(reader: Reader) -> SyncMessage:
    """Read a sync message.

    Raises:
        MalformedFrame: it is none, or is cut off.
    """
    kind = reader.var_uint()
    payload = reader.var_bytes()
    if kind == UPDATE:
        return SyncUpdate(payload)
    if kind == STEP_1:
        return SyncStep1(payload)
    if kind == STEP_2:
        return SyncStep2(payload)
    raise MalformedFrame("an unknown sync message")


def encode_step_1(state_vector: bytes) -> bytes:
    """Return the message that asks for what is missing."""
    return _encode(STEP_1, state_vector)


def encode_step_2(update: bytes) -> bytes:
    """Return the message that answers a step 1."""
    return _encode(STEP_2, update)


def step_2_head(size: int) -> bytes:
    """Return what stands before an update of this size in the message that answers a step 1."""
    head = bytearray((STEP_2,))
    write_var_uint(head, size)
    return bytes(head)


def _encode(kind: int, payload: bytes) -> bytes:
    head = bytearray((kind,))
    write_var_uint(head, len(payload))
    return b"".join((head, payload))  # one copy: it may be large
