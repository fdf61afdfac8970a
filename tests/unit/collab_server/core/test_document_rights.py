"""Updates that are refused: what is malformed, and what a reader writes."""

from collab_server.protocol import documents as frames
from collab_server.protocol.events import Join, Left, Refresh
from collab_server.protocol.names import parse_room
from tests.support.hub_world import ELSEWHERE, NOTES, OTHER_ROOM, ROOM, HubWorld
from tests.support.writer import Writer
from tests.unit.collab_server.core.document_pairs import opened, pair
from tests.unit.collab_server.core.sync_messages import kinds, slugs, statuses


def test_who_sent_a_malformed_update_may_open_the_document_again() -> None:
    world, ada, _ = pair()
    world.send(ada, frames.sync_update(NOTES, b"\xff"))
    ada.take()

    assert kinds(world.open(ada)) == ["Stateless", "SyncStep2", "SyncStep1"]


def test_a_reader_has_what_is_known_acknowledged() -> None:
    world = HubWorld()
    ada, reader = opened(world, "ada"), opened(world, "reader", rooms={ROOM: "r"})
    update = Writer().insert(0, "x")
    world.send(ada, frames.sync_update(NOTES, update))
    reader.take()

    world.send(reader, frames.sync_step2(NOTES, update))

    came = reader.take()
    assert (statuses(came), slugs(came)) == ([True], [])


def test_a_reader_has_news_refused_and_is_told_once() -> None:
    world = HubWorld()
    ada, reader = opened(world, "ada"), opened(world, "reader", rooms={ROOM: "r"})
    ada.take()

    world.send(reader, frames.sync_update(NOTES, Writer().insert(0, "x")))
    world.send(reader, frames.sync_update(NOTES, Writer().insert(0, "y")))

    came = reader.take()
    assert (statuses(came), slugs(came)) == ([False, False], ["read_only"])
    assert (ada.take(), world.store.logs, reader.close_code) == ([], {}, None)


def test_a_reader_is_refused_at_once_however_slow_the_store_is() -> None:
    world, ada, _ = pair()
    reader = opened(world, "reader", rooms={ROOM: "r"})
    world.send(ada, frames.sync_update(NOTES, Writer().insert(0, "x")))

    world.send(reader, frames.sync_update(NOTES, Writer().insert(0, "x")))

    assert statuses(reader.take()) == [False]


def test_a_refusal_comes_after_the_acknowledgements_before_it() -> None:
    world, ada, _ = pair()
    world.send(ada, frames.sync_update(NOTES, Writer().insert(0, "x")))
    world.tell(ada, Refresh(token=world.token("ada", rooms={ROOM: "r", OTHER_ROOM: "rw"})))
    ada.take()

    for _ in range(2):
        world.send(ada, frames.sync_update(NOTES, Writer().insert(0, "y")))
    before = ada.take()
    world.answer()

    assert (statuses(before), slugs(before)) == ([], ["read_only"])
    assert statuses(ada.take()) == [True, False, False]


def test_a_demoted_writer_keeps_the_document_and_learns_its_new_right() -> None:
    world = HubWorld()
    ada = opened(world, "ada")
    world.open(ada, ELSEWHERE)

    world.tell(ada, Refresh(token=world.token("ada", rooms={ROOM: "r", OTHER_ROOM: "rw"})))
    came = ada.take()
    world.send(ada, frames.sync_update(NOTES, Writer().insert(0, "x")))
    world.send(ada, frames.sync_update(ELSEWHERE, Writer().insert(0, "x")))

    assert kinds(came) == ["AuthRefreshed", "Stateless"]
    assert came[1].text.endswith('"perm": "r"}')  # pyright: ignore[reportAttributeAccessIssue]
    assert statuses(ada.take()) == [False, True]


def test_a_promoted_reader_writes_at_once() -> None:
    world = HubWorld()
    ada = opened(world, "ada", rooms={ROOM: "r"})

    world.tell(ada, Refresh(token=world.token("ada", rooms={ROOM: "rw"})))
    world.send(ada, frames.sync_update(NOTES, Writer().insert(0, "x")))

    assert statuses(ada.take()) == [True]


def test_who_may_no_longer_read_is_put_out_and_hears_no_more() -> None:
    world = HubWorld()
    ada, bob = opened(world, "ada"), opened(world, "bob")
    world.tell(ada, Join(room=parse_room(ROOM)))
    world.open(ada, ELSEWHERE)
    ada.take()

    world.tell(ada, Refresh(token=world.token("ada", rooms={OTHER_ROOM: "rw"})))
    came = ada.take()
    world.send(bob, frames.sync_update(NOTES, Writer().insert(0, "secret")))
    world.send(ada, frames.sync_update(ELSEWHERE, Writer().insert(0, "x")))

    assert kinds(came) == ["AuthRefreshed", "AuthDenied", "Error", "Left"]
    assert came[1] == frames.AuthDenied(NOTES, "permission_denied")
    assert came[3] == Left(room=parse_room(ROOM), reason="revoked")
    assert kinds(ada.take()) == ["SyncStatus"]


def test_a_refresh_with_the_same_rights_changes_nothing() -> None:
    world = HubWorld()
    world.store.grants["ada", ROOM] = "rw"
    ada = opened(world, "ada", rooms={})

    world.tell(ada, Refresh(token=world.token("ada", rooms={})))
    world.send(ada, frames.sync_update(NOTES, Writer().insert(0, "x")))

    assert kinds(ada.take()) == ["AuthRefreshed", "SyncStatus"]
