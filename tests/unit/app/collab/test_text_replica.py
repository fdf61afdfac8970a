import gc

import pycrdt
import pytest

from app.collab import crdt
from app.collab.errors import EarlyUpdate, ForeignContent, ReplicaBroken
from app.collab.replica_delta import EMBED
from app.collab.text_replica import EditKind, TextReplica, Undone
from app.model.text_edit import Selection, TextEdit, apply_edits
from collab_server.protocol.errors import LocalProtocolError, MalformedUpdate, RemoteProtocolError
from collab_server.protocol.updates import parse_update
from tests.unit.collab_server.protocol.update_bytes import identity, item, one, var

TEXT = "aé漢😀e\u0301\n"


def pair(text: str = TEXT) -> tuple[TextReplica, TextReplica]:
    ada, grace = TextReplica(text), TextReplica()
    grace.apply(ada.ledger.history())
    return ada, grace


def typed(replica: TextReplica, at: int, text: str, removed: int = 0, now_ms: float = 0) -> bytes:
    update = replica.edit([TextEdit(at, removed, text)], now_ms=now_ms)
    assert update is not None
    return update


def browser_update(change, *, state: bytes | None = None) -> bytes:
    """Return what somebody with any Yjs editor sends, who has this state first."""
    doc = pycrdt.Doc()
    text = doc.get("content", type=pycrdt.Text)
    if state is not None:
        doc.apply_update(state)
    before = doc.get_state()
    with doc.transaction():
        change(text)
    return doc.get_update(before)


def library_documents() -> int:
    """Return how many documents of the library there are; no garbage is collected before."""
    return sum(issubclass(type(found), pycrdt.Doc) for found in gc.get_objects())


# Local edits.


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


# What comes in.


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


def test_an_object_in_the_text_is_shown_as_one_character_and_can_be_deleted() -> None:
    ada, _ = pair("ab")
    update = browser_update(
        lambda text: text.insert_embed(1, {"image": "x"}), state=ada.ledger.history()[0]
    )

    assert ada.apply([update]) == [TextEdit(1, 0, EMBED)]
    typed(ada, 3, "!")
    typed(ada, 1, "", removed=1)

    assert ada.text == "ab!"
    assert ada.verify()


def test_windows_line_ends_of_a_browser_become_line_feeds_for_everybody() -> None:
    ada, grace = pair("ab")
    sent: list[bytes] = []
    ada.ledger.attach(sent.append)
    update = browser_update(
        lambda text: text.insert(1, "1\r\n2\r\n"), state=ada.ledger.history()[0]
    )

    assert ada.apply([update]) == [TextEdit(1, 0, "1\n2\n")]
    grace.is_writable = False
    assert grace.apply([update]) == [TextEdit(1, 0, "1\n\n2\n\n")]
    grace.apply(sent)

    assert ada.text == grace.text == "a1\n2\nb"
    assert ada.verify()
    assert grace.verify()


def test_taking_out_carriage_returns_is_not_one_s_own_edit() -> None:
    ada, _ = pair("ab")
    ada.apply([browser_update(lambda text: text.insert(1, "\r\n"), state=ada.ledger.history()[0])])

    assert not ada.can_undo


def test_types_that_many_updates_nest_are_refused_when_they_stand_too_deep() -> None:
    ada, _ = pair("ab")
    levels = [item(7, var(0), root="other")]
    levels += [b"\x07\x00" + identity(7, at) + var(0) for at in range(16)]
    ada.apply([one(level, author=7, clock=at) for at, level in enumerate(levels[:16])])

    with pytest.raises(ForeignContent):
        ada.apply([one(levels[16], author=7, clock=16)])

    assert ada.ledger.known.state[7] == 16
    assert ada.text == "ab"


def test_what_takes_up_room_without_being_text_is_refused() -> None:
    ada, _ = pair("ab")
    typed(ada, 2, "c")
    hidden = bytes([1, 1, 5, 0, 8, 1, 7]) + b"content" + bytes([1, 0x77, 1, 0x61, 0])

    with pytest.raises(ForeignContent):
        ada.apply([hidden])

    assert ada.text == "abc"
    typed(ada, 3, "d")
    assert ada.text == "abcd"
    assert ada.verify()


def test_an_update_that_the_library_takes_half_of_is_undone_by_a_rebuild() -> None:
    ada, grace = pair("ab")
    # A child of a text's character: the parser cannot know, the library finds out too late.
    author = ada.author_id
    out = bytearray([1, 1, 9, 0, 4, 0])
    crdt_write(out, author)
    out += bytes([0, 1, 0x78, 0])

    with pytest.raises(ReplicaBroken):
        ada.apply([bytes(out)])

    assert ada.text == "ab"
    assert grace.apply([typed(ada, 2, "!")]) == [TextEdit(2, 0, "!")]


def crdt_write(out: bytearray, number: int) -> None:
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)


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


# A library that fails.


class PanicException(BaseException):
    """Named as what pyo3 raises when Rust panics; the real class cannot be imported."""


