"""Going to lines, files, people and commands in one window."""

from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication

from app.collab.text_replica import TextReplica
from app.model.participants import Participant, RemoteCaret
from app.model.project import FileEntry
from app.qtmodels.participants import PLACE_ROLE
from app.qtmodels.picks import PickItem
from app.services.shared_document import SharedDocument
from app.ui.editor_window import EditorWindow
from app.ui.file_drop import FileDrop
from app.ui.widgets.pick import Pick
from tests.eventually import eventually
from tests.support.sessions import FACTS


def open_list(window: EditorWindow, action_id: str, typed: str = "") -> Pick:
    """Open a list by its command and type into it."""
    window.window.actions_by_id[action_id].trigger()
    pick: Pick | None = window.picks.open_pick
    assert pick is not None
    if typed:
        pick.enter(typed)
    return pick


def texts(items: tuple[PickItem, ...]) -> list[str]:
    return [item.text for item in items]


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path


async def test_a_line_is_gone_to_by_its_number(window: EditorWindow) -> None:
    window.editor.insertPlainText("one\ntwo 😀 x\nthree")

    open_list(window, "go.line", ":2:7").accept()

    assert window.editor.textCursor().blockNumber() == 1
    assert window.editor.textCursor().positionInBlock() == 6
    assert window.picks.open_pick is None
    assert window.text == "one\ntwo 😀 x\nthree"


async def test_a_line_beyond_the_end_is_the_last_one(window: EditorWindow) -> None:
    window.editor.insertPlainText("one\ntwo")
    window.editor.select(0, 0)

    open_list(window, "go.line", ":999").accept()

    assert window.editor.textCursor().blockNumber() == 1


async def test_a_column_never_stands_inside_a_character(window: EditorWindow) -> None:
    window.editor.insertPlainText("a😀b")

    open_list(window, "go.line", ":1:3").accept()

    assert window.editor.textCursor().position() == 1


async def test_an_open_file_is_gone_to_by_letters_and_line(
    window: EditorWindow, tmp_path: Path
) -> None:
    for name in ("editor.py", "main.py"):
        window.open_file(write(tmp_path, name, "1\n2\n3\n"))

    open_list(window, "go.file", "edi:3").accept()

    assert window.name == "editor.py"
    assert window.editor.textCursor().blockNumber() == 2


async def test_the_palette_lists_what_can_be_done_and_does_it(window: EditorWindow) -> None:
    pick = open_list(window, "go.command", ">wrap lines")
    assert pick.items[0].text == "View: Wrap Lines"
    assert pick.items[0].keys == "Alt+Z"

    pick.accept()

    assert window.window.actions_by_id["view.wrap"].isChecked()


async def test_the_palette_leaves_out_what_cannot_be_done_now(window: EditorWindow) -> None:
    items = open_list(window, "go.command").items

    assert "Session: Leave" not in texts(items)
    assert "File: Save" in texts(items)


async def test_a_person_is_gone_to_by_name(window: EditorWindow, tmp_path: Path) -> None:
    shared = SharedDocument(
        name="r/1",
        facts=FACTS,
        is_own=False,
        entry=FileEntry("notes.txt"),
        replica=TextReplica("one\ntwo\nthree"),
        clock=lambda: 0.0,
        parent=window,
    )
    window.collaboration.document_opened.emit(shared)
    shared.carets_changed.emit((RemoteCaret(2, "u2", "Grace", "#b34a00", 8, 8),))
    window.open_file(write(tmp_path, "own.py", ""))

    pick = open_list(window, "go.person", "@gra")
    assert (pick.items[0].text, pick.items[0].detail) == ("Grace", "notes.txt:3")
    pick.accept()

    assert window.document_name == "r/1"
    assert window.editor.selection.head_utf16 == 8


