"""An editor on a shared document: what a window has to connect, and that it is enough."""

import pytest
from PySide6.QtGui import QInputMethodEvent

from app.model.project import FileEntry
from app.model.text_edit import TextEdit
from app.services.shared_document import SharedDocument
from tests.support.sessions import FACTS


@pytest.fixture
def shared_desk(desk):
    """Return a desk with a text, whose replica is a shared document's."""
    documents: list[SharedDocument] = []

    def make(text: str):
        here = desk(text)
        document = SharedDocument(
            name="main",
            facts=FACTS,
            is_own=False,
            entry=FileEntry("main.py"),
            replica=here.replica,
            clock=lambda: here.now_s,
        )
        documents.append(document)
        document.remote_edited.connect(here.binding.apply_remote)
        return here, document

    return make


def test_an_update_of_the_session_is_shown(shared_desk) -> None:
    here, document = shared_desk("one")
    update = here.peer.edit([TextEdit(3, 0, " two")], now_ms=0)

    document.take_updates([update])

    assert here.text == "one two"


def test_updates_are_held_while_an_input_method_composes(shared_desk) -> None:
    here, document = shared_desk("one")

    acts = {True: document.hold, False: document.release}
    here.binding.composing_changed.connect(lambda is_composing: acts[is_composing]())
    here.editor.select(3, 3)
    here.editor.inputMethodEvent(QInputMethodEvent("に", []))
    document.take_updates([here.peer.edit([TextEdit(0, 0, "zero ")], now_ms=0)])
    assert here.replica.text == "one"

    commit = QInputMethodEvent()
    commit.setCommitString("日")
    here.editor.inputMethodEvent(commit)

    assert here.text == "zero one日"


def test_a_viewer_s_keys_are_refused(shared_desk, qtbot) -> None:
    here, document = shared_desk("one")
    document.access_changed.connect(lambda is_writable: here.binding.set_read_only(not is_writable))

    document.take_access(is_writable=False)
    qtbot.keyClicks(here.editor, "x")
    assert here.text == "one"
    document.take_access(is_writable=True)
    qtbot.keyClicks(here.editor, "x")

    assert here.text == "xone"
