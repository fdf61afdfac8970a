import asyncio
from dataclasses import dataclass, field

import pytest

from collab_server.transport.turn import MESSAGES_A_SHARE, MESSAGES_A_TURN, Turn


@dataclass
class Reader:
    """Has so many messages, and waits in line for what a share does not cover."""

    name: str
    waiting: int
    turn: Turn
    log: list[tuple[str, int]]

    def read_some(self, most: int) -> int:
        read = min(most, self.waiting)
        self.waiting -= read
        self.log.append((self.name, read))
        if self.waiting:
            self.turn.wait(self)
        return read


@dataclass
class Writer:
    log: list[tuple[str, int]]

    def flush(self) -> None:
        self.log.append(("write", 0))


@dataclass
class Scene:
    log: list[tuple[str, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.turn = Turn(asyncio.get_running_loop(), after_reading=self._after_reading)
        self.writer = Writer(self.log)

    def _after_reading(self) -> None:
        self.log.append(("effects", 0))
        self.turn.write_at_end(self.writer)

    def reader(self, name: str, waiting: int) -> Reader:
        return Reader(name, waiting, self.turn, self.log)


@pytest.fixture
async def scene() -> Scene:
    return Scene()


async def test_a_reader_reads_at_once_and_what_it_caused_is_written_at_the_end(
    scene: Scene,
) -> None:
    scene.turn.read(scene.reader("ada", 3))
    at_once = scene.log.copy()
    await asyncio.sleep(0)

    assert at_once == [("ada", 3)]
    assert scene.log == [*at_once, ("effects", 0), ("write", 0)]


async def test_what_several_readers_cause_in_a_turn_is_written_after_all_of_them(
    scene: Scene,
) -> None:
    scene.turn.read(scene.reader("ada", 1))
    scene.turn.read(scene.reader("grace", 1))
    await asyncio.sleep(0)

    assert [name for name, _ in scene.log] == ["ada", "grace", "effects", "write"]


async def test_what_follows_from_an_answer_is_written_at_once(scene: Scene) -> None:
    scene.turn.take(lambda: scene.turn.write_at_end(scene.writer))
    at_once = scene.log.copy()
    await asyncio.sleep(0)

    assert at_once == scene.log == [("effects", 0), ("write", 0), ("write", 0)]


async def test_an_answer_within_a_turn_is_part_of_it(scene: Scene) -> None:
    scene.turn.read(scene.reader("ada", 1))
    scene.turn.take(lambda: scene.log.append(("answer", 0)))
    await asyncio.sleep(0)

    assert [name for name, _ in scene.log] == ["ada", "answer", "effects", "write"]


async def test_an_answer_that_breaks_leaves_the_turn_whole(scene: Scene) -> None:
    def broken() -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        scene.turn.take(broken)
    scene.turn.read(scene.reader("ada", 1))
    await asyncio.sleep(0)

    assert [name for name, _ in scene.log] == ["effects", "write", "ada", "effects", "write"]


async def test_a_flood_is_read_in_shares_beside_a_reader_with_little(scene: Scene) -> None:
    scene.turn.read(scene.reader("flood", 10 * MESSAGES_A_TURN))
    scene.turn.read(scene.reader("ada", 1))
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    readers = [entry for entry in scene.log if entry[0] in {"flood", "ada"}]
    assert readers[:3] == [("flood", MESSAGES_A_SHARE), ("flood", MESSAGES_A_SHARE), ("ada", 1)]


async def test_between_two_writes_no_more_than_a_turn_of_messages_is_read(scene: Scene) -> None:
    for number in range(8):
        scene.turn.read(scene.reader(str(number), MESSAGES_A_TURN))
    before_the_first_write = sum(read for _, read in scene.log)
    for _ in range(20):
        await asyncio.sleep(0)

    assert before_the_first_write <= MESSAGES_A_TURN
    assert _most_between_writes(scene.log) <= MESSAGES_A_TURN
    assert sum(read for _, read in scene.log) == 8 * MESSAGES_A_TURN


async def test_readers_that_wait_for_nothing_do_not_hold_up_the_loop(scene: Scene) -> None:
    class Idle:
        def read_some(self, most: int) -> int:
            scene.turn.wait(self)
            return 0

    scene.turn.wait(Idle())

    async with asyncio.timeout(5):
        await asyncio.sleep(0)
        await asyncio.sleep(0)


def _most_between_writes(log: list[tuple[str, int]]) -> int:
    sums = [0]
    for name, read in log:
        if name == "write":
            sums.append(0)
        else:
            sums[-1] += read
    return max(sums)
