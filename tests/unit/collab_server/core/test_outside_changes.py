"""Another program changes grants or revocations in the database while people are connected."""

from collab_server.core.effects import FindGrants, LoadDocument
from collab_server.core.permissions import BANNED
from collab_server.core.revocations import Revocation, Revoked, digest_of
from collab_server.core.room_effects import FindTerms
from collab_server.protocol import documents as frames
from collab_server.protocol.close_codes import CloseCode
from collab_server.protocol.events import Error, Join, Left, RoomJoined
from collab_server.protocol.names import parse_document, parse_room
from collab_server.protocol.room_events import SetPresence
from collab_server.protocol.room_facts import NewTerms, RoomTerms
from tests.support.hub_world import NOTES, ROOM, HubWorld, Peer
from tests.support.writer import Writer
from tests.unit.collab_server.core.members import GENERAL, all_of, joined, member, slug, the

PROJECT = parse_room(ROOM)
SHARED = parse_room("proshare_room_X7K2")
MANIFEST = parse_document(ROOM)  # a document whose name is its room's


def granted(world: HubWorld, name: str, letters: str) -> Peer:
    """Let somebody in whose only right in the project is a stored grant."""
    world.store.grants[(name, ROOM)] = letters
    return member(world, name, None, PROJECT, rooms={})


def change(world: HubWorld, *, is_closed: bool = False, **letters: str) -> int:
    """Let another program put these grants in place of the project's, and notice it."""
    world.store.grants = {(user, ROOM): perm for user, perm in letters.items()}
    rooms = {room: letters for room in world.hub.outside.concerned() if room == PROJECT}
    closed = {PROJECT} if is_closed else set[type(PROJECT)]()
    changed = world.hub.outside.grants_read(rooms, closed, world.now_s)
    world.run()
    return changed


def test_a_lost_grant_sends_out_and_a_new_one_opens() -> None:
    world = HubWorld()
    ada, bob = granted(world, "ada", "rw"), granted(world, "bob", "rw")
    eve = world.sign_in("eve", rooms={})
    world.tell(eve, Join(room=PROJECT))
    ada.take()
    eve.take()

    assert change(world, bob="rw", eve="r") == 2

    assert the(Left, ada).reason == "revoked"
    assert all_of(Left, bob) == []
    assert joined(world, eve, PROJECT).perm == "r"


def learn(world: HubWorld, **terms: object) -> int:
    """Let another program set what holds in the shared room, and notice it."""
    holds = RoomTerms(**terms)  # pyright: ignore[reportArgumentType]
    assert SHARED in world.hub.outside.with_terms()
    changed = world.hub.outside.terms_read({SHARED: holds}, world.now_s, world.unix_s)
    world.run()
    return changed


def test_terms_of_another_program_count_for_who_comes_and_their_end_for_who_is_in() -> None:
    world = HubWorld()
    ada = member(world, "ada", None, SHARED, rooms={SHARED: "rwh"})
    bob = world.sign_in("bob", rooms={SHARED: "rwh"})

    changes = [learn(world, max_users=1), learn(world, max_users=1)]
    world.tell(bob, Join(room=SHARED))
    is_full = slug(bob)
    changes.append(learn(world, expires_at_s=int(world.unix_s) + 60))
    told = joined(world, bob, SHARED).expires_at
    world.advance(61)

    assert changes == [1, 0, 1]
    assert (is_full, told) == ("room_full", int(world.unix_s) - 1)
    assert [the(Left, peer).reason for peer in (ada, bob)] == ["closed", "closed"]


def test_what_the_store_found_before_it_was_changed_is_not_believed() -> None:
    world = HubWorld()
    bob = world.sign_in("bob", rooms={SHARED: "rwh"})
    world.withholds |= {FindTerms}
    world.tell(bob, Join(room=SHARED))  # the store reads, and then somebody sets it

    world.hub.operators.terms_changed(SHARED, RoomTerms(max_users=7), world.now_s, world.unix_s)
    world.answer()

    assert the(RoomJoined, bob).max_users == 7


def test_terms_are_asked_for_again_when_nobody_was_there_to_watch() -> None:
    world = HubWorld()
    member(world, "ada", None, SHARED, rooms={SHARED: "rwh"})
    world.store.rooms.set_terms(SHARED, NewTerms(max_users=3))
    world.hub.outside.rest()

    cyd = world.sign_in("cyd", rooms={SHARED: "rwh"})

    assert joined(world, cyd, SHARED).max_users == 3


