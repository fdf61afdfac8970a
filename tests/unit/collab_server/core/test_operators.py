"""What a back-end or an operator does to those who are connected."""

import pytest

from collab_server.core.effects import BindNonce, FindGrants, Persist
from collab_server.core.operators import ConnectionSeen
from collab_server.core.revocations import (
    LASTS_S,
    Revocation,
    Revocations,
    Revoked,
    revocation_of,
)
from collab_server.protocol import documents as frames
from collab_server.protocol.close_codes import CloseCode
from collab_server.protocol.errors import ErrorCode
from collab_server.protocol.events import Auth, AuthSuccess, Error, Join, Left, RoomJoined
from collab_server.protocol.names import parse_room
from collab_server.protocol.tokens import TokenClaims
from tests.support.hub_world import NOTES, OTHER_ROOM, ROOM, UNIX_S, HubWorld, Peer
from tests.support.writer import Writer

PROJECT = parse_room(ROOM)
OTHER = parse_room(OTHER_ROOM)


def inside(world: HubWorld, name: str, **claims: object) -> Peer:
    """Sign somebody in who joins the room and opens a document of it."""
    peer = world.sign_in(name, **claims)
    world.tell(peer, Join(room=PROJECT))
    world.open(peer)
    peer.take()
    return peer


def of_kind(messages: list[object], kind: type) -> list[object]:
    return [message for message in messages if isinstance(message, kind)]


def grant(world: HubWorld, **letters: str) -> int:
    """Change the room's grants in the store, and tell the hub."""
    world.store.grants = {(user, ROOM): perm for user, perm in letters.items()}
    changed = world.hub.operators.grants_changed(PROJECT, letters, world.now_s)
    world.run()
    return changed


# Kick.


def test_a_kicked_user_leaves_room_and_documents_and_may_come_back() -> None:
    world = HubWorld()
    ada, bob = inside(world, "ada"), inside(world, "bob")

    assert world.hub.operators.kick(PROJECT, "ada", world.now_s) == 1

    world.run()
    said = ada.take()
    assert of_kind(said, Left) == [Left(room=PROJECT, reason="kicked")]
    assert of_kind(said, frames.AuthDenied) == [frames.AuthDenied(NOTES, "permission_denied")]
    assert [entry.user_id for entry in world.hub.operators.presence(PROJECT)] == ["bob"]
    assert ada.close_code is None
    assert "UserLeft" in [type(message).__name__ for message in bob.take()]
    world.tell(ada, Join(room=PROJECT))
    assert of_kind(ada.take(), RoomJoined)


def test_kicking_who_is_elsewhere_concerns_nobody() -> None:
    world = HubWorld()
    ada = inside(world, "ada")

    assert world.hub.operators.kick(OTHER, "ada", world.now_s) == 0
    assert world.hub.operators.kick(PROJECT, "grace", world.now_s) == 0

    world.run()
    assert ada.take() == []


def test_who_only_has_a_document_open_is_kicked_out_of_it() -> None:
    world = HubWorld()
    ada = world.sign_in("ada")
    world.open(ada)

    assert world.hub.operators.kick(PROJECT, "ada", world.now_s) == 1

    world.run()
    assert of_kind(ada.take(), frames.AuthDenied)
    assert world.hub.operators.rooms() == {}


# Disconnect.


@pytest.mark.parametrize(
    ("comes_back", "code"), [(False, CloseCode.KICKED), (True, CloseCode.RECONNECT)]
)
def test_all_connections_of_a_user_are_closed(comes_back: bool, code: CloseCode) -> None:
    world = HubWorld()
    desk, phone, bob = (
        world.sign_in("desk", "ada"),
        world.sign_in("phone", "ada"),
        inside(world, "b"),
    )

    assert world.hub.operators.disconnect(user_id="ada", comes_back=comes_back) == 2

    world.run()
    assert (desk.close_code, phone.close_code, bob.close_code) == (code, code, None)


def test_one_connection_is_closed_even_before_it_signs_in() -> None:
    world = HubWorld()
    silent, ada = world.connect("silent"), world.sign_in("ada")

    assert world.hub.operators.disconnect(client_id=silent.id) == 1
    assert world.hub.operators.disconnect(client_id=silent.id) == 0  # it is closing

    world.run()
    assert (silent.close_code, ada.close_code) == (CloseCode.KICKED, None)


# Revocations.


