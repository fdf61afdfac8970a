import asyncio

import pytest

from collab_server.transport.outbox import SLICE_BYTES, Outbox
from collab_server.transport.turn import Turn
from tests.unit.collab_server.transport.fake_transport import FakeTransport

LIMIT = 8 * SLICE_BYTES


class Line:
    """An outbox with its transport, in a loop of its own turn."""

    def __init__(self) -> None:
        self.transport = FakeTransport()
        self.heard: list[str] = []
        self.turn = Turn(asyncio.get_running_loop(), after_reading=lambda: None)
        self.outbox = Outbox(self.transport, self.turn, limit_bytes=LIMIT, listener=self)
        self.transport.set_protocol(_Writer(self.outbox))

    def fell_behind(self) -> None:
        self.heard.append("behind")

    def caught_up(self) -> None:
        self.heard.append("caught up")

    def overflowed(self) -> None:
        self.heard.append("overflow")

    @property
    def overflows(self) -> int:
        return self.heard.count("overflow")

    async def end_turn(self) -> None:
        await asyncio.sleep(0)


class _Writer(asyncio.Protocol):
    def __init__(self, outbox: Outbox) -> None:
        self.pause_writing = outbox.pause
        self.resume_writing = outbox.resume


@pytest.fixture
async def line() -> Line:
    return Line()


async def test_the_frames_of_a_turn_are_written_once_and_in_order(line: Line) -> None:
    line.outbox.put(b"one ")
    line.outbox.put(b"two ", is_ephemeral=True)
    line.outbox.put(b"three")
    await line.end_turn()

    assert line.transport.writes == [b"one two three"]


async def test_nothing_is_written_before_the_turn_ends(line: Line) -> None:
    line.outbox.put(b"frame")

    assert line.transport.writes == []


async def test_a_frame_alone_is_written_as_it_is_without_a_copy(line: Line) -> None:
    written: list[object] = []
    line.transport.write = written.append  # pyright: ignore[reportAttributeAccessIssue]
    frame = b"frame" * 1000

    line.outbox.put(frame)
    await line.end_turn()

    assert written[0] is frame


async def test_a_reader_that_is_full_gets_the_rest_when_it_has_read(line: Line) -> None:
    line.transport.stop_reading()
    frames = [bytes([number]) * SLICE_BYTES for number in range(4)]
    for frame in frames:
        line.outbox.put(frame)
    await line.end_turn()
    before = len(line.transport.written)

    line.transport.read_everything()

    assert before == 2 * SLICE_BYTES
    assert line.transport.written == b"".join(frames)


async def test_of_who_reads_too_slowly_ephemeral_frames_are_shed_first(line: Line) -> None:
    line.transport.stop_reading()
    line.outbox.put(b"x" * 3 * SLICE_BYTES)
    await line.end_turn()
    line.outbox.put(b"c" * 4 * SLICE_BYTES, is_ephemeral=True)
    line.outbox.put(b"d" * 3 * SLICE_BYTES)
    line.transport.read_everything()

    assert line.overflows == 0
    assert line.transport.written == b"x" * 3 * SLICE_BYTES + b"d" * 3 * SLICE_BYTES


async def test_an_ephemeral_frame_without_room_is_dropped_and_closes_nobody(line: Line) -> None:
    line.transport.stop_reading()
    line.outbox.put(b"x" * 5 * SLICE_BYTES)
    await line.end_turn()
    line.outbox.put(b"c" * 4 * SLICE_BYTES, is_ephemeral=True)

    line.transport.read_everything()

    assert line.overflows == 0
    assert line.transport.written == b"x" * 5 * SLICE_BYTES


async def test_over_the_limit_the_connection_is_given_up(line: Line) -> None:
    line.transport.stop_reading()
    line.outbox.put(b"x" * 5 * SLICE_BYTES)
    await line.end_turn()

    line.outbox.put(b"y" * 4 * SLICE_BYTES)

    assert line.overflows == 1


async def test_what_the_transport_buffers_counts_too(line: Line) -> None:
    line.transport.stop_reading()
    line.outbox.put(b"x" * 2 * SLICE_BYTES)
    await line.end_turn()
    line.outbox.put(b"y" * 3 * SLICE_BYTES)

    line.outbox.put(b"z" * (3 * SLICE_BYTES + 1))

    assert line.outbox.is_congested
    assert line.overflows == 1


