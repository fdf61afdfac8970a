"""Every verb of the protocol, aimed at a room or a document that is somebody else's.

The lists are checked against the protocol's own types: a new verb must be added here. Does not know
who attacks, nor by which way.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, get_args

from collab_server.protocol import documents as frames
from collab_server.protocol.awareness import AwarenessEntry, encode_awareness
from collab_server.protocol.client_events import ClientEvent
from collab_server.protocol.documents import ClientFrame
from tests.support.writer import Writer

if TYPE_CHECKING:
    from collab_server.protocol.names import DocumentName

CANARY = "canary-of-the-other-room"
"""Is in everything that the victim says, and in the victim's name."""

MARK = "mark-of-the-attacker"
"""Is in everything that the attacker says."""


@dataclass(kw_only=True)
class Aim:
    """What an attack names; texts as they are sent, which need not be names at all."""

    room: Any
    document: Any
    message_id: int = 1
    offset: int = 1
    epoch: str = "e"
    version: int = 1
    code: str = "c" * 32
    user_id: str = "victim"
    token: str = "no token"  # for `auth` and `refresh`
    bearer: str = "no token"  # for a provider's auth message, where it counts by itself
    session: Mapping[str, str] = field(default_factory=lambda: {"id": "s" * 32, "key": "k" * 32})
    author_id: int = 77


_TEXT = {"message": MARK}
EVENTS: Mapping[str, Callable[[Aim], Mapping[str, Any]]] = {
    "auth": lambda aim: {"token": aim.token, "session": aim.session, "name": MARK},
    "refresh": lambda aim: {"token": aim.token},
    "join": lambda aim: {
        "room": aim.room,
        "recover": {"epoch": aim.epoch, "offset": 0},
        "history": 200,
    },
    "leave": lambda aim: {"room": aim.room},
    "room_create": lambda _: {},
    "document_create": lambda aim: {"document": aim.document, "text": MARK},
    "invite": lambda aim: {"room": aim.room, "perm": "rwh", "max_uses": 9},
    "invite_revoke": lambda aim: {"room": aim.room, "code": aim.code},
    "ping": lambda _: {"t": MARK},
    "message": lambda aim: {"room": aim.room, **_TEXT, "reply_to": aim.message_id, "mid": MARK},
    "message_edit": lambda aim: {"room": aim.room, "message_id": aim.message_id, **_TEXT},
    "message_delete": lambda aim: {"room": aim.room, "message_id": aim.message_id},
    "reaction": lambda aim: {"room": aim.room, "message_id": aim.message_id, "emoji": "👎"},
    "typing": lambda aim: {"room": aim.room, "state": "start"},
    "read": lambda aim: {"room": aim.room, "offset": aim.offset},
    "cursor": lambda aim: {"room": aim.room, "position": MARK},
    "edit": lambda aim: {"room": aim.room, "changes": [], "seq": 1, "seen": 0},
    "presence": lambda aim: {"room": aim.room, "status": "idle", "meta": MARK},
    "history": lambda aim: {"room": aim.room, "before": aim.offset + 99, "limit": 200},
    "knock": lambda aim: {"room": aim.room},
    "admit": lambda aim: {"room": aim.room, "user_id": aim.user_id, "perm": "rwhm"},
    "deny": lambda aim: {"room": aim.room, "user_id": aim.user_id},
    "role_set": lambda aim: {"room": aim.room, "user_id": aim.user_id, "perm": "rwhm"},
    "role_request": lambda aim: {"room": aim.room, "perm": "rwhm"},
    "kick": lambda aim: {"room": aim.room, "user_id": "victim"},
    "ban": lambda aim: {"room": aim.room, "user_id": "victim"},
    "unban": lambda aim: {"room": aim.room, "user_id": aim.user_id},
    "room_close": lambda aim: {"room": aim.room},
    "versions": lambda aim: {"document": aim.document},
    "version_text": lambda aim: {"document": aim.document, "version": aim.version},
    "version_diff": lambda aim: {"document": aim.document, "version": aim.version},
    "version_name": lambda aim: {"document": aim.document, "version": aim.version, "name": MARK},
    "version_restore": lambda aim: {"document": aim.document, "version": aim.version},
    "authors": lambda aim: {"document": aim.document},
}


def _awareness(aim: Aim) -> bytes:
    return encode_awareness([AwarenessEntry(aim.author_id, 9, {"user": MARK})])


_Frames = tuple[Callable[["DocumentName", Aim], bytes], ...]
FRAMES: Mapping[type, _Frames] = {
    frames.DocumentAuth: (lambda name, aim: frames.document_auth(name, aim.bearer),),
    frames.Sync: (
        lambda name, _: frames.sync_step1(name, b"\x00"),
        lambda name, _: frames.sync_step2(name, Writer().insert(0, MARK)),
        lambda name, _: frames.sync_update(name, Writer().insert(0, MARK)),
    ),
    frames.AwarenessFrame: (lambda name, aim: frames.awareness(name, _awareness(aim)),),
    frames.QueryAwareness: (lambda name, _: frames.query_awareness(name),),
    frames.Stateless: (lambda name, _: frames.stateless(name, MARK),),
    frames.Ping: (lambda name, _: frames.ping(name),),
    frames.CloseDocument: (lambda name, _: frames.close_document(name),),
}


def events_of_protocol() -> set[str]:
    """Return the types of all events that clients may send."""
    return {kind.__struct_config__.tag for kind in get_args(ClientEvent)}


def frames_of_protocol() -> set[type]:
    """Return all frames that clients may send."""
    return set(get_args(ClientFrame))


def attacks(aim: Aim) -> list[tuple[str, str | bytes]]:
    """Return every verb with its name, as it goes over the wire; leaving and closing come last."""
    said: list[tuple[str, str | bytes]] = [
        (kind, json.dumps({"type": kind, "id": 1, **fields(aim)}))
        for kind, fields in EVENTS.items()
        if kind != "leave"
    ]
    if isinstance(aim.document, str) and not _holds_half_a_pair(aim.document):
        said += [
            (f"{kind.__name__} {number}", make(aim.document, aim))  # pyright: ignore[reportArgumentType]
            for kind, makes in FRAMES.items()
            for number, make in enumerate(makes)
        ]
    said.append(("leave", json.dumps({"type": "leave", **EVENTS["leave"](aim)})))
    return said


def _holds_half_a_pair(text: str) -> bool:
    return any("\ud800" <= char <= "\udfff" for char in text)  # no binary frame can say it
