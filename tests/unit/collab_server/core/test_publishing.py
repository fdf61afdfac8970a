"""What back-ends say to rooms: stored once, told with nobody as its author, shown to its owner."""

import pytest

from collab_server.core.chat import PUBLISHED_BYTES, Publication
from collab_server.core.chat_line import EVENTS_A_BATCH, MAX_PUBLISHED
from collab_server.core.room_effects import Published, StoreEvents
from collab_server.protocol.errors import ErrorCode
from collab_server.protocol.events import Gap, Join, RoomJoined
from collab_server.protocol.names import RoomId, parse_room
from collab_server.protocol.room_events import MessagePosted, PostMessage
from tests.support.hub_world import HubWorld
from tests.unit.collab_server.core.members import all_of, joined, member, slug, the

NOTICES = parse_room("notifications_42")
JOB = parse_room("ocr_job_1")
DOWNLOADED = {"type": "file_downloaded", "file_id": 7, "filename": "a.pdf", "count": 3}


def publish(
    world: HubWorld,
    room: RoomId = NOTICES,
    message: object = DOWNLOADED,
    *,
    key: str | None = None,
    owner: str | None = None,
) -> Published:
    said = Publication(room=room, message=message, key=key, owner=owner)
    world.hub.publish("ticket", said, world.now_s, world.unix_s)
    world.run()
    return world.published[-1]


def test_every_device_of_the_user_hears_a_notice_from_nobody() -> None:
    world = HubWorld()
    devices = [member(world, name, "42", NOTICES) for name in ("phone", "laptop")]

    published = publish(world)

    assert (published.ticket, published.error) == ("ticket", None)
    assert (published.offset, published.message_id, published.listeners) == (1, 1, 2)
    assert published.epoch
    for device in devices:
        (frame,) = device.inbox
        assert isinstance(frame, str)
        assert frame.startswith(
            '{"type":"message","user_id":null,"client_id":null,"message":{"type"'
        )
        notice = the(MessagePosted, device)
        assert (notice.room, notice.offset) == (NOTICES, 1)


def test_a_notice_for_somebody_who_is_away_waits() -> None:
    world = HubWorld()
    publish(world)
    publish(world)

    reply = joined(world, world.sign_in("ada", "42"), NOTICES, history=5)

    assert (reply.unread, len(reply.events or ())) == (2, 2)


def test_the_same_key_again_is_the_same_message() -> None:
    world = HubWorld()
    ada = member(world, "ada", "42", NOTICES)
    first = publish(world, key="k")

    again = publish(world, key="k")
    other_room = publish(world, parse_room("notifications_43"), key="k")

    assert (again.offset, again.is_duplicate, again.listeners) == (first.offset, True, 0)
    assert not other_room.is_duplicate
    assert len(all_of(MessagePosted, ada)) == 1


def test_a_store_that_refuses_is_said() -> None:
    world = HubWorld()
    world.withholds |= {StoreEvents}
    said = Publication(room=NOTICES, message=1)
    world.hub.publish("ticket", said, world.now_s, world.unix_s)
    world.pump()

    world.refuse()

    assert world.published == [Published("ticket", NOTICES, ErrorCode.UNAVAILABLE)]


@pytest.mark.parametrize(
    ("room", "message", "code"),
    [
        ("nowhere", 1, ErrorCode.INVALID_ROOM),
        (NOTICES, "x" * PUBLISHED_BYTES, ErrorCode.TOO_LARGE),
        (NOTICES, "\ud800", ErrorCode.BAD_REQUEST),
    ],
)
def test_what_cannot_be_said_is_refused(room: str, message: object, code: ErrorCode) -> None:
    world = HubWorld()

    assert publish(world, parse_room(room), message).error is code


def test_a_room_that_keeps_nothing_is_told_at_once() -> None:
    world = HubWorld(dev=True)
    room = parse_room("room_1")
    ada = member(world, "ada", None, room)

    published = publish(world, room)

    assert published == Published("ticket", room, listeners=1)
    assert the(MessagePosted, ada).user_id is None


def test_a_room_that_keeps_nothing_and_in_which_nobody_is_tells_nobody() -> None:
    world = HubWorld(dev=True)

    assert publish(world, parse_room("room_1")).listeners == 0


def test_the_owner_of_a_job_may_see_it_also_when_refused_just_before() -> None:
    world = HubWorld()
    ada, eve = world.sign_in("ada", "42"), world.sign_in("eve")
    world.tell(ada, Join(room=JOB))
    before = slug(ada)
    publish(world, JOB, {"progress": 1}, owner="42")
    publish(world, JOB, {"progress": 2}, owner="42")

    for peer in (ada, eve):
        world.tell(peer, Join(room=JOB))

    reply, last = ada.take()
    assert before == "permission_denied"
    assert isinstance(reply, RoomJoined)
    assert reply.perm == "rh"
    assert isinstance(last, MessagePosted)
    assert slug(eve) == "permission_denied"
    assert world.store.rooms.database.execute("SELECT * FROM room_grants").fetchall()[0][:3] == (
        JOB,
        "42",
        "rh",
    )


def test_only_so_many_owners_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collab_server.core.rights.SHOWN", 1)
    world = HubWorld()
    ada = world.sign_in("ada", "42")
    for room in (JOB, parse_room("ocr_job_2"), JOB):
        publish(world, room, 1, owner="42")

    assert joined(world, ada, JOB).perm == "rh"


def test_where_only_back_ends_speak_people_hear_that_something_may_be_lost() -> None:
    world = HubWorld()
    ada, bob = member(world, "ada", "42", NOTICES), member(world, "bob")
    world.disconnect(member(world, "gone", "7", parse_room("user_7")))

    concerned = world.hub.operators.publications_lost()
    world.run()

    assert concerned == 1
    assert ada.take() == [Gap(room=NOTICES)]
    assert bob.take() == []


def test_a_flood_of_a_back_end_does_not_delay_who_speaks_elsewhere() -> None:
    world = HubWorld()
    ada, bob = member(world, "ada"), member(world, "bob")
    world.withholds |= {StoreEvents}
    for number in range(MAX_PUBLISHED + EVENTS_A_BATCH + 7):
        said = Publication(room=NOTICES, message=number)
        world.hub.publish(str(number), said, world.now_s, world.unix_s)
        world.run()
    refused = [published.ticket for published in world.published]

    post_event = PostMessage(room=parse_room("chat_general"), message="hello", id=1)
    world.tell(ada, post_event)
    world.answer()  # the first batch, which was under way
    before = all_of(MessagePosted, bob)
    world.answer()

    full = MAX_PUBLISHED + 1  # the first was on its way before the line began
    assert refused == [str(number) for number in range(full, full + EVENTS_A_BATCH + 6)]
    assert before == []
    assert the(MessagePosted, bob).offset == 1
