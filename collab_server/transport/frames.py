"""Outgoing WebSocket frames, serialised once and shared by everyone who gets them.

A server's data frame is a header of two to ten bytes and the payload as it is: unmasked, not
fragmented, and compressed only for one connection that agreed to it. Does not know what the payload
says. Source: RFC 6455, section 5.2, RFC 7692, section 6.
"""

from __future__ import annotations

from collab_server.transport.compression import deflated

_COMPRESSED = 0x40  # RSV1
_FIN_TEXT = 0x81
_FIN_BINARY = 0x82
_FIN_CLOSE = 0x88
_LONGEST_SHORT = 125
_LONGEST_MEDIUM = 0xFFFF
_SHORT_BINARY_HEADS = [bytes((_FIN_BINARY, size)) for size in range(_LONGEST_SHORT + 1)]

PING = b"\x89\x00"


def data_frame(payload: str | bytes) -> bytes:
    """Return the frame of a message: a text frame for a str, a binary one for bytes."""
    if isinstance(payload, str):
        return _frame(_FIN_TEXT, payload.encode())
    if len(payload) <= _LONGEST_SHORT:  # nearly all
        return _SHORT_BINARY_HEADS[len(payload)] + payload
    return _frame(_FIN_BINARY, payload)


def compact_frame(payload: str | bytes, window_bits: int | None) -> bytes:
    """Return the frame of a message for one connection alone, compressed where that helps."""
    if window_bits is None:
        return data_frame(payload)
    head, data = (
        (_FIN_TEXT, payload.encode()) if isinstance(payload, str) else (_FIN_BINARY, payload)
    )
    smaller = deflated(data, window_bits)
    return _frame(head, data) if smaller is None else _frame(head | _COMPRESSED, smaller)


def head_of_binary(size: int) -> bytes:
    """Return what stands before the payload of a binary frame of this size."""
    return _head(_FIN_BINARY, size)


def _frame(head: int, payload: bytes) -> bytes:
    return _head(head, len(payload)) + payload


def _head(head: int, size: int) -> bytes:
    if size <= _LONGEST_SHORT:
        return bytes((head, size))
    if size <= _LONGEST_MEDIUM:
        return bytes((head, 126)) + size.to_bytes(2, "big")
    return bytes((head, 127)) + size.to_bytes(8, "big")


def close_frame(code: int, reason: str) -> bytes:
    """Return the frame that begins or ends the closing handshake."""
    payload = code.to_bytes(2, "big") + reason.encode()
    return bytes((_FIN_CLOSE, len(payload))) + payload
