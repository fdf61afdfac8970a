"""Who wrote what of a text, in UTF-16 units."""

import pycrdt
import pytest

from collab_server.core.version_effects import NOBODY
from collab_server.core.who_wrote import who_wrote
from collab_server.protocol.updates import EMPTY_UPDATE, encode_text
from tests.support.writer import Writer
from tests.unit.collab_server.protocol.update_bytes import (
    block,
    identity,
    item,
    ranges,
    text,
    update,
)


def written(*updates: bytes, owners: dict[int, str]) -> list[tuple[int, str | None]]:
    """Return so many units and by whom."""
    found = who_wrote(pycrdt.merge_updates(*updates), owners)
    return [(length, None if user == NOBODY else found.users[user]) for length, user in found.runs]


def content(chars: str) -> bytes:
    return item(4, text(chars), root="content")


def test_an_empty_text_was_written_by_nobody() -> None:
    found = who_wrote(EMPTY_UPDATE, {})

    assert (found.length, found.users, found.runs, found.next) == (0, [], [], None)


def test_two_people_and_one_that_nobody_knows() -> None:
    first = update(block(5, 0, content("one 😀 ")))
    second = update(block(6, 0, b"\x84" + identity(5, 6) + text("two")))
    third = update(block(7, 0, b"\x84" + identity(6, 2) + text("?")))

    found = written(first, second, third, owners={5: "ada", 6: "bob", 9: "eve"})

    assert found == [(7, "ada"), (3, "bob"), (1, None)]


def test_author_ids_of_one_user_are_one() -> None:
    first = update(block(5, 0, content("one")))
    second = update(block(6, 0, b"\x84" + identity(5, 2) + text("two")))

    assert written(first, second, owners={5: "ada", 6: "ada"}) == [(6, "ada")]


def test_what_was_deleted_counts_for_nobody() -> None:
    first = update(block(5, 0, content("0123456789")))
    second = update(
        block(6, 0, b"\xc4" + identity(5, 4) + identity(5, 5) + text("xy")),
        deletes=(ranges(5, (2, 5)),),
    )

    assert written(first, second, owners={5: "ada", 6: "bob"}) == [
        (2, "ada"),
        (2, "bob"),
        (3, "ada"),
    ]


def test_a_pair_that_somebody_wrote_into_has_two_writers() -> None:
    first = update(block(5, 0, content("a😀b")))
    second = update(block(6, 0, b"\xc4" + identity(5, 1) + identity(5, 2) + text("x")))

    assert written(first, second, owners={5: "ada", 6: "bob"}) == [
        (2, "ada"),
        (1, "bob"),
        (2, "ada"),
    ]


def test_what_an_undo_brings_back_was_written_by_who_undid() -> None:
    ada, bob = Writer(), Writer()
    made = [ada.insert(0, "hello")]
    bob.apply(made[0])
    undo = pycrdt.UndoManager(scopes=[bob.doc.get("content", type=pycrdt.Text)])
    made.append(bob.delete(1, 3))
    subscription = bob.doc.observe(lambda event: made.append(event.update))
    undo.undo()
    del subscription
    owners = {ada.doc.client_id: "ada", bob.doc.client_id: "bob"}

    assert bob.text == "hello"
    assert written(*made, owners=owners) == [(1, "ada"), (3, "bob"), (1, "ada")]


@pytest.mark.parametrize("at", [0, 3, 11, 99])
def test_an_answer_is_bounded_and_says_where_the_rest_begins(at: int) -> None:
    merged = pycrdt.merge_updates(
        encode_text(5, "content", "aaaa"),
        update(block(6, 0, b"\x84" + identity(5, 3) + text("bbbb"))),
        update(block(7, 0, b"\x84" + identity(6, 3) + text("ccc"))),
    )
    owners = {5: "ada", 6: "bob", 7: "cid"}

    found = who_wrote(merged, owners, at, most_runs=2)

    assert found.length == 11
    assert (found.at, found.users, found.runs, found.next) == {
        0: (0, ["ada", "bob"], [(4, 0), (4, 1)], 8),
        3: (3, ["ada", "bob"], [(1, 0), (4, 1)], 8),
        11: (11, [], [], None),
        99: (11, [], [], None),
    }[at]


def test_formats_and_embeds_are_no_units_of_text() -> None:
    doc = pycrdt.Doc(client_id=5)
    shown = doc.get("content", type=pycrdt.Text)
    shown.insert(0, "hello")
    shown.format(1, 3, {"bold": True})
    shown.insert_embed(2, {"image": "x"})

    found = who_wrote(doc.get_update(), {5: "ada"})

    assert found.runs == [(5, 0)]
