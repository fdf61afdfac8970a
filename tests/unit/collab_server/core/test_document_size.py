"""A document may be so large and no larger; deleting is always allowed."""

import pytest

from collab_server.core import document_size
from collab_server.protocol import documents as frames
from collab_server.protocol import yjs_frames
from collab_server.protocol.events import DocumentCreate, DocumentCreated
from collab_server.protocol.known_state import KnownState
from collab_server.protocol.limits import Limits
from collab_server.protocol.updates import parse_update
from tests.support.hub_world import NOTES, HubWorld, Peer
from tests.support.memory_store import MemoryStore
from tests.support.writer import Writer
from tests.unit.collab_server.core.sync_messages import slugs, statuses


def opened(limits: Limits, store: MemoryStore | None = None) -> tuple[HubWorld, Peer]:
    """Return a world with these limits, and somebody who has the notes open."""
    world = HubWorld(store, limits=limits)
    ada = world.sign_in("ada")
    world.open(ada)
    return world, ada


SMALL = Limits(document_text_bytes=10)


def test_an_update_that_would_make_it_too_large_is_refused() -> None:
    world, ada = opened(SMALL)
    writer = Writer()
    world.send(ada, frames.sync_update(NOTES, writer.insert(0, "0123456789")))
    first = ada.take()

    world.send(ada, frames.sync_update(NOTES, writer.insert(0, "x")))

    came = ada.take()
    assert statuses(first) == [True]
    assert (statuses(came), slugs(came)) == ([False], ["limit_exceeded"])
    assert len(world.store.logs[NOTES].updates) == 1


def test_deleting_makes_room() -> None:
    world, ada = opened(SMALL)
    writer = Writer()
    world.send(ada, frames.sync_update(NOTES, writer.insert(0, "0123456789")))
    world.send(ada, frames.sync_update(NOTES, writer.delete(0, 2)))
    world.send(ada, frames.sync_update(NOTES, writer.insert(0, "xy")))

    assert statuses(ada.take()) == [True, True, True]


def test_a_document_at_its_limit_counts_what_is_left_only_now_and_then(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(document_size, "RANGES_A_COUNT", 1)
    counted: list[int] = []
    live_units = KnownState.live_units

    def counting(known: KnownState) -> int:
        counted.append(live_units(known))
        return counted[-1]

    monkeypatch.setattr(KnownState, "live_units", counting)
    world, ada = opened(SMALL)
    writer = Writer()
    world.send(ada, frames.sync_update(NOTES, writer.insert(0, "0123456789")))
    for at in (0, 2, 4):
        world.send(ada, frames.sync_update(NOTES, writer.delete(at)))
    for at in range(4):
        world.send(ada, frames.sync_update(NOTES, writer.insert(at, "x")))

    assert statuses(ada.take()) == [True] * 7 + [False]
    assert counted == [0, 7]


def test_a_stored_document_is_as_large_as_it_was() -> None:
    store = MemoryStore()
    world, ada = opened(SMALL, store)
    writer = Writer()
    world.send(ada, frames.sync_update(NOTES, writer.insert(0, "0123456789")))
    after, ada = opened(SMALL, store)

    after.send(ada, frames.sync_update(NOTES, writer.insert(0, "x")))

    assert statuses(ada.take()) == [False]


def test_a_history_has_an_end_however_much_was_deleted() -> None:
    world, ada = opened(Limits(document_log_bytes=200))
    writer = Writer()
    world.send(ada, frames.sync_update(NOTES, writer.insert(0, "x" * 100)))
    world.send(ada, frames.sync_update(NOTES, writer.delete(0, 100)))
    world.send(ada, frames.sync_update(NOTES, writer.insert(0, "y" * 100)))

    assert statuses(ada.take()) == [True, True, False]


def test_a_first_text_may_be_no_larger() -> None:
    world, ada = opened(SMALL)

    world.tell(ada, DocumentCreate(document=NOTES, text="ééééé!", id=1))
    refused = ada.take()
    world.tell(ada, DocumentCreate(document=NOTES, text="ééééé", id=2))

    assert slugs(refused) == ["limit_exceeded"]
    assert [said.created for said in ada.take() if isinstance(said, DocumentCreated)] == [True]


def test_live_units_are_those_that_are_not_deleted() -> None:
    known, writer = KnownState(), Writer()
    known.advance(parse_update(writer.insert(0, "0123456789")))
    known.advance(parse_update(writer.delete(1)))
    known.advance(parse_update(writer.delete(3, 2)))

    assert (known.live_units(), known.range_count()) == (7, 2)


def test_a_stock_client_whose_document_is_too_large_is_stopped_for_good() -> None:
    world = HubWorld(limits=SMALL)
    ada = world.arrive("ada")
    world.send(ada, yjs_frames.sync_step1(b"\x00"))

    world.send(ada, yjs_frames.sync_update(Writer().insert(0, "0123456789x")))

    assert ada.close_code == 4413
    assert NOTES not in world.store.logs
