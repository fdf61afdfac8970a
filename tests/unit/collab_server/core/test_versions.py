"""Versions by the rights of their document; a text is restored by an edit of who wants it."""

import pytest

from collab_server.core.effects import LoadDocument, Persist
from collab_server.core.replicas import edit_to
from collab_server.core.version_effects import AskVersions
from collab_server.protocol import documents as frames
from collab_server.protocol.errors import ErrorCode
from collab_server.protocol.events import Error
from collab_server.protocol.updates import EMPTY_UPDATE, parse_update
from collab_server.protocol.version_events import (
    CompareVersions,
    FindAuthors,
    FindVersions,
    NameVersion,
    ReadVersion,
    RestoreVersion,
    VersionRestored,
    VersionsFound,
)
from tests.support.hub_world import NOTES, PLANS, ROOM, HubWorld, Peer
from tests.support.writer import Writer
from tests.unit.collab_server.core.sync_messages import slugs, updates

READS = [
    FindVersions(document=NOTES, id=1),
    ReadVersion(document=NOTES, version=7, id=1),
    CompareVersions(document=NOTES, version=7, id=1),
    FindAuthors(document=NOTES, id=1),
]
WRITES = [
    NameVersion(document=NOTES, name="first", id=1),
    RestoreVersion(document=NOTES, version=7, id=1),
]


def asking(perm: str = "rw") -> tuple[HubWorld, Peer]:
    """Return a world whose versions are slow, and somebody with these rights."""
    world = HubWorld()
    world.withholds.add(AskVersions)
    return world, world.sign_in("ada", rooms={ROOM: perm})


def restoring() -> tuple[HubWorld, Peer, AskVersions, bytes]:
    """Return a world with a text, who asks to restore one, what was asked, and the edit."""
    world, ada = asking()
    world.open(ada)
    world.send(ada, frames.sync_update(NOTES, Writer().insert(0, "new")))
    ada.take()
    world.tell(ada, RestoreVersion(document=NOTES, version=7, id=1))
    asked = world.withheld.popleft()
    assert isinstance(asked, AskVersions)
    update = edit_to(world.views[NOTES].merged(), "old", asked.author_id)
    return world, ada, asked, update


def test_who_asks_for_much_work_is_heard_more_slowly() -> None:
    world, ada = asking()
    for version in range(5):
        world.tell(ada, CompareVersions(document=NOTES, version=version + 1))
    after_five = world.hub.is_held(ada.id)

    world.tell(ada, CompareVersions(document=NOTES, version=6))

    assert (after_five, world.hub.is_held(ada.id)) == (False, True)


@pytest.mark.parametrize("request_", READS + WRITES, ids=lambda event: type(event).__name__)
def test_a_request_is_carried_out_by_the_shell_once_the_document_is_live(request_) -> None:
    world, ada = asking()

    world.tell(ada, request_)

    (asked,) = world.withheld
    assert isinstance(asked, AskVersions)
    assert (asked.client, asked.request, asked.user_id) == (ada.id, request_, "ada")
    assert asked.author_id
    assert LoadDocument(NOTES) in world.performed


@pytest.mark.parametrize("request_", READS, ids=lambda event: type(event).__name__)
def test_a_reader_may_look(request_) -> None:
    world, ada = asking("r")

    world.tell(ada, request_)

    assert len(world.withheld) == 1


@pytest.mark.parametrize("request_", WRITES, ids=lambda event: type(event).__name__)
def test_a_reader_may_change_nothing(request_) -> None:
    world, ada = asking("r")

    world.tell(ada, request_)

    (error,) = ada.take()
    assert isinstance(error, Error)
    assert (error.slug, error.room, error.re) == ("permission_denied", ROOM, 1)
    assert not world.withheld


def test_a_document_that_cannot_be_read_has_no_versions_now() -> None:
    world, ada = asking()
    world.withholds.add(LoadDocument)
    world.tell(ada, READS[0])

    world.refuse()

    (error,) = ada.take()
    assert isinstance(error, Error)
    assert (error.slug, error.re) == ("unavailable", 1)


