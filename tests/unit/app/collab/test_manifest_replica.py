import gc

import pycrdt
import pytest

from app.collab import crdt
from app.collab.errors import EarlyUpdate, ReplicaBroken
from app.collab.manifest_replica import ManifestReplica
from app.model.project import FileEntry
from collab_server.protocol.errors import RemoteProtocolError

MAIN, STYLE = FileEntry("main.py", "lf", "python"), FileEntry("style.css", "crlf")


class PanicException(BaseException):
    """Named as what pyo3 raises when Rust panics."""


def test_the_first_file_is_the_default() -> None:
    manifest = ManifestReplica()

    manifest.add_file("1", MAIN)
    manifest.add_file("2", STYLE)

    assert manifest.files == {"1": MAIN, "2": STYLE}
    assert manifest.default_file == "1"


def test_a_manifest_reaches_the_others() -> None:
    ada, grace = ManifestReplica(), ManifestReplica()
    ada.add_file("1", MAIN)

    grace.apply(ada.ledger.history())
    grace.apply(ada.ledger.history())

    assert (grace.files, grace.default_file) == ({"1": MAIN}, "1")


def test_it_is_laid_out_as_other_editors_expect_it() -> None:
    manifest, doc = ManifestReplica(), pycrdt.Doc()
    manifest.add_file("1", MAIN)

    doc.apply_update(manifest.ledger.history()[0])

    assert doc.get("files", type=pycrdt.Map).to_py() == {
        "1": {"path": "main.py", "eol": "lf", "mode": "text", "language": "python"},
        "default": "1",
    }


def test_an_update_that_is_too_early_is_refused() -> None:
    ada, grace = ManifestReplica(), ManifestReplica()
    ada.add_file("1", MAIN)
    ada.add_file("2", STYLE)

    with pytest.raises(EarlyUpdate):
        grace.apply(ada.ledger.history()[1:])

    assert grace.files == {}


def test_malformed_bytes_are_refused() -> None:
    with pytest.raises(RemoteProtocolError):
        ManifestReplica().apply([b"\x07"])


def test_a_panic_while_applying_keeps_what_was_known(monkeypatch: pytest.MonkeyPatch) -> None:
    ada, grace = ManifestReplica(), ManifestReplica()
    ada.add_file("1", MAIN)
    grace.apply(ada.ledger.history())
    ada.add_file("2", STYLE)
    second = ada.ledger.history()[1]
    healthy = pycrdt.Doc.apply_update

    def fail(doc: pycrdt.Doc, update: bytes) -> None:
        if update == second:
            raise PanicException
        healthy(doc, update)

    monkeypatch.setattr(pycrdt.Doc, "apply_update", fail)
    with pytest.raises(ReplicaBroken):
        grace.apply([second])

    assert grace.files == {"1": MAIN}


def test_a_panic_while_writing_keeps_what_was_known(monkeypatch: pytest.MonkeyPatch) -> None:
    manifest = ManifestReplica()
    manifest.add_file("1", MAIN)

    def fail(*_: object) -> None:
        raise PanicException

    monkeypatch.setattr(pycrdt.Map, "__setitem__", fail)
    with pytest.raises(ReplicaBroken):
        manifest.add_file("2", STYLE)

    assert manifest.files == {"1": MAIN}


def test_a_closed_manifest_sends_nothing() -> None:
    manifest = ManifestReplica()
    manifest.ledger.attach(lambda _: None)

    manifest.close()

    assert manifest.ledger.pending_count == 0


def test_a_manifest_goes_on_with_the_servers_history() -> None:
    server, mine = ManifestReplica(), ManifestReplica()
    server.add_file("theirs", FileEntry("theirs.py"))
    mine.add_file("mine", FileEntry("mine.py"))
    state = crdt.merge(server.ledger.history())

    mine.rebase(state, is_same_history=True)

    assert sorted(mine.files) == ["mine", "theirs"]
    assert mine.default_file == "theirs"
    mine.rebase(state, is_same_history=True)
    mine.rebase(state, is_same_history=False)
    assert list(mine.files) == ["theirs"]


def test_a_manifest_that_is_dropped_leaves_no_document() -> None:
    gc.collect()  # what other tests left would go meanwhile
    before = sum(issubclass(type(found), pycrdt.Doc) for found in gc.get_objects())
    manifest = ManifestReplica()
    manifest.add_file("1", MAIN)

    del manifest

    assert sum(issubclass(type(found), pycrdt.Doc) for found in gc.get_objects()) == before
