"""The same text under other author ids, whatever the update holds."""

import random

import pycrdt
import pytest

from collab_server.protocol.errors import MalformedUpdate
from collab_server.protocol.update_renaming import authors_in, new_author_ids, rename_authors
from collab_server.protocol.updates import EMPTY_UPDATE, parse_update
from tests.support.writer import Writer


def rich_document() -> pycrdt.Doc:
    """Return a document with every kind of thing that stands on another."""
    doc = pycrdt.Doc()
    root = doc.get("map", type=pycrdt.Map)
    root["text"] = pycrdt.Text("one 😀")
    root["list"] = pycrdt.Array([1, "two", None, b"three", {"four": 5.5}])
    root["map"] = pycrdt.Map({"key": "value", "gone": True})
    del root["map"]["gone"]
    text = doc.get("content", type=pycrdt.Text)
    text.insert(0, "hello")
    text.format(0, 2, {"bold": True})
    text.insert_embed(2, {"image": "x"})
    doc.get("xml", type=pycrdt.XmlFragment).children.append(pycrdt.XmlElement("p"))
    return doc


def loaded(update: bytes) -> dict[str, object]:
    doc = pycrdt.Doc()
    doc.apply_update(update)
    return {
        "map": doc.get("map", type=pycrdt.Map).to_py(),
        "content": doc.get("content", type=pycrdt.Text).diff(),
        "xml": str(doc.get("xml", type=pycrdt.XmlFragment)),
    }


def renamed(update: bytes) -> bytes:
    names = authors_in(parse_update(update))
    return rename_authors(update, new_author_ids(names, set(names), random.Random(7).randrange))


def test_everything_stays_but_the_author_ids() -> None:
    update = rich_document().get_update()

    other = renamed(update)

    assert loaded(other) == loaded(update)
    assert not authors_in(parse_update(update)) & authors_in(parse_update(other))


@pytest.mark.parametrize("seed", range(20))
def test_what_two_wrote_at_one_place_keeps_its_order(seed: int) -> None:
    chance = random.Random(seed)
    writers = [Writer() for _ in range(3)]
    for _ in range(30):
        writer = chance.choice(writers)
        if writer.text and chance.random() < 0.3:
            update = writer.delete(0)
        else:
            update = writer.insert(0, chance.choice(["a", "b", "\n"]))
        if chance.random() < 0.5:
            for other in writers:
                other.apply(update if chance.random() < 0.9 else writer.diff(other.state))
    for writer in writers:
        for other in writers:
            writer.apply(other.diff(writer.state))
    update = writers[0].diff(b"\x00")

    reader = Writer()
    reader.apply(renamed(update))

    assert reader.text == writers[0].text


def test_new_ids_keep_the_order_and_take_none_that_is_taken() -> None:
    drawn = iter([0, 1, 3, 3, 90, 5])

    ids = new_author_ids([2**53 - 1, 5, 77], {1, 2, 5}, lambda _: next(drawn))

    assert ids == {5: 4, 77: 6, 2**53 - 1: 91}


def test_nothing_stays_nothing() -> None:
    assert rename_authors(EMPTY_UPDATE, {}) == EMPTY_UPDATE


def test_what_no_yjs_client_makes_is_refused() -> None:
    with pytest.raises(MalformedUpdate):
        rename_authors(b"\x01\x01\x01", {})