def test_a_revoked_user_is_out_and_comes_back_with_a_newer_token_only() -> None:
    world = HubWorld()
    old = world.token("ada", nonce="kept for later")
    ada = world.sign_in("ada")

    closed = world.hub.operators.revoke(revocation_of(Revoked.USER, "ada", world.unix_s))

    world.run()
    assert closed == 1
    assert ada.close_code == CloseCode.KICKED
    late = world.connect("late")
    world.tell(late, Auth(token=old))
    assert [error.slug for error in late.take() if isinstance(error, Error)] == ["invalid_token"]
    assert late.close_code == CloseCode.INVALID_TOKEN
    world.advance(2)
    fresh = world.connect("fresh")
    world.tell(fresh, Auth(token=world.token("ada")))
    assert of_kind(fresh.take(), AuthSuccess)


def test_a_revoked_session_cannot_be_resumed() -> None:
    world = HubWorld()
    token = world.token("ada")
    ada = world.connect("ada")
    world.tell(ada, Auth(token=token))
    (success,) = of_kind(ada.take(), AuthSuccess)
    assert isinstance(success, AuthSuccess)
    assert success.session is not None
    session = success.session

    closed = world.hub.operators.revoke(revocation_of(Revoked.SESSION, session.id, world.unix_s))

    world.run()
    assert (closed, ada.close_code) == (1, CloseCode.KICKED)
    again = world.connect("again")
    world.tell(again, Auth(token=token, session=session))
    assert again.close_code == CloseCode.INVALID_TOKEN


def test_a_revoked_token_is_refused_and_the_users_others_are_not() -> None:
    world = HubWorld()
    ada = world.sign_in("ada", nonce="the leaked one")

    closed = world.hub.operators.revoke(revocation_of(Revoked.NONCE, "the leaked one", UNIX_S))

    world.run()
    assert (closed, ada.close_code) == (1, CloseCode.KICKED)
    for name, nonce, code in (("x", "the leaked one", CloseCode.INVALID_TOKEN), ("y", "z", None)):
        peer = world.connect(name)
        world.tell(peer, Auth(token=world.token("ada", nonce=nonce)))
        assert peer.close_code == code


def test_a_revocation_while_the_store_looks_at_the_token_counts() -> None:
    world = HubWorld()
    world.withholds = {BindNonce}
    ada = world.connect("ada")
    world.tell(ada, Auth(token=world.token("ada")))

    world.hub.operators.revoke(revocation_of(Revoked.USER, "ada", world.unix_s))
    world.answer()

    assert ada.close_code == CloseCode.INVALID_TOKEN


def test_what_was_revoked_in_an_earlier_life_still_is() -> None:
    world = HubWorld()

    world.hub.operators.restore_revocations([revocation_of(Revoked.USER, "ada", world.unix_s)])

    ada = world.connect("ada")
    world.tell(ada, Auth(token=world.token("ada")))
    assert ada.close_code == CloseCode.INVALID_TOKEN


def test_of_two_revocations_of_one_name_the_later_holds_whatever_the_order() -> None:
    early = revocation_of(Revoked.USER, "ada", UNIX_S)
    late = revocation_of(Revoked.USER, "ada", UNIX_S + 100)
    claims = TokenClaims(
        user_id="ada",
        issued_at_s=int(UNIX_S) + 50,
        expires_at_s=int(UNIX_S) + 3600,
        nonce="n",
    )

    assert Revocations([early, late]).refuse_token(claims)
    assert Revocations([late, early]).refuse_token(claims)
    assert not Revocations([early]).refuse_token(claims)


def test_revocations_are_forgotten_when_nothing_lives_that_they_refuse() -> None:
    revocations = Revocations([Revocation(Revoked.NONCE, b"x", 0, LASTS_S)])

    revocations.forget(LASTS_S)
    assert len(revocations) == 1
    revocations.forget(LASTS_S + 1)
    assert len(revocations) == 0
    assert not revocations.refuse_session("any")


# Grants.


def test_a_new_grant_opens_at_once_what_was_refused() -> None:
    world = HubWorld()
    ada = world.sign_in("ada", rooms={})
    world.tell(ada, Join(room=PROJECT))
    ada.take()

    assert grant(world, ada="rw") == 1

    world.tell(ada, Join(room=PROJECT))
    (joined,) = of_kind(ada.take(), RoomJoined)
    assert isinstance(joined, RoomJoined)
    assert joined.perm == "rw"


def test_a_lost_grant_ends_room_and_documents_and_the_socket_stays() -> None:
    world = HubWorld()
    world.store.grants[("ada", ROOM)] = "rw"
    ada = inside(world, "ada", rooms={})

    assert grant(world) == 1

    said = ada.take()
    assert of_kind(said, Left) == [Left(room=PROJECT, reason="revoked")]
    assert of_kind(said, frames.AuthDenied)
    assert ada.close_code is None


