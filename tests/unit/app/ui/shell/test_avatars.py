"""Who is here, as initials in the tool bar."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.model.participants import Participant
from app.qtmodels.participants import ParticipantsModel
from app.ui.editor_window import EditorWindow
from app.ui.widgets.avatars import Avatars

ADA = Participant("c1", "u1", "Ada", "#0072b2", is_self=True)
GRACE = Participant("c2", "u2", "Grace Hopper", "#b34a00")
BO = Participant("c3", "u3", "<b>Bo</b>", "#007a5a")


@pytest.fixture
def model() -> ParticipantsModel:
    return ParticipantsModel()


@pytest.fixture
def row(qtbot: QtBot, model: ParticipantsModel) -> Avatars:
    row = Avatars(model=model)
    qtbot.addWidget(row)
    row.show()
    return row


def names(row: Avatars) -> list[str]:
    return [avatar.accessibleName() for avatar in row.avatars]


def test_the_others_have_an_avatar_each_and_oneself_has_none(
    row: Avatars, model: ParticipantsModel
) -> None:
    model.show([ADA, GRACE, BO])
    before = names(row)
    model.show([ADA, BO])

    assert before == ["Grace Hopper", "<b>Bo</b>"]
    assert names(row) == ["<b>Bo</b>"]
    assert "<b>" not in row.avatars[0].toolTip()


def test_of_many_people_some_are_shown_and_the_rest_counted(
    row: Avatars, model: ParticipantsModel
) -> None:
    crowd = [replace(GRACE, user_id=f"u{number}", client_id=f"c{number}") for number in range(2, 9)]

    model.show([ADA, *crowd])

    assert len(row.avatars) == 5
    assert row.layout().itemAt(5).widget().text() == "+2"  # pyright: ignore[reportOptionalMemberAccess, reportAttributeAccessIssue]


def test_an_avatar_says_where_its_person_is(row: Avatars, model: ParticipantsModel) -> None:
    model.show([ADA, GRACE])
    before = row.avatars

    model.show_places({"u2": "hello.py:12"})

    assert names(row) == ["Grace Hopper, hello.py:12"]
    assert row.avatars == before


def test_what_has_not_changed_is_not_made_anew(row: Avatars, model: ParticipantsModel) -> None:
    model.show([ADA, GRACE])
    before = row.avatars

    model.show([ADA, GRACE])
    model.show_own_role("Owner")

    assert row.avatars == before


def test_an_avatar_has_the_colour_of_its_person(row: Avatars, model: ParticipantsModel) -> None:
    model.show([ADA, GRACE])
    image = row.avatars[0].grab().toImage()

    pixels = {image.pixel(x, image.height() // 2) for x in range(image.width())}

    assert QColor(GRACE.color).rgb() in pixels


def test_a_click_goes_there_and_a_double_click_follows(
    row: Avatars, model: ParticipantsModel
) -> None:
    told: list[tuple[str, str]] = []
    row.person_requested.connect(lambda user: told.append(("go", user)))
    row.follow_requested.connect(lambda user: told.append(("follow", user)))
    model.show([ADA, GRACE])
    avatar = row.avatars[0]

    QTest.mouseClick(avatar, Qt.MouseButton.LeftButton)
    QTest.mouseDClick(avatar, Qt.MouseButton.LeftButton)
    QTest.keyClick(avatar, Qt.Key.Key_Space)

    assert told == [("go", "u2"), ("follow", "u2"), ("go", "u2")]


async def test_the_tool_bar_shows_who_is_in_the_session(window: EditorWindow) -> None:
    window.collaboration.participants_changed.emit((ADA, GRACE))
    during = names(window.window.avatars)
    window.collaboration.participants_changed.emit(())

    assert during == ["Grace Hopper"]
    assert names(window.window.avatars) == []
