"""What is in the window after many small paints is what one large paint would put there."""

import random

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QApplication

from app.model.participants import RemoteCaret
from app.ui.editor.code_editor import CodeEditor
from tests.seeds import seeds

STEPS = 60
WORDS = ("a", "b", " ", "word", "é", "😀", "中", "(", "x" * 150)


@pytest.fixture(autouse=True)
def steady(monkeypatch):
    """Let no caret blink between two looks, and names go as soon as events are processed."""
    monkeypatch.setattr("app.ui.editor.caret_layer.NAME_MS", 0)
    before = QApplication.cursorFlashTime()
    QApplication.setCursorFlashTime(0)
    yield
    QApplication.setCursorFlashTime(before)


def in_the_window(editor: CodeEditor) -> QImage:
    """Return what stands there, once what was asked for is painted."""
    QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
    QApplication.sendPostedEvents(None, QEvent.Type.UpdateRequest)
    return _text_in(editor, editor.screen().grabWindow(editor.winId()))


def painted_anew(editor: CodeEditor) -> QImage:
    """Return what one paint of everything makes."""
    return _text_in(editor, editor.grab())


def _text_in(editor: CodeEditor, picture: QPixmap) -> QImage:
    """Return line numbers and text; frame and scroll bars are the style's.

    How far into the right margin a line is painted depends on how wide the longest one is.
    """
    text = editor.viewport().geometry()
    text.setLeft(editor.contentsRect().left())
    text.setWidth(text.width() - 2 * int(editor.document().documentMargin()))
    return picture.copy(text).toImage().convertToFormat(QImage.Format.Format_RGB32)


class Typists:
    """The one at the editor, a peer, and the carets of people who are nowhere."""

    def __init__(self, desk, qtbot, chance: random.Random) -> None:
        text = "".join(f"line {number} (with a bracket)\n" for number in range(80))
        self.here = desk(text)
        self._qtbot = qtbot
        self._chance = chance
        self._carets: list[RemoteCaret] = []
        self.here.replica.ledger.attach(self._tell_peer)
        with qtbot.waitExposed(self.here.editor):
            self.here.editor.show()
        self.here.editor.select(900, 900)
        self.here.editor.centerCursor()

    def step(self) -> None:
        act = self._chance.choices(
            [self._key, self._remote, self._carets_move, self._caret, self._scroll, self._names],
            weights=[10, 4, 3, 2, 1, 1],
        )[0]
        act()

    def _key(self) -> None:
        editor = self.here.editor
        kind = self._chance.randrange(10)
        keys = {0: Qt.Key.Key_Return, 1: Qt.Key.Key_Backspace, 2: Qt.Key.Key_Delete}
        if kind in keys:
            self._qtbot.keyClick(editor, keys[kind])
        elif kind == 3:
            editor.undo()
        else:
            editor.insertPlainText(self._chance.choice(WORDS))

    def _remote(self) -> None:
        text = self.here.peer.text
        at = self._chance.randrange(len(text) + 1)
        stop = min(len(text), at + self._chance.choice([0, 0, 1, 40]))
        put = self._chance.choice(["x", "\n", "two\nlines", "wide " * 30])
        if text[at:stop] != put:
            self.here.peer_makes(text[:at] + put + text[stop:])

    def _carets_move(self) -> None:
        length = self.here.replica.shadow.length_utf16
        start = self.here.editor.selection.head_utf16
        whole = self.here.replica.shadow.whole_character_at
        self._carets = []
        for author in range(self._chance.randrange(5)):
            head = min(length, max(0, start + self._chance.randrange(-400, 400)))
            anchor = min(length, max(0, head + self._chance.choice([0, 0, -30, 90])))
            self._carets.append(
                RemoteCaret(
                    author, str(author), f"Person {author}", "#cc00cc", whole(anchor), whole(head)
                )
            )
        self.here.editor.set_remote_carets(self._carets)

    def _caret(self) -> None:
        length = self.here.replica.shadow.length_utf16
        at = self.here.replica.shadow.whole_character_at(self._chance.randrange(length + 1))
        self.here.editor.select(at, at)

    def _scroll(self) -> None:
        bar = self.here.editor.verticalScrollBar()
        bar.setValue(bar.value() + self._chance.randrange(-5, 6))

    def _names(self) -> None:
        QApplication.processEvents()  # no coroutine runs here that could be stopped by it

    def _tell_peer(self, update: bytes) -> None:
        self.here.peer.apply([update])


@pytest.mark.parametrize("is_wrapped", [False, True], ids=["as long as they are", "wrapped"])
@pytest.mark.parametrize("seed", seeds(4))
def test_small_paints_make_the_picture_of_a_large_one(desk, qtbot, seed, is_wrapped) -> None:
    typists = Typists(desk, qtbot, random.Random(seed))
    editor = typists.here.editor
    editor.set_wrapping(is_wrapped)

    for number in range(STEPS):
        typists.step()

        assert in_the_window(editor) == painted_anew(editor), f"step {number}"


def test_a_caret_behind_the_text_is_not_painted(desk) -> None:
    here = desk("one")

    here.editor.set_remote_carets([RemoteCaret(2, "u2", "Grace", "#b34a00", 900, 900)])
    here.editor.grab()

    assert [caret.head_utf16 for caret in here.editor.remote_carets] == [900]
