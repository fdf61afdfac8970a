"""The chat beside the text: what it shows, what is done in it, and when it counts as read."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from app.collab import session_effects as effects
from app.model.project import FileEntry, ProjectFile
from app.model.room_messages import Delivery
from app.tasks import TaskOwner
from app.ui.editor_window import EditorWindow
from app.ui.panels.chat import ChatPanel
from app.ui.panels.chat_layout import RowLayout
from tests.eventually import eventually
from tests.support.room_words import said
from tests.support.told_session import ROOM, ToldSession
from tests.unit.app.ui.shell.window_world import shared_as


@pytest.fixture
async def told(window: EditorWindow) -> ToldSession:
    return ToldSession(window.collaboration, TaskOwner())


def panel_of(window: EditorWindow) -> ChatPanel:
    return window.chat.panel


def texts(window: EditorWindow) -> list[str]:
    return [row.message.text for row in panel_of(window).model.rows]


async def shown(window: EditorWindow, expected: list[str]) -> None:
    await eventually(lambda: texts(window) == expected, what=f"{expected}")


def laid(window: EditorWindow, row: int) -> RowLayout:
    view = panel_of(window).view
    return view.delegate.layout_of(view.model().index(row, 0), view.viewport().width())


def click(window: EditorWindow, row: int, find: Callable[[RowLayout], QPointF]) -> None:
    view = panel_of(window).view
    index = view.model().index(row, 0)
    view.scrollTo(index)
    at = view.visualRect(index).topLeft() + find(laid(window, row)).toPoint()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)


async def test_without_a_session_one_cannot_write_and_is_told_why(window: EditorWindow) -> None:
    window.chat.show()

    assert not panel_of(window).composer.isEnabled()
    assert "share" in panel_of(window).empty_text


async def test_an_empty_room_says_that_nothing_was_said(
    window: EditorWindow, told: ToldSession
) -> None:
    window.chat.show()
    told.begin()

    await eventually(lambda: "Nothing has been said" in panel_of(window).empty_text)
    assert panel_of(window).composer.isEnabled()


async def test_who_has_no_history_is_told_so(window: EditorWindow, told: ToldSession) -> None:
    window.chat.show()
    told.begin(perm="rw")

    await eventually(lambda: "from now on" in panel_of(window).empty_text)


async def test_what_is_written_stands_there_at_once_and_waits(
    window: EditorWindow, told: ToldSession
) -> None:
    window.chat.show()
    told.begin(said(1))
    await shown(window, ["message 1"])

    panel_of(window).composer.set_text("hello 😀")
    QTest.keyClick(panel_of(window).composer, Qt.Key.Key_Return)

    await shown(window, ["message 1", "hello 😀"])
    assert panel_of(window).model.rows[1].message.delivery is Delivery.WAITING
    assert panel_of(window).composer.toPlainText() == ""


async def test_shift_and_enter_begin_a_line_and_blank_text_is_not_sent(
    window: EditorWindow, told: ToldSession
) -> None:
    window.chat.show()
    told.begin()
    await eventually(panel_of(window).composer.isEnabled)
    composer = panel_of(window).composer

    QTest.keyClick(composer, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(composer, Qt.Key.Key_Return)

    assert composer.toPlainText().strip() == ""
    assert texts(window) == []


@pytest.mark.parametrize("key", [Qt.Key.Key_R, Qt.Key.Key_E])
async def test_a_message_that_is_too_long_stays_in_the_field(
    window: EditorWindow, told: ToldSession, key: Qt.Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    edited: list[object] = []
    monkeypatch.setattr(window.collaboration.chat, "edit", lambda *what: edited.append(what))
    window.chat.show()
    told.begin(said(1, "mine", by="ada"))
    await shown(window, ["mine"])
    panel = panel_of(window)
    panel.view.setCurrentIndex(panel.model.index(0))
    QTest.keyClick(panel.view, key)
    panel.composer.set_text("ß" * 4096)

    QTest.keyClick(panel.composer, Qt.Key.Key_Return)
    kept = panel.composer.toPlainText()
    refusal = window.window.banner.message
    panel.composer.set_text("shorter")
    QTest.keyClick(panel.composer, Qt.Key.Key_Return)

    assert len(kept) == 4096
    assert "too long" in refusal
    said_anew = window.collaboration.chat.conversation.pending
    if key == Qt.Key.Key_R:
        assert [(each.text, each.reply_to) for each in said_anew] == [("shorter", 10)]
    else:
        assert edited == [(10, "shorter")]
    assert panel.composer.toPlainText() == ""


async def test_an_edit_gives_back_what_was_begun_before_it(
    window: EditorWindow, told: ToldSession
) -> None:
    window.chat.show()
    told.begin(said(1, "mine", by="ada"))
    await shown(window, ["mine"])
    panel = panel_of(window)
    panel.composer.set_text("begun")
    panel.view.setCurrentIndex(panel.model.index(0))

    QTest.keyClick(panel.view, Qt.Key.Key_E)
    edited = panel.composer.toPlainText()
    QTest.keyClick(panel.composer, Qt.Key.Key_Escape)
    after_escape = panel.composer.toPlainText()
    QTest.keyClick(panel.view, Qt.Key.Key_E)
    QTest.keyClick(panel.composer, Qt.Key.Key_Return)

    assert (edited, after_escape, panel.composer.toPlainText()) == ("mine", "begun", "begun")


async def test_unread_messages_are_counted_where_one_sees_it_until_one_looks(
    window: EditorWindow, told: ToldSession
) -> None:
    told.begin(said(1))
    told.say(said(2), said(3, mentions=("ada",)))

    await eventually(lambda: window.chat.dock.windowTitle() == "Chat (@ 2)")
    in_status = window.window.status_texts["chat"]
    window.chat.show()
    await eventually(lambda: window.chat.dock.windowTitle() == "Chat")

    assert in_status == "Chat @ 2"
    assert "chat" not in window.window.status_texts
    assert window.collaboration.chat.conversation.read_offset == 3


async def test_a_line_says_where_the_new_ones_begin(
    window: EditorWindow, told: ToldSession
) -> None:
    told.begin(said(1), said(2), said(3), unread=2)

    window.chat.show()

    await shown(window, ["message 1", "message 2", "message 3"])
    assert [row.is_first_new for row in panel_of(window).model.rows] == [False, True, False]


async def test_who_reads_further_up_stays_there_when_something_is_said(
    window: EditorWindow, told: ToldSession
) -> None:
    window.chat.show()
    told.begin(*(said(number) for number in range(1, 60)))
    await eventually(lambda: len(texts(window)) == 59)
    view = panel_of(window).view
    bar = view.verticalScrollBar()
    bar.setValue(bar.maximum() // 2)
    top = view.indexAt(QPoint(5, 5)).data()

    told.say(said(60))
    await eventually(lambda: len(texts(window)) == 60)

    assert view.indexAt(QPoint(5, 5)).data() == top
    assert window.collaboration.chat.conversation.unread == 1
    panel_of(window).view.go_to_end()
    await eventually(lambda: window.collaboration.chat.conversation.unread == 0)


async def test_an_older_page_comes_above_and_nothing_moves(
    window: EditorWindow, told: ToldSession
) -> None:
    window.chat.show()
    told.begin(*(said(number) for number in range(51, 101)), has_older=True)
    await eventually(lambda: len(texts(window)) == 50)
    view = panel_of(window).view
    view.verticalScrollBar().setValue(40)
    index = view.indexAt(QPoint(5, 5))
    top, at_px = index.data(), view.visualRect(index).bottom()

    page = tuple(said(number) for number in range(1, 51))
    told.tell(effects.PageCame(ROOM, page, True, False))
    await eventually(lambda: len(texts(window)) == 100)

    index = view.model().index(texts(window).index(top), 0)
    assert view.visualRect(index).bottom() == at_px


async def test_who_writes_is_said_and_no_name_is_read_as_markup(
    window: EditorWindow, told: ToldSession
) -> None:
    window.chat.show()
    told.begin()

    told.tell(effects.TypingHeard(ROOM, "x", "<b>Eve</b>", True, 600.0))
    one = panel_of(window).typing_text
    told.tell(effects.TypingHeard(ROOM, "grace", "", True, 600.0))
    two = panel_of(window).typing_text
    told.tell(effects.TypingHeard(ROOM, "y", "Zoe", True, 600.0))
    three = panel_of(window).typing_text
    for user in ("x", "grace", "y"):
        told.tell(effects.TypingHeard(ROOM, user, "", False, 0.0))

    assert one == "<b>Eve</b> is writing…"
    assert two == "<b>Eve</b> and Grace are writing…"
    assert three == "3 people are writing…"
    assert panel_of(window).typing_text == ""


async def test_a_click_on_a_place_goes_there(window: EditorWindow, told: ToldSession) -> None:
    window.editor.insertPlainText("one\ntwo\nthree\nfour\n")
    shared = shared_as(window, window.replica, "mine.py")
    window.collaboration.files_changed.emit((ProjectFile(shared.name, FileEntry("mine.py")),))
    window.chat.show()
    told.begin(said(1, "look at mine.py:2–3"))
    await shown(window, ["look at mine.py:2–3"])

    click(window, 0, lambda row: row.areas_of(10, 14)[0].center())

    selected = window.editor.textCursor().selection().toPlainText()
    assert selected == "two\nthree"


async def test_a_place_in_a_text_that_is_not_open_is_opened_first(
    window: EditorWindow, told: ToldSession
) -> None:
    window.chat.show()
    window.collaboration.files_changed.emit((ProjectFile("r/1", FileEntry("theirs.js")),))
    told.begin(said(1, "theirs.js:2"))
    await shown(window, ["theirs.js:2"])
    panel_of(window).view.setCurrentIndex(panel_of(window).model.index(0))
    QTest.keyClick(panel_of(window).view, Qt.Key.Key_Return)

    window.files.new_file()
    window.editor.insertPlainText("a\nb\nc")
    shared_as(window, window.replica)

    assert window.editor.textCursor().selection().toPlainText() == "b"


async def test_the_selected_lines_become_a_link_in_the_field(
    window: EditorWindow, told: ToldSession
) -> None:
    told.begin()
    window.editor.insertPlainText("one\ntwo\nthree\n")
    window.window.actions_by_id["session.send_place"].trigger()
    unshared = window.window.banner.message
    shared_as(window, window.replica, "mine.py")
    await eventually(panel_of(window).composer.isEnabled)
    window.editor.select(0, 8)

    window.window.actions_by_id["session.send_place"].trigger()

    assert "Share this text first" in unshared
    assert panel_of(window).composer.toPlainText() == "mine.py:1–2 "
    assert window.chat.dock.isVisible()


async def test_a_message_is_answered_and_an_own_one_edited_by_the_keyboard(
    window: EditorWindow, told: ToldSession
) -> None:
    window.chat.show()
    told.begin(said(1, "question"), said(2, "answre", by="ada"))
    await shown(window, ["question", "answre"])
    panel, asked = panel_of(window), []
    panel.message_submitted.connect(lambda text, reply_to: asked.append((text, reply_to)))
    panel.edit_submitted.connect(lambda key, text: asked.append((key, text)))
    panel.view.setCurrentIndex(panel.model.index(0))

    QTest.keyClick(panel.view, Qt.Key.Key_R)
    panel.composer.insertPlainText("yes")
    QTest.keyClick(panel.composer, Qt.Key.Key_Return)
    QTest.keyClick(panel.composer, Qt.Key.Key_Up)
    edited = panel.composer.toPlainText()
    panel.composer.set_text("answer")
    QTest.keyClick(panel.composer, Qt.Key.Key_Return)

    assert edited == "answre"
    assert asked == [("yes", 10), (20, "answer")]


async def test_escape_gives_up_an_edit_and_keeps_what_is_written_for_an_answer(
    window: EditorWindow, told: ToldSession
) -> None:
    window.chat.show()
    told.begin(said(1, "question"), said(2, "mine", by="ada"))
    await shown(window, ["question", "mine"])
    panel = panel_of(window)
    QTest.keyClick(panel.composer, Qt.Key.Key_Up)
    QTest.keyClick(panel.composer, Qt.Key.Key_Escape)
    after_edit = panel.composer.toPlainText()
    panel.view.setCurrentIndex(panel.model.index(0))
    QTest.keyClick(panel.view, Qt.Key.Key_R)
    panel.composer.insertPlainText("draft")

    QTest.keyClick(panel.composer, Qt.Key.Key_Escape)

    assert after_edit == ""
    assert panel.composer.toPlainText() == "draft"


async def test_only_what_may_be_done_with_a_message_is_in_its_menu(
    window: EditorWindow, told: ToldSession
) -> None:
    window.chat.show()
    told.begin(said(1), said(2, by="ada"), said(3, is_deleted=True))
    await eventually(lambda: len(texts(window)) == 3)

    menus = [
        [action.text() for action in panel_of(window).menu_of(row).actions() if action.text()]
        for row in panel_of(window).model.rows
    ]

    assert menus == [
        ["Reply", "React", "Copy Text"],
        ["Reply", "React", "Copy Text", "Edit", "Delete"],
        [],
    ]


async def test_a_message_that_was_refused_can_be_tried_again_or_given_up(
    window: EditorWindow, told: ToldSession
) -> None:
    window.chat.show()
    told.begin()
    chat, panel = window.collaboration.chat, panel_of(window)
    chat.post("hello")
    chat.post("second")
    for message in chat.conversation.pending:
        told.tell(effects.DeliveryChanged(ROOM, message.mid, Delivery.FAILED, "read_only"))
    await shown(window, ["hello", "second"])
    retried: list[str] = []
    panel.retry_requested.connect(retried.append)
    state = laid(window, 0).words.state

    click(window, 0, lambda row: QPointF(row.retry.center()))
    click(window, 1, lambda row: QPointF(row.give_up.center()))

    assert state == "Not sent: you may only read here"
    assert retried == [panel.model.rows[0].message.mid]
    await shown(window, ["hello"])


async def test_names_are_completed_after_an_at_and_the_message_names_the_person(
    window: EditorWindow, told: ToldSession
) -> None:
    window.chat.show()
    told.begin()
    panel = panel_of(window)
    await eventually(panel.composer.isEnabled)
    panel.composer.setFocus()
    await eventually(panel.composer.hasFocus)

    QTest.keyClicks(panel.composer, "hi @gr")
    QTest.keyClick(panel.composer, Qt.Key.Key_Tab)
    written = panel.composer.toPlainText()
    QTest.keyClick(panel.composer, Qt.Key.Key_Return)

    assert written == "hi @Grace "
    await shown(window, ["hi @Grace"])
    assert panel.model.rows[0].message.mentions == ("grace",)


async def test_a_reaction_is_put_and_taken_by_a_click(
    window: EditorWindow, told: ToldSession
) -> None:
    window.chat.show()
    told.begin(said(1, reactions={"👍": ("grace",)}))
    await eventually(lambda: len(texts(window)) == 1)
    toggled: list[tuple[int, str]] = []
    panel_of(window).reaction_toggled.connect(lambda key, emoji: toggled.append((key, emoji)))

    click(window, 0, lambda row: QPointF(row.pills[0][3].center()))

    assert toggled == [(10, "👍")]
    assert "no connection" in window.window.banner.message


async def test_copying_takes_the_whole_text(window: EditorWindow, told: ToldSession) -> None:
    window.chat.show()
    told.begin(said(1, "a\n<b>"))
    await eventually(lambda: len(texts(window)) == 1)

    menu = panel_of(window).menu_of(panel_of(window).model.rows[0])
    next(action for action in menu.actions() if action.text() == "Copy Text").trigger()

    assert QGuiApplication.clipboard().text() == "a\n<b>"


async def test_what_was_said_is_gone_when_the_session_is_over(
    window: EditorWindow, told: ToldSession
) -> None:
    window.chat.show()
    told.begin(said(1))
    await shown(window, ["message 1"])

    window.collaboration.chat.detach()

    await eventually(lambda: "share" in panel_of(window).empty_text)
    assert not panel_of(window).composer.isEnabled()
