"""However long the messages of a room are, a bounded part of them is read at once."""

from collab_server.protocol.names import RoomId, parse_room
from collab_server.protocol.room_facts import BACK_END, NewEvent
from collab_server.storage.store import Store

ROOM = parse_room("notifications_42")
LONG = b'"' + b"x" * 400_000 + b'"'


async def say(store: Store, count: int, message: bytes = LONG, room: RoomId = ROOM) -> None:
    for _ in range(count):
        said = NewEvent(kind="message", room=room, user_id=BACK_END, at_ms=1, message=message)
        await store.rooms.store_events([said], epoch="e")


async def offsets(store: Store, **bounds: int) -> tuple[list[int], bool]:
    place = {"before": None, "after": None} | bounds
    page = await store.rooms.history(ROOM, limit=200, **place)  # pyright: ignore[reportArgumentType]
    return [message.offset for message in page.messages], page.has_more


async def test_a_page_of_long_messages_is_shorter_and_says_that_there_are_more(
    store: Store,
) -> None:
    await say(store, 5)

    assert await offsets(store) == ([4, 5], True)
    assert await offsets(store, before=4) == ([2, 3], True)
    assert await offsets(store, before=2) == ([1], False)
    assert await offsets(store, after=0) == ([1, 2], True)
    assert await offsets(store, after=3) == ([4, 5], False)


async def test_a_message_that_is_too_long_for_a_page_is_a_page_by_itself(store: Store) -> None:
    await say(store, 2, b'"' + b"x" * 1_100_000 + b'"')

    assert await offsets(store) == ([2], True)
    assert await offsets(store, before=2) == ([1], False)


async def test_a_stream_is_opened_with_the_last_of_its_long_messages(store: Store) -> None:
    await say(store, 5)

    stream = await store.rooms.open_stream(ROOM, count=300, epoch="other")

    assert (stream.epoch, stream.top_offset) == ("e", 5)
    assert [event.offset for event in stream.events] == [4, 5]
