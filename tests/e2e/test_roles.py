"""Two real windows: a viewer asks to edit, the owner allows it, and takes it back."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.model.role_asks import Role
from app.ui.editor_window import EditorWindow
from tests.e2e.conftest import Desk
from tests.eventually import eventually

pytestmark = pytest.mark.e2e

WITHIN_S = 60.0
TEXT = "one 😀\ntwo\n"


def write(path: Path) -> None:
    path.write_text(TEXT)


async def pair_of_owner_and_viewer(desk: Desk, path: Path) -> tuple[EditorWindow, EditorWindow]:
    write(path)
    ada = desk.open_window("Ada", is_host=True)
    assert ada.open_file(path)
    ada.session.share(ada.front, is_for_editing=False)
    await eventually(lambda: ada.link_text != "", timeout_s=WITHIN_S, what="an invitation")
    bob = desk.open_window("Bob")
    bob.join(ada.link_text)
    await eventually(lambda: bob.document_name != "" and bob.text == TEXT, timeout_s=WITHIN_S)
    await eventually(lambda: roles_of(ada) == {"Ada": "Owner", "Bob": "Viewer"}, timeout_s=WITHIN_S)
    return ada, bob


def roles_of(window: EditorWindow) -> dict[str, str]:
    """Return what the list says that everybody may."""
    found: dict[str, str] = {}
    for row in range(window.participants.rowCount()):
        index = window.participants.index(row)
        said = index.data(Qt.ItemDataRole.AccessibleTextRole).rpartition(", ")
        name = said[0].removesuffix(" (you)")
        found[name] = said[2].partition(" · ")[0]
    return found


def press(window: EditorWindow, name: str) -> None:
    [button] = [each for each in window.window.banner.buttons if each.text() == name]
    button.click()


async def test_a_viewer_asks_and_types_as_soon_as_it_is_allowed_and_only_reads_when_taken_back(
    desk: Desk, tmp_path: Path
) -> None:
    ada, bob = await pair_of_owner_and_viewer(desk, tmp_path / "hello.py")
    cursor = bob.editor.textCursor()
    cursor.setPosition(4)
    cursor.setPosition(6, cursor.MoveMode.KeepAnchor)  # the emoji, two UTF-16 units
    bob.editor.setTextCursor(cursor)

    QTest.keyClicks(bob.editor, "x")
    assert bob.text == TEXT
    assert bob.window.banner.button_texts == ("Ask to Edit",)
    press(bob, "Ask to Edit")
    QTest.keyClicks(bob.editor, "y")  # typing on asks no more
    assert bob.window.banner.button_texts == ()

    asked = "Bob asks to edit."
    await eventually(lambda: ada.window.banner.message == asked, timeout_s=WITHIN_S)
    press(ada, "Allow")
    await eventually(lambda: bob.window.banner.message == "You can edit now.", timeout_s=WITHIN_S)
    await eventually(lambda: not bob.binding.is_read_only, timeout_s=WITHIN_S)
    kept = bob.editor.textCursor()
    assert (kept.anchor(), kept.position()) == (4, 6)
    QTest.keyClicks(bob.editor, "!")
    await eventually(lambda: ada.text == "one !\ntwo\n", timeout_s=WITHIN_S)
    await eventually(lambda: roles_of(ada)["Bob"] == roles_of(bob)["Bob"] == "Editor")

    [guest] = [each for each in ada.participants.participants if not each.is_self]
    ada.window.people_panel.role_requested.emit(guest.user_id, Role.VIEWER)
    await eventually(lambda: bob.binding.is_read_only, timeout_s=WITHIN_S)
    await eventually(lambda: roles_of(bob)["Bob"] == "Viewer", timeout_s=WITHIN_S)
    QTest.keyClicks(bob.editor, "z")
    assert bob.text == ada.text == "one !\ntwo\n"
    assert bob.window.banner.button_texts == ("Ask to Edit",)


async def test_who_is_removed_keeps_the_text_and_is_told(desk: Desk, tmp_path: Path) -> None:
    ada, bob = await pair_of_owner_and_viewer(desk, tmp_path / "hello.py")
    [guest] = [each for each in ada.participants.participants if not each.is_self]

    ada.window.people_panel.removal_requested.emit(guest.user_id)

    await eventually(lambda: list(roles_of(ada)) == ["Ada"], timeout_s=WITHIN_S)
    await eventually(lambda: bob.window.banner.message != "", timeout_s=WITHIN_S)
    assert bob.text == TEXT