def test_a_demoted_editor_stays_and_only_reads() -> None:
    world = HubWorld()
    ada, writer = granted(world, "ada", "rw"), Writer()
    world.open(ada)

    assert change(world, ada="r") == 1

    world.send(ada, frames.sync_update(NOTES, writer.insert(0, "x")))
    statuses = all_of(frames.SyncStatus, ada)
    assert [status.saved for status in statuses] == [False]
    assert NOTES not in world.store.logs


def test_what_is_known_changes_nothing() -> None:
    world = HubWorld()
    ada = granted(world, "ada", "rw")

    assert change(world, ada="rw") == 0

    assert ada.take() == []


def test_a_ban_and_a_closed_room_say_so() -> None:
    world = HubWorld()
    ada, bob = granted(world, "ada", "rw"), granted(world, "bob", "rw")

    change(world, ada=BANNED, bob="rw")
    was_banned = the(Left, ada).reason
    change(world, is_closed=True, bob="rw")

    assert (was_banned, the(Left, bob).reason) == ("kicked", "closed")
    world.tell(bob, Join(room=PROJECT))
    assert slug(bob) == "room_closed"


def test_who_is_just_asked_for_gets_what_stands_now() -> None:
    world = HubWorld()
    world.store.grants[("ada", ROOM)] = "rw"
    ada = world.sign_in("ada", rooms={})
    world.withholds = {FindGrants}
    world.tell(ada, Join(room=PROJECT))
    stale = world.withheld.popleft()
    assert isinstance(stale, FindGrants)

    assert change(world) == 0
    world.hub.client_answers.grants_found(stale, "rw", world.now_s, world.unix_s)
    world.run()
    heard_before = ada.take()
    world.answer()

    assert heard_before == []
    assert slug(ada) == "permission_denied"


def test_who_waits_for_the_document_of_the_rooms_own_name_leaves_the_room() -> None:
    world = HubWorld()
    ada = granted(world, "ada", "rw")
    world.withholds = {LoadDocument}
    world.send(ada, frames.sync_step1(MANIFEST, b"\x00"))

    change(world)
    left = all_of(Left, ada)
    world.answer()

    assert [each.reason for each in left] == ["revoked"]
    assert not [said for said in ada.take() if isinstance(said, frames.Sync)]


def test_who_waits_for_a_document_is_not_asked_for_as_if_it_were_a_room() -> None:
    world = HubWorld()
    ada = granted(world, "ada", "rw")
    world.withholds.add(LoadDocument)
    world.send(ada, frames.sync_step1(NOTES, b"\x00"))

    concerned = world.hub.outside.concerned()
    change(world, ada="rw")

    assert world.hub.is_held(ada.id)
    assert concerned == {PROJECT}


def test_only_rooms_with_grants_and_people_are_concerned() -> None:
    world = HubWorld()
    was_watched = world.hub.outside.concerns_anybody
    world.connect("silent")
    member(world, "42", "42", parse_room("notifications_42"))
    member(world, "ada", None, GENERAL)
    granted(world, "bob", "r")
    grace = world.sign_in("grace", rooms={})
    world.withholds = {LoadDocument}
    world.send(grace, frames.sync_step1(NOTES, b"\x00"))

    assert world.hub.outside.concerned() == {GENERAL, PROJECT}
    assert (was_watched, world.hub.outside.concerns_anybody) == (False, True)


def test_a_revocation_counts_once_and_spares_who_came_after_it() -> None:
    world = HubWorld()
    ada = world.sign_in("ada")
    now_s = int(world.unix_s)
    taken_back = Revocation(Revoked.USER, digest_of(Revoked.USER, "ada"), now_s, now_s + 9999)

    closed = world.hub.outside.revocations_read([taken_back])
    world.run()
    world.advance(5)
    again = world.sign_in("ada2", "ada")
    closed_again = world.hub.outside.revocations_read([taken_back])
    world.run()

    assert (closed, ada.close_code) == (1, CloseCode.KICKED)
    assert (closed_again, again.close_code) == (0, None)
    world.tell(again, SetPresence(status="idle"))
    assert all_of(Error, again) == []
    assert joined(world, again, PROJECT).room == PROJECT
    assert all_of(RoomJoined, again) == []
