"""What was asked for is not told to who has lost the right while the answer waited."""

from pathlib import Path

from collab_server.protocol import documents as frames
from collab_server.protocol.names import room_of
from tests.eventually import eventually
from tests.integration.server.shell import NOTES, Scene, messages_of, open_notes, running_shell
from tests.support.hub_world import decoded
from tests.support.writer import Writer
from tests.unit.collab_server.transport.peer import Peer, binary

PIECES = 12
PIECE = "x" * 250_000  # all of them are more than half an outbox


async def write(scene: Scene, peer: Peer, update: bytes) -> None:
    await peer.say(binary(frames.sync_update(NOTES, update)))
    await eventually(lambda: scene.hub.is_settled)
    await peer.end_turns()


async def test_who_is_kicked_out_amid_a_long_answer_is_not_told_what_came_later(
    tmp_path: Path,
) -> None:
    text = Writer()
    async with running_shell(tmp_path) as scene:
        ada, bob = await scene.peer("ada"), await scene.peer("bob")
        assert await open_notes(ada)
        for _ in range(PIECES):
            await write(scene, ada, text.insert(0, PIECE))
        assert await open_notes(bob)

        bob.transport.stop_reading()
        question = binary(frames.sync_step1(NOTES, b"\x00"))
        await bob.say(question, question)  # the second answer waits until the first is written
        scene.hub.operators.kick(room_of(NOTES), "bob", 0.0)
        scene.pump.perform()
        await write(scene, ada, text.insert(0, "not for bob"))
        bob.transport.read_everything()
        await bob.end_turns()

        told = [decoded(said) for said in messages_of(bob)]
    answers = [each for each in told if isinstance(each, frames.Sync)]
    assert len(answers) == 2  # the first, and the question behind it
    assert "not for bob" not in repr(answers)
