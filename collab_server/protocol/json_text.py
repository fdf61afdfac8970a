"""JSON from others: bounded in depth, strict in everything, the same for every reader.

Knows no message. What passes here is also read by `JSON.parse` and by the CRDT library: UTF-8
without lone surrogates, finite numbers, nothing after the value. Source: RFC 8259, PROTOCOL.md §10.
"""

from __future__ import annotations

import re

import msgspec

from collab_server.protocol.errors import MalformedFrame, TooLarge

_STRING_OR_BRACKET = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)


def check_depth(raw: bytes, max_depth: int) -> None:
    """Refuse JSON whose arrays and objects stand deeper in each other than `max_depth`.

    Raises:
        TooLarge: it is deeper. Text that is no JSON may pass; the decoder refuses it.
    """
    if raw.count(b"[") + raw.count(b"{") <= max_depth:
        return
    depth = 0
    for found in _STRING_OR_BRACKET.finditer(raw):
        match raw[found.start()]:
            case 0x5B | 0x7B:
                depth += 1
                if depth > max_depth:
                    raise TooLarge("JSON is nested too deeply")
            case 0x5D | 0x7D:
                depth -= 1
            case _:  # a string
                pass


def decode_json(raw: bytes, max_depth: int) -> object:
    """Return the value that a text stands for.

    Raises:
        TooLarge: it is nested more than `max_depth` deep.
        MalformedFrame: it is not strict JSON.
    """
    check_depth(raw, max_depth)
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedFrame("not JSON") from error
