"""A journal's records: how they are written, and what they say when they are read.

Knows no replica and no disk. ::

    file     magic · record …
    record   length of the payload u32 · CRC-32 of kind and payload u32 · kind u8 · payload
    kinds    FACTS json · EPOCH text · HISTORY update · OWN update, which the server may not have
             PENDING update, of the history, which the server may not have · EVERYTHING, the same
             of all there is · ACKNOWLEDGED count of the oldest pending ones u32
             RESTARTED, nothing is pending and no epoch known · SAVED, the file has this text

A crash cuts the last record; the reader leaves it out. Anything else that does not fit is damage:
what stands before it is read, and whoever asks is told. Source: issue "it keeps what you type".
"""

from __future__ import annotations

import json
import re
import struct
import zlib
from dataclasses import dataclass, field
from enum import IntEnum

import msgspec

from app.model.kept_text import TextFacts

MAGIC = b"CXPJ\x00\x01\r\n"

_HEAD = struct.Struct("<IIB")
_COUNT = struct.Struct("<I")
_DIGEST = re.compile("([0-9a-f]{64})?")


class RecordKind(IntEnum):
    """What a record says; the numbers are those on disk."""

    FACTS = 1
    EPOCH = 2
    HISTORY = 3
    OWN = 4
    PENDING = 5
    EVERYTHING = 6
    ACKNOWLEDGED = 7
    RESTARTED = 8
    SAVED = 9


class JournalUnreadable(Exception):
    """Not even where the text is from can be read."""


@dataclass(slots=True)
class JournalContent:
    """What a journal says."""

    facts: TextFacts
    history: list[bytes] = field(default_factory=list[bytes])
    pending: list[bytes | None] = field(default_factory=list["bytes | None"])
    epoch: str | None = None
    is_saved: bool = False  # the text's file has exactly this
    is_damaged: bool = False  # something after it could not be read
    size_bytes: int = 0  # of the records that were read


def record(kind: RecordKind, payload: bytes) -> bytes:
    """Return a record's bytes."""
    checksum = zlib.crc32(payload, zlib.crc32(bytes((kind,))))
    return _HEAD.pack(len(payload), checksum, kind) + payload


def facts_record(facts: TextFacts) -> bytes:
    """Return the record of a text's facts."""
    # Not `msgspec.json`: a path's bytes need not be UTF-8, and then it has half characters.
    return record(RecordKind.FACTS, json.dumps(msgspec.to_builtins(facts)).encode())


def acknowledged_record(count: int) -> bytes:
    """Return the record that so many of the oldest pending updates are with the server."""
    return record(RecordKind.ACKNOWLEDGED, _COUNT.pack(count))


def read_journal(data: bytes) -> JournalContent:
    """Read a journal; what a crash cut off at its end is left out.

    Raises:
        JournalUnreadable: it is none, or its first records cannot be read.
    """
    if not data.startswith(MAGIC):
        raise JournalUnreadable("it does not begin as a journal does")
    content: JournalContent | None = None
    at = len(MAGIC)
    while at < len(data):
        found = _record_at(data, at)
        if found is None:
            break
        kind, payload, end = found
        try:
            content = _take(content, kind, payload)
        except (
            ValueError,
            RecursionError,
            struct.error,
        ):  # a checksum that fits, and still not our writing
            break
        at = end
    if content is None:
        raise JournalUnreadable("it does not say what it is of")
    content.size_bytes = at
    content.is_damaged = at < len(data) and not _is_torn(data, at)
    return content


def _record_at(data: bytes, at: int) -> tuple[int, bytes, int] | None:
    """Return a record's kind, its payload and where it ends; None when it is not whole."""
    start = at + _HEAD.size
    if start > len(data):
        return None
    length, checksum, kind = _HEAD.unpack_from(data, at)
    payload = data[start : start + length]
    if len(payload) < length or zlib.crc32(payload, zlib.crc32(bytes((kind,)))) != checksum:
        return None
    return kind, payload, start + length


def _take(content: JournalContent | None, kind: int, payload: bytes) -> JournalContent:
    """Take in one record.

    Raises:
        ValueError, struct.error: it says nothing that can be.
    """
    if kind == RecordKind.FACTS:
        facts = _facts_from(payload)
        if content is None:
            return JournalContent(facts)
        content.facts = facts
        return content
    if content is None:
        raise ValueError("a journal begins with its facts")
    match RecordKind(kind):
        case RecordKind.EPOCH:
            content.epoch = payload.decode()
        case RecordKind.HISTORY:
            content.history.append(payload)
            content.is_saved = False
        case RecordKind.OWN:
            content.history.append(payload)
            content.pending.append(payload)
            content.is_saved = False
        case RecordKind.PENDING:
            content.pending.append(payload)
        case RecordKind.EVERYTHING:
            content.pending.append(None)
        case RecordKind.ACKNOWLEDGED:
            (count,) = _COUNT.unpack(payload)
            del content.pending[:count]
        case RecordKind.RESTARTED:
            content.pending.clear()
            content.epoch = None
        case _:
            content.is_saved = True
    return content


def _facts_from(payload: bytes) -> TextFacts:
    """Read a text's facts.

    Raises:
        ValueError: they are none, or no file can be as they say.
    """
    facts = msgspec.convert(json.loads(payload), TextFacts)
    if _DIGEST.fullmatch(facts.digest) is None or "\0" in (facts.path or ""):
        raise ValueError("no file has such a digest, or such a path")
    return facts


def _is_torn(data: bytes, at: int) -> bool:
    """Tell whether what stands from here on is one record that was being written.

    Either it is shorter than it says, or a disk gave zeros for what had not reached it.
    """
    start = at + _HEAD.size
    if start > len(data):
        return True
    length, _, _ = _HEAD.unpack_from(data, at)
    return start + length >= len(data) or not any(data[at:])