def test_a_panic_while_applying_is_survived(monkeypatch: pytest.MonkeyPatch) -> None:
    ada, grace = pair("abc")
    typed(grace, 0, "own ")
    good, bad = typed(ada, 0, "1"), typed(ada, 1, "2")
    healthy = pycrdt.Doc.apply_update

    def fail(doc: pycrdt.Doc, update: bytes) -> None:
        if update == bad:
            raise PanicException
        healthy(doc, update)

    monkeypatch.setattr(pycrdt.Doc, "apply_update", fail)
    with pytest.raises(ReplicaBroken) as broken:
        grace.apply([good, bad])

    assert broken.value.edits == [TextEdit(4, 0, "1")] or broken.value.edits == [
        TextEdit(0, 0, "1")
    ]
    monkeypatch.undo()
    assert not grace.can_undo
    assert grace.verify()
    grace.apply([bad])
    ada.apply(grace.ledger.history())
    assert ada.text == grace.text


def test_a_panic_in_a_local_edit_leaves_the_text_before(monkeypatch: pytest.MonkeyPatch) -> None:
    ada = TextReplica("abc")

    def fail(*_: object) -> None:
        raise PanicException

    monkeypatch.setattr(pycrdt.Text, "insert", fail)
    with pytest.raises(ReplicaBroken):
        ada.edit([TextEdit(0, 1, "x")], now_ms=0)
    monkeypatch.undo()

    assert ada.text == "abc"
    assert ada.verify()
    typed(ada, 3, "d")
    assert ada.text == "abcd"


