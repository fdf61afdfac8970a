"""What an operator has switched off is refused at every door, and the rest works."""

import pytest

from collab_server.core.chat import Publication
from collab_server.core.room_effects import Published
from collab_server.protocol import documents as frames
from collab_server.protocol.close_codes import CloseCode
from collab_server.protocol.errors import ErrorCode
from collab_server.protocol.events import (
    ClientEvent,
    DocumentCreate,
    Error,
    Join,
    RoomCreate,
    RoomJoined,
)
from collab_server.protocol.features import Feature
from collab_server.protocol.names import parse_document, parse_room
from collab_server.protocol.room_events import MoveCursor, PostMessage
from tests.support.hub_world import NOTES, ROOM, HubWorld

PROJECT = parse_room(ROOM)
CHAT = parse_room("chat_general")
OWN = parse_room("notifications_ada")


def world_without(*features: Feature) -> HubWorld:
    return HubWorld(switched_off=frozenset(features))


def slugs(messages: list[object]) -> list[str]:
    return [message.slug for message in messages if isinstance(message, Error)]


@pytest.mark.parametrize(
    ("off", "event"),
    [
        (Feature.CHAT, Join(room=CHAT)),
        (Feature.CHAT, Join(room=parse_room("dm:ada:bob"))),
        (Feature.CHAT, Join(room=parse_room("proshare_room_1"))),
        (Feature.NOTIFICATIONS, Join(room=OWN)),
        (Feature.NOTIFICATIONS, Join(room=parse_room("user_ada"))),
        (Feature.NOTIFICATIONS, Join(room=parse_room("ocr_job_1"))),
        (Feature.COLLABORATION, Join(room=PROJECT)),
        (Feature.COLLABORATION, RoomCreate()),
        (Feature.COLLABORATION, DocumentCreate(document=NOTES, text="x", eol="lf")),
    ],
)
def test_what_is_switched_off_is_refused_and_said(off: Feature, event: ClientEvent) -> None:
    world = world_without(off)
    ada = world.sign_in("ada")

    world.tell(ada, event)

    assert slugs(ada.take()) == ["feature_disabled"]
    assert ada.close_code is None


@pytest.mark.parametrize("room", [CHAT, OWN, PROJECT])
def test_the_rest_works(room: str) -> None:
    features = {CHAT: Feature.CHAT, OWN: Feature.NOTIFICATIONS, PROJECT: Feature.COLLABORATION}
    world = world_without(*(set(Feature) - {features[parse_room(room)]}))
    ada = world.sign_in("ada")

    world.tell(ada, Join(room=parse_room(room)))

    assert any(isinstance(said, RoomJoined) for said in ada.take())


def test_without_chat_a_project_is_silent_and_without_collaboration_no_caret_moves() -> None:
    world = HubWorld(dev=True, switched_off=frozenset({Feature.COLLABORATION}))
    ada = world.sign_in("ada")
    lab = parse_room("test_1")
    world.tell(ada, Join(room=lab))
    world.tell(ada, MoveCursor(room=lab, position={"line": 1, "ch": 2}))
    without_carets = slugs(ada.take())

    silent = world_without(Feature.CHAT)
    bob = silent.sign_in("bob")
    silent.tell(bob, Join(room=PROJECT))
    silent.tell(bob, PostMessage(room=PROJECT, message="hello"))

    assert without_carets == ["feature_disabled"]
    assert slugs(bob.take()) == ["feature_disabled"]


@pytest.mark.parametrize(
    "frame",
    [
        frames.sync_step1(NOTES, b"\x00"),
        frames.sync_step1(parse_document("chat_general/pad"), b"\x00"),
    ],
)
def test_without_collaboration_no_document_opens(frame: bytes) -> None:
    world = world_without(Feature.COLLABORATION)
    ada = world.sign_in("ada")

    world.send(ada, frame)

    said = ada.take()
    assert slugs(said) == ["feature_disabled"]
    assert [denied.reason for denied in said if isinstance(denied, frames.AuthDenied)] == [
        "feature_disabled"
    ]


def test_a_stock_client_is_told_and_stays_away() -> None:
    world = world_without(Feature.COLLABORATION)

    ada = world.arrive("ada")

    assert ada.close_code == CloseCode.YJS_FORBIDDEN


def test_a_back_end_is_refused_what_is_switched_off() -> None:
    world = world_without(Feature.NOTIFICATIONS)

    world.hub.publish("t", Publication(room=OWN, message="x"), world.now_s, world.unix_s)

    effects = world.hub.take_effects()
    assert effects == [Published("t", OWN, ErrorCode.FEATURE_DISABLED)]