def test_an_answer_goes_to_who_asked() -> None:
    world, ada = asking()
    world.tell(ada, READS[0])
    asked = world.withheld.popleft()
    assert isinstance(asked, AskVersions)
    reply = VersionsFound(document=NOTES, versions=(), re=1)

    world.hub.versions.answered(asked, reply, world.now_s)
    world.run()

    assert ada.take() == [reply]


def test_a_text_is_restored_by_an_edit_of_who_wants_it() -> None:
    world, ada, asked, update = restoring()
    bob = world.sign_in("bob")
    world.open(bob)

    world.hub.versions.restored(asked, update, world.now_s)
    world.run()

    came = ada.take()
    assert VersionRestored(document=NOTES, version=7, changed=True, re=1) in came
    assert updates(came) == updates(bob.take()) == [update]
    log = world.store.logs[NOTES]
    assert log.updates[-1] == update
    assert {log.owners[author] for author in parse_update(update).structs} == {"ada"}


def test_a_restoration_is_told_when_it_is_stored() -> None:
    world, ada, asked, update = restoring()
    world.withholds.add(Persist)

    world.hub.versions.restored(asked, update, world.now_s)
    world.run()
    before = ada.take()
    world.answer()

    assert before == []
    assert VersionRestored(document=NOTES, version=7, changed=True, re=1) in ada.take()


def test_a_text_that_is_so_already_needs_no_edit() -> None:
    world, ada, asked, _ = restoring()

    world.hub.versions.restored(asked, EMPTY_UPDATE, world.now_s)
    world.run()

    assert ada.take() == [VersionRestored(document=NOTES, version=7, changed=False, re=1)]


def test_a_document_that_has_gone_meanwhile_is_not_restored() -> None:
    world, ada, asked, update = restoring()
    world.hub.document_answers.changed_elsewhere(NOTES, "changed by another server", world.now_s)
    world.run()
    ada.take()

    world.hub.versions.restored(asked, update, world.now_s)
    world.run()

    assert slugs(ada.take()) == ["unavailable"]


def test_an_edit_that_does_not_fit_the_document_is_not_written() -> None:
    world, ada, asked, _ = restoring()
    other = Writer()
    other.insert(0, "x")

    world.hub.versions.restored(asked, other.insert(1, "y"), world.now_s)
    world.run()

    assert slugs(ada.take()) == ["unavailable"]


def test_what_cannot_be_done_is_told() -> None:
    world, ada, asked, _ = restoring()

    world.hub.versions.refused(asked, ErrorCode.BAD_REQUEST, "no such version", world.now_s)
    world.run()

    (error,) = ada.take()
    assert isinstance(error, Error)
    assert (error.message, error.room, error.re) == ("no such version", ROOM, 1)


def test_who_has_gone_hears_nothing_and_changes_nothing() -> None:
    world, ada, asked, update = restoring()
    world.disconnect(ada)

    world.hub.versions.answered(asked, VersionsFound(document=NOTES, versions=()), world.now_s)
    world.hub.versions.restored(asked, update, world.now_s)
    world.hub.versions.refused(asked, ErrorCode.INTERNAL, "text", world.now_s)
    world.run()

    assert len(world.store.logs[NOTES].updates) == 1


def test_everybody_can_compare_the_text_but_who_has_no_word_for_it() -> None:
    world, ada = asking()
    world.open(ada)

    world.hub.document_answers.beacon(NOTES, b"\x01\x02\x03", "ab" * 32)
    world.hub.document_answers.beacon(PLANS, b"\x00", "cd" * 32)
    world.run()

    says = '{"type": "beacon", "state": "AQID", "sha256": "%s"}' % ("ab" * 32)
    assert ada.take() == [frames.Stateless(NOTES, says)]


def test_who_asks_who_wrote_what_is_told_of_everybody_who_ever_wrote() -> None:
    world, ada = asking()
    bob = world.sign_in("bob", rooms={ROOM: "rw"})
    writer = Writer()
    world.open(bob)
    world.send(bob, frames.sync_update(NOTES, writer.insert(0, "new")))

    world.tell(ada, FindAuthors(document=NOTES, at=2))

    asked = world.withheld.popleft()
    assert isinstance(asked, AskVersions)
    assert asked.owners == {writer.doc.client_id: "bob"}
