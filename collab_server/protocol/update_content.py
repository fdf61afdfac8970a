"""What a struct of an update holds, checked without building it.

Knows neither structs' places nor authors; it moves over bytes and tells how many clocks they take.
An IndexError means that the bytes end too soon; `updates` translates it. Source: Yjs'
`Content*.js`, lib0's `writeAny`.
"""

from __future__ import annotations

import re

import msgspec

from collab_server.protocol.errors import MalformedUpdate, TooLarge
from collab_server.protocol.json_text import check_depth
from collab_server.protocol.wire import MAX_SAFE_INTEGER

DELETED = 1
BINARY = 3
EMBED = 5
FORMAT = 6
TYPE = 7
ANY = 8

MAX_VALUE_DEPTH = 32
"""How deep arrays and objects may stand in each other; the native library recurses over them."""

_XML_ELEMENT = 3
_UNNAMED_TYPES = frozenset({0, 1, 2, 4, 6})  # Y.Array, Map, Text, XmlFragment, XmlText

_FIXED_ANY = {127: 0, 126: 0, 124: 4, 123: 8, 122: 8, 121: 0, 120: 0}
_ANY_BYTES = 116
_ANY_ARRAY = 117
_ANY_OBJECT = 118
_ANY_STRING = 119
_ANY_INTEGER = 125

_PAIR = re.compile("[\U00010000-\U0010ffff]")
_PLAIN_JSON = frozenset({b"true", b"false", b"null", b"{}", b'""'})


def var_uint(data: bytes, pos: int) -> tuple[int, int]:
    """Read a number, as short as lib0 writes it, of 8 bytes at most; return it and what follows."""
    value = data[pos]
    pos += 1
    if value < 0x80:
        return value, pos
    value &= 0x7F
    for shift in (7, 14, 21, 28, 35, 42, 49):
        byte = data[pos]
        pos += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            if byte == 0:
                break
            return value, pos
    raise MalformedUpdate("a number is longer than lib0 writes it")


def skip_text(data: bytes, pos: int) -> int:
    """Move over a string; return the place after it."""
    return skip_string(data, pos)[1]


def skip_string(data: bytes, pos: int) -> tuple[int, int, int | None]:
    """Move over a string.

    Returns:
        Its length in UTF-16 units, the place after it, and how many units stand before its first
        surrogate pair, None if it has none.
    """
    size, pos = var_uint(data, pos)
    end = pos + size
    raw = data[pos:end]
    if len(raw) != size:
        raise MalformedUpdate("a string points past the end")
    if raw.isascii():
        return size, end, None
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise MalformedUpdate("a string is not UTF-8") from error
    first_pair = _PAIR.search(text)
    if first_pair is None:
        return len(text), end, None
    return len(text.encode("utf-16-le")) // 2, end, first_pair.start()


def skip_content(data: bytes, pos: int, content: int) -> tuple[int, int]:
    """Move over what an item holds; return its length in clocks and the place after.

    Raises:
        MalformedUpdate: it is of a kind, size or depth that Yjs does not write.
    """
    if content == DELETED:
        return var_uint(data, pos)
    if content == ANY:
        return _skip_values(data, pos)
    if content == FORMAT:
        return 1, _skip_json(data, skip_text(data, pos))
    if content == TYPE:
        return 1, _skip_type(data, pos)
    if content == BINARY:
        return 1, _skip_bytes(data, pos)
    if content == EMBED:
        return 1, _skip_json(data, pos)
    raise MalformedUpdate("a struct of a kind that Yjs does not write")


def _skip_bytes(data: bytes, pos: int) -> int:
    size, pos = var_uint(data, pos)
    if size > len(data) - pos:
        raise MalformedUpdate("bytes point past the end")
    return pos + size


def _skip_json(data: bytes, pos: int) -> int:
    size, pos = var_uint(data, pos)
    end = pos + size
    raw = data[pos:end]
    if len(raw) != size:
        raise MalformedUpdate("JSON points past the end")
    if raw in _PLAIN_JSON:
        return end
    try:
        check_depth(raw, MAX_VALUE_DEPTH)
        msgspec.json.decode(raw)
    except (TooLarge, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise MalformedUpdate("an embed or format is no JSON, or nested too deeply") from error
    return end


def _skip_type(data: bytes, pos: int) -> int:
    kind, pos = var_uint(data, pos)
    if kind == _XML_ELEMENT:
        return skip_text(data, pos)  # its name
    if kind not in _UNNAMED_TYPES:  # 5 is XmlHook, whose name the native library takes for structs
        raise MalformedUpdate("a shared type that is not supported")
    return pos


def _skip_values(data: bytes, pos: int) -> tuple[int, int]:
    count, pos = var_uint(data, pos)
    if count > len(data) - pos:
        raise MalformedUpdate("more values than bytes")
    for _ in range(count):
        pos = _skip_any(data, pos, 0)
    return count, pos


def _skip_any(data: bytes, pos: int, depth: int) -> int:
    """Move over one value; `depth` containers stand around it already."""
    kind = data[pos]
    pos += 1
    if kind == _ANY_INTEGER:
        return _skip_integer(data, pos)
    if kind == _ANY_STRING:
        return skip_text(data, pos)
    fixed = _FIXED_ANY.get(kind)
    if fixed is not None:
        if fixed > len(data) - pos:
            raise MalformedUpdate("a value points past the end")
        return pos + fixed
    if kind == _ANY_BYTES:
        return _skip_bytes(data, pos)
    if kind not in (_ANY_OBJECT, _ANY_ARRAY):
        raise MalformedUpdate("an unknown kind of value")
    if depth >= MAX_VALUE_DEPTH:
        raise MalformedUpdate("values are nested too deeply")
    count, pos = var_uint(data, pos)
    if count > len(data) - pos:
        raise MalformedUpdate("more values than bytes")
    for _ in range(count):
        if kind == _ANY_OBJECT:
            pos = skip_text(data, pos)
        pos = _skip_any(data, pos, depth + 1)
    return pos


def _skip_integer(data: bytes, pos: int) -> int:
    """Move over lib0's signed number: 6 bits and the sign in the first byte, then 7 bits a byte."""
    byte = data[pos]
    pos += 1
    value = byte & 0x3F
    if byte < 0x80:
        return pos
    for shift in (6, 13, 20, 27, 34, 41, 48):
        byte = data[pos]
        pos += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            if value > MAX_SAFE_INTEGER:
                break
            return pos
    raise MalformedUpdate("an integer is out of range")
