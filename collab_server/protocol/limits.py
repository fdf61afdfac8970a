"""Every bound that a peer can run into, in one frozen object.

The field names are the keys of `[limits]` and of `COLLAB_LIMITS__…`; units stand in the names. It
does not know who enforces a bound. Source: PROTOCOL.md §10.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

UNLIMITED: int = 2**62
"""What `unlimited` in a configuration becomes: a number, so comparisons need no second case."""

_MIB = 1024 * 1024
_Count = Annotated[int, msgspec.Meta(ge=1)]
_Seconds = Annotated[float, msgspec.Meta(gt=0)]


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The bounds of one server or app; a value is the largest that is still accepted."""

    # One connection, before and after it says who it is.
    auth_timeout_s: _Seconds = 10.0
    auth_frames: _Count = 16
    auth_frame_bytes: _Count = 8192
    connections: _Count = 10_000
    connections_unauthenticated: _Count = 1_000
    connections_a_user: _Count = 64
    connections_an_address: _Count = 1_000
    sockets_a_nonce: _Count = 64
    rooms_a_connection: _Count = 128
    documents_a_connection: _Count = 64
    errors_a_minute: _Count = 60  # `error` answers to one connection; then 4509

    # What comes in.
    text_frame_bytes: _Count = 65_536
    document_frame_bytes: _Count = 16 * _MIB
    document_text_bytes: _Count = 4 * _MIB
    document_log_bytes: _Count = 256 * _MIB  # with everything that was deleted
    chat_bytes: _Count = 8192
    cursor_bytes: _Count = 2048
    awareness_state_bytes: _Count = 4096
    awareness_entries: _Count = 1000  # in one message
    json_depth: Annotated[int, msgspec.Meta(ge=1, le=200)] = 32
    token_bytes: _Count = 8192

    # What the update parser takes in the event loop, and what it takes at all.
    inline_update_bytes: _Count = _MIB
    inline_update_items: _Count = 20_000  # structs and delete ranges
    update_items: _Count = 500_000
    early_in_a_row: _Count = 3  # then the document is closed for that connection

    # Token buckets: how many a second, and how many at once.
    messages_a_s: _Seconds = 10.0
    messages_burst: _Count = 50
    cursors_a_s: _Seconds = 30.0
    updates_a_s: _Seconds = 200.0
    updates_burst: _Count = 1000
    joins_a_s: _Seconds = 10.0
    joins_burst: _Count = 64
    failed_auths_a_minute: _Count = 5  # an address
    password_guesses_a_minute: _Count = 5  # wrong ones of a user, and of an address

    # What goes out.
    outbox_bytes: _Count = 4 * _MIB
    write_stall_s: _Seconds = 20.0
    least_read_bytes_a_s: _Seconds = 1024.0  # over three times that, while something waits
