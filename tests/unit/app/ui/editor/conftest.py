"""Editors with a replica behind them, and a peer who edits the same text."""

import pytest
from PySide6.QtGui import QColor, QFont, QTextDocument

from app.collab.text_replica import TextReplica
from app.model.text_diff import minimal_edits
from app.ui.editor.code_editor import CodeEditor
from app.ui.editor.editor_colors import EditorColors
from app.ui.editor.raw_text import plain_document, raw_text
from app.ui.editor.replica_binding import ReplicaBinding

COLORS = EditorColors(
    text=QColor("black"),
    background=QColor("white"),
    current_line=QColor("lightyellow"),
    gutter_text=QColor("gray"),
    gutter_background=QColor("whitesmoke"),
    gutter_current=QColor("black"),
    selection=QColor("lightblue"),
    bracket=QColor("lightgreen"),
    found=QColor("lightgreen"),
    ruler_found=QColor("orange"),
    ruler_merged=QColor("blue"),
)


class Desk:
    """An editor, what is behind it, and a peer."""

    def __init__(self, qtbot, text: str) -> None:
        self._qtbot = qtbot
        self.now_s = 100.0
        self.replica = TextReplica(text)
        self.peer = TextReplica()
        self.peer.apply(self.replica.ledger.history())
        self.document: QTextDocument = plain_document()
        self.binding = ReplicaBinding(
            document=self.document, replica=self.replica, clock=lambda: self.now_s
        )
        self.told: list[object] = []
        self.binding.edited.connect(self.told.append)
        self.rebuilt: list[str] = []
        self.binding.rebuilt.connect(self.rebuilt.append)
        self.editor = self.another_view()

    def another_view(self) -> CodeEditor:
        """Return one more editor of the same text, 30 lines high."""
        editor = CodeEditor(colors=COLORS, font=QFont("monospace", 10))
        self._qtbot.addWidget(editor)
        editor.bind(self.binding)
        editor.resize(600, 30 * editor.fontMetrics().lineSpacing())
        editor.show()
        return editor

    @property
    def text(self) -> str:
        """The text, which widget, shadow and CRDT agree on."""
        text = raw_text(self.document)
        assert text == self.replica.text
        assert self.replica.verify()
        return text

    def peer_makes(self, text: str, *, at_utf16: int | None = None) -> None:
        """Let the peer turn its text into another, and hear of it."""
        edits = minimal_edits(self.peer.text, text, at_utf16=at_utf16)
        update = self.peer.edit(edits, now_ms=0)
        assert update is not None
        self.binding.apply_remote(self.replica.apply([update]))

    def updates_of(self, act) -> list[bytes]:
        """Return the updates that an action makes."""
        updates: list[bytes] = []
        self.replica.ledger.attach(updates.append)
        act()
        self.replica.ledger.detach()
        return updates


@pytest.fixture
def desk(qtbot):
    """Return what makes a desk with a text."""

    def make(text: str = "") -> Desk:
        return Desk(qtbot, text)

    return make
