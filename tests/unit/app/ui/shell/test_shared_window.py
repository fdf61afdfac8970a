"""What a session changes in a window."""

import re
from pathlib import Path

from PySide6.QtWidgets import QApplication, QToolButton

from app.collab.text_replica import TextReplica
from app.model.connection import SAVED, ClosedReason, Link, LinkPhase, SavePhase, SaveState
from app.model.notices import Notice, NoticeKind
from app.model.outage import OutageStage
from app.model.participants import Participant, RemoteCaret
from app.ui.dialogs.join import JoinDialog
from app.ui.editor_window import EditorWindow
from tests.eventually import eventually
from tests.unit.app.ui.shell.window_world import shared_as, trigger

ADA = Participant("c1", "u1", "Ada", "#0072b2", is_self=True)
GRACE = Participant("c2", "u2", "Grace", "#b34a00")


async def test_sharing_keeps_the_text_its_history_and_its_window(window: EditorWindow) -> None:
    window.editor.insertPlainText("mine")
    replica = window.replica

    shared_as(window, replica, "untitled.txt")
    window.collaboration.participants_changed.emit((ADA, GRACE))

    assert window.replica is replica
    assert window.window.share_text == "Live · 2"
    assert window.window.status_texts["role"] == "Owner"
    window.undo()
    assert window.text == ""


async def test_the_invitation_comes_to_the_clipboard_and_is_told(
    window: EditorWindow, qapp: QApplication
) -> None:
    shared_as(window, window.replica)

    window.collaboration.invitation_ready.emit("codexpro://join/127.0.0.1/abcdefghijklmnop")

    assert qapp.clipboard().text() == window.link_text != ""
    assert "clipboard" in window.window.banner.message


async def test_joining_shows_the_other_text_under_its_own_name(window: EditorWindow) -> None:
    theirs = TextReplica("their text\n")

    shared_as(window, theirs, "src/theirs.js")

    assert window.is_guest
    assert window.editor.toPlainText() == "their text\n"
    assert window.window.windowTitle() == "src/theirs.js[*] — CodeXPro"
    assert window.window.status_texts["language"] == "JavaScript"
    assert window.path is None


async def test_what_a_guest_types_needs_no_file_until_the_session_is_over(
    window: EditorWindow,
) -> None:
    shared = shared_as(window, TextReplica("theirs"))
    window.editor.insertPlainText("mine and ")
    assert not window.is_modified

    window.collaboration.document_closed.emit(shared)

    assert window.text == "mine and theirs"
    assert window.is_modified


async def test_a_viewer_cannot_type_and_is_told_so(window: EditorWindow) -> None:
    shared = shared_as(window, TextReplica("theirs"))

    shared.replica.is_writable = False
    shared.access_changed.emit(False)

    assert window.window.status_texts["role"] == "Viewer"
    assert window.binding.is_read_only


async def test_a_lost_connection_says_how_much_waits(window: EditorWindow) -> None:
    shared_as(window, window.replica)

    window.collaboration.link_changed.emit(Link(LinkPhase.OFFLINE, retry_at_s=1.0))
    window.collaboration.save_state_changed.emit(SaveState(SavePhase.WAITING, 12))
    texts = window.window.status_texts
    assert (texts["connection"], texts["sync"]) == ("● Live", "Saving…")

    window.collaboration.outage_changed.emit(OutageStage.DOT)

    texts = window.window.status_texts
    assert (texts["connection"], texts["sync"]) == ("Offline", "12 changes waiting")
    assert window.window.share_text == "Reconnecting…"


async def test_a_session_that_ends_offers_a_copy(window: EditorWindow) -> None:
    shared_as(window, TextReplica("theirs"))

    window.collaboration.link_changed.emit(Link(LinkPhase.CLOSED, ClosedReason.KICKED))

    assert re.search("removed from the session", window.window.banner.message)
    assert window.window.banner.button_texts == ("Save a Copy…",)


async def test_a_join_that_fails_is_told_in_its_dialog(window: EditorWindow) -> None:
    window.ask_to_join("codexpro://join/127.0.0.1/abcdefghijklmnop")
    dialog = window.window.findChildren(JoinDialog)[0]

    window.collaboration.notice_raised.emit(Notice(NoticeKind.NOTHING_TO_OPEN))

    assert "shares no file" in dialog.error_text
    assert window.window.banner.message == ""
    dialog.reject()


async def test_a_caret_in_a_tab_behind_is_nobodys(window: EditorWindow, tmp_path: Path) -> None:
    shared = shared_as(window, window.replica, "untitled.txt")
    assert shared.cursor() is not None

    (tmp_path / "a.py").write_text("")
    window.open_file(tmp_path / "a.py")
    behind = shared.cursor()
    window.tabs.bring_to_front(window.session.shared_texts[0])

    assert behind is None
    assert shared.cursor() is not None


async def test_a_tab_shows_who_is_in_its_text(window: EditorWindow) -> None:
    shared = shared_as(window, window.replica, "untitled.txt")

    shared.carets_changed.emit((RemoteCaret(2, "u2", "Grace", "#b34a00", 0, 0),))

    assert not window.tabs.tabIcon(0).isNull()
    assert "Here: Grace" in window.tabs.tabToolTip(0)


async def test_a_caret_that_moves_paints_no_icon(window: EditorWindow) -> None:
    shared = shared_as(window, window.replica, "untitled.txt")
    shared.carets_changed.emit((RemoteCaret(2, "u2", "Grace", "#b34a00", 0, 0),))
    share = [
        button
        for button in window.window.findChildren(QToolButton)
        if button.text() == window.window.share_text
    ]
    before = [window.tabs.tabIcon(0).cacheKey(), *[each.icon().cacheKey() for each in share]]

    window.editor.insertPlainText("mine")
    shared.carets_changed.emit((RemoteCaret(2, "u2", "Grace", "#b34a00", 0, 4),))
    window.collaboration.save_state_changed.emit(SaveState(SavePhase.SAVING, 1))
    window.collaboration.save_state_changed.emit(SAVED)

    after = [window.tabs.tabIcon(0).cacheKey(), *[each.icon().cacheKey() for each in share]]
    assert (len(share), after) == (1, before)


async def test_closing_one_of_two_shared_tabs_keeps_the_session(window: EditorWindow) -> None:
    first = shared_as(window, window.replica, "one.txt")
    window.files.new_file()
    shared_as(window, window.replica, "two.txt")

    trigger(window, "file.close_tab")

    assert [text.shared for text in window.session.shared_texts] == [first]


async def test_another_file_comes_in_a_tab_beside_the_shared_one(
    window: EditorWindow, tmp_path: Path
) -> None:
    path = tmp_path / "other.py"
    path.write_text("other")
    shared = shared_as(window, window.replica, "untitled.txt")

    window.open_file(path)

    assert window.tabs.titles == ("Untitled", "other.py")
    assert (window.text, window.document_name) == ("other", "")
    assert window.session.shared_texts[0].shared is shared


async def test_what_is_not_saved_is_said_at_once_and_that_it_is_a_moment_later(
    window: EditorWindow,
) -> None:
    shared_as(window, window.replica)
    texts = [window.window.status_texts["sync"]]

    for state in (SaveState(SavePhase.SAVING, 1), SAVED, SaveState(SavePhase.SAVING, 1), SAVED):
        window.collaboration.save_state_changed.emit(state)
        texts.append(window.window.status_texts["sync"])
    await eventually(lambda: window.window.status_texts["sync"] == "Saved")

    assert texts == ["Saved", *["Saving…"] * 4]
