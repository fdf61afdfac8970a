"""Awareness: who is here and where their carets are, one entry an author id.

Knows no document and keeps no table; it only reads and writes one message, bounded. What an entry's
state means is the editors' business. Source: y-protocols' `awareness.js`; PROTOCOL.md §4.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

import msgspec

from collab_server.protocol.errors import (
    LocalProtocolError,
    MalformedFrame,
    TooLarge,
)
from collab_server.protocol.json_text import decode_json
from collab_server.protocol.wire import Reader, write_var_bytes, write_var_uint

if TYPE_CHECKING:
    from collections.abc import Iterable

    from collab_server.protocol.limits import Limits

EMPTY_AWARENESS = b"\x00"
"""A message without entries: it changes nothing and keeps a stock client's socket alive."""

State = dict[str, object]

_LONE_SURROGATE = re.compile(
    rb"(?<!\\)((?:\\\\)*)"
    rb"(?:(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    rb"|\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
)


class AwarenessEntry(msgspec.Struct, frozen=True):
    """What one author says of itself."""

    author_id: int
    clock: int  # the higher one is the newer one
    state: State | None  # None: this author has gone


class RawEntry(msgspec.Struct, frozen=True):
    """An entry whose state has not been looked at."""

    author_id: int
    clock: int
    raw_state: bytes  # JSON, unchecked


def decode_awareness(payload: bytes, limits: Limits) -> tuple[AwarenessEntry, ...]:
    """Read an awareness message, all of it or nothing.

    Raises:
        TooLarge: more entries, a larger or a deeper state than `limits` allow.
        MalformedFrame: anything else that is wrong.
    """
    return tuple([decode_entry(entry, limits) for entry in split_awareness(payload, limits)])


def split_awareness(payload: bytes, limits: Limits) -> tuple[RawEntry, ...]:
    """Read an awareness message without its states.

    A stock client sends back what it heard of others, in its own spelling: what is wrong with such
    a state is not its fault.

    Raises:
        TooLarge: more entries than `limits` allow.
        MalformedFrame: anything else that is wrong.
    """
    reader = Reader(payload)
    count = reader.var_uint()
    if count > limits.awareness_entries:
        raise TooLarge("too many awareness entries")
    if count * 3 > reader.remaining:
        raise MalformedFrame("fewer awareness entries than announced")
    entries = tuple([_split_entry(reader) for _ in range(count)])
    reader.expect_end()
    return entries


def decode_entry(entry: RawEntry, limits: Limits) -> AwarenessEntry:
    """Read the state of an entry.

    Half a surrogate pair, which JavaScript writes when a name is cut, becomes U+FFFD.

    Raises:
        TooLarge: a larger or a deeper state than `limits` allow.
        MalformedFrame: it is neither an object nor null.
    """
    if len(entry.raw_state) > limits.awareness_state_bytes:
        raise TooLarge("an awareness state is too large")
    state = _decode_state(entry.raw_state, limits.json_depth)
    return AwarenessEntry(entry.author_id, entry.clock, state)


def state_size_bytes(state: State) -> int:
    """Return how long a state is as it is written."""
    return len(_encode_state(state))


def encode_awareness(entries: Iterable[AwarenessEntry]) -> bytes:
    """Write an awareness message.

    Raises:
        LocalProtocolError: a state that JSON cannot say.
    """
    body = bytearray()
    count = 0
    for entry in entries:
        write_var_uint(body, entry.author_id)
        write_var_uint(body, entry.clock)
        write_var_bytes(body, _encode_state(entry.state))
        count += 1
    out = bytearray()
    write_var_uint(out, count)
    return bytes(out + body)


def _split_entry(reader: Reader) -> RawEntry:
    return RawEntry(reader.var_uint(), reader.var_uint(), reader.var_bytes())


def _decode_state(raw: bytes, max_depth: int) -> State | None:
    try:
        value = decode_json(raw, max_depth)
    except MalformedFrame:
        whole = _LONE_SURROGATE.sub(_without_lone_surrogate, raw)
        if whole == raw:
            raise
        value = decode_json(whole, max_depth)
    if value is not None and not isinstance(value, dict):
        raise MalformedFrame("an awareness state is no object")
    return cast("State | None", value)


def _without_lone_surrogate(found: re.Match[bytes]) -> bytes:
    backslashes, pair = found.groups()
    return backslashes + (pair or b"\\ufffd")


def _encode_state(state: State | None) -> bytes:
    try:
        return msgspec.json.encode(state)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise LocalProtocolError("an awareness state is not JSON") from error
