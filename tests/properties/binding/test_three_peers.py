"""Three people with real editors; whatever they and the network do, all see the same in the end."""

import itertools
import random
from functools import partial

import pytest
from PySide6.QtCore import QMimeData
from PySide6.QtGui import QColor, QFont, QInputMethodEvent, QTextCursor

from app.collab.errors import EarlyUpdate
from app.collab.text_replica import TextReplica
from app.model.text_edit import TextEdit
from app.ui.editor import line_commands
from app.ui.editor.code_editor import CodeEditor
from app.ui.editor.editor_colors import EditorColors
from app.ui.editor.raw_text import plain_document, raw_text
from app.ui.editor.replica_binding import ReplicaBinding
from tests.seeds import seeds

ALPHABET = [
    *"abc xyz\n\n\t({",
    "word ",
    "e\u0301",
    "漢字",
    "😀",
    "👨‍👩‍👧",
    "🇩🇪",
    "\u200d",
    "שלום",
    "مرحبا",
    "\u00a0",
    "\u2028",
    "line\r\nline\r\n",
    "\ufffc",
]
STEPS = 40
COLORS = EditorColors(*[QColor("gray")] * len(EditorColors.__dataclass_fields__))


class Peer:
    """An editor and its replica, and what has not reached it yet."""

    def __init__(self, qtbot, plan: random.Random, history: list[bytes]) -> None:
        self._plan = plan
        self._now_s = 0.0
        self.replica = TextReplica()
        self.replica.apply(history)
        self.binding = ReplicaBinding(
            document=plain_document(), replica=self.replica, clock=lambda: self._now_s
        )
        self.rebuilt: list[str] = []
        self.binding.rebuilt.connect(self.rebuilt.append)
        self.editor = CodeEditor(colors=COLORS, font=QFont("monospace", 10))
        qtbot.addWidget(self.editor)
        self.editor.bind(self.binding)
        self.inbox: list[tuple[int, bytes]] = []  # numbered as they were sent

    @property
    def text(self) -> str:
        return raw_text(self.binding.document)

    def act(self) -> None:
        self._now_s += self._plan.choice([0.01, 0.1, 2.0])
        acts = [
            self._type,
            self._type,
            self._paste,
            self._delete,
            self._edit_block,
            self._program,
            self.editor.undo,
            self.editor.redo,
            self._compose,
            partial(line_commands.indent, self.editor),
            self._flip_read_only,
        ]
        self._plan.choice(acts)()

    def receive(self) -> None:
        """Take some of what has arrived, in any order; what came too early stays."""
        self._plan.shuffle(self.inbox)
        taken = [self.inbox.pop() for _ in range(self._plan.randint(0, len(self.inbox)))]
        try:
            edits = self.replica.apply([update for _, update in taken])
        except EarlyUpdate as early:
            edits = early.edits
            self.inbox += taken
        self.binding.apply_remote(edits)

    def finish(self) -> None:
        """Take all that has arrived, in the order it was sent."""
        updates = [update for _, update in sorted(self.inbox)]
        self.inbox.clear()
        self.binding.apply_remote(self.replica.apply(updates))
        self.editor.inputMethodEvent(QInputMethodEvent())
        self.binding.set_read_only(False)

    def _cursor(self) -> QTextCursor:
        """Return a cursor with a selection anywhere, which Qt would not put inside a character."""
        document = self.binding.document
        shadow_end = document.characterCount() - 1
        cursor = QTextCursor(document)
        cursor.setPosition(self._whole(self._plan.randint(0, shadow_end)))
        if self._plan.random() < 0.4:
            head = cursor.position() + self._plan.randint(-12, 12)
            head = self._whole(max(0, min(head, shadow_end)))
            cursor.setPosition(head, QTextCursor.MoveMode.KeepAnchor)
        return cursor

    def _whole(self, at_utf16: int) -> int:
        character = self.binding.document.characterAt(at_utf16)
        return at_utf16 - 1 if "\udc00" <= character <= "\udfff" else at_utf16

    def _text(self) -> str:
        return "".join(self._plan.choices(ALPHABET, k=self._plan.randint(1, 5)))

    def _type(self) -> None:
        self.editor.setTextCursor(self._cursor())
        for character in self._text():
            self.editor.textCursor().insertText(character)

    def _paste(self) -> None:
        self.editor.setTextCursor(self._cursor())
        data = QMimeData()
        data.setText(self._text() * self._plan.choice([1, 60]))
        self.editor.insertFromMimeData(data)

    def _delete(self) -> None:
        cursor = self._cursor()
        self.editor.setTextCursor(cursor)
        if self._plan.random() < 0.5:
            cursor.deleteChar()
        else:
            cursor.deletePreviousChar()

    def _edit_block(self) -> None:
        block = QTextCursor(self.binding.document)
        block.beginEditBlock()
        for _ in range(self._plan.randint(1, 4)):
            self._cursor().insertText(self._text())
        block.endEditBlock()

    def _program(self) -> None:
        places = sorted({self._cursor().position() for _ in range(4)})
        self.binding.edit([TextEdit(place, 0, self._text()) for place in places])

    def _compose(self) -> None:
        event = QInputMethodEvent(self._plan.choice(["", "に", "にほ"]), [])
        event.setCommitString(self._plan.choice(["", "日本", "e\u0301"]))
        self.editor.inputMethodEvent(event)

    def _flip_read_only(self) -> None:
        self.binding.set_read_only(self._plan.random() < 0.2)


@pytest.mark.parametrize("seed", seeds(200))
def test_three_editors_end_with_the_same_text(qtbot, seed: int) -> None:
    plan = random.Random(seed)
    first = TextReplica("def main():\n    print('😀')\n\n")
    peers = [Peer(qtbot, plan, first.ledger.history()) for _ in range(3)]
    numbers = itertools.count()
    for peer in peers:
        others = [other for other in peers if other is not peer]

        def send(update: bytes, others: list[Peer] = others) -> None:
            for other in others:
                other.inbox += [(next(numbers), update)] * plan.choice([1, 1, 2])

        peer.replica.ledger.attach(send)

    for _ in range(STEPS):
        plan.choice(peers).act()
        plan.choice(peers).receive()
    for peer in peers:
        peer.finish()
    for peer in peers:
        peer.finish()

    assert [peer.text for peer in peers] == [peers[0].text] * 3
    assert [peer.replica.text for peer in peers] == [peers[0].text] * 3
    assert [peer.binding.check() for peer in peers] == [True] * 3
    assert [peer.rebuilt for peer in peers] == [[], [], []]
