"""The history of a shared text in a window, with a real server that keeps it."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QPushButton

from app.model.connection import SavePhase
from app.ui.dialogs.history import HistoryDialog
from app.ui.dialogs.name import NameDialog
from app.ui.editor_window import EditorWindow
from tests.e2e.conftest import Desk
from tests.eventually import eventually

pytestmark = pytest.mark.e2e


def asked(window: EditorWindow) -> HistoryDialog:
    window.window.actions_by_id["session.history"].trigger()
    dialogs = window.window.findChildren(HistoryDialog)
    return next(dialog for dialog in dialogs if dialog.isVisible())


async def keep_version(window: EditorWindow, name: str) -> None:
    """Let the server keep the text as it is now."""
    await eventually(lambda: window.save_state.phase is SavePhase.SAVED, what="all stored")
    dialog = asked(window)
    next(each for each in dialog.findChildren(QPushButton) if "Keep" in each.text()).click()
    dialog.findChildren(NameDialog)[-1].enter(name)
    await eventually(
        lambda: dialog.chosen is not None and dialog.chosen.name == name, what="a version"
    )
    dialog.reject()


async def test_a_version_is_looked_at_compared_and_brought_back_for_everybody(
    desk: Desk, tmp_path: Path
) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("one\ntwo 😀\nthree\n", encoding="utf-8")
    ada, grace = await desk.pair(path)
    await keep_version(ada, "before Grace")
    grace.editor.select(0, 3)
    grace.editor.insertPlainText("ONE")
    await eventually(lambda: ada.text == grace.text == "ONE\ntwo 😀\nthree\n", what="one text")
    await eventually(lambda: grace.save_state.phase is SavePhase.SAVED, what="it stored")

    dialog = asked(ada)
    await eventually(lambda: dialog.can_restore, what="a version")
    chosen, difference = dialog.chosen, dialog.shown_text
    dialog.show_whole(is_whole=True)
    whole = dialog.shown_text
    dialog.restore()
    await eventually(lambda: "restored" in ada.window.banner.message, what="a word")
    await eventually(
        lambda: ada.text == grace.text == "one\ntwo 😀\nthree\n", what="the text of before"
    )

    assert chosen is not None
    assert chosen.name == "before Grace"
    assert "-one\n+ONE" in difference
    assert whole == "one\ntwo 😀\nthree\n"
    again = asked(ada)
    await eventually(lambda: "ONE" in again.shown_text, what="the text before, as a version")
    again.reject()


async def test_a_reader_looks_and_cannot_bring_back(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("one\n")
    ada = desk.open_window("Ada", is_host=True)
    assert ada.open_file(path)
    ada.session.share(ada.front, is_for_editing=False)
    await eventually(lambda: ada.link_text != "", what="an invitation")
    grace = desk.open_window("Grace")
    grace.join(ada.link_text)
    await eventually(lambda: grace.document_name != "", what="the shared text")
    await keep_version(ada, "first")
    ada.editor.insertPlainText("more ")
    await eventually(lambda: grace.text == "more one\n", what="the change")

    dialog = asked(grace)
    await eventually(lambda: "+more one" in dialog.shown_text, what="the version")

    assert not dialog.can_restore
    assert "may read" in dialog.status_text
    dialog.reject()


async def test_a_text_that_is_not_shared_has_no_history_and_says_so(
    desk: Desk, tmp_path: Path
) -> None:
    ada = desk.open_window("Ada", is_host=True)

    ada.window.actions_by_id["session.history"].trigger()

    assert "Only a shared text has a history" in ada.window.banner.message
    path = tmp_path / "notes.txt"
    path.write_text("one\n")
    assert ada.open_file(path)
    ada.share()
    await eventually(lambda: ada.link_text != "", what="an invitation")
    dialog = asked(ada)
    await eventually(lambda: "no version yet" in dialog.status_text, what="the server's word")
    dialog.reject()
