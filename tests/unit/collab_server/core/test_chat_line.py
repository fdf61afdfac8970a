"""What waits for the store: people and back-ends take turns, and each line has a bound."""

from collab_server.core import chat_line
from collab_server.core.chat_line import (
    BYTES_A_BATCH,
    EVENTS_A_BATCH,
    MAX_PUBLISHED,
    MAX_PUBLISHED_BYTES,
    MAX_WAITING,
    ChatLine,
    Waiting,
)
from collab_server.protocol.names import parse_room
from collab_server.protocol.room_facts import NewEvent

ROOM = parse_room("chat_general")


def said(number: int, *, size_bytes: int = 0) -> Waiting:
    message = str(number).encode().ljust(size_bytes)
    return Waiting(NewEvent(kind="message", room=ROOM, user_id="7", at_ms=0, message=message))


def published(number: int, *, size_bytes: int = 0) -> Waiting:
    return Waiting(said(number, size_bytes=size_bytes).event, ticket="ticket")


def numbers(batch: tuple[Waiting, ...]) -> list[int]:
    return [int(waiting.event.message) for waiting in batch]


def test_people_and_back_ends_take_turns_and_keep_their_orders() -> None:
    line = ChatLine()
    for number in range(4):
        line.add(published(100 + number))
    for number in range(2):
        line.add(said(number))

    batch = line.take_batch()

    assert numbers(batch) == [0, 100, 1, 101, 102, 103]
    assert not line


def test_who_speaks_amid_a_flood_is_in_the_next_batch() -> None:
    line = ChatLine()
    for number in range(MAX_PUBLISHED):
        line.add(published(100 + number))
    line.take_batch()

    line.add(said(1))
    batch = line.take_batch()

    assert numbers(batch)[0] == 1
    assert len(batch) == EVENTS_A_BATCH


def test_back_ends_are_not_starved_by_people() -> None:
    line = ChatLine()
    for number in range(MAX_WAITING):
        line.add(said(number))
    line.add(published(10**6))

    assert 10**6 in numbers(line.take_batch())


def test_each_line_has_a_bound_of_its_own() -> None:
    line = ChatLine()

    taken = [line.add(published(number)) for number in range(MAX_PUBLISHED + 1)]
    spoken = [line.add(said(number)) for number in range(MAX_WAITING + 1)]

    assert taken == [True] * MAX_PUBLISHED + [False]
    assert spoken == [True] * MAX_WAITING + [False]


def test_what_back_ends_say_is_bounded_in_bytes_until_it_is_taken() -> None:
    line, size_bytes = ChatLine(), 1024 * 1024
    count = MAX_PUBLISHED_BYTES // size_bytes
    taken = [line.add(published(number, size_bytes=size_bytes)) for number in range(count + 1)]

    line.take_batch()

    assert taken == [True] * count + [False]
    assert line.add(published(0, size_bytes=size_bytes))


def test_a_batch_is_bounded_in_bytes_and_never_empty() -> None:
    line, size_bytes = ChatLine(), BYTES_A_BATCH // 2
    line.add(published(1, size_bytes=chat_line.BYTES_A_BATCH + 1))
    for number in range(2, 5):
        line.add(published(number, size_bytes=size_bytes))

    batches = [numbers(line.take_batch()) for _ in range(3)]

    assert batches == [[1], [2, 3], [4]]
