"""A CRDT library that fails, and a replica that does not."""

import pycrdt
import pytest

from app.collab import crdt
from app.collab.errors import ReplicaBroken
from app.collab.text_replica import TextReplica
from app.model.text_edit import TextEdit
from collab_server.protocol.errors import MalformedUpdate
from tests.unit.app.collab.replicas import pair, typed


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
