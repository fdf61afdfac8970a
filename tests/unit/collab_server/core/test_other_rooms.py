"""Nothing of another room is ever seen or changed: every way that we know, by every verb.

A victim works in a room, and a canary is in everything it says. An attacker who has every right in
a room of its own says every verb of the protocol; what it is sent is searched for the canary, and
what the victim hears, and the victim's text and chat, for the attacker's mark.
"""

from __future__ import annotations

import contextlib
import json
import unicodedata
from typing import TYPE_CHECKING

import pytest

from collab_server.core import effects as asked
from collab_server.core.chat import Publication
from collab_server.core.revocations import Revoked, revocation_of
from collab_server.protocol import documents as frames
from collab_server.protocol.errors import LocalProtocolError
from collab_server.protocol.names import parse_room
from tests.support.other_rooms import (
    CANARY,
    EVENTS,
    FRAMES,
    attacks,
    events_of_protocol,
    frames_of_protocol,
)
from tests.unit.collab_server.core.two_rooms import (
    EVERYTHING,
    NOTES,
    OURS,
    OWN_NOTES,
    THEIRS,
    WAITS,
    Scene,
    as_text,
    carry_out,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.hub_world import Peer

# Other names, most of them no names at all.

_DOUBLE = "\N{COMBINING ACUTE ACCENT}"
NAMES: dict[str, object] = {
    "as it is": THEIRS,
    "lower case": THEIRS.lower(),
    "upper case": THEIRS.upper(),
    "a beginning of it": "codexpro_project_Secret",
    "with an end": f"{THEIRS}0",
    "with a dot at the end": f"{THEIRS}.",
    "with a slash at the end": f"{THEIRS}/",
    "with slashes before": f"//{THEIRS}",
    "with a dot before": f"./{THEIRS}",
    "up from ours": f"{OURS}/../{THEIRS}",
    "below ours": f"{OURS}/{THEIRS}",
    "ours with a colon": f"{OURS}:{THEIRS}",
    "ours with a hash": f"{OURS}#{THEIRS}",
    "ours with a comma": f"{OURS},{THEIRS}",
    "ours with a bar": f"{OURS}|{THEIRS}",
    "ours on a line before": f"{OURS}\n{THEIRS}",
    "a space before": f" {THEIRS}",
    "a space at the end": f"{THEIRS} ",
    "a line end at the end": f"{THEIRS}\n",
    "a carriage return": f"{THEIRS}\r",
    "NUL at the end": f"{THEIRS}\0",
    "NUL and more": f"{THEIRS}\0{OURS}",
    "NUL after ours": f"{OURS}\0{THEIRS}",
    "a dot in percent": THEIRS.replace(".", "%2e"),
    "a dot in percent twice": THEIRS.replace(".", "%252e"),
    "a slash in percent": f"{OURS}%2f..%2f{THEIRS}",
    "NUL in percent": f"{THEIRS}%00",
    "an underscore in percent": THEIRS.replace("_", "%5F"),
    "a backslash": f"{OURS}\\..\\{THEIRS}",
    "a query": f"{THEIRS}?x=1",
    "a star": "codexpro_project_*",
    "a question mark": THEIRS.replace("S", "?"),
    "a class of letters": THEIRS.replace("S", "[S]"),
    "a wildcard of SQL": "codexpro%Secret.1",
    "quotes of SQL": f"{THEIRS}' OR '1'='1",
    "wide letters": THEIRS.replace("S", "\N{FULLWIDTH LATIN CAPITAL LETTER S}"),
    "a Cyrillic letter": THEIRS.replace("e", "\N{CYRILLIC SMALL LETTER IE}"),
    "the long s": THEIRS.replace("S", "\N{LATIN SMALL LETTER LONG S}"),
    "an accent, composed": unicodedata.normalize("NFC", THEIRS.replace("e", f"e{_DOUBLE}")),
    "an accent, decomposed": THEIRS.replace("e", f"e{_DOUBLE}"),
    "a full stop of another script": THEIRS.replace(".", "\N{ONE DOT LEADER}"),
    "a joiner of no width": THEIRS.replace("S", "\N{ZERO WIDTH JOINER}S"),
    "a soft hyphen": THEIRS.replace("S", "\N{SOFT HYPHEN}S"),
    "a byte order mark": f"\N{ZERO WIDTH NO-BREAK SPACE}{THEIRS}",
    "from right to left": f"\N{RIGHT-TO-LEFT OVERRIDE}{THEIRS}",
    "half a surrogate pair": f"{THEIRS}\ud800",
    "a list": [THEIRS],
    "an object": {"room": THEIRS},
    "nothing": None,
    "a number": 1,
    "very long": THEIRS + "x" * 300,
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_by_another_name(name: object) -> None:
    scene = Scene()
    document = f"{name}/f/notes" if isinstance(name, str) else name
    scene.aim.room, scene.aim.document = name, document
    if isinstance(name, str) and name not in (THEIRS, "codexpro_project_*"):
        with contextlib.suppress(LocalProtocolError):  # then a token cannot say it either
            scene.world.token(rooms={name: EVERYTHING})
            scene.rooms[name] = EVERYTHING  # a room of the attacker's own, if it is one

    carry_out(scene, Scene.sign_in)

    scene.check_store()


# Rights that are gone.


def entering(scene: Scene, name: str = "attacker") -> Peer:
    """Let somebody in who has every right in the victim's room, is there, and has its document."""
    scene.grant(victim=EVERYTHING, attacker=EVERYTHING)
    peer = scene.sign_in(name)
    world = scene.world
    world.send(peer, json.dumps({"type": "join", "room": THEIRS}))
    world.send(peer, frames.sync_step1(NOTES, b"\x00"))
    return peer


def forgotten(scene: Scene, peer: Peer) -> Peer:
    """Forget what was rightly heard until now, on both sides."""
    peer.inbox.clear()
    scene.victim.inbox.clear()
    return peer


def lost_by_grant(scene: Scene) -> Peer:
    peer = entering(scene)
    scene.grant(victim=EVERYTHING)
    return forgotten(scene, peer)


def left_and_lost(scene: Scene) -> Peer:
    peer = entering(scene)
    scene.world.send(peer, json.dumps({"type": "leave", "room": THEIRS}))
    scene.world.send(peer, frames.close_document(NOTES))
    scene.grant(victim=EVERYTHING)
    return forgotten(scene, peer)


def kicked_and_lost(scene: Scene) -> Peer:
    peer = entering(scene)
    scene.world.hub.operators.kick(THEIRS, "attacker", scene.world.now_s)
    scene.grant(victim=EVERYTHING)
    return forgotten(scene, peer)


def banned(scene: Scene) -> Peer:
    scene.rooms[THEIRS] = "rwh"  # the token says so still
    peer = scene.sign_in()
    scene.world.send(peer, json.dumps({"type": "join", "room": THEIRS}))
    scene.world.send(peer, frames.sync_step1(NOTES, b"\x00"))
    scene.hear_victim({"type": "ban", "room": THEIRS, "user_id": "attacker"})
    return forgotten(scene, peer)


def role_taken(scene: Scene) -> Peer:
    scene.hear_victim({"type": "role_set", "room": THEIRS, "user_id": "attacker", "perm": "rwhm"})
    peer = scene.sign_in()
    scene.world.send(peer, json.dumps({"type": "join", "room": THEIRS}))
    scene.hear_victim({"type": "role_set", "room": THEIRS, "user_id": "attacker", "perm": ""})
    return forgotten(scene, peer)


def refreshed_without(scene: Scene) -> Peer:
    peer = scene.sign_in(rooms={OURS: EVERYTHING, THEIRS: EVERYTHING})
    scene.world.send(peer, json.dumps({"type": "join", "room": THEIRS}))
    scene.world.send(peer, frames.sync_step1(NOTES, b"\x00"))
    token = scene.world.token("attacker", rooms={OURS: EVERYTHING})
    scene.world.send(peer, json.dumps({"type": "refresh", "token": token}))
    return forgotten(scene, peer)


def expired(scene: Scene) -> Peer:
    peer = scene.sign_in(rooms={THEIRS: EVERYTHING}, ttl_s=60)
    scene.world.send(peer, json.dumps({"type": "join", "room": THEIRS}))
    scene.world.advance(100)
    return forgotten(scene, peer)


def revoked(scene: Scene) -> Peer:
    peer = scene.sign_in(rooms={THEIRS: EVERYTHING}, nonce=f"taken back {len(scene.attackers)}")
    scene.world.send(peer, json.dumps({"type": "join", "room": THEIRS}))
    name = f"taken back {len(scene.attackers) - 1}"
    scene.world.hub.operators.revoke(revocation_of(Revoked.NONCE, name, scene.world.unix_s))
    scene.world.run()
    return forgotten(scene, peer)


def with_an_old_socket(scene: Scene) -> Peer:
    """A second socket resumes the session; the first is superseded, and speaks on."""
    old = entering(scene)
    scene.grant(victim=EVERYTHING)
    scene.world.hub.operators.disconnect(client_id=old.id)
    scene.world.pump()
    return forgotten(scene, old)


LOSSES = [
    lost_by_grant,
    left_and_lost,
    kicked_and_lost,
    banned,
    role_taken,
    refreshed_without,
    expired,
    revoked,
    with_an_old_socket,
]


@pytest.mark.parametrize("lose", LOSSES, ids=lambda lose: lose.__name__)
def test_by_a_right_that_is_gone(lose: Callable[[Scene], Peer]) -> None:
    scene = Scene()
    scene.aim.user_id = "attacker"

    carry_out(scene, lose, loses=lose is not banned)

    scene.check_store()


def losing_meanwhile(scene: Scene, what: str, frame: str | bytes) -> None:
    """Lose the right while the store, a worker or the hook is asked what the verb needs."""
    world = scene.world
    peer = entering(scene)
    world.withholds = set(WAITS)
    world.send(peer, frame)
    held, world.withheld = list(world.withheld), type(world.withheld)()
    world.withholds = set()
    scene.grant(victim=EVERYTHING)
    forgotten(scene, peer)

    for effect in held:
        world._answer(effect)  # pyright: ignore[reportPrivateUsage]
    world.run()
    scene.live()
    for each in scene.attackers:
        for seen in each.inbox:
            assert CANARY not in as_text(seen), (what, seen)
        each.inbox.clear()


@pytest.mark.parametrize("is_there", [True, False], ids=["inside", "at the door"])
def test_a_right_that_is_lost_during_an_awaited_call(is_there: bool) -> None:
    scene = Scene()
    scene.aim.user_id = "nobody"
    for what, frame in attacks(scene.aim):
        if what in ("kick", "ban", "room_close", "auth", "message_delete"):
            continue  # an owner's own right until then; the loss of it is no leak
        if not is_there:
            scene.attackers.append(at_the_door(scene, frame))
            scene.check(what)
        else:
            losing_meanwhile(scene, what, frame)


def at_the_door(scene: Scene, frame: str | bytes) -> Peer:
    """Say something as the first thing ever, and lose the right while grants are looked up."""
    world = scene.world
    scene.grant(victim=EVERYTHING, attacker="rh")
    peer = scene.sign_in()
    world.withholds = set(WAITS)
    world.send(peer, frame)
    stale = [effect for effect in world.withheld if isinstance(effect, asked.FindGrants)]
    others = [effect for effect in world.withheld if not isinstance(effect, asked.FindGrants)]
    world.withheld.clear()
    scene.grant(victim=EVERYTHING)
    asked_again, world.withheld = list(world.withheld), type(world.withheld)()
    world.withholds = set()
    for effect in stale:  # read before the loss, told after it
        world.hub.client_answers.grants_found(
            effect, EVERYTHING, world.now_s, world.unix_s, authorized=""
        )
    others += asked_again
    for effect in others:
        world._answer(effect)  # pyright: ignore[reportPrivateUsage]
    world.run()
    scene.live()
    return peer


# What belongs to another room, in a room of one's own.


def ids_of_theirs(scene: Scene) -> Peer:
    """Message, place, epoch, version, code and author of theirs, in our room."""
    scene.aim.room, scene.aim.document = OURS, OWN_NOTES
    return scene.sign_in()


def their_document_in_our_room(scene: Scene) -> Peer:
    scene.aim.room, scene.aim.document = OURS, NOTES
    return scene.sign_in()


def our_document_in_their_room(scene: Scene) -> Peer:
    scene.aim.room, scene.aim.document = THEIRS, OWN_NOTES
    return scene.sign_in()


def their_room_as_a_document(scene: Scene) -> Peer:
    scene.aim.document = THEIRS
    return scene.sign_in()


def their_document_below_ours(scene: Scene) -> Peer:
    scene.aim.document = f"{OURS}/{NOTES}"
    return scene.sign_in()


def the_victims_token_again(scene: Scene) -> Peer:
    scene.aim.token = scene.victims_token
    return scene.sign_in()


def the_victims_session(scene: Scene) -> Peer:
    scene.aim.token = scene.world.token("attacker", rooms={OURS: EVERYTHING})
    scene.aim.session = {"id": scene.session["id"], "key": "k" * 43}
    return scene.sign_in()


def the_victims_session_and_token(scene: Scene) -> Peer:
    scene.aim.token = scene.victims_token
    scene.aim.session = {"id": scene.session["id"], "key": "k" * 43}
    peer = scene.world.connect(f"nobody {len(scene.attackers)}")
    scene.attackers.append(peer)
    return peer


def nobody_at_all(scene: Scene) -> Peer:
    peer = scene.world.connect(f"nobody {len(scene.attackers)}")
    scene.attackers.append(peer)
    return peer


def letting_oneself_in(scene: Scene) -> Peer:
    scene.aim.user_id = "attacker"
    return scene.sign_in()


def a_guest_of_ours(scene: Scene) -> Peer:
    world = scene.world
    world.store.invitations["our code"] = (OURS, "rwh")
    peer = world.connect(f"guest {len(scene.attackers)}")
    scene.attackers.append(peer)
    world.send(peer, json.dumps({"type": "auth", "invite": "our code", "name": "Guest"}))
    return peer


def the_old_products_token(scene: Scene) -> Peer:
    world = scene.world
    peer = world.connect(f"legacy {len(scene.attackers)}")
    scene.attackers.append(peer)
    nonce = f"{len(scene.attackers):032x}"
    token = world.legacy_token("attacker", nonce=nonce)
    world.send(peer, json.dumps({"type": "auth", "token": token}))
    return peer


def a_provider_of_ours(scene: Scene) -> Peer:
    """A stock provider that came in for our document, and names theirs afterwards."""
    world = scene.world
    scene.aim.bearer = world.token("attacker", rooms={OURS: EVERYTHING})
    peer = world.connect(f"provider {len(scene.attackers)}")
    scene.attackers.append(peer)
    world.send(peer, frames.document_auth(OWN_NOTES, scene.aim.bearer))
    world.send(peer, frames.sync_step1(OWN_NOTES, b"\x00"))
    return peer


OWN_ROOM = [
    ids_of_theirs,
    their_document_in_our_room,
    our_document_in_their_room,
    their_room_as_a_document,
    their_document_below_ours,
    the_victims_token_again,
    the_victims_session,
    the_victims_session_and_token,
    nobody_at_all,
    letting_oneself_in,
    a_guest_of_ours,
    the_old_products_token,
    a_provider_of_ours,
]


@pytest.mark.parametrize("enter", OWN_ROOM, ids=lambda enter: enter.__name__)
def test_by_what_belongs_to_another_room(enter: Callable[[Scene], Peer]) -> None:
    scene = Scene()

    carry_out(scene, enter)

    scene.check_store()


@pytest.mark.parametrize(
    ("room", "users"),
    [
        ("notifications_victim", ["attacker", "VICTIM", "victim.", "~OZUWG5DJNU"]),
        ("user_victim", ["attacker", "Victim", "victim:x"]),
        ("dm:friend:victim", ["attacker", "friend:victim", "dm", "friend:victim:attacker"]),
    ],
)
def test_rooms_that_are_a_persons_own(room: str, users: list[str]) -> None:
    scene = Scene()
    theirs = parse_room(room)
    scene.hear_victim({"type": "join", "room": theirs})
    for user in users:
        scene.aim.room = theirs
        peer = scene.sign_in(user, rooms={OURS: EVERYTHING, "notifications_*": EVERYTHING})
        for what, frame in attacks(scene.aim):
            if peer.close_code is not None:
                peer = scene.sign_in(user)
            scene.say(peer, what, frame)
            said = Publication(room=theirs, message=CANARY)
            scene.world.hub.publish("t", said, scene.world.now_s, scene.world.unix_s)
            scene.world.run()
            scene.check(f"{what} of {user}")


def test_no_verb_is_left_out() -> None:
    assert events_of_protocol() == EVENTS.keys()
    assert frames_of_protocol() == FRAMES.keys()


def test_there_are_enough_ways() -> None:
    assert len(NAMES) + len(LOSSES) + len(OWN_ROOM) >= 25
