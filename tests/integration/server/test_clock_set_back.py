"""A wall clock that is set back while the server runs: nothing is lost, and orders stay orders."""

import json
import time
from pathlib import Path

from collab_server.protocol.events import Auth, AuthSuccess, Error, Join, RoomJoined
from collab_server.protocol.names import parse_document, parse_room
from collab_server.protocol.room_events import Ack, FindHistory, HistoryPage, PostMessage
from collab_server.protocol.version_events import (
    FindVersions,
    NameVersion,
    VersionNamed,
    VersionsFound,
)
from tests.support import ill_server
from tests.support.server_process import ServerProcess, running_server
from tests.support.wire_client import wire_client
from tests.support.writer import Writer

NOTES = parse_document("codexpro_project_7/f/notes")
GENERAL = parse_room("chat_general")
BACK_S = 7200


def set_back(server: ServerProcess) -> None:
    """Let it be two hours earlier."""
    new = server.folder / "clock.new"
    new.write_text(str(-BACK_S))
    new.rename(server.folder / ill_server.CLOCK)


async def test_what_is_written_said_and_kept_stays_in_its_order(folder: Path) -> None:
    ada, reader = Writer(), Writer()
    with running_server(folder, program=(ill_server.__file__, str(folder))) as server:
        async with wire_client(server.url, server.token("ada")) as hers:
            await hers.open(NOTES)
            await hers.say(Join(room=GENERAL))
            await hers.hear(RoomJoined)
            for number in range(2):
                if number:
                    set_back(server)
                assert await hers.write(NOTES, ada.insert(len(ada.text), f"text {number} "))
                await hers.say(NameVersion(document=NOTES, name=f"Name {number}"))
                await hers.hear(VersionNamed)
                await hers.say(PostMessage(room=GENERAL, message=f"said {number}", id=number))
                await hers.hear(Ack)
            await hers.say(FindVersions(document=NOTES))
            found = await hers.hear(VersionsFound)
            await hers.say(FindHistory(room=GENERAL, limit=10))
            page = await hers.hear(HistoryPage)
        server.kill()
        server.restart()
        now_s = int(time.time()) - BACK_S
        token = server.token("bob", issued_at_s=now_s, expires_at_s=now_s + 60)
        async with wire_client(server.url, token) as his:
            reader.apply(await his.open(NOTES))
            assert await his.write(NOTES, reader.insert(0, "bob "))
            await his.say(Join(room=GENERAL, history=10))
            joined = await his.hear(RoomJoined)

    said = [json.loads(bytes(message)) for message in page.messages]
    assert [version.name for version in found.versions] == ["Name 1", "Name 0"]
    newer, older = found.versions
    assert newer.created_at < older.created_at
    assert newer.seq > older.seq
    assert [(message["offset"], message["message"]) for message in said] == [
        (1, "said 0"),
        (2, "said 1"),
    ]
    assert reader.text == "bob text 0 text 1 "
    assert joined.offset == 2


async def test_a_token_of_the_present_opens_and_one_of_the_future_does_not_yet(
    folder: Path,
) -> None:
    with running_server(folder, program=(ill_server.__file__, str(folder))) as server:
        before = server.token("ada")
        async with wire_client(server.url, before) as hers:
            await hers.open(NOTES)
            set_back(server)
            now_s = int(time.time()) - BACK_S
            present = server.token("bob", issued_at_s=now_s, expires_at_s=now_s + 60)
            over = server.token("cid", issued_at_s=now_s - 120, expires_at_s=now_s - 60)
            answers: list[object] = []
            for token in (present, server.token("eve"), over):
                async with wire_client(server.url) as client:
                    await client.say(Auth(token=token))
                    answers.append(await client.hear(AuthSuccess if token is present else Error))
            saved = await hers.write(NOTES, Writer().insert(0, "she goes on"))

    assert isinstance(answers[0], AuthSuccess)
    assert [answer.slug for answer in answers[1:] if isinstance(answer, Error)] == [
        "invalid_token",
        "token_expired",
    ]
    assert saved