async def test_back_and_forward_go_through_files(window: EditorWindow, tmp_path: Path) -> None:
    actions = window.window.actions_by_id
    window.open_file(write(tmp_path, "a.py", "\n" * 100))
    open_list(window, "go.line", ":80").accept()
    window.open_file(write(tmp_path, "b.py", ""))

    actions["go.back"].trigger()
    assert (window.name, window.editor.textCursor().blockNumber()) == ("a.py", 79)
    actions["go.back"].trigger()
    assert (window.name, window.editor.textCursor().blockNumber()) == ("a.py", 0)
    actions["go.forward"].trigger()
    actions["go.forward"].trigger()

    assert window.name == "b.py"
    assert not actions["go.forward"].isEnabled()


async def test_back_opens_a_file_again_that_was_closed(
    window: EditorWindow, tmp_path: Path
) -> None:
    for name in ("a.py", "b.py"):
        window.open_file(write(tmp_path, name, name))
    window.files.request_close(window.tabs.texts[0])

    window.window.actions_by_id["go.back"].trigger()

    assert window.name == "a.py"


async def test_escape_closes_the_list_and_gives_the_keys_back(window: EditorWindow) -> None:
    pick = open_list(window, "go.file")

    pick.close_unpicked()

    assert window.picks.open_pick is None
    assert pick.isHidden()


async def test_a_closed_tab_comes_back_at_its_place(window: EditorWindow, tmp_path: Path) -> None:
    window.open_file(write(tmp_path, "a.py", "one\ntwo\n"))
    window.editor.select(4, 7)
    window.open_file(write(tmp_path, "b.py", ""))
    window.files.request_close(window.tabs.texts[0])

    window.window.actions_by_id["file.reopen_closed"].trigger()

    assert window.name == "a.py"
    selection = window.editor.selection
    assert (selection.anchor_utf16, selection.head_utf16) == (4, 7)


async def test_tabs_are_gone_through_round_and_round(window: EditorWindow, tmp_path: Path) -> None:
    for name in ("a.py", "b.py"):
        window.open_file(write(tmp_path, name, name))

    window.window.actions_by_id["go.next_tab"].trigger()

    assert window.name == "a.py"


async def test_the_list_of_people_says_where_they_are_and_leads_there(
    window: EditorWindow,
) -> None:
    shared = SharedDocument(
        name="r/1",
        facts=FACTS,
        is_own=False,
        entry=FileEntry("notes.txt"),
        replica=TextReplica("one\ntwo\nthree"),
        clock=lambda: 0.0,
        parent=window,
    )
    window.collaboration.document_opened.emit(shared)
    people = (
        Participant("c1", "u1", "Ada", "#0072b2", is_self=True),
        Participant("c2", "u2", "Grace", "#b34a00"),
    )
    window.collaboration.participants_changed.emit(people)
    shared.carets_changed.emit((RemoteCaret(2, "u2", "Grace", "#b34a00", 8, 8),))
    row = window.participants.index(1)

    await eventually(lambda: row.data(PLACE_ROLE) == "notes.txt:3", what="the place")
    assert row.data(Qt.ItemDataRole.AccessibleTextRole) == "Grace, notes.txt:3"
    window.window.person_requested.emit("u2")
    assert window.editor.selection.head_utf16 == 8

    shared.carets_changed.emit(())
    await eventually(lambda: row.data(PLACE_ROLE) == "", what="no place")


async def test_files_dropped_onto_the_text_are_opened_and_text_is_not_taken(
    window: EditorWindow, tmp_path: Path
) -> None:
    viewport = window.editor.viewport()
    files, text = QMimeData(), QMimeData()
    files.setUrls([QUrl.fromLocalFile(str(write(tmp_path, "a.py", "a")))])
    text.setText("just text")

    enter = QDragEnterEvent(
        QPoint(5, 5),
        Qt.DropAction.CopyAction,
        files,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(viewport, enter)  # Qt gives a drop to whoever took the drag
    assert enter.isAccepted()
    QApplication.sendEvent(viewport, drop_of(files))

    assert (window.name, window.text) == ("a.py", "a")
    drop = FileDrop()
    assert not drop.eventFilter(viewport, drop_of(text))


def drop_of(mime: QMimeData) -> QDropEvent:
    return QDropEvent(
        QPointF(5, 5),
        Qt.DropAction.CopyAction,
        mime,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