async def test_a_frame_over_the_limit_reaches_who_had_read_everything(line: Line) -> None:
    document = bytes(range(256)) * (3 * LIMIT // 256)

    line.outbox.put(document)
    line.outbox.put(b"and an update")
    await line.end_turn()

    assert line.overflows == 0
    assert line.transport.written == document + b"and an update"


async def test_behind_a_frame_over_the_limit_only_the_limit_may_wait(line: Line) -> None:
    line.transport.stop_reading()
    line.outbox.put(b"x" * 3 * LIMIT)
    await line.end_turn()
    line.outbox.put(b"y" * (LIMIT // 2))

    line.outbox.put(b"z" * LIMIT)

    assert line.overflows == 1


async def test_the_limit_is_the_usual_one_again_when_everything_is_written(line: Line) -> None:
    line.outbox.put(b"x" * 3 * LIMIT)
    await line.end_turn()
    line.transport.stop_reading()
    line.outbox.put(b"y" * 5 * SLICE_BYTES)
    await line.end_turn()

    line.outbox.put(b"z" * 4 * SLICE_BYTES)

    assert line.overflows == 1


async def test_a_frame_written_in_part_is_completed_before_the_last_one(line: Line) -> None:
    line.transport.stop_reading()
    line.outbox.put(b"x" * 4 * SLICE_BYTES)
    line.outbox.put(b"y" * SLICE_BYTES)
    await line.end_turn()

    line.outbox.seal(b"goodbye", at_once=True)
    line.transport.read_everything()

    assert line.transport.written == b"x" * 4 * SLICE_BYTES + b"goodbye"


async def test_an_ephemeral_frame_written_in_part_is_not_shed(line: Line) -> None:
    line.transport.stop_reading()
    line.outbox.put(b"c" * 4 * SLICE_BYTES, is_ephemeral=True)
    await line.end_turn()
    line.outbox.put(b"d", is_ephemeral=True)
    line.outbox.put(b"y" * 3 * SLICE_BYTES)
    line.transport.read_everything()

    assert line.heard == ["behind", "caught up"]
    assert line.transport.written == b"c" * 4 * SLICE_BYTES + b"y" * 3 * SLICE_BYTES


async def test_at_a_quarter_of_the_limit_it_falls_behind_and_written_it_has_caught_up(
    line: Line,
) -> None:
    line.transport.stop_reading()
    line.outbox.put(b"x" * SLICE_BYTES)
    line.outbox.put(b"y" * SLICE_BYTES)
    await line.end_turn()
    before = list(line.heard)
    for _ in range(3):
        line.outbox.put(b"z" * SLICE_BYTES)
    behind = list(line.heard)

    line.transport.read_everything()

    assert (before, behind) == ([], ["behind"])
    assert line.heard == ["behind", "caught up"]


async def test_behind_nothing_ephemeral_is_taken_and_then_it_is_again(line: Line) -> None:
    line.transport.stop_reading()
    for frame in (b"x", b"y", b"z", b"a", b"b"):
        line.outbox.put(frame * SLICE_BYTES)
    await line.end_turn()
    line.outbox.put(b"old caret", is_ephemeral=True)
    line.transport.read_everything()

    line.outbox.put(b"new caret", is_ephemeral=True)
    await line.end_turn()

    assert b"old caret" not in line.transport.written
    assert line.transport.written.endswith(b"new caret")


async def test_behind_a_frame_over_the_limit_a_quarter_may_wait_as_well(line: Line) -> None:
    line.transport.stop_reading()
    line.outbox.put(b"x" * 3 * LIMIT)
    line.outbox.put(b"y" * 2 * SLICE_BYTES)
    before = list(line.heard)

    line.outbox.put(b"z")

    assert (before, line.heard) == ([], ["behind"])


async def test_a_large_body_is_written_behind_its_head_and_never_copied(line: Line) -> None:
    body = bytes(range(256)) * 1024
    line.transport.stop_reading()

    line.outbox.put(b"head", body=body)
    line.outbox.put(b"next")
    await line.end_turn()
    waiting_bytes = line.outbox.waiting_bytes
    line.transport.read_everything()

    assert waiting_bytes < len(body) + 8
    assert line.transport.written == b"head" + body + b"next"


async def test_a_body_whose_head_was_written_is_completed_before_the_last_frame(
    line: Line,
) -> None:
    line.transport.stop_reading()
    line.outbox.put(b"x" * SLICE_BYTES)
    line.outbox.put(b"head", body=b"b" * 3 * SLICE_BYTES)
    await line.end_turn()

    line.outbox.seal(b"goodbye", at_once=True)
    line.transport.read_everything()

    assert line.transport.written == (
        b"x" * SLICE_BYTES + b"head" + b"b" * 3 * SLICE_BYTES + b"goodbye"
    )


async def test_a_body_whose_head_waits_is_dropped_with_it(line: Line) -> None:
    line.transport.stop_reading()
    line.outbox.put(b"x" * 2 * SLICE_BYTES)
    line.outbox.put(b"head", body=b"b" * 3 * SLICE_BYTES)
    await line.end_turn()

    line.outbox.seal(b"goodbye", at_once=True)
    line.transport.read_everything()

    assert line.transport.written == b"x" * 2 * SLICE_BYTES + b"goodbye"


async def test_who_was_closed_never_catches_up(line: Line) -> None:
    line.transport.stop_reading()
    line.outbox.put(b"x" * 3 * SLICE_BYTES)
    line.outbox.put(b"x" * 3 * SLICE_BYTES)
    await line.end_turn()

    line.outbox.seal(b"goodbye")
    line.transport.read_everything()

    assert line.heard == ["behind"]


async def test_sealed_it_writes_what_waits_and_takes_nothing_more(line: Line) -> None:
    line.outbox.put(b"before ")

    line.outbox.seal(b"goodbye")
    line.outbox.put(b"after")
    await line.end_turn()

    assert line.transport.written == b"before goodbye"


async def test_at_the_end_the_transport_closes_only_when_everything_is_written(line: Line) -> None:
    line.transport.stop_reading()
    line.outbox.put(b"x" * 4 * SLICE_BYTES)
    line.outbox.end()
    was_closing = line.transport.is_closing()

    line.transport.read_everything()

    assert not was_closing
    assert line.transport.is_closing()


async def test_half_an_end_leaves_the_transport_open_for_reading(line: Line) -> None:
    line.outbox.put(b"goodbye")

    line.outbox.end(half=True)

    assert line.transport.written == b"goodbye"
    assert line.transport.has_written_eof
    assert not line.transport.is_closing()


async def test_into_a_closing_transport_nothing_is_written_or_kept(line: Line) -> None:
    line.transport.close()

    line.outbox.put(b"x" * SLICE_BYTES)
    await line.end_turn()

    assert line.transport.writes == []
    assert not line.outbox.is_congested


async def test_who_takes_nothing_for_long_enough_is_stalled(line: Line) -> None:
    line.transport.stop_reading()
    line.outbox.put(b"x" * SLICE_BYTES)
    await line.end_turn()

    found = [line.outbox.is_stalled(now_s, 20.0, 100.0) for now_s in (100.0, 119.9, 120.0)]

    assert found == [False, False, True]


async def test_who_takes_a_little_is_not_stalled(line: Line) -> None:
    line.transport.stop_reading()
    line.outbox.put(b"x" * SLICE_BYTES)
    await line.end_turn()
    first = line.outbox.is_stalled(100.0, 20.0, 100.0)

    line.transport.take(1)

    assert not first
    assert not line.outbox.is_stalled(120.0, 20.0, 100.0)
    assert not line.outbox.is_stalled(139.9, 20.0, 100.0)


async def test_who_has_read_everything_is_never_stalled(line: Line) -> None:
    line.outbox.put(b"x")
    await line.end_turn()

    assert not line.outbox.is_stalled(100.0, 20.0, 100.0)
    assert not line.outbox.is_stalled(1000.0, 20.0, 100.0)


@pytest.mark.parametrize(("a_time", "is_too_slow"), [(1, True), (1899, True), (1901, False)])
async def test_who_takes_a_little_each_time_and_never_all_is_too_slow(
    line: Line, a_time: int, is_too_slow: bool
) -> None:
    line.transport.stop_reading()
    line.outbox.put(b"x" * SLICE_BYTES)
    await line.end_turn()
    found: list[bool] = []
    for now_s in (100.0, 119.0, 138.0, 157.0, 176.0):
        found.append(line.outbox.is_stalled(now_s, 20.0, 100.0))
        line.transport.take(a_time)

    assert found == [False, False, False, False, is_too_slow]


async def test_a_pace_is_measured_anew_once_everything_was_taken(line: Line) -> None:
    line.transport.stop_reading()
    line.outbox.put(b"x" * 1000)
    await line.end_turn()
    found = [line.outbox.is_stalled(100.0, 20.0, 1e9)]
    line.transport.take(1000)
    found.append(line.outbox.is_stalled(119.0, 20.0, 1e9))
    line.outbox.put(b"x" * 1000)
    await line.end_turn()
    for now_s in (138.0, 157.0, 176.0, 195.0):
        found.append(line.outbox.is_stalled(now_s, 20.0, 1e9))
        line.transport.take(1)

    assert found == [False, False, False, False, False, False]
    assert line.outbox.is_stalled(214.0, 20.0, 1e9)
