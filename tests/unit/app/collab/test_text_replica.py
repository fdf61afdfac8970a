import gc

import pycrdt
import pytest

from app.collab.errors import EarlyUpdate
from app.collab.text_replica import TextReplica
from app.model.text_edit import Selection, TextEdit
from collab_server.protocol.errors import LocalProtocolError, RemoteProtocolError
from collab_server.protocol.updates import parse_update
from tests.unit.app.collab.replicas import TEXT, pair, typed


def library_documents() -> int:
    """Return how many documents of the library there are; no garbage is collected before."""
    return sum(issubclass(type(found), pycrdt.Doc) for found in gc.get_objects())


def test_pycrdt_counts_bytes() -> None:
    doc = pycrdt.Doc()
    doc["text"] = text = pycrdt.Text("A😀B")

    assert len(text) == 6


def test_a_replica_begins_with_a_normalised_text() -> None:
    assert TextReplica("dos\r\nline").text == "dos\nline"


def test_a_local_edit_reaches_the_other_replica() -> None:
    ada, grace = pair()

    edits = grace.apply([typed(ada, 5, "!")])

    assert edits == [TextEdit(5, 0, "!")]
    assert ada.text == grace.text == "aé漢😀!e\u0301\n"


@pytest.mark.parametrize("at", [0, 1, 2, 3, 5, 6, 7, 8])
def test_an_edit_at_every_boundary_lands_there_everywhere(at: int) -> None:
    ada, grace = pair()

    assert grace.apply([typed(ada, at, "😀")]) == [TextEdit(at, 0, "😀")]
    assert ada.text == grace.text
    assert ada.verify()
    assert grace.verify()


def test_several_edits_are_one_update() -> None:
    ada, grace = pair()
    edits = [TextEdit(0, 1, "x"), TextEdit(2, 3, ""), TextEdit(8, 0, "end")]

    update = ada.edit(edits, now_ms=0)

    assert update is not None
    assert grace.apply([update]) == edits
    assert ada.text == grace.text == "xée\u0301\nend"


@pytest.mark.parametrize("edits", [[], [TextEdit(3, 0, "")]])
def test_an_edit_of_nothing_is_none(edits: list[TextEdit]) -> None:
    replica = TextReplica(TEXT)

    assert replica.edit(edits, now_ms=0) is None
    assert not replica.can_undo


@pytest.mark.parametrize(
    "edits",
    [
        [TextEdit(4, 0, "x")],
        [TextEdit(3, 1, "")],
        [TextEdit(9, 0, "x")],
        [TextEdit(-1, 0, "x")],
        [TextEdit(2, -1, "x")],
        [TextEdit(5, 0, "x"), TextEdit(2, 0, "y")],
        [TextEdit(1, 2, "x"), TextEdit(2, 0, "y")],
        [TextEdit(1, 0, "x"), TextEdit(1, 0, "y")],
        [TextEdit(0, 0, "x"), TextEdit(4, 0, "y")],
        [TextEdit(0, 0, "dos\r\n")],
        [TextEdit(0, 0, "\ud83d")],
    ],
)
def test_an_edit_that_does_not_fit_changes_nothing(edits: list[TextEdit]) -> None:
    replica = TextReplica(TEXT)

    with pytest.raises(LocalProtocolError):
        replica.edit(edits, now_ms=0)

    assert replica.text == TEXT
    assert replica.verify()
    assert not replica.can_undo


def test_concurrent_edits_of_both_end_equal() -> None:
    ada, grace = pair()
    of_ada, of_grace = typed(ada, 3, "A", removed=2), typed(grace, 5, "G")

    ada.apply([of_grace])
    grace.apply([of_ada])

    assert ada.text == grace.text
    assert ada.text in ("aé漢AGe\u0301\n", "aé漢GAe\u0301\n")  # by author ids


def test_what_is_known_already_changes_nothing() -> None:
    ada, grace = pair()
    update = typed(ada, 0, "x")
    grace.apply([update])

    assert grace.apply([update]) == []
    assert grace.text == ada.text


def test_several_updates_are_told_as_one_list() -> None:
    ada, grace = pair("abcdef")
    updates = [typed(ada, 1, "X"), typed(ada, 0, "Y"), typed(ada, 6, "", removed=2)]

    assert grace.apply(updates) == [
        TextEdit(0, 0, "Y"),
        TextEdit(1, 0, "X"),
        TextEdit(4, 2, ""),
    ]
    assert grace.text == ada.text == "YaXbcd"


def test_an_update_that_is_too_early_is_refused_and_those_before_it_are_told() -> None:
    ada, grace = pair("abc")
    first, missing, third = typed(ada, 0, "1"), typed(ada, 1, "2"), typed(ada, 2, "3")

    with pytest.raises(EarlyUpdate) as early:
        grace.apply([first, third])

    assert early.value.edits == [TextEdit(0, 0, "1")]
    assert grace.text == "1abc"
    assert grace.apply([missing, third]) == [TextEdit(1, 0, "23")]


def test_malformed_bytes_change_nothing() -> None:
    ada, grace = pair("abc")

    with pytest.raises(RemoteProtocolError):
        grace.apply([typed(ada, 0, "x"), b"\x01\x01\x00\x00\x00\x00"])

    assert grace.text == "abc"


def test_everybody_who_follows_hears_of_every_change() -> None:
    ada, grace = pair("abc")
    heard = []
    grace.on_changed = lambda edits, authors: heard.append((list(edits), set(authors)))

    grace.apply([typed(ada, 0, "x")])
    typed(grace, 4, "y", now_ms=1)
    grace.undo()

    assert heard == [
        ([TextEdit(0, 0, "x")], {ada.author_id}),
        ([TextEdit(4, 0, "y")], {grace.author_id}),
        ([TextEdit(4, 1, "")], set()),
    ]


def test_a_caret_is_found_again_in_a_text_that_went_on() -> None:
    from app.collab.caret_log import caret_from_wire

    ada, grace = pair("some text 😀 here")
    unseen = typed(grace, 0, "😀 ")
    wire = caret_from_wire(ada.caret_for_wire(5, 9))
    assert wire is not None

    assert grace.caret_from_wire(wire) == Selection(8, 12)
    ada.apply([unseen])
    assert ada.text[ada.shadow.whole_character_at(6) :].startswith(" text")


def test_a_closed_replica_still_has_its_text() -> None:
    replica = TextReplica("text")

    replica.close()

    assert replica.text == "text"


def test_every_own_update_passes_the_parser_that_others_use() -> None:
    replica = TextReplica(TEXT)
    update = typed(replica, 3, "😀", removed=2)

    assert list(parse_update(update).structs) == [replica.author_id]


def test_a_replica_that_is_dropped_leaves_no_document() -> None:
    gc.collect()  # what other tests left would go meanwhile
    before = library_documents()
    ada, grace = pair()
    grace.apply([typed(ada, 0, "x")])
    ada.undo()
    ada.redo()

    del ada, grace

    assert library_documents() == before


def test_a_replica_that_is_closed_twice_is_closed() -> None:
    replica = TextReplica(TEXT)

    replica.close()
    replica.close()

    assert replica.text == TEXT
