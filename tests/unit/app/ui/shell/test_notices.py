"""The bell: what is in its list, what comes up as a note, and being left alone."""

from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.collab import session_effects as effects
from app.model.notifications import OcrStatus
from app.model.room_messages import MessagePosted, MessageRemoved
from app.model.toasts import MOST_AT_ONCE
from app.tasks import TaskOwner
from app.ui.editor_window import EditorWindow, compose_window
from app.ui.theme import Appearance, ThemeChoice
from tests.eventually import eventually
from tests.support.room_words import said
from tests.support.told_session import ROOM, ToldSession

MINE = "notifications_ada"
JOB = "ocr_job_9"
DOWNLOAD = {"type": "file_downloaded", "filename": "plan.pdf", "downloader": "Grace", "count": 2}


@pytest.fixture
async def told(window: EditorWindow) -> ToldSession:
    session = ToldSession(window.collaboration, TaskOwner())
    session.tell(effects.SignedIn("ada", ()))
    session.tell(effects.StreamBegan(MINE, (), False, 0, 0, "rh"))
    return session


def titles(window: EditorWindow) -> list[str]:
    return [row.title for row in window.notices.model.rows]


def toasts(window: EditorWindow) -> list[str]:
    return [card.toast.title for card in window.notices.stack.cards]


def ocr(number: int, **facts: object) -> effects.RoomSpoke:
    payload = {"type": "ocr_progress", "job_id": 9, **facts}
    return effects.RoomSpoke(JOB, (posted(number, payload),))


def posted(number: int, payload: object) -> MessagePosted:
    return MessagePosted(said(number, payload, by=None))


async def test_without_a_session_the_bell_says_when_notices_come(window: EditorWindow) -> None:
    window.notices.dock.show()

    assert "notices" not in window.window.status_texts
    assert not window.notices.panel.job.isEnabled()
    assert not window.notices.panel.read_all.isEnabled()


async def test_a_download_is_counted_listed_and_comes_up_without_taking_the_keys(
    window: EditorWindow, told: ToldSession
) -> None:
    window.editor.setFocus()
    await eventually(window.editor.hasFocus)

    told.say(said(1, DOWNLOAD, by=None), room=MINE)

    assert titles(window) == toasts(window) == ["Grace downloaded plan.pdf"]
    assert window.window.status_texts["notices"] == "Notices 1"
    assert window.notices.dock.windowTitle() == "Notices (1)"
    assert window.editor.hasFocus()


async def test_what_was_told_before_does_not_come_up(
    window: EditorWindow, told: ToldSession
) -> None:
    old = tuple(said(number, DOWNLOAD, by=None) for number in range(1, 9))

    told.tell(effects.StreamBegan(MINE, old, False, 8, 0, "rh"))

    assert toasts(window) == []
    assert window.window.status_texts["notices"] == "Notices 8"


async def test_three_notes_at_once_and_one_goes_with_its_button(
    window: EditorWindow, told: ToldSession
) -> None:
    for number in range(1, 6):
        told.say(said(number, f"news {number}", by=None), room=MINE)
    at_first = toasts(window)
    window.notices.stack.dismissed.emit(window.notices.stack.cards[0].toast.id)

    assert at_first == ["news 1", "news 2", "news 3"]
    assert toasts(window) == ["news 2", "news 3", "news 4"]
    assert len(window.notices.stack.cards) == MOST_AT_ONCE


async def test_a_click_on_a_note_shows_the_list(window: EditorWindow, told: ToldSession) -> None:
    told.say(said(1, DOWNLOAD, by=None), room=MINE)

    QTest.mouseClick(window.notices.stack.cards[0], Qt.MouseButton.LeftButton)

    assert window.notices.dock.isVisible()
    assert toasts(window) == []


async def test_marking_all_read_tells_the_server(window: EditorWindow, told: ToldSession) -> None:
    told.say(said(7, DOWNLOAD, by=None), room=MINE)

    window.notices.panel.read_all.click()

    assert window.window.status_texts["notices"] == "Notices"
    assert not window.notices.model.rows[0].is_unread


async def test_what_is_read_on_another_device_is_read_here(
    window: EditorWindow, told: ToldSession
) -> None:
    told.say(said(7, DOWNLOAD, by=None), room=MINE)

    told.tell(effects.ReadMoved(MINE, "ada", 7))

    assert window.window.status_texts["notices"] == "Notices"


