"""What somebody typed to go somewhere."""

import pytest

from app.model.go_query import GoKind, GoQuery, parse_go_query, parse_line


@pytest.mark.parametrize(
    ("typed", "query"),
    [
        ("", GoQuery(GoKind.FILE)),
        ("main", GoQuery(GoKind.FILE, "main")),
        (" main.py ", GoQuery(GoKind.FILE, "main.py")),
        ("main.py:12", GoQuery(GoKind.FILE, "main.py", 12)),
        ("main.py:12:3", GoQuery(GoKind.FILE, "main.py", 12, 3)),
        ("main.py:0", GoQuery(GoKind.FILE, "main.py", 1)),
        ("a:b", GoQuery(GoKind.FILE, "a:b")),
        (":", GoQuery(GoKind.LINE)),
        (":12", GoQuery(GoKind.LINE, line=12)),
        ("@ada", GoQuery(GoKind.PERSON, "ada")),
        ("> save", GoQuery(GoKind.COMMAND, "save")),
        ("x:99999999999999999999", GoQuery(GoKind.FILE, "x:99999999999999999999")),
    ],
)
def test_a_query_says_what_is_meant(typed: str, query: GoQuery) -> None:
    assert parse_go_query(typed) == query


@pytest.mark.parametrize(
    ("typed", "line", "column"),
    [("12", 12, None), ("12:3", 12, 3), ("12, 3", 12, 3), ("x", None, None), ("", None, None)],
)
def test_a_line_may_have_a_column(typed: str, line: int | None, column: int | None) -> None:
    assert parse_line(typed) == GoQuery(GoKind.LINE, line=line, column=column)
