"""The list of people as views see it."""

from PySide6.QtCore import Qt
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from app.model.participants import Participant
from app.qtmodels.participants import (
    INITIALS_ROLE,
    PARTICIPANT_ROLE,
    PLACE_ROLE,
    ParticipantsModel,
)

ADA = Participant("c1", "u1", "Ada Lovelace", "#0072b2", is_self=True)
GRACE = Participant("c2", "u2", "Grace", "#b34a00")
LIN = Participant("c3", "u3", "Lin", "#007a5a")


def names(model: ParticipantsModel) -> list[object]:
    return [model.data(model.index(row)) for row in range(model.rowCount())]


def test_views_see_everybody_once_and_this_user_as_you(qtmodeltester: ModelTester) -> None:
    model = ParticipantsModel()
    qtmodeltester.check(model)

    model.show([ADA, GRACE])

    assert names(model) == ["Ada Lovelace (you)", "Grace"]


def test_people_come_go_and_change_places_without_a_reset(
    qtbot: QtBot, qtmodeltester: ModelTester
) -> None:
    model = ParticipantsModel()
    qtmodeltester.check(model)
    model.show([ADA, GRACE, LIN])

    with qtbot.assertNotEmitted(model.modelReset):
        model.show([LIN, ADA])

    assert model.participants == (LIN, ADA)


def test_a_new_name_changes_one_row(qtbot: QtBot) -> None:
    model = ParticipantsModel()
    model.show([ADA, GRACE])
    renamed = Participant("c2", "u2", "Grace Hopper", "#b34a00")

    with qtbot.waitSignal(model.dataChanged) as changed:
        model.show([ADA, renamed])

    assert changed.args is not None
    assert changed.args[0].row() == 1
    assert model.data(model.index(1), PARTICIPANT_ROLE) == renamed


def test_somebody_without_a_name_is_somebody(qapp: object) -> None:
    model = ParticipantsModel()

    model.show([Participant("c4", "u4", "", "#000000")])

    assert names(model) == ["Somebody"]
    assert model.data(model.index(0), INITIALS_ROLE) == "?"


def test_a_row_that_is_not_there_says_nothing(qapp: object) -> None:
    model = ParticipantsModel()

    assert model.data(model.index(0), Qt.ItemDataRole.DisplayRole) is None


def test_who_is_away_and_what_one_may_do_is_said(qtmodeltester: ModelTester) -> None:
    model = ParticipantsModel()
    qtmodeltester.check(model)
    me = Participant("c1", "u1", "Ada", "#0072b2", is_self=True)
    idle = Participant("c2", "u2", "Grace", "#b34a00", status="idle")
    busy = Participant("c3", "u3", "Lin", "#b34a00", status="dnd")
    model.show_own_role("Owner")
    model.show([me, idle, busy])

    model.show_places({"u2": "hello.py:3"})
    model.show_own_role("Owner")

    said = [model.index(row).data(PLACE_ROLE) for row in range(3)]
    assert said == ["Owner", "hello.py:3 · idle", "do not disturb"]
    model.show_own_role("Viewer")
    assert model.index(0).data(PLACE_ROLE) == "Viewer"
