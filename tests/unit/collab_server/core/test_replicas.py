"""Texts, edits and smaller forms of whole documents; never a document that differs."""

import pycrdt
import pytest

from collab_server.core import replicas
from collab_server.core.compaction import Contents
from collab_server.core.replicas import collected, edit_to, file_entries, files_of, text_of
from collab_server.core.views import DocumentView, ViewError
from collab_server.protocol.updates import EMPTY_UPDATE, parse_update
from tests.support.writer import Writer

POISON = b"\x01\x01\x01\x00\x04\x01\x07conten"


def written(*texts: str) -> bytes:
    """Return a document into which texts were typed, one after the other, and partly deleted."""
    writer = Writer()
    updates = [writer.insert(len(writer.text.encode()), text) for text in texts]
    updates.append(writer.delete(0, len(texts[0].encode())))
    return DocumentView.from_updates(updates).merged()


def test_the_text_of_a_document() -> None:
    assert text_of(written("gone", "naïve 😀\n")) == "naïve 😀\n"


def test_an_empty_document_has_an_empty_text() -> None:
    assert text_of(EMPTY_UPDATE) == ""


def test_what_the_library_cannot_read_has_no_text() -> None:
    with pytest.raises(ViewError):
        text_of(POISON)


@pytest.mark.parametrize(
    "text", ["", "naïve 😀 text\n", "one\ntwo 😀\nthree\n", "another\none\n", "gone naïve 😀\n"]
)
def test_an_edit_makes_the_text_another_one(text: str) -> None:
    document = written("gone", "one\nnaïve 😀\nthree\n")

    update = edit_to(document, text, author_id=77)

    summary = parse_update(update)
    assert set(summary.structs) <= {77}
    assert text_of(DocumentView.from_updates([document, update]).merged()) == text


def test_an_edit_brings_only_what_changes() -> None:
    document = written("gone", "one\ntwo\nthree\n")

    summary = parse_update(edit_to(document, "one\ntwo, too\nthree\n", author_id=77))

    assert summary.structs == {77: [(0, 5)]}
    assert summary.deletes == {}


def test_an_edit_to_the_same_text_is_none() -> None:
    assert edit_to(written("gone", "here"), "here", author_id=77) == EMPTY_UPDATE


def test_files_are_added_to_a_manifest() -> None:
    entry = {"path": "a.py", "eol": "lf", "mode": "text"}
    first = file_entries(EMPTY_UPDATE, {"f1": entry}, author_id=7)

    second = file_entries(first, {"f2": entry | {"path": "b.py"}}, author_id=8)

    files = files_of(DocumentView.from_updates([first, second]).merged())
    assert files == {"f1": entry, "f2": entry | {"path": "b.py"}}


def test_an_empty_document_is_an_empty_manifest() -> None:
    assert files_of(EMPTY_UPDATE) == {}


def test_what_was_deleted_can_be_thrown_away() -> None:
    document = written("gone " * 100, "here")

    smaller = collected(document)

    assert smaller is not None
    assert len(smaller) < len(document) / 4
    assert text_of(smaller) == "here"
    assert Contents([smaller]) == Contents([document])


def test_a_new_edit_and_an_old_one_fit_the_smaller_form() -> None:
    ada, bob = Writer(), Writer()
    first = ada.insert(0, "one " + "two " * 50 + "three")
    bob.apply(first)
    late = bob.insert(5, "late")
    second = ada.delete(8, 190)
    smaller = collected(DocumentView.from_updates([first, second]).merged())
    assert smaller is not None
    ada.apply(late)

    both = DocumentView.from_updates([smaller, late]).merged()

    assert text_of(both) == ada.text


def test_with_surrogate_pairs_nothing_is_thrown_away() -> None:
    assert collected(written("gone " * 100, "😀")) is None


def test_while_something_waits_nothing_is_thrown_away() -> None:
    writer = Writer()
    writer.insert(0, "first")
    second = writer.insert(5, "second")

    assert collected(second) is None


def test_what_the_library_cannot_read_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ValueError

    monkeypatch.setattr(pycrdt.Doc, "apply_update", broken)

    assert collected(written("gone", "here")) is None


def test_a_form_that_is_not_smaller_is_not_worth_it() -> None:
    smaller = collected(written("gone", "here"))
    assert smaller is not None

    assert collected(smaller) is None


def test_the_root_of_a_text_is_the_one_of_the_protocol() -> None:
    assert replicas.TEXT_ROOT == "content"
