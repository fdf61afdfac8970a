"""Following somebody: what ends it, and that nothing else does."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.collab.text_replica import TextReplica
from app.model.participants import Participant, RemoteCaret
from app.model.project import FileEntry
from app.model.text_edit import TextEdit
from app.services.shared_document import SharedDocument
from app.ui.editor.visible_lines import visible_blocks
from app.ui.editor_window import EditorWindow
from tests.eventually import eventually
from tests.support.sessions import FACTS

LINES = 300
GRACE = ("u2", "Grace", "#b34a00")


def shared_text(window: EditorWindow, name: str) -> SharedDocument:
    shared = SharedDocument(
        name=f"r/{name}",
        facts=FACTS,
        is_own=False,
        entry=FileEntry(name),
        replica=TextReplica("".join(f"line {number}\n" for number in range(LINES))),
        clock=lambda: 0.0,
        parent=window,
    )
    window.collaboration.document_opened.emit(shared)
    return shared


def stands(shared: SharedDocument, line: int | None, *, author_id: int = 2) -> None:
    """Let Grace stand in a line of a text, or in none."""
    user, name, color = GRACE
    at = sum(len(f"line {number}\n") for number in range(line or 0))
    caret = RemoteCaret(author_id, user, name, color, at, at)
    shared.carets_changed.emit((caret,) if line is not None else ())


def seen(window: EditorWindow) -> range:
    numbers = [block.blockNumber() for block in visible_blocks(window.editor)]
    return range(numbers[0], numbers[-1] + 1)


@pytest.fixture
async def followed(window: EditorWindow) -> SharedDocument:
    """A text in which Grace stands far below, and is followed."""
    shared = shared_text(window, "notes.txt")
    window.editor.select(0, 0)
    stands(shared, 200)
    window.window.follow_requested.emit("u2")
    assert window.follow.user_id == "u2"
    return shared


async def test_the_window_shows_where_somebody_goes_and_the_own_caret_stays(
    window: EditorWindow, followed: SharedDocument
) -> None:
    first = 200 in seen(window)
    stands(followed, 20)

    assert first
    assert 20 in seen(window)
    assert window.editor.selection.head_utf16 == 0
    assert window.window.status_texts["follow"] == "Following Grace"
    frame = window.front.page.frame
    assert frame is not None
    assert frame.name() == "#b34a00"


async def test_somebody_who_goes_to_another_text_is_followed_there(
    window: EditorWindow, followed: SharedDocument
) -> None:
    other = shared_text(window, "other.txt")
    window.window.follow_requested.emit("u2")
    stands(followed, None)
    window.window.follow_requested.emit("u2")
    stands(other, 100)
    window.window.follow_requested.emit("u2")
    stands(followed, 50)
    stands(other, None)

    assert window.name == "notes.txt"
    assert 50 in seen(window)
    assert [text.page.frame is not None for text in window.tabs.texts] == [True, False]


@pytest.mark.parametrize(
    "act",
    [
        lambda window: QTest.keyClicks(window.editor, "x"),
        lambda window: QTest.keyClick(window.editor, Qt.Key.Key_Down),
        lambda window: QTest.keyClick(window.editor, Qt.Key.Key_Escape),
        lambda window: QTest.mouseClick(window.editor.viewport(), Qt.MouseButton.LeftButton),
        lambda window: wheel(window),
        lambda window: window.go.go_to_line(window.front, 7),
        lambda window: window.files.new_file(),
        lambda window: window.window.actions_by_id["session.follow"].trigger(),
    ],
    ids=["an edit", "a caret", "escape", "a click", "scrolling", "a jump", "a tab", "the command"],
)
async def test_what_one_does_oneself_ends_it(
    window: EditorWindow, followed: SharedDocument, act: Callable[[EditorWindow], None]
) -> None:
    page = window.front.page

    act(window)

    assert window.follow.user_id == ""
    assert page.frame is None
    assert "follow" not in window.window.status_texts
    assert not window.window.actions_by_id["session.follow"].isChecked()


async def test_edits_of_others_and_their_people_do_not_end_it(
    window: EditorWindow, followed: SharedDocument, tmp_path: Path
) -> None:
    peer = TextReplica()
    peer.apply(window.replica.ledger.history())
    update = peer.edit([TextEdit(0, 0, "new\n" * 30)], now_ms=0)
    assert update is not None

    window.binding.apply_remote(window.replica.apply([update]))
    window.participants.show([Participant("c9", "u9", "Lin", "#007a5a")])
    window.window.resize(700, 500)
    QTest.keyClick(window.editor, Qt.Key.Key_Shift)

    assert window.follow.user_id == "u2"


async def test_somebody_who_goes_is_followed_no_more(
    window: EditorWindow, followed: SharedDocument
) -> None:
    stands(followed, None)

    assert window.follow.user_id == ""


async def test_the_command_follows_one_after_the_other_and_says_when_nobody_is_there(
    window: EditorWindow,
) -> None:
    command = window.window.actions_by_id["session.follow"]
    command.trigger()
    assert "Nobody else" in window.window.banner.message
    shared = shared_text(window, "notes.txt")
    shared.carets_changed.emit(
        (
            RemoteCaret(2, *GRACE, 0, 0),
            RemoteCaret(3, "u3", "Lin", "#007a5a", 9, 9),
        )
    )

    followed = []
    for _ in range(3):
        command.trigger()
        followed.append((window.follow.user_id, command.isChecked()))

    assert followed == [("u2", True), ("u3", True), ("", False)]


def wheel(window: EditorWindow) -> None:
    turned, place = QPoint(0, -120), QPointF(20, 20)
    event = QWheelEvent(
        place,
        QPointF(window.editor.viewport().mapToGlobal(place.toPoint())),
        QPoint(),
        turned,
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    assert event.type() == QEvent.Type.Wheel
    QApplication.sendEvent(window.editor.viewport(), event)


async def test_the_chip_of_somebody_out_of_sight_goes_there_and_then_follows(
    window: EditorWindow,
) -> None:
    shared = shared_text(window, "notes.txt")
    window.editor.select(0, 0)
    stands(shared, 200)
    chips = window.front.page.chips
    await eventually(lambda: chips.below.isVisible())

    QTest.mouseClick(chips.below, Qt.MouseButton.LeftButton)
    gone = window.editor.textCursor().blockNumber()
    QTest.mouseDClick(chips.below, Qt.MouseButton.LeftButton)

    assert gone == 200
    assert window.follow.user_id == "u2"
