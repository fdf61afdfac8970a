"""Finding and replacing in a window; and that no pattern stops it."""

import asyncio

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from app.model.search import SearchQuery
from app.ui.editor_window import EditorWindow
from app.ui.find_session import FindSession
from tests.eventually import eventually


async def opened(
    window: EditorWindow, text: str, query: SearchQuery, replacement: str | None = None
) -> FindSession:
    """Put a text into the window, open the bar and wait for what is found."""
    window.editor.insertPlainText(text)
    window.editor.select(0, 0)
    window.window.actions_by_id["edit.replace"].trigger()
    session = window.find.session_of(window.front)
    assert session is not None
    session.bar.set_query(query, replacement)
    await eventually(lambda: session.bar.count_text != "", what="a search")
    return session


def selected(window: EditorWindow) -> tuple[int, int]:
    selection = window.editor.selection
    return selection.anchor_utf16, selection.head_utf16


async def count(session: FindSession, text: str) -> None:
    await eventually(lambda: session.bar.count_text == text, what=f"{text!r} in the bar")


async def test_matches_are_counted_and_gone_through_round_and_round(window: EditorWindow) -> None:
    session = await opened(window, "one 😀 two one\none", SearchQuery("one"))
    await count(session, "3 results")

    session.go_to_next()
    assert (selected(window), session.bar.count_text) == ((0, 3), "1 of 3")
    session.go_to_next()
    assert selected(window) == (11, 14)
    session.go_to_previous()
    session.go_to_previous()

    assert (selected(window), session.bar.count_text) == ((15, 18), "3 of 3")


async def test_what_is_selected_is_looked_for(window: EditorWindow) -> None:
    window.editor.insertPlainText("a.c abc a.c")
    window.editor.select(0, 3)

    window.window.actions_by_id["edit.find"].trigger()

    session = window.find.session_of(window.front)
    assert session is not None
    await count(session, "1 of 2")
    assert not session.bar.can_replace


async def test_enter_and_escape_work_in_the_bar(window: EditorWindow) -> None:
    session = await opened(window, "x x", SearchQuery("x"))
    await count(session, "2 results")
    line = session.bar.findChildren(QLineEdit)[0]

    QTest.keyClick(line, Qt.Key.Key_Return)
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert selected(window) == (2, 3)
    QTest.keyClick(line, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert selected(window) == (0, 1)
    QTest.keyClick(line, Qt.Key.Key_Escape)

    assert window.find.session_of(window.front) is None
    assert window.front.page.bar is None


async def test_replacing_all_is_one_undo(window: EditorWindow) -> None:
    text = "".join(f"old {number} 😀\n" for number in range(1000))
    session = await opened(window, text, SearchQuery("old"), "new")
    edits: list[object] = []
    window.binding.edited.connect(edits.append)
    await count(session, "1000 results")

    session.replace_all()
    await count(session, "1000 replaced")

    assert window.text == text.replace("old", "new")
    assert len(edits) == 1
    window.undo()
    assert window.text == text


async def test_replacing_goes_from_match_to_match(window: EditorWindow) -> None:
    session = await opened(window, "a a a", SearchQuery("a"), "bb")
    await count(session, "3 results")
    session.go_to_next()

    session.replace()
    await eventually(lambda: window.text == "bb a a")
    await count(session, "1 of 2")
    session.replace()

    await eventually(lambda: window.text == "bb bb a")


async def test_a_pattern_puts_its_groups_into_the_replacement(window: EditorWindow) -> None:
    query = SearchQuery(r"(\w+)=(\w+)", is_regex=True)
    session = await opened(window, "a=1\nb=2", query, r"\2=\1")
    await count(session, "2 results")

    session.replace_all()

    await eventually(lambda: window.text == "1=a\n2=b")


async def test_only_the_selection_is_searched(window: EditorWindow) -> None:
    window.editor.insertPlainText("x\nx\nx\nx")
    window.editor.select(2, 5)

    window.window.actions_by_id["edit.replace"].trigger()
    session = window.find.session_of(window.front)
    assert session is not None
    assert session.bar.is_within
    session.bar.set_query(SearchQuery("x"), "yy")
    await count(session, "2 results")
    session.replace_all()

    await eventually(lambda: window.text == "x\nyy\nyy\nx")


async def test_typing_searches_again(window: EditorWindow) -> None:
    session = await opened(window, "x", SearchQuery("x"))
    await count(session, "1 results")

    window.editor.insertPlainText("xx")

    await count(session, "3 results")


@pytest.mark.parametrize(
    ("query", "replacement", "said"),
    [
        (SearchQuery("none"), "", "No results"),
        (SearchQuery("(", is_regex=True), "", "No valid pattern"),
    ],
)
async def test_what_cannot_be_found_is_said(
    window: EditorWindow, query: SearchQuery, replacement: str, said: str
) -> None:
    session = await opened(window, "text", query, replacement)

    await eventually(lambda: said in session.bar.count_text)
    assert not session.bar.can_replace


async def test_a_replacement_that_names_no_group_changes_nothing(window: EditorWindow) -> None:
    session = await opened(window, "text", SearchQuery("t", is_regex=True), r"\3")
    await count(session, "2 results")

    session.replace_all()

    await eventually(lambda: "No valid replacement" in session.bar.count_text)
    assert window.text == "text"


async def test_a_hostile_pattern_does_not_stop_the_window(window: EditorWindow) -> None:
    window.editor.insertPlainText("x" * 20_000)
    window.window.actions_by_id["edit.find"].trigger()
    session = window.find.session_of(window.front)
    assert session is not None
    turns = 0

    session.bar.set_query(SearchQuery(r"(x+x+)+y", is_regex=True))
    while session.bar.count_text != "This pattern takes too long.":
        await asyncio.sleep(0.01)
        turns += 1
        assert turns < 3000

    assert turns > 20
    session.bar.set_query(SearchQuery("xxxx"))
    await count(session, "5000 results")


async def test_a_bar_that_is_closed_at_once_searches_and_replaces_nothing_more(
    window: EditorWindow,
) -> None:
    session = await opened(window, "x x", SearchQuery("x"), "y")
    await count(session, "2 results")

    session.replace_all()
    session.close()

    await eventually(lambda: "replace all" not in [t.get_name() for t in asyncio.all_tasks()])
    assert window.text == "x x"


async def test_closing_the_tab_closes_its_search(window: EditorWindow) -> None:
    await opened(window, "", SearchQuery("x"))
    front = window.front

    window.pages.close_front()

    assert window.find.session_of(front) is None


async def test_who_may_only_read_cannot_replace(window: EditorWindow) -> None:
    session = await opened(window, "x", SearchQuery("x"))
    await count(session, "1 results")
    assert session.bar.can_replace

    window.replica.is_writable = False
    window.front.access_changed.emit()

    assert not session.bar.can_replace


async def test_f6_goes_from_part_to_part_and_round(window: EditorWindow) -> None:
    window.window.activateWindow()
    window.window.show_project("folder")
    window.editor.setFocus()
    reached: list[str] = []

    for _ in range(5):
        window.window.actions_by_id["go.next_region"].trigger()
        focused = window.window.focusWidget()
        reached.append(focused.accessibleName() or focused.objectName() or type(focused).__name__)

    assert reached[-1] == "Text editor"
    assert len(set(reached)) == 5
