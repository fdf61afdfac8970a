"""Before one joins: what the invitation opens is asked of the real server, and costs no use."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QPushButton

from app.ui.dialogs.join import JoinDialog
from app.ui.editor_window import EditorWindow
from tests.e2e.conftest import Desk
from tests.eventually import eventually

pytestmark = pytest.mark.e2e


def press(dialog: JoinDialog, text: str) -> None:
    (button,) = (each for each in dialog.findChildren(QPushButton) if each.text() == text)
    button.click()


def ask(window: EditorWindow, link: str) -> JoinDialog:
    window.ask_to_join(link)
    dialog = window.window.findChild(JoinDialog)
    assert dialog is not None
    return dialog


async def test_the_card_says_who_is_there_and_joining_goes_on_from_it(
    desk: Desk, tmp_path: Path
) -> None:
    (tmp_path / "notes.txt").write_text("one\n")
    ada = desk.open_window("Ada", is_host=True)
    ada.open_file(tmp_path / "notes.txt")
    ada.share()
    await eventually(lambda: ada.link_text != "", timeout_s=60, what="an invitation")
    grace = desk.open_window("Grace")
    dialog = ask(grace, ada.link_text)

    press(dialog, "Who Is There?")
    card = await eventually(lambda: dialog.card_text)
    alone = ada.participants.rowCount()
    dialog.enter(ada.link_text, "Grace")
    press(dialog, "Join")

    assert card.startswith("Ada invites you, and is there alone.\nYou may read and change")
    assert alone == 1
    await eventually(lambda: grace.document_name != "" and grace.text == ada.text)


async def test_an_invitation_that_is_none_is_said_to_open_nothing(
    desk: Desk, tmp_path: Path
) -> None:
    (tmp_path / "notes.txt").write_text("one\n")
    ada = desk.open_window("Ada", is_host=True)
    ada.open_file(tmp_path / "notes.txt")
    ada.share()
    await eventually(lambda: ada.link_text != "", timeout_s=60, what="an invitation")
    grace = desk.open_window("Grace")
    dialog = ask(grace, ada.link_text[:-22] + "A" * 22)

    press(dialog, "Who Is There?")
    await eventually(lambda: dialog.error_text)

    assert dialog.error_text == "This invitation opens nothing any more. Ask for a new link."
    assert dialog.can_join
    dialog.reject()
