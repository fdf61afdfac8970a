"""What tests of a window do to it: open a shared document, and what a menu does."""

from app.collab.text_replica import TextReplica
from app.model.connection import Link, LinkPhase
from app.model.project import FileEntry
from app.services.shared_document import SharedDocument
from app.ui.editor_window import EditorWindow
from tests.support.sessions import FACTS

LIVE = Link(LinkPhase.LIVE)


def shared_as(
    window: EditorWindow, replica: TextReplica, path: str = "theirs.js"
) -> SharedDocument:
    """Let the session open a document in a window."""
    shared = SharedDocument(
        name="r/1",
        facts=FACTS,
        is_own=window.tabs.of_replica(replica) is not None,
        entry=FileEntry(path),
        replica=replica,
        clock=lambda: 0.0,
        parent=window,
    )
    window.collaboration.document_opened.emit(shared)
    window.collaboration.link_changed.emit(LIVE)
    return shared


def trigger(window: EditorWindow, action_id: str) -> None:
    """Do what a menu or a key does."""
    window.window.actions_by_id[action_id].trigger()
