"""Numbered edits: carried over what their page had not seen, in one order, each once."""

import json
import random

import msgspec
import pytest

from collab_server.core.edit_log import EditLog
from collab_server.core.page_edits import (
    Deletion,
    Effort,
    Insertion,
    Piece,
    carried,
    changes_of,
    pieces_of,
)
from collab_server.protocol.events import Error
from collab_server.protocol.limits import Limits
from collab_server.protocol.names import parse_room
from collab_server.protocol.room_events import Ack, EditRelayed, RelayEdit
from tests.support.hub_world import OTHER_ROOM, ROOM, HubWorld, Peer
from tests.unit.collab_server.core.members import all_of, member, slug, the
from tests.unit.collab_server.core.numbered_page import NumberedPage, applied

PROJECT = parse_room(ROOM)


def change(at: int, text: str = "", *, to: int | None = None, line: int = 0) -> dict[str, object]:
    """Return a change in one line, as CodeMirror tells it."""
    end = at if to is None else to
    return {
        "from": {"line": line, "ch": at},
        "to": {"line": line, "ch": end},
        "text": text.split("\n"),
        "removed": ["?"],
    }


def say(
    world: HubWorld, peer: Peer, changes: object, *, seq: int = 1, seen: int | None = None
) -> None:
    world.tell(peer, RelayEdit(room=PROJECT, changes=changes, seq=seq, seen=seen, id=seq))


def told(peer: Peer) -> list[tuple[int | None, object]]:
    return [(one.seq, json.loads(bytes(one.changes))) for one in all_of(EditRelayed, peer)]


# Changes taken apart.


@pytest.mark.parametrize(
    ("said", "pieces"),
    [
        (change(1, "x"), [Insertion((0, 1), ("x",))]),
        (change(1, "x\ny"), [Insertion((0, 1), ("x", "y"))]),
        (change(1, to=3), [Deletion((0, 1), (0, 3))]),
        (change(1, "x", to=3), [Deletion((0, 1), (0, 3)), Insertion((0, 1), ("x",))]),
        (change(1), []),
        ({"from": {"line": 1, "ch": 0}, "to": {"line": 0, "ch": 0}, "text": ["x"]}, None),
        ({"from": {"line": 0, "ch": 0}, "to": {"line": 0, "ch": 0}, "text": []}, None),
        ({"from": {"line": 0, "ch": 0}, "to": {"line": 0, "ch": 0}, "text": "x"}, None),
        ({"from": {"line": -1, "ch": 0}, "to": {"line": 0, "ch": 0}, "text": ["x"]}, None),
        ({"from": {"line": 2**31, "ch": 0}, "to": {"line": 2**31, "ch": 0}, "text": ["x"]}, None),
        ({"from": 1, "to": 2, "text": ["x"]}, None),
        (None, None),
        ("x", None),
    ],
)
def test_a_change_is_a_deletion_and_an_insertion(said: object, pieces: list[Piece] | None) -> None:
    assert pieces_of(said) == pieces


def test_pieces_are_changes_again() -> None:
    pieces: list[Piece] = [
        Deletion((0, 5), (0, 6)),
        Deletion((0, 1), (0, 3)),
        Insertion((0, 1), ("x",)),
        Insertion((0, 0), ("y",)),
    ]

    assert changes_of(pieces) == [
        {"from": {"line": 0, "ch": 5}, "to": {"line": 0, "ch": 6}, "text": [""]},
        {"from": {"line": 0, "ch": 1}, "to": {"line": 0, "ch": 3}, "text": ["x"]},
        {"from": {"line": 0, "ch": 0}, "to": {"line": 0, "ch": 0}, "text": ["y"]},
    ]


