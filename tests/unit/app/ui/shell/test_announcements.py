"""What a screen reader says without being asked."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QLineEdit

from app.model.company import AWAY_S
from app.model.connection import Link, LinkPhase
from app.model.outage import OutageStage
from app.model.participants import Participant
from app.model.search import SearchQuery
from app.ui.editor_window import EditorWindow
from app.ui.widgets.banner import Tone
from tests.eventually import eventually

ME = Participant("c0", "me", "Me", "#000000", is_self=True)
OTHERS = tuple(Participant(f"c{name}", name, name, "#000000") for name in ("Ada", "Bo", "Cy", "Di"))


@pytest.fixture
def said(window: EditorWindow) -> list[tuple[str, bool]]:
    said: list[tuple[str, bool]] = []
    window.announcements.announced.connect(lambda text, is_urgent: said.append((text, is_urgent)))
    return said


async def test_banners_are_said_and_trouble_at_once(
    window: EditorWindow, said: list[tuple[str, bool]]
) -> None:
    window.files.new_file()
    behind = window.tabs.texts[0]
    window.pages.show_welcome()

    window.window.banner.show_message("Look here.")
    behind.banner.show_message("It failed.", tone=Tone.TROUBLE)

    assert said == [("Look here.", False), ("It failed.", True)]


async def test_what_several_tabs_say_at_once_is_said_once(
    window: EditorWindow, said: list[tuple[str, bool]]
) -> None:
    first = window.files.new_file()
    first.editor.insertPlainText("kept")
    window.files.new_file()

    for opened in window.tabs.texts:
        opened.banner.show_message("No connection.")

    assert said == [("No connection.", False)]


async def test_a_save_by_hand_is_said(
    window: EditorWindow, said: list[tuple[str, bool]], tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("one\n")
    assert window.open_file(tmp_path / "a.txt")

    assert window.save()

    assert said == [("“a.txt” is saved.", False)]


async def test_what_was_found_is_said_once_it_rests(
    window: EditorWindow, said: list[tuple[str, bool]]
) -> None:
    window.editor.insertPlainText("one two one")
    window.find.find(window.front)
    session = window.find.session_of(window.front)
    assert session is not None

    session.bar.set_query(SearchQuery("on"))
    session.bar.set_query(SearchQuery("one"))
    session.go_to_next()

    await eventually(lambda: ("1 of 2", False) in said)
    assert said == [("1 of 2", False)]


async def test_what_a_search_of_the_folder_came_to_is_said(
    window: EditorWindow, said: list[tuple[str, bool]], tmp_path: Path
) -> None:
    (tmp_path / "a.py").write_text("one\none\n")
    assert window.project.open_folder(tmp_path)
    field = window.window.search.findChildren(QLineEdit)[0]

    field.setText("one")

    await eventually(lambda: said)
    assert said == [("2 results in 1 file", False)]


async def test_who_joins_and_leaves_is_said(
    window: EditorWindow, said: list[tuple[str, bool]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.model.company.AWAY_S", 0.01)
    told = window.collaboration.participants_changed

    told.emit((ME, OTHERS[0]))
    told.emit((ME, *OTHERS[:2]))
    told.emit((ME, OTHERS[1]))
    await eventually(lambda: ("Ada left.", False) in said)
    told.emit((ME, *OTHERS, Participant("c9", "9", "", "#000000")))

    assert said == [("Bo joined.", False), ("Ada left.", False), ("4 people joined.", False)]


async def test_nobody_is_said_to_come_while_one_wants_to_be_left_alone(
    window: EditorWindow, said: list[tuple[str, bool]]
) -> None:
    assert AWAY_S > 1
    window.notices.set_dnd(True)

    window.collaboration.participants_changed.emit((ME,))
    window.collaboration.participants_changed.emit((ME, OTHERS[0]))

    assert said == []


async def test_a_lost_connection_is_said_after_a_moment_and_that_it_is_back(
    window: EditorWindow, said: list[tuple[str, bool]]
) -> None:
    session = window.collaboration
    live = Link(LinkPhase.LIVE)

    session.link_changed.emit(live)
    session.outage_changed.emit(OutageStage.DOT)
    session.link_changed.emit(live)
    session.outage_changed.emit(OutageStage.NOTHING)
    session.link_changed.emit(live)

    assert [text for text, _ in said] == [
        "The connection is lost. Your changes are kept.",
        "The connection is back.",
    ]


async def test_a_short_note_is_said(window: EditorWindow, said: list[tuple[str, bool]]) -> None:
    window.notices.toast("Ada", "hello")
    window.notices.toast("Done")

    assert said == [("Ada. hello", False), ("Done", False)]
