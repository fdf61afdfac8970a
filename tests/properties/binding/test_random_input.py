"""One editor with everything on, and whatever hands, network and window do to it.

Nothing is raised, Qt warns of nothing, and after every step widget, shadow and CRDT are equal. Real
events go in, as they come from the system; the colours come from a real syntax process.
"""

import random

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import (
    QColor,
    QDropEvent,
    QFocusEvent,
    QFont,
    QInputMethodEvent,
    QKeyEvent,
    QMouseEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication

from app.collab.text_replica import TextReplica
from app.model.participants import RemoteCaret
from app.model.text_edit import TextEdit
from app.syntax.messages import CAPTURES
from app.ui.editor import line_commands
from app.ui.editor.code_editor import CodeEditor
from app.ui.editor.editor_colors import EditorColors
from app.ui.editor.highlighting import Highlighter
from app.ui.editor.raw_text import length_of, plain_document, raw_text
from app.ui.editor.replica_binding import ReplicaBinding
from app.ui.editor.syntax_process import SyntaxProcess
from tests.seeds import seeds

STEPS = 120
WORDS = [*"ab({[]})'\"# :x", "def ", "😀", "👨‍👩‍👧", "e\u0301", "漢", "שלום", "\u00a0", "\u200d"]
COLORS = EditorColors(*[QColor("gray")] * len(EditorColors.__dataclass_fields__))
KEYS = [
    Qt.Key.Key_Backspace,
    Qt.Key.Key_Delete,
    Qt.Key.Key_Return,
    Qt.Key.Key_Tab,
    Qt.Key.Key_Backtab,
    Qt.Key.Key_Left,
    Qt.Key.Key_Right,
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
    Qt.Key.Key_Home,
    Qt.Key.Key_End,
    Qt.Key.Key_PageUp,
    Qt.Key.Key_PageDown,
    Qt.Key.Key_Insert,
    Qt.Key.Key_Escape,
]
MODIFIERS = [
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier,
]
COMMANDS = (
    CodeEditor.undo,
    CodeEditor.undo,
    CodeEditor.redo,
    CodeEditor.cut,
    CodeEditor.copy,
    CodeEditor.paste,
    CodeEditor.selectAll,
    line_commands.indent,
    line_commands.outdent,
    line_commands.toggle_comment,
    line_commands.duplicate,
    line_commands.delete,
    line_commands.move_up,
    line_commands.move_down,
    line_commands.join,
)


class Hands:
    """Everything that can happen to one editor."""

    def __init__(self, qtbot, seed: int, process: SyntaxProcess) -> None:
        self._plan = random.Random(seed)
        self.replica = TextReplica("def f(a):\n    return '😀' + a\n" * 20)
        self._peer = TextReplica()
        self._peer.apply(self.replica.ledger.history())
        self._sent: list[bytes] = []
        self.replica.ledger.attach(self._sent.append)
        self.binding = ReplicaBinding(
            document=plain_document(), replica=self.replica, clock=lambda: self._plan.random()
        )
        self.rebuilt: list[str] = []
        self.binding.rebuilt.connect(self.rebuilt.append)
        self.editor = CodeEditor(colors=COLORS, font=QFont("monospace", 10))
        self.editor.language = "python"
        qtbot.addWidget(self.editor)
        self.editor.bind(self.binding)
        colors = {capture: QColor("blue") for capture in CAPTURES}
        self.highlighter = Highlighter(
            editor=self.editor, language="python", colors=colors, parent=self.editor
        )
        self.highlighter.read_with(process)
        self.editor.resize(500, 400)
        self.editor.show()
        self._doings = (
            *(self.type, self.type, self.type, self.press_key, self.press_key, self.click),
            *(self.drag, self.wheel, self.command, self.peer_types, self.peer_types, self.resize),
            *(self.compose, self.drop, self.paste, self.carets, self.look, self.lock, self.program),
        )

    def do_something(self) -> None:
        self._plan.choice(self._doings)()

    def type(self) -> None:
        self._key(Qt.Key.Key_unknown, self._plan.choice(WORDS))

    def press_key(self) -> None:
        self._key(self._plan.choice(KEYS), "", self._plan.choice(MODIFIERS))

    def command(self) -> None:
        self._plan.choice(COMMANDS)(self.editor)

    def click(self) -> None:
        kinds = (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease)
        place = self._place()
        for kind in self._plan.choice([kinds, (*kinds, QEvent.Type.MouseButtonDblClick, kinds[1])]):
            self._mouse(kind, place)

    def drag(self) -> None:
        self._mouse(QEvent.Type.MouseButtonPress, self._place())
        for _ in range(3):
            self._mouse(QEvent.Type.MouseMove, self._place())
        self._mouse(QEvent.Type.MouseButtonRelease, self._place())

    def wheel(self) -> None:
        turned = QPoint(0, self._plan.choice([-240, -120, 120, 240]))
        event = QWheelEvent(
            self._place(),
            self._place(),
            QPoint(),
            turned,
            Qt.MouseButton.NoButton,
            self._plan.choice(MODIFIERS[1:4]),
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(self.editor.viewport(), event)

    def compose(self) -> None:
        """Begin, go on with, end or commit what an input method composes."""
        event = QInputMethodEvent(self._plan.choice(["", "に", "にほん"]), [])
        if self._plan.random() < 0.4:
            event.setCommitString(self._plan.choice(["日本", "é", ""]))
        QApplication.sendEvent(self.editor, event)

    def drop(self) -> None:
        data = QMimeData()
        data.setText("dropped\r\ntext 😀\r")
        event = QDropEvent(
            self._place(),
            Qt.DropAction.CopyAction,
            data,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
        QApplication.sendEvent(self.editor.viewport(), event)

    def paste(self) -> None:
        data = QMimeData()
        data.setText(self._plan.choice(["a\r\nb", "x\u2029y", "", "long " * 200, "1\n" * 300]))
        self.editor.insertFromMimeData(data)

    def resize(self) -> None:
        self.editor.resize(self._plan.randint(1, 700), self._plan.randint(1, 500))

    def look(self) -> None:
        self._plan.choice(
            [
                lambda: self.editor.set_wrapping(self._plan.random() < 0.5),
                lambda: self.editor.zoom_by(self._plan.choice([-2, -1, 1, 2])),
                lambda: self.editor.set_colors(COLORS),
                lambda: self.highlighter.set_language(self._plan.choice(["python", "html", "lua"])),
                self.editor.clearFocus,
                self.editor.setFocus,
            ]
        )()

    def lock(self) -> None:
        self.binding.set_read_only(not self.binding.is_read_only and self._plan.random() < 0.5)

    def carets(self) -> None:
        length = length_of(self.binding.document)
        self.editor.set_remote_carets(
            [
                RemoteCaret(
                    number,
                    f"user {number}",
                    self._plan.choice(["Ada", "", "李 雷", "x" * 300]),
                    "#0072b2",
                    self._plan.randint(0, length + 5),
                    self._plan.randint(0, length + 5),
                )
                for number in range(self._plan.randint(0, 4))
            ]
        )

    def program(self) -> None:
        """Edit many places at once, as replace-all does."""
        QApplication.sendEvent(self.editor, QFocusEvent(QEvent.Type.FocusOut))
        text = self.replica.text
        places = [at for at in range(len(text)) if text[at] == "a" and text[:at].isascii()]
        if not self.binding.is_read_only:
            self.binding.edit([TextEdit(at, 1, "bb") for at in places])

    def peer_types(self) -> None:
        shadow = self._peer.shadow
        self._peer.apply(self._sent)
        self._sent.clear()
        at = shadow.whole_character_at(self._plan.randint(0, shadow.length_utf16))
        end = shadow.whole_character_at(min(at + self._plan.choice([0, 0, 9]), shadow.length_utf16))
        text = self._plan.choice([*WORDS, "\n", "two\nlines\n"])
        update = self._peer.edit([TextEdit(at, max(0, end - at), text)], now_ms=0)
        if update is not None:
            self.binding.apply_remote(self.replica.apply([update]))

    def _key(self, key: Qt.Key, text: str, modifiers: Qt.KeyboardModifier = MODIFIERS[0]) -> None:
        for kind in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            QApplication.sendEvent(self.editor, QKeyEvent(kind, key, modifiers, text))

    def _mouse(self, kind: QEvent.Type, place: QPointF) -> None:
        left = Qt.MouseButton.LeftButton
        held = Qt.MouseButton.NoButton if kind is QEvent.Type.MouseButtonRelease else left
        modifiers = self._plan.choice(MODIFIERS[:3])
        event = QMouseEvent(kind, place, place, left, held, modifiers)
        QApplication.sendEvent(self.editor.viewport(), event)

    def _place(self) -> QPointF:
        return QPointF(self._plan.randint(-20, 520), self._plan.randint(-20, 420))


@pytest.fixture
def process(qtbot):
    process = SyntaxProcess()
    yield process
    process.stop()


@pytest.mark.parametrize("seed", seeds(40))
def test_no_input_breaks_an_editor(qtbot, qtlog, process, seed):
    hands = Hands(qtbot, seed, process)

    for _ in range(STEPS):
        hands.do_something()
        QApplication.processEvents()  # no coroutine runs here that could be stopped by it

    QApplication.sendEvent(hands.editor, QFocusEvent(QEvent.Type.FocusOut))
    assert raw_text(hands.binding.document) == hands.replica.text
    assert hands.replica.verify()
    assert hands.rebuilt == []
    said = [record.message for record in qtlog.records]
    assert [line for line in said if "propagateSizeHints" not in line] == []
    hands.highlighter.stop()
