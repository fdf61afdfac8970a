"""Which features an operator has switched off, and what belongs to which.

Knows names and kinds of events only. Source: PROTOCOL.md §3 (classes) and §9 (`feature_disabled`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from collab_server.core.permissions import RoomClass, class_of
from collab_server.protocol.events import DocumentCreate, Invite, Join, RoomCreate
from collab_server.protocol.features import Feature
from collab_server.protocol.room_events import (
    DeleteMessage,
    EditMessage,
    MoveCursor,
    PostMessage,
    React,
    RelayEdit,
    SetTyping,
)
from collab_server.protocol.version_events import (
    CompareVersions,
    FindAuthors,
    FindVersions,
    NameVersion,
    ReadVersion,
    RestoreVersion,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from collab_server.protocol.events import ClientEvent
    from collab_server.protocol.names import RoomId


_OF_ROOMS: Mapping[RoomClass, Feature] = {
    RoomClass.PROJECT: Feature.COLLABORATION,
    RoomClass.NOTIFICATIONS: Feature.NOTIFICATIONS,
    RoomClass.USER: Feature.NOTIFICATIONS,
    RoomClass.OCR_JOB: Feature.NOTIFICATIONS,
    RoomClass.PROSHARE: Feature.CHAT,
    RoomClass.CHAT: Feature.CHAT,
    RoomClass.DIRECT: Feature.CHAT,
}
_OF_EVENTS: Mapping[type[object], Feature] = {
    PostMessage: Feature.CHAT,
    EditMessage: Feature.CHAT,
    DeleteMessage: Feature.CHAT,
    React: Feature.CHAT,
    SetTyping: Feature.CHAT,
    MoveCursor: Feature.COLLABORATION,
    RelayEdit: Feature.COLLABORATION,
    RoomCreate: Feature.COLLABORATION,
    DocumentCreate: Feature.COLLABORATION,
    FindVersions: Feature.COLLABORATION,
    ReadVersion: Feature.COLLABORATION,
    CompareVersions: Feature.COLLABORATION,
    NameVersion: Feature.COLLABORATION,
    RestoreVersion: Feature.COLLABORATION,
    FindAuthors: Feature.COLLABORATION,
}


def feature_of_room(room: RoomId) -> Feature | None:
    """Return the feature that a room is for, None when it goes with all of them."""
    room_class = class_of(room)
    return None if room_class is None else _OF_ROOMS.get(room_class)


def feature_of_event(event: ClientEvent) -> Feature | None:
    """Return the feature without which an event is refused, None when it goes with all of them."""
    if isinstance(event, Join | Invite):
        return feature_of_room(event.room)
    return _OF_EVENTS.get(type(event))
