"""Roles in a window: seen, asked for and given; hostile names are plain text."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtWidgets import QMenu

from app.collab import session_effects as effects
from app.model.participants import Participant
from app.model.role_asks import MOST_ASKS
from app.tasks import TaskOwner
from app.ui.editor_window import EditorWindow
from tests.eventually import eventually
from tests.support.told_session import ADA, GRACE, ROOM, ToldSession

NAME = "<b>Eve</b> & <img src=x>"


@pytest.fixture
async def told(window: EditorWindow) -> ToldSession:
    return ToldSession(window.collaboration, TaskOwner())


def show(told: ToldSession, *people: Participant) -> None:
    """Let these be in the session."""
    told.running.participants_changed.emit(people)
    told.collaboration.participants_changed.emit(people)


def asks(told: ToldSession, user_id: str, name: str = "") -> None:
    told.tell(effects.RoleAsked(ROOM, user_id, name, "rwh"))


def menu_of(window: EditorWindow, row: int) -> dict[str, bool]:
    """Return what the menu of a person offers, and what of it is checked."""
    menu = window.window.people_panel.menu_for(window.participants.index(row))
    assert isinstance(menu, QMenu)
    found = {
        action.text(): action.isChecked() for action in menu.actions() if not action.isSeparator()
    }
    menu.deleteLater()
    return found


async def test_the_list_says_what_everybody_may_and_the_tip_shows_names_as_they_are(
    window: EditorWindow, told: ToldSession
) -> None:
    show(told, replace(ADA, perm="rwho"), replace(GRACE, perm="rh", name=NAME))

    index = window.participants.index(1)
    tip = index.data(Qt.ItemDataRole.ToolTipRole)

    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == f"{NAME}, Viewer"
    assert tip == ("<span>&lt;b&gt;Eve&lt;/b&gt; &amp; &lt;img src=x&gt;, Viewer</span>")


async def test_the_menu_offers_what_the_own_role_allows(
    window: EditorWindow, told: ToldSession
) -> None:
    editor = replace(GRACE, perm="rwh")
    owner = Participant("c3", "zoe", "Zoe", "#334455", perm="ro")
    look = {"Go to": False, "Follow": False}
    sent_out = {"Remove from Session": False, "Block": False}

    menus: list[dict[str, bool]] = []
    for own in ("rwh", "rwhm", "rwho"):
        show(told, replace(ADA, perm=own), editor, owner)
        menus.append(menu_of(window, 1))

    assert menus[0] == look
    assert menus[1] == look | sent_out
    assert menus[2] == look | {"Can Edit": True, "Can Only View": False} | sent_out
    assert menu_of(window, 2) == look
    assert window.window.people_panel.menu_for(window.participants.index(0)) is None


async def test_an_owner_sees_an_ask_once_and_a_stranger_asks_nothing(
    window: EditorWindow, told: ToldSession
) -> None:
    show(told, replace(ADA, perm="rwho"), replace(GRACE, perm="rh", name=NAME))

    for user_id in ("nobody", "grace", "grace", "ada"):
        asks(told, user_id, "pretends")

    banner = window.window.banner
    assert banner.message == f"{NAME} asks to edit."
    assert banner.button_texts == ("Allow", "Not Now")
    banner.buttons[1].click()
    asks(told, "grace")
    assert banner.message == ""


async def test_asks_of_a_crowd_are_bounded_and_go_with_who_asked(
    window: EditorWindow, told: ToldSession
) -> None:
    crowd = [
        Participant(f"x{number}", f"u{number}", f"U{number}", "#334455", perm="rh")
        for number in range(MOST_ASKS + 5)
    ]
    show(told, replace(ADA, perm="rwho"), *crowd)

    for person in crowd:
        asks(told, person.user_id)
    seen: list[str] = []
    for person in crowd[:MOST_ASKS]:
        crowd.remove(person)
        show(told, replace(ADA, perm="rwho"), *crowd)
        seen.append(window.window.banner.message)

    assert seen[-1] == ""
    assert all(message.endswith(" asks to edit.") for message in seen[:-1])


async def test_who_may_not_grant_is_shown_no_ask(window: EditorWindow, told: ToldSession) -> None:
    show(told, replace(ADA, perm="rwh"), replace(GRACE, perm="rh"))

    asks(told, "grace")

    assert window.window.banner.message == ""


async def test_becoming_an_editor_is_said_and_chat_hears_the_letters(
    window: EditorWindow, told: ToldSession
) -> None:
    told.begin(perm="rh")
    show(told, replace(ADA, perm="rh"))

    show(told, replace(ADA, perm="rwh"))

    assert window.window.banner.message == "You can edit now."
    assert window.collaboration.chat.perm == "rwh"


async def test_blocking_can_be_undone_from_the_banner(
    window: EditorWindow, told: ToldSession
) -> None:
    show(told, replace(ADA, perm="rwho"), replace(GRACE, perm="rh", name=NAME))

    window.window.people_panel.block_requested.emit("grace")
    await eventually(lambda: window.window.banner.message != "")

    assert window.window.banner.message == f"{NAME} is blocked and cannot come back."
    assert window.window.banner.button_texts == ("Undo Block",)


async def test_of_a_very_large_room_the_panel_says_how_many_there_are(
    window: EditorWindow, told: ToldSession
) -> None:
    panel = window.window.people_panel
    window.window.show_people()
    show(told, ADA, GRACE)

    window.collaboration.people_counted.emit(1204)
    large = panel.count_text
    window.collaboration.people_counted.emit(None)

    assert large == f"{QLocale().toString(1204)} people. Some of them are listed here."
    assert panel.count_text == ""