@pytest.mark.parametrize("what", ["undo", "redo"])
def test_a_panic_in_undo_leaves_the_text_before(monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    ada = TextReplica("abc")
    typed(ada, 3, "d")

    def fail(*_: object) -> None:
        raise PanicException

    monkeypatch.setattr(pycrdt.UndoManager, what, fail)
    with pytest.raises(ReplicaBroken):
        getattr(ada, what)()
    monkeypatch.undo()

    assert ada.text == "abcd"
    assert not ada.can_undo


def test_a_change_that_cannot_be_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    ada, grace = pair("😀b")
    update = typed(ada, 2, "x")
    monkeypatch.setattr(
        crdt.CrdtText, "take_changes", lambda _: [crdt.Change(1, 0, "x")], raising=True
    )

    with pytest.raises(ReplicaBroken):
        grace.apply([update])
    monkeypatch.undo()

    assert grace.text == "😀b"


def test_what_is_no_panic_passes_through(monkeypatch: pytest.MonkeyPatch) -> None:
    ada, grace = pair("abc")
    update = typed(ada, 0, "x")

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(pycrdt.Doc, "apply_update", stop)
    with pytest.raises(KeyboardInterrupt):
        grace.apply([update])


def test_what_the_library_cannot_decode_is_malformed(monkeypatch: pytest.MonkeyPatch) -> None:
    ada, grace = pair("abc")
    update = typed(ada, 0, "x")

    def refuse(*_: object) -> None:
        raise ValueError

    monkeypatch.setattr(pycrdt.Doc, "apply_update", refuse)
    with pytest.raises(MalformedUpdate):
        grace.apply([update])


# Undo.


def test_undo_takes_back_one_s_own_word_and_redo_brings_it_again() -> None:
    replica = TextReplica("start ")
    for offset, key in enumerate("one two"):
        typed(replica, 6 + offset, key, now_ms=offset * 50.0)

    first, second = replica.undo(), replica.undo()

    assert first is not None
    assert second is not None
    assert [first.edits, second.edits] == [[TextEdit(10, 3, "")], [TextEdit(6, 4, "")]]
    assert (replica.text, replica.can_undo, replica.can_redo) == ("start ", False, True)
    again = replica.redo()
    assert again is not None
    assert again.edits == [TextEdit(6, 0, "one ")]


def test_undo_leaves_others_edits_alone() -> None:
    ada, grace = pair("")
    grace.apply([typed(ada, 0, "mine ")])
    ada.apply([typed(grace, 5, "yours")])

    undone = ada.undo()

    assert undone == Undone([TextEdit(0, 5, "")], Selection(0, 0), undone.update if undone else b"")
    assert ada.text == "yours"
    assert ada.undo() is None


def test_undo_of_a_deletion_keeps_what_a_peer_put_inside() -> None:
    ada, grace = pair("abcdef")
    deletion, insertion = typed(ada, 1, "", removed=4), typed(grace, 3, "XX")
    ada.apply([insertion])
    grace.apply([deletion])

    undone = ada.undo()

    assert undone is not None
    grace.apply([undone.update])
    assert ada.text == grace.text
    assert "XX" in ada.text
    assert sorted(ada.text) == sorted("abcdefXX")


def test_undo_passes_over_what_a_peer_has_deleted_already() -> None:
    ada, grace = pair("")
    grace.apply([typed(ada, 0, "first ")])
    grace.apply([typed(ada, 6, "second", now_ms=5000)])
    ada.apply([typed(grace, 6, "", removed=6)])

    undone = ada.undo()

    assert undone is not None
    assert ada.text == ""
    assert not ada.can_undo


def test_undo_finds_nothing_when_a_peer_has_deleted_everything() -> None:
    ada, grace = pair("")
    grace.apply([typed(ada, 0, "x")])
    ada.apply([typed(grace, 0, "", removed=1)])

    assert ada.undo() is None
    assert ada.redo() is None


def test_the_first_text_and_a_reload_cannot_be_undone() -> None:
    replica = TextReplica("first")

    replica.edit([TextEdit(0, 5, "reloaded")], kind=EditKind.RELOAD, now_ms=0)

    assert replica.undo() is None
    assert replica.text == "reloaded"


def test_a_reload_between_two_keys_parts_them() -> None:
    replica = TextReplica("")
    typed(replica, 0, "a")
    replica.edit([TextEdit(1, 0, "b")], kind=EditKind.RELOAD, now_ms=1)
    typed(replica, 1, "c", now_ms=2)

    replica.undo()

    assert replica.text == "ab"


def test_a_cut_group_is_undone_by_itself() -> None:
    replica = TextReplica("")
    typed(replica, 0, "a")
    replica.cut_undo_group()
    typed(replica, 1, "b")

    replica.undo()

    assert replica.text == "a"


def test_undo_restores_the_selection_around_peers_edits() -> None:
    ada, grace = pair("some text here")
    ada.note_selection(Selection(5, 9))
    grace.apply([typed(ada, 5, "word", removed=4)])
    ada.note_selection(Selection(9, 9))
    ada.apply([typed(grace, 0, "😀 ")])

    undone = ada.undo()
    again = ada.redo()

    assert undone is not None
    assert again is not None
    assert undone.selection == Selection(8, 12)
    assert again.selection == Selection(12, 12)


def test_a_restored_selection_never_stands_inside_a_character() -> None:
    ada, grace = pair("ab")
    ada.note_selection(Selection(0, 2))
    grace.apply([typed(ada, 0, "", removed=2)])
    ada.apply([typed(grace, 0, "😀")])

    undone = ada.undo()

    assert undone is not None
    assert undone.selection is not None
    ada.shadow.slice(undone.selection.anchor_utf16, undone.selection.head_utf16)


# Carets, closing.


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


def whole_state(replica: TextReplica) -> bytes:
    """Return what a server that has this answers to an empty step 1."""
    return crdt.merge(replica.ledger.history())


def test_a_rebased_text_keeps_own_edits_as_new_ones_of_another_author() -> None:
    server = TextReplica("one 😀\ntwo\n")
    replica = TextReplica()
    replica.apply(server.ledger.history())
    replica.ledger.attach(lambda _update: None)
    replica.edit([TextEdit(0, 0, "mine e\u0301 ")], now_ms=0)
    server.edit([TextEdit(server.shadow.length_utf16, 0, "three 👍\n")], now_ms=0)
    author_before = replica.author_id
    told: list[object] = []
    replica.on_changed = lambda *change: told.append(change)

    edits = replica.rebase(whole_state(server), is_same_history=True)

    assert edits == [TextEdit(19, 0, "three 👍\n")]
    assert replica.text == "mine e\u0301 one 😀\ntwo\nthree 👍\n"
    assert replica.author_id != author_before
    assert replica.ledger.pending_count == 1
    assert len(told) == 1
    assert not replica.can_undo
    assert replica.verify()
    server.apply([replica.ledger.answer_step1(server.ledger.state_vector())])
    assert server.text == replica.text
    assert author_before not in server.ledger.known.state


def test_a_text_that_the_server_has_whole_is_rebased_without_an_edit() -> None:
    server, replica = TextReplica("text"), TextReplica()
    replica.apply(server.ledger.history())

    assert replica.rebase(whole_state(server), is_same_history=True) == []
    assert (replica.text, replica.ledger.pending_count) == ("text", 0)
    replica.edit([TextEdit(4, 0, "!")], now_ms=0)
    assert replica.verify()


def test_a_text_of_another_history_becomes_the_servers() -> None:
    server, replica = TextReplica("theirs 😀"), TextReplica("mine")
    replica.ledger.attach(lambda _update: None)

    edits = replica.rebase(whole_state(server), is_same_history=False)

    assert apply_edits("mine", edits) == replica.text == "theirs 😀"
    assert replica.ledger.pending_count == 0
    assert replica.verify()


def test_what_cannot_be_a_whole_state_changes_nothing() -> None:
    server, replica = TextReplica("theirs"), TextReplica("mine")
    later = server.edit([TextEdit(6, 0, "!")], now_ms=0)
    assert later is not None
    hidden = bytes([1, 1, 5, 0, 8, 1, 7]) + b"content" + bytes([1, 0x77, 1, 0x61, 0])

    with pytest.raises(EarlyUpdate):
        replica.rebase(later, is_same_history=True)
    with pytest.raises(ForeignContent):
        replica.rebase(hidden, is_same_history=False)
    with pytest.raises(MalformedUpdate):
        replica.rebase(b"\x05", is_same_history=False)

    assert replica.text == "mine"
    assert replica.verify()


# Its end.


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
