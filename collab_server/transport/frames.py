"""Outgoing WebSocket frames, serialised once and shared by everyone who gets them.

A server's data frame is a header of two to ten bytes and the payload as it is: unmasked, not
fragmented, not compressed. Does not know what the payload says. Source: RFC 6455, section 5.2.
"""

from __future__ import annotations

_FIN_TEXT = 0x81
_FIN_BINARY = 0x82
_FIN_CLOSE = 0x88
_LONGEST_SHORT = 125
_LONGEST_MEDIUM = 0xFFFF

PING = b"\x89\x00"


def data_frame(payload: str | bytes) -> bytes:
    """Return the frame of a message: a text frame for a str, a binary one for bytes."""
    if isinstance(payload, str):
        head = _FIN_TEXT
        payload = payload.encode()
    else:
        head = _FIN_BINARY
    size = len(payload)
    if size <= _LONGEST_SHORT:
        return bytes((head, size)) + payload
    if size <= _LONGEST_MEDIUM:
        return bytes((head, 126)) + size.to_bytes(2, "big") + payload
    return bytes((head, 127)) + size.to_bytes(8, "big") + payload


def close_frame(code: int, reason: str) -> bytes:
    """Return the frame that begins or ends the closing handshake."""
    payload = code.to_bytes(2, "big") + reason.encode()
    return bytes((_FIN_CLOSE, len(payload))) + payload