@pytest.mark.parametrize("seed", range(50))
def test_two_changes_carried_over_each_other_end_alike(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(40):
        lines = ["".join(rng.choices("abc", k=rng.randint(0, 5))) for _ in range(rng.randint(1, 3))]
        x, y = (_random_pieces(rng, lines) for _ in range(2))

        x_after, y_after = carried(x, y, Effort())

        assert _all_applied(_all_applied(lines, x), y_after) == _all_applied(
            _all_applied(lines, y), x_after
        )


def _random_pieces(rng: random.Random, lines: list[str]) -> list[Piece]:
    found: list[Piece] = []
    for _ in range(rng.randint(1, 2)):
        now = _all_applied(lines, found)
        places = sorted(
            (line, rng.randint(0, len(now[line]))) for line in rng.choices(range(len(now)), k=2)
        )
        if places[0] < places[1] and rng.random() < 0.5:
            found.append(Deletion(*places))
        else:
            found.append(Insertion(places[0], tuple(rng.choice(("X", "Y\nZ", "\n")).split("\n"))))
    return found


def _all_applied(lines: list[str], pieces: list[Piece]) -> list[str]:
    for one in changes_of(pieces):
        lines = applied(lines, one)
    return lines


# At the hub.


def test_an_edit_is_carried_over_what_its_page_had_not_seen() -> None:
    world = HubWorld()
    ada, bob = member(world, "ada", None, PROJECT), member(world, "bob", None, PROJECT)
    ada.take()
    say(world, ada, change(0, "one "), seen=0)
    say(world, bob, change(3, "!"), seen=0)
    ack = the(Ack, bob)

    assert told(ada) == [
        (2, {"from": {"line": 0, "ch": 7}, "to": {"line": 0, "ch": 7}, "text": ["!"]})
    ]
    assert (ack.seq, ack.own, ack.re) == (2, 1, 1)


def test_an_edit_that_needs_no_carrying_is_told_as_it_was() -> None:
    world = HubWorld()
    ada, bob = member(world, "ada", None, PROJECT), member(world, "bob", None, PROJECT)

    say(world, ada, change(0, "x", to=2), seen=0)

    assert told(bob) == [(1, change(0, "x", to=2))]


def test_several_changes_are_told_one_by_one() -> None:
    world = HubWorld()
    ada, bob = member(world, "ada", None, PROJECT), member(world, "bob", None, PROJECT)

    say(world, ada, [change(0, "x"), change(1, "y"), change(0, to=1)], seen=0)

    assert [seq for seq, _ in told(bob)] == [1, 2, 3]
    assert the(Ack, ada).seq == 3


def test_an_edit_that_is_sent_again_is_answered_and_not_told_again() -> None:
    world = HubWorld()
    ada, bob = member(world, "ada", None, PROJECT), member(world, "bob", None, PROJECT)
    for _ in range(2):
        say(world, ada, change(0, "x"), seq=5, seen=0)

    assert [ack.seq for ack in all_of(Ack, ada)] == [1, 1]
    assert len(told(bob)) == 1


def test_an_edit_of_what_is_gone_leaves_nothing_and_is_answered() -> None:
    world = HubWorld()
    ada, bob = member(world, "ada", None, PROJECT), member(world, "bob", None, PROJECT)
    say(world, ada, change(0, to=5), seen=0)
    bob.take()
    ada.take()

    say(world, bob, change(1, to=3), seen=0)

    assert told(ada) == []
    assert the(Ack, bob).seq == 1


def test_a_page_that_asks_first_is_told_where_the_room_stands() -> None:
    world = HubWorld()
    ada, bob = member(world, "ada", None, PROJECT), member(world, "bob", None, PROJECT)
    say(world, ada, change(0, "x"), seen=0)
    bob.take()

    say(world, bob, [], seq=1)

    (ack,) = bob.take()
    assert isinstance(ack, Ack)
    assert ack.seq == 1


def test_who_comes_back_is_told_what_it_missed_and_what_of_its_own_arrived() -> None:
    world = HubWorld()
    page = NumberedPage("ada", ROOM)
    page.connect(world, "first")
    while page.hear(world):
        pass
    bob = member(world, "bob", None, PROJECT)
    say(world, bob, change(0, "missed "), seen=0)
    page.buffer = [*(pieces_of(change(0, "own")) or []), *(pieces_of(change(9, "end")) or [])]
    page.seen = 0
    page.flush(world)
    assert page.peer is not None
    world.disconnect(page.peer)
    page.connect(world, "second")

    while page.hear(world):
        pass

    assert page.inflight == []
    assert page.lines == ["missed "]  # its own is there already, as far as the page knows
    assert page.seen == 3


@pytest.mark.parametrize("changes", ["x", [change(0, "x"), None], [change(0, "x")] * 65])
def test_what_is_no_change_cannot_be_numbered(changes: object) -> None:
    world = HubWorld()
    ada = member(world, "ada", None, PROJECT)

    say(world, ada, changes, seen=0)

    assert slug(ada) == "bad_request"


def test_a_page_that_has_seen_what_the_server_does_not_know_is_told() -> None:
    world = HubWorld()
    ada, bob = member(world, "ada", None, PROJECT), member(world, "bob", None, PROJECT)
    say(world, ada, change(0, "x"), seen=7)
    first = the(Ack, ada)

    for seen in (6, 9):
        say(world, bob, change(0, "y"), seq=seen, seen=seen)

    assert first.seq == 8
    assert [error.slug for error in all_of(Error, bob)] == ["unrecoverable_position"] * 2


def test_an_edit_that_would_take_too_long_to_carry_is_refused_and_changes_nothing() -> None:
    world = HubWorld()
    ada, bob = member(world, "ada", None, PROJECT), member(world, "bob", None, PROJECT)
    for number in range(8):
        lines = range(120 * number, 120 * (number + 1), 2)
        say(world, ada, [change(0, "x", line=at) for at in lines], seq=number + 1, seen=60 * number)
    ada.take()

    everything = {"from": {"line": 0, "ch": 0}, "to": {"line": 10_000, "ch": 0}, "text": [""]}
    say(world, bob, everything, seen=0)
    say(world, bob, change(0, "y"), seq=2, seen=480)

    assert slug(bob) == "unrecoverable_position"
    assert told(ada) == [(481, change(0, "y"))]


def test_who_has_much_carried_is_heard_more_slowly() -> None:
    world = HubWorld(limits=Limits(updates_burst=20))
    ada, bob = member(world, "ada", None, PROJECT), member(world, "bob", None, PROJECT)
    for number in range(4):
        changes = [change(0, "x", line=at) for at in range(60)]
        say(world, ada, changes, seq=number + 1, seen=60 * number)

    say(world, bob, [change(0, "y", line=at) for at in range(60)], seen=0)

    assert not world.hub.is_held(ada.id)
    assert world.hub.is_held(bob.id)


def test_an_edit_of_an_older_page_is_numbered_where_others_number() -> None:
    world = HubWorld()
    ada, old = member(world, "ada", None, PROJECT), member(world, "old", None, PROJECT)
    ada.take()
    world.tell(old, RelayEdit(room=PROJECT, changes=change(0, "before")))
    say(world, ada, change(0, "x"), seen=0)

    world.tell(old, RelayEdit(room=PROJECT, changes=change(1, "y")))
    world.tell(old, RelayEdit(room=PROJECT, changes={"anything": 1}))
    say(world, ada, change(1, "z"), seq=2, seen=1)

    assert told(ada) == [
        (None, change(0, "before")),
        (2, change(1, "y")),
        (None, {"anything": 1}),
    ]
    assert told(old)[-1] == (
        3,
        {"from": {"line": 0, "ch": 2}, "to": {"line": 0, "ch": 2}, "text": ["z"]},
    )


def test_only_so_many_files_have_an_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collab_server.core.edits.LOGS", 1)
    world = HubWorld()
    ada = member(world, "ada", None, PROJECT)
    for file in ("a", "b", "a"):
        event = RelayEdit(room=PROJECT, changes=change(0, "x"), file=file, seq=1, seen=0)
        world.tell(ada, event)

    assert [(ack.seq, ack.file) for ack in all_of(Ack, ada)] == [(1, "a"), (1, "b"), (1, "a")]


def test_one_room_does_not_make_the_server_forget_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("collab_server.core.edits.LOGS_A_ROOM", 2)
    world = HubWorld()
    ada = member(world, "ada", None, PROJECT)
    other = parse_room(OTHER_ROOM)
    bob = member(world, "bob", None, other)
    world.tell(bob, RelayEdit(room=other, changes=change(0, "x"), seq=1, seen=0))
    for number in range(5):
        event = RelayEdit(room=PROJECT, changes=change(0, "x"), file=f"{number}", seq=1, seen=0)
        world.tell(ada, event)
    bob.take()

    world.tell(bob, RelayEdit(room=other, changes=change(0, "y"), seq=2, seen=1))

    assert the(Ack, bob).seq == 2


def test_a_log_keeps_so_many_changes_and_so_much_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collab_server.core.edit_log.SESSIONS", 1)
    log = EditLog()
    piece = Insertion((0, 0), ("x",))
    for number in range(600):
        log.take(f"s{number}", 1, [piece], log.top, frame_of=lambda _, seq: f"{seq}")
    short = (log.is_known(99), log.is_known(100), log.answered("s0", 1), log.answered("s599", 1))
    for _ in range(3):
        log.take(None, None, [piece], log.top, frame_of=lambda *_: "x" * 100_000)

    assert short == (False, True, None, 600)
    assert (log.is_known(601), log.is_known(602)) == (False, True)


def test_a_frame_of_an_edit_has_the_legacy_fields() -> None:
    world = HubWorld()
    ada, bob = member(world, "ada", "42", PROJECT), member(world, "bob", None, PROJECT)

    say(world, ada, change(0, "x"), seen=0)

    (frame,) = bob.inbox
    assert set(msgspec.json.decode(frame)) == {
        "type",
        "user_id",
        "client_id",
        "changes",
        "timestamp",
        "room",
        "seq",
    }


def test_an_edit_is_not_carried_over_ones_own() -> None:
    world = HubWorld()
    ada, bob = member(world, "ada", None, PROJECT), member(world, "bob", None, PROJECT)

    say(world, ada, change(0, "ab"), seq=1, seen=0)
    say(world, ada, change(2, "c"), seq=2, seen=0)

    assert told(bob) == [(1, change(0, "ab")), (2, change(2, "c"))]
