"""Coming back to a session: after an outage, as the same person, or to another history."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from app.collab.text_replica import TextReplica
from app.model.connection import LinkPhase
from app.model.kept_text import TextFacts
from app.model.notices import NoticeKind
from app.model.outage import MergeReport, OutageStage
from app.services.chosen_server import ChosenServer
from app.services.collaboration import Collaboration
from app.services.credential_keeper import CredentialKeeper
from app.services.hosting import EmbeddedServer
from app.services.identities import Identities
from app.storage.credentials import KeyringCredentials
from tests.eventually import eventually
from tests.integration.app.conftest import Desk, Someone
from tests.support.keyrings import LosingKeyring, MemoryKeyring
from tests.support.loopback_proxy import LoopbackProxy
from tests.support.server_process import ServerProcess, running_server

TEXT = "def main():\n    print('naïve 😀 e\u0301')\n"
GUEST = TextFacts("main.py", is_guest=True)


class Returning(Someone):
    """Somebody whose ways back are remembered."""

    def __init__(
        self,
        desk: Desk,
        folder: Path,
        keyring: MemoryKeyring,
        hosting: EmbeddedServer | None = None,
    ) -> None:
        super().__init__(desk.tasks, None)
        keeper = CredentialKeeper(open_store=lambda: probed(keyring))
        self.collaboration.deleteLater()
        self.collaboration = Collaboration(
            tasks=desk.tasks, hosting=hosting, identities=Identities(keeper, folder / "identities")
        )
        self.collaboration.notice_raised.connect(self.notices.append)
        self.collaboration.document_opened.connect(self.opened.append)
        self.collaboration.document_closed.connect(self.closed.append)
        self.failed: list[TextReplica] = []
        self.collaboration.resume_failed.connect(self.failed.append)
        desk.people.append(self)


def probed(keyring: MemoryKeyring) -> KeyringCredentials:
    credentials = KeyringCredentials(keyring)
    credentials.probe()
    return credentials


def restored(replica: TextReplica) -> TextReplica:
    """Return what a journal makes of a text whose process is gone."""
    copy = TextReplica()
    copy.is_writable = False
    for update in replica.ledger.history():
        copy.apply([update])
    copy.is_writable = True
    copy.ledger.restore(replica.ledger.pending, epoch=replica.ledger.epoch)
    return copy


async def test_an_outage_is_shown_after_a_while_and_what_came_of_it_is_told(
    desk: Desk, tmp_path: Path
) -> None:
    (tmp_path / "server").mkdir()
    with running_server(tmp_path / "server") as server:
        async with LoopbackProxy(server.port) as way:
            ada = Someone(desk.tasks, ChosenServer(server.url, server.token("ada", name="Ada")))
            grace = desk.guest()
            desk.people.append(ada)
            stages: list[OutageStage] = []
            merged: list[MergeReport] = []
            grace.collaboration.outage_changed.connect(stages.append)
            link = await ada.share(TEXT)
            await grace.join(link.replace(f":{server.port}/", f":{way.port}/"))
            ada.opened[0].move_caret(None)
            grace.opened[0].merged.connect(merged.append)
            await eventually(lambda: grace.is_saved)

            way.is_open = False
            way.cut()
            ada.type(4, "by_ada_")
            grace.type(0, "# by Grace\n")
            await eventually(lambda: stages == [OutageStage.DOT], what="the dot")
            way.is_open = True
            grace.collaboration.retry_now()
            await eventually(lambda: grace.is_saved and ada.text == grace.text)

            assert stages == [OutageStage.DOT, OutageStage.NOTHING]
            assert [report.changes for report in merged] == [1]
            assert grace.text[merged[0].places[0][0] :].startswith("by_ada_")
            way.cut()
            await eventually(lambda: grace.collaboration.link.phase is not LinkPhase.LIVE)
            grace.collaboration.retry_now()
            grace.type(0, "#")
            await eventually(lambda: grace.is_saved and ada.text == grace.text)
            assert stages == [OutageStage.DOT, OutageStage.NOTHING]
            assert len(merged) == 1
            for someone in (grace, ada):
                await someone.collaboration.shutdown()


async def test_a_guest_who_comes_back_by_the_same_link_is_the_same_person(
    desk: Desk, tmp_path: Path
) -> None:
    ada, keyring = desk.host(), MemoryKeyring()
    link = await ada.share(TEXT)
    first = Returning(desk, tmp_path, keyring)
    await first.join(link)
    await first.collaboration.shutdown()

    again = Returning(desk, tmp_path, keyring)
    await again.join(link)
    beside = Returning(desk, tmp_path, keyring)
    await beside.join(link)

    assert again.opened[0].facts.user_id == first.opened[0].facts.user_id
    assert beside.opened[0].facts.user_id != first.opened[0].facts.user_id
    assert again.collaboration.link.phase is LinkPhase.LIVE


async def test_a_text_of_a_process_that_is_gone_goes_on_in_its_session(
    desk: Desk, tmp_path: Path
) -> None:
    ada, keyring = desk.host(), MemoryKeyring()
    first = Returning(desk, tmp_path, keyring)
    await first.join(await ada.share(TEXT))
    await eventually(lambda: first.is_saved)
    desk.hosting.kill()
    first.type(0, "pending 😀 ")
    left = restored(first.replica)
    facts = replace(GUEST, session=first.opened[0].facts)
    await first.collaboration.shutdown()

    second = Returning(desk, tmp_path, keyring)
    second.collaboration.resume([(left, facts)])
    await eventually(lambda: second.opened)
    assert second.text == f"pending 😀 {TEXT}"
    await eventually(lambda: second.is_saved and ada.text == second.text)

    assert ada.text == f"pending 😀 {TEXT}"
    assert not second.opened[0].is_own
    assert second.notices == []


async def test_edits_under_somebody_elses_author_id_become_own_ones_again(
    desk: Desk, tmp_path: Path
) -> None:
    ada, keyring = desk.host(), MemoryKeyring()
    link = await ada.share(TEXT)
    first = Returning(desk, tmp_path, keyring)
    await first.join(link)
    first.type(0, "saved ")
    await eventually(lambda: first.is_saved and ada.text == first.text)
    desk.hosting.kill()
    for number in range(5):
        first.type(0, f"pending{number} 😀 ")
    left, before = restored(first.replica), first.text
    facts = replace(GUEST, session=first.opened[0].facts)
    await first.collaboration.shutdown()
    other = Returning(desk, tmp_path, keyring)
    await other.join(link, "Somebody else")
    await other.collaboration.shutdown()

    second = Returning(desk, tmp_path, keyring)
    second.collaboration.resume([(left, facts)])
    await eventually(lambda: second.opened and ada.text == second.text != before.removeprefix("p"))
    await eventually(lambda: second.is_saved and ada.text == second.text == before)

    assert second.replica.verify()
    second.type(0, "and on ")
    await eventually(lambda: second.is_saved and ada.text == f"and on {before}")
    assert NoticeKind.CANNOT_SYNC not in [notice.kind for notice in second.notices]


@pytest.mark.parametrize("knows_former_authors", [True, False])
async def test_a_document_of_another_epoch_takes_the_place_and_the_text_is_kept(
    desk: Desk, tmp_path: Path, knows_former_authors: bool
) -> None:
    folder = tmp_path / "server"
    folder.mkdir()
    with running_server(folder) as server:
        ada = Someone(desk.tasks, ChosenServer(server.url, server.token("ada", name="Ada")))
        await ada.share(TEXT)
        await eventually(lambda: ada.is_saved)
        copies: list[str] = []
        ada.opened[0].copy_made.connect(copies.append)
        server.kill()
        ada.type(0, "typed meanwhile ")

        reset(server, ada.opened[0].name, knows_former_authors=knows_former_authors)
        server.restart()
        await eventually(lambda: copies and ada.is_saved, timeout_s=30)

        assert copies == [f"typed meanwhile {TEXT}"]
        assert ada.text == ""
        assert NoticeKind.EPOCH_CHANGED in [notice.kind for notice in ada.notices]
        ada.type(0, "new history")
        await eventually(lambda: ada.is_saved)
        await ada.collaboration.shutdown()


def reset(server: ServerProcess, document: str, *, knows_former_authors: bool) -> None:
    """Begin a document anew, as an operator does, or a backup of long ago."""
    with sqlite3.connect(server.database) as database:
        (number,) = database.execute(
            "SELECT id FROM documents WHERE name=?", (document,)
        ).fetchone()
        for table in ("document_updates", "document_pieces"):
            database.execute(f"DELETE FROM {table} WHERE document_id=?", (number,))
        if not knows_former_authors:
            database.execute("DELETE FROM document_authors WHERE document_id=?", (number,))
        database.execute("UPDATE documents SET epoch='another', last_seq=0 WHERE id=?", (number,))
    database.close()


async def test_a_session_of_ones_own_that_was_left_leaves_no_secret(
    desk: Desk, tmp_path: Path
) -> None:
    keyring = MemoryKeyring()
    ada = Returning(desk, tmp_path, keyring, desk.hosting)
    ada.collaboration.invitation_ready.connect(ada.links.append)
    await ada.share(TEXT)
    await eventually(lambda: keyring.secrets)

    ada.collaboration.leave()
    await eventually(lambda: ada.closed)
    await eventually(lambda: not keyring.secrets)

    assert keyring.secrets == {}


async def test_without_a_way_back_the_text_is_the_persons_own(desk: Desk, tmp_path: Path) -> None:
    ada = desk.host()
    first = Returning(desk, tmp_path, LosingKeyring())
    await first.join(await ada.share(TEXT))
    await eventually(lambda: any(n.kind is NoticeKind.SECRETS_IN_MEMORY for n in first.notices))
    left = restored(first.replica)
    facts = replace(GUEST, session=first.opened[0].facts)
    await first.collaboration.shutdown()

    second = Returning(desk, tmp_path, LosingKeyring())
    second.collaboration.resume([(left, facts)])
    await eventually(lambda: second.failed)

    assert second.failed == [left]
    assert [notice.kind for notice in second.notices] == [NoticeKind.SESSION_LOST]
    assert left.text == TEXT
    assert left.ledger.pending_count == 0


async def test_a_document_that_is_closed_while_it_is_saved_arrives(desk: Desk) -> None:
    ada, grace = desk.host(), desk.guest()
    await grace.join(await ada.share(TEXT))

    grace.type(0, "the last word ")
    grace.collaboration.close_document(grace.opened[0])

    await eventually(lambda: ada.text == f"the last word {TEXT}")
    await eventually(lambda: grace.collaboration.documents == ())
