"""Versions over the socket: made, named, read, compared and restored, by a real server."""

from pathlib import Path

from collab_server.protocol import documents as frames
from collab_server.protocol.events import Error
from collab_server.protocol.names import parse_document
from collab_server.protocol.sync import SyncUpdate
from collab_server.protocol.version_events import (
    AuthorsFound,
    CompareVersions,
    FindAuthors,
    FindVersions,
    LineChange,
    NameVersion,
    ReadVersion,
    RestoreVersion,
    VersionNamed,
    VersionRestored,
    VersionsCompared,
    VersionsFound,
    VersionText,
)
from tests.support.server_process import running_server
from tests.support.wire_client import wire_client
from tests.support.writer import Writer

NOTES = parse_document("codexpro_project_7/f/notes")
FIRST = "one\ntwo 😀\nthree\n"


async def test_a_text_is_named_changed_compared_and_restored(folder: Path) -> None:
    ada, bob = Writer(), Writer()
    with running_server(folder) as server:
        async with (
            wire_client(server.url, server.token("ada")) as hers,
            wire_client(server.url, server.token("bob")) as his,
        ):
            await hers.open(NOTES)
            await his.open(NOTES)
            await hers.write(NOTES, ada.insert(0, FIRST))
            await hers.say(NameVersion(document=NOTES, name="First", id=1))
            named = await hers.hear(VersionNamed)
            await hers.write(NOTES, ada.delete(0, 4))
            await hers.say(CompareVersions(document=NOTES, version=named.version))
            compared = await hers.hear(VersionsCompared)
            await his.say(RestoreVersion(document=NOTES, version=named.version, id=2))
            restored = await his.hear(VersionRestored)
            await his.say(FindVersions(document=NOTES))
            found = await his.hear(VersionsFound)
            regretted = found.versions[0]
            await his.say(ReadVersion(document=NOTES, version=regretted.version))
            before = await his.hear(VersionText)
            await his.say(ReadVersion(document=NOTES, version=9999, id=3))
            error = await his.hear(Error)
            while not isinstance((sync := await hers.hear(frames.Sync)).message, SyncUpdate):
                pass  # the server's question
            ada.apply(sync.message.update)
        async with wire_client(server.url, server.token("cid")) as client:
            bob.apply(await client.open(NOTES))

    assert compared.changes == (LineChange(line=1, removed="one\n", added=""),)
    assert (restored.changed, restored.re) == (True, 2)
    assert ada.text == bob.text == FIRST
    assert [version.name for version in found.versions] == [None, "First"]
    assert regretted.made_by == "bob"
    assert before.text == "two 😀\nthree\n"
    assert (error.slug, error.re) == ("bad_request", 3)


async def test_who_wrote_what_is_told_also_after_a_restart(folder: Path) -> None:
    ada, bob = Writer(), Writer()
    asked = FindAuthors(document=NOTES, id=4)
    with running_server(folder) as server:
        async with (
            wire_client(server.url, server.token("7")) as hers,
            wire_client(server.url, server.token("bob")) as his,
        ):
            await hers.open(NOTES)
            first = ada.insert(0, "one 😀 three")
            await hers.write(NOTES, first)
            bob.apply(await his.open(NOTES))
            await his.write(NOTES, bob.insert(4, "two "))
            await his.say(asked)
            found = await his.hear(AuthorsFound)
    with running_server(folder) as server:
        async with wire_client(server.url, server.token("cid")) as client:
            await client.say(asked)
            again = await client.hear(AuthorsFound)

    assert (found.re, found.length, found.at, found.next) == (4, 16, 0, None)
    assert found.users == (7, "bob")
    assert found.runs == ((4, 0), (4, 1), (8, 0))
    assert again == found
