"""The versions of a text as views see them."""

from PySide6.QtCore import QLocale
from pytestqt.modeltest import ModelTester

from app.model.versions import TextVersion
from app.qtmodels.versions import VERSION_ROLE, VersionsModel

NAMES = {"1": "Ada", "2": "Grace", "3": "Lin", "4": "Zoe", "5": "Bo"}


def lines(model: VersionsModel) -> list[list[str]]:
    return [str(model.index(row).data()).split("\n") for row in range(model.rowCount())]


def test_a_version_says_its_name_or_its_time_and_who_changed_the_text(
    qtmodeltester: ModelTester,
) -> None:
    QLocale.setDefault(QLocale(QLocale.Language.C))
    model = VersionsModel()
    named = TextVersion(3, 1.79e9, "release", ("2", "1"))
    made = TextVersion(2, 1.78e9, "", ("1", "9"))
    nobody = TextVersion(1, 1.77e9, "", ())

    model.show([named, made, nobody], NAMES)

    qtmodeltester.check(model)
    shown = lines(model)
    assert shown[0][0] == "release"
    assert shown[0][1].endswith(" · Ada, Grace")
    assert shown[1][1:] == ["Ada"]
    assert shown[2][1:] == []
    assert model.index(1).data(VERSION_ROLE) == made


def test_a_time_that_no_calendar_has_is_shown_as_the_last_one() -> None:
    model = VersionsModel()

    model.show([TextVersion(2, 1e300, "", ()), TextVersion(1, 4e10, "", ())], NAMES)

    assert lines(model)[0] == lines(model)[1]


def test_of_many_people_some_are_named() -> None:
    model = VersionsModel()

    model.show([TextVersion(1, 1.77e9, "", ("1", "2", "3", "4", "5"))], NAMES)

    assert lines(model)[0][1] == "Ada, Bo, Grace +2"
