"""What is asked for in rooms, and its answers."""

from app.collab.room_desk import CONNECTION_LOST
from app.collab.session_effects import (
    Answered,
    InvitationMade,
    RequestFailed,
    RoomMade,
)
from collab_server.protocol import events, version_events
from collab_server.protocol.errors import ErrorCode
from collab_server.protocol.names import DocumentName
from tests.unit.app.collab.room_world import ROOM, Desk

DOCUMENT = DocumentName("codexpro_project_1/f/one")


def test_a_request_is_answered_by_its_number() -> None:
    world = Desk()
    room, link = (
        world.desk.create_room(),
        world.desk.invite(ROOM, perm="rw", ttl_s=60, max_uses=1),
    )
    sent = world.sent()

    world.hear(events.Invited(url="codexpro://x", code="c", expires_at=1, re=link))
    world.hear(events.RoomCreated(room=ROOM, perm="rwhmo", re=room))

    assert sent == [
        events.RoomCreate(id=room),
        events.Invite(room=ROOM, perm="rw", ttl_s=60, max_uses=1, id=link),
    ]
    assert world.take() == [InvitationMade(link, "codexpro://x"), RoomMade(room, ROOM)]


def test_a_refused_request_fails_with_its_reason() -> None:
    world = Desk()
    request = world.desk.create_room()
    world.take()

    world.hear(events.error_event(ErrorCode.PERMISSION_DENIED, re=request))

    assert world.take() == [RequestFailed(request, "permission_denied")]


def test_an_answer_to_nothing_is_ignored() -> None:
    world = Desk()
    request = world.desk.create_room()
    answer = events.RoomCreated(room=ROOM, perm="rwhmo", re=request)
    world.hear(answer)
    world.take()

    world.hear(answer)
    world.hear(events.RoomCreated(room=ROOM, perm="rwhmo", re="other"))
    world.hear(events.error_event(ErrorCode.INTERNAL, re=99))

    assert world.take() == []


def test_a_lost_connection_fails_what_was_asked() -> None:
    world = Desk()
    first, second = world.desk.create_room(), world.desk.create_room()
    world.take()

    world.desk.link_down()

    assert world.take() == [
        RequestFailed(first, CONNECTION_LOST),
        RequestFailed(second, CONNECTION_LOST),
    ]


def test_without_a_connection_a_request_fails_at_once() -> None:
    world = Desk(is_up=False)

    assert world.take() == []
    assert [RequestFailed(world.desk.create_room(), CONNECTION_LOST)] == world.take()


def test_a_link_is_a_secret_in_logs() -> None:
    assert "codexpro" not in repr(InvitationMade(1, "codexpro://join/x"))


def test_a_question_about_the_past_is_answered_by_its_own_event_only() -> None:
    world = Desk()
    request = world.desk.ask(
        version_events.FindVersions(document=DOCUMENT), version_events.VersionsFound
    )
    sent = world.sent()
    answer = version_events.VersionsFound(document=DOCUMENT, versions=(), re=request)

    world.hear(version_events.VersionText(document=DOCUMENT, version=1, text="", re=request))
    world.hear(events.RoomCreated(room=ROOM, perm="rwhmo", re=request))
    too_early = world.take()
    world.hear(answer)
    world.hear(answer)

    assert sent == [version_events.FindVersions(document=DOCUMENT, id=request)]
    assert too_early == []
    assert world.take() == [Answered(request, answer)]


def test_a_question_about_the_past_is_given_up_with_the_connection() -> None:
    world = Desk()
    request = world.desk.ask(
        version_events.ReadVersion(document=DOCUMENT, version=3), version_events.VersionText
    )
    world.sent()

    world.desk.link_down()

    assert RequestFailed(request, CONNECTION_LOST) in world.take()