async def test_who_wants_to_be_left_alone_is_and_has_it_all_in_the_list(
    window: EditorWindow, told: ToldSession
) -> None:
    told.say(said(1, DOWNLOAD, by=None), room=MINE)

    window.window.actions_by_id["session.dnd"].trigger()
    told.say(said(2, "news", by=None), room=MINE)
    while_alone = toasts(window), titles(window), window.window.status_texts["notices"]
    is_pressed = window.notices.panel.dnd.isChecked()
    window.notices.panel.dnd.click()
    told.say(said(3, "more", by=None), room=MINE)

    assert while_alone == (
        [],
        ["news", "Grace downloaded plan.pdf"],
        "Do not disturb · 2",
    )
    assert is_pressed
    assert not window.window.actions_by_id["session.dnd"].isChecked()
    assert toasts(window) == ["more"]


async def test_a_job_is_followed_to_its_end_and_its_text_opened(
    window: EditorWindow, told: ToldSession
) -> None:
    window.notices.dock.show()
    window.notices.panel.job.setText("9")
    QTest.keyClick(window.notices.panel.job, Qt.Key.Key_Return)
    waiting = window.notices.model.rows[0]

    told.tell(ocr(1, status="processing", progress=30))
    under_way = window.notices.model.rows[0]
    told.tell(ocr(2, status="completed", text="read <b>text</b>", confidence=0.9))
    told.tell(ocr(3, status="processing", progress=10))
    done = window.notices.model.rows[0]
    window.notices.panel.view.activated.emit(window.notices.model.index(0))

    assert (waiting.progress, under_way.progress, done.progress) == (0, 30, None)
    assert toasts(window) == ["Text from picture 9"]
    assert window.text == "read <b>text</b>"
    assert window.notices.panel.job.text() == ""


async def test_a_job_that_failed_says_why(window: EditorWindow, told: ToldSession) -> None:
    told.say(said(1, {"type": "ocr_started", "job_id": 9}, by=None), room=MINE)

    told.tell(ocr(1, status="failed", error="blurred"))

    assert window.notices.model.rows[0].detail == "Failed: blurred"
    assert window.collaboration.notifications.jobs["9"].status is OcrStatus.FAILED


async def test_a_job_that_nobody_may_follow_is_not_shown_for_ever(
    window: EditorWindow, told: ToldSession
) -> None:
    window.collaboration.notifications.follow("9")

    told.tell(effects.RoomLost(JOB, "permission_denied"))

    assert titles(window) == []


async def test_what_is_no_job_is_said_in_a_sentence(
    window: EditorWindow, told: ToldSession
) -> None:
    window.notices.panel.job.setText("../x")
    window.notices.panel.job.returnPressed.emit()

    assert "No job" in window.window.banner.message


async def test_a_hole_in_the_notices_is_said(window: EditorWindow, told: ToldSession) -> None:
    told.tell(effects.StreamBroken(MINE, "r"))

    assert titles(window) == ["Some notices may be missing"]


async def test_what_the_server_never_heard_is_said(window: EditorWindow, told: ToldSession) -> None:
    told.tell(effects.MessagesLost(MINE))

    assert titles(window) == ["Some notices may be missing"]


async def test_a_notice_that_is_taken_back_is_gone(window: EditorWindow, told: ToldSession) -> None:
    told.say(said(1, DOWNLOAD, by=None), room=MINE)

    told.tell(effects.RoomSpoke(MINE, (MessageRemoved(10),)))

    assert titles(window) == []


async def test_a_message_that_nobody_sees_come_is_told_once_and_every_one_to_this_user(
    window: EditorWindow, told: ToldSession
) -> None:
    told.begin(said(1))

    told.say(said(2, "hello"))
    told.say(said(3, "more"))
    told.say(said(4, "you?", mentions=("ada",)))

    assert toasts(window) == ["Grace", "Grace speaks to you"]
    QTest.mouseClick(window.notices.stack.cards[0], Qt.MouseButton.LeftButton)
    assert window.chat.dock.isVisible()


async def test_what_is_seen_come_is_not_told_again(window: EditorWindow, told: ToldSession) -> None:
    window.chat.show()
    told.begin(said(1))
    await eventually(lambda: window.collaboration.chat.conversation.read_offset == 1)

    told.say(said(2, "you?", mentions=("ada",)))

    assert toasts(window) == []
    assert ROOM not in toasts(window)


async def test_do_not_disturb_outlives_the_window(qapp: QApplication, tmp_path: Path) -> None:
    tasks, appearance = TaskOwner(), Appearance(qapp, choice=ThemeChoice.LIGHT)
    settings = QSettings(str(tmp_path / "s.ini"), QSettings.Format.IniFormat)
    first = compose_window(tasks=tasks, appearance=appearance, settings=settings)
    first.notices.set_dnd(True)
    await first.close()

    second = compose_window(tasks=tasks, appearance=appearance, settings=settings)

    assert second.notices.is_dnd
    assert second.window.actions_by_id["session.dnd"].isChecked()
    await second.close()
    await tasks.stop()