def test_a_demoted_editor_stays_and_reads() -> None:
    world = HubWorld()
    world.store.grants[("ada", ROOM)] = "rw"
    ada = inside(world, "ada", rooms={})

    assert grant(world, ada="r") == 1

    said = ada.take()
    assert of_kind(said, Left) == []
    (hello,) = of_kind(said, frames.Stateless)
    assert isinstance(hello, frames.Stateless)
    assert '"perm": "r"' in hello.text


def test_who_never_asked_for_the_room_is_not_concerned() -> None:
    world = HubWorld()
    ada = world.sign_in("ada", rooms={})

    assert grant(world, ada="rw") == 0

    assert ada.take() == []


def test_who_has_the_right_by_the_token_notices_nothing() -> None:
    world = HubWorld()
    ada = inside(world, "ada")

    assert grant(world) == 0

    assert ada.take() == []


def test_an_older_answer_of_the_store_does_not_undo_a_change() -> None:
    world = HubWorld()
    world.withholds = {FindGrants}
    world.store.grants[("ada", ROOM)] = "rw"
    ada = world.sign_in("ada", rooms={})
    world.tell(ada, Join(room=PROJECT))

    grant(world)
    stale = world.withheld.popleft()
    assert isinstance(stale, FindGrants)
    world.answer()
    world.hub.client_answers.grants_found(
        FindGrants(ada.id, PROJECT, "ada"), "rw", world.now_s, world.unix_s
    )
    world.run()

    assert [error.slug for error in ada.take() if isinstance(error, Error)] == ["permission_denied"]


# What may be known.


def test_an_operator_sees_connections_rooms_and_documents() -> None:
    world = HubWorld()
    world.connect("silent")
    inside(world, "ada")
    operators = world.hub.operators

    (silent, ada) = operators.connections()

    assert silent == ConnectionSeen("silent", None, None, "main", "192.0.2.1", (), ())
    assert ada == ConnectionSeen(
        "ada", "ada", "User ada", "main", "192.0.2.1", (PROJECT,), (NOTES,)
    )
    assert operators.connections("ada") == [ada]
    assert operators.connections("grace") == []
    assert operators.rooms() == {PROJECT: 1}
    (document,) = operators.documents(PROJECT)
    assert (document.name, document.last_seq, document.connections) == (NOTES, 0, 1)
    assert operators.documents() == [document]
    assert operators.documents(OTHER) == []
    assert operators.presence(OTHER) == ()


def test_the_hub_counts_how_things_stand() -> None:
    world = HubWorld()
    world.connect("silent")
    world.withholds = {Persist}
    ada = inside(world, "ada")
    world.send(ada, frames.sync_update(NOTES, Writer().insert(0, "x")))
    world.tell(ada, Join(room=parse_room("nothing_of_the_kind")))

    standing = world.hub.standing()

    assert standing.connections == {"main": 2}
    assert (standing.signed_in, standing.users, standing.rooms) == (1, 1, 1)
    assert (standing.live_documents, standing.dirty_documents) == (1, 1)
    assert standing.refusals == {ErrorCode.PERMISSION_DENIED: 1}


def test_a_commit_knows_when_its_oldest_update_was_accepted() -> None:
    world = HubWorld(commit_interval_s=5.0)
    ada, writer = inside(world, "ada"), Writer()
    world.send(ada, frames.sync_update(NOTES, writer.insert(0, "a")))  # at once
    world.advance(1)
    accepted_s = world.now_s
    world.send(ada, frames.sync_update(NOTES, writer.insert(0, "b")))
    world.advance(1)
    world.send(ada, frames.sync_update(NOTES, writer.insert(0, "c")))

    world.advance(10)

    commits = [effect for effect in world.performed if isinstance(effect, Persist)]
    assert [commit.accepted_s for commit in commits] == [accepted_s - 1, accepted_s]


def test_what_the_hook_gave_outlives_a_change_of_grants() -> None:
    world = HubWorld()
    world.withholds = {FindGrants}
    ada = world.sign_in("ada", rooms={})
    world.tell(ada, Join(room=PROJECT))
    world.withheld.clear()
    world.hub.client_answers.grants_found(
        FindGrants(ada.id, PROJECT, "ada"), "", world.now_s, world.unix_s, authorized="rw"
    )
    world.run()
    ada.take()

    assert grant(world, ada="h") == 1

    world.tell(ada, Join(room=PROJECT))
    (joined,) = of_kind(ada.take(), RoomJoined)
    assert isinstance(joined, RoomJoined)
    assert joined.perm == "rwh"
