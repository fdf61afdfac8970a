"""Drags a part of a text within its editor, by the mouse, and prints what became of it as JSON.

A process of its own: Qt's offscreen platform cannot drag, its minimal one can.
"""

import json
import sys

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QColor, QFont, QMouseEvent, QTextCursor
from PySide6.QtWidgets import QApplication

from app.collab.text_replica import TextReplica
from app.model.text_diff import minimal_edits
from app.ui.editor.code_editor import CodeEditor
from app.ui.editor.editor_colors import EditorColors
from app.ui.editor.raw_text import plain_document, raw_text
from app.ui.editor.replica_binding import ReplicaBinding

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.MouseButton.NoButton


def main() -> None:
    """Take what to do from the command line: text, selection's ends, place, a peer's new text."""
    text, start, stop, to, peers_text = sys.argv[1:]
    application = QApplication([])
    replica = TextReplica(text)
    peer = TextReplica()
    peer.apply(replica.ledger.history())
    document = plain_document()
    binding = ReplicaBinding(document=document, replica=replica)
    editor = CodeEditor(
        colors=EditorColors(*[QColor("gray")] * len(EditorColors.__dataclass_fields__)),
        font=QFont("monospace", 10),
    )
    editor.bind(binding)
    editor.resize(600, 200)
    editor.show()
    application.sendPostedEvents()
    editor.select(int(start), int(stop))

    def place(at: int) -> QPoint:
        cursor = QTextCursor(document)
        cursor.setPosition(at)
        return editor.cursorRect(cursor).center()

    def send(
        kind: QEvent.Type, at: QPoint, *, button: Qt.MouseButton, held: Qt.MouseButton
    ) -> None:
        viewport = editor.viewport()
        there = QPointF(viewport.mapToGlobal(at))
        none = Qt.KeyboardModifier.NoModifier
        QApplication.sendEvent(viewport, QMouseEvent(kind, QPointF(at), there, button, held, none))

    def drag_on() -> None:
        """Go on in the loop that Qt runs while one drags."""
        if peers_text:
            update = peer.edit(minimal_edits(text, peers_text), now_ms=0)
            binding.apply_remote(replica.apply([update] if update else []))
        window = editor.windowHandle()
        for kind, button, held in (
            (QEvent.Type.MouseMove, NONE, LEFT),
            (QEvent.Type.MouseButtonRelease, LEFT, NONE),
        ):
            at = editor.viewport().mapTo(editor, place(int(to)))
            there = QPointF(editor.mapToGlobal(at))
            none = Qt.KeyboardModifier.NoModifier
            QApplication.sendEvent(
                window, QMouseEvent(kind, QPointF(at), there, button, held, none)
            )

    told: list[list[tuple[int, int, str]]] = []
    binding.edited.connect(
        lambda edits: told.append([(e.at_utf16, e.removed_utf16, e.text) for e in edits])
    )
    QTimer.singleShot(0, drag_on)
    inside = place((int(start) + int(stop)) // 2)
    send(QEvent.Type.MouseButtonPress, inside, button=LEFT, held=LEFT)
    send(QEvent.Type.MouseMove, inside + QPoint(60, 0), button=NONE, held=LEFT)
    moved, selection = raw_text(document), editor.selection
    editor.undo()
    undone = raw_text(document)
    answer = {
        "moved": moved,
        "selected": [selection.anchor_utf16, selection.head_utf16],
        "told": told[0] if told else [],
        "undone": undone,
        "restored": [editor.selection.anchor_utf16, editor.selection.head_utf16],
        "equal": replica.text == undone and replica.verify(),
    }
    sys.stdout.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
