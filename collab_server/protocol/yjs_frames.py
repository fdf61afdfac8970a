"""Frames of one document as `y-websocket` writes them: `varUint(type) · payload`.

With a document's prefix in front they are the main door's (`documents.frame_prefix`). Knows neither
rights nor state. Source: y-websocket's `y-websocket.js`, y-protocols; PROTOCOL.md §4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from collab_server.protocol.documents import (
    AwarenessFrame,
    FrameType,
    QueryAwareness,
    Sync,
)
from collab_server.protocol.errors import MalformedFrame, TooLarge
from collab_server.protocol.sync import UPDATE, SyncUpdate, decode_sync, encode_step_1
from collab_server.protocol.wire import Reader, write_var_bytes, write_var_string, write_var_uint

if TYPE_CHECKING:
    from collab_server.protocol.limits import Limits
    from collab_server.protocol.names import DocumentName

YjsFrame = Sync | AwarenessFrame | QueryAwareness

_PERMISSION_DENIED = 0  # y-protocols' own number; Hocuspocus' is 1
_SYNC = bytes((FrameType.SYNC,))
_NEWS = bytes((FrameType.SYNC, UPDATE))


def decode_yjs_frame(data: bytes, document: DocumentName, limits: Limits) -> YjsFrame:
    """Read a frame that a stock client sent about the one document of its connection.

    Raises:
        TooLarge: it is over `limits.document_frame_bytes`.
        MalformedFrame: anything else that is wrong.
    """
    if len(data) > limits.document_frame_bytes:
        raise TooLarge("a document frame is too large")
    frame: YjsFrame
    if data.startswith(_NEWS):  # what is said most, and often
        reader = Reader(data, pos=len(_NEWS))
        frame = Sync(document, SyncUpdate(reader.var_bytes()))
        reader.expect_end()
        return frame
    reader = Reader(data)
    match reader.var_uint():
        case FrameType.SYNC:
            frame = Sync(document, decode_sync(reader))
        case FrameType.AWARENESS:
            frame = AwarenessFrame(document, reader.var_bytes())
        case FrameType.QUERY_AWARENESS:
            frame = QueryAwareness(document)
        case _:
            raise MalformedFrame("a frame type that stock clients do not send")
    reader.expect_end()
    return frame


def sync_step1(state_vector: bytes) -> bytes:
    """Return the frame that asks for what is missing."""
    return _SYNC + encode_step_1(state_vector)


def sync_update(update: bytes) -> bytes:
    """Return the frame that brings news."""
    head = bytearray(_NEWS)
    write_var_uint(head, len(update))
    return b"".join((head, update))  # one copy: it may be large


def awareness(payload: bytes) -> bytes:
    """Return the frame around an awareness message."""
    out = bytearray((FrameType.AWARENESS,))
    write_var_bytes(out, payload)
    return bytes(out)


def refused(reason: str) -> bytes:
    """Return the frame that tells a stock client why; it only writes it to its console."""
    out = bytearray((FrameType.AUTH, _PERMISSION_DENIED))
    write_var_string(out, reason)
    return bytes(out)
