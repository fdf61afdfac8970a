"""What was open, as values and as JSON."""

import json

import pytest

from app.model.workspace import (
    MOST_RECENT,
    BrokenWorkspace,
    TabPlace,
    WindowPlace,
    Workspace,
    workspace_from_json,
    workspace_to_json,
)

TAB = TabPlace("/home/ada/naïve 😀.py", 3, 9, 2, "cp1252")
WINDOW = WindowPlace((TAB, TabPlace("/b")), 1, "/home/ada", b"\x01\xd9", b"\0\xff")
WORKSPACE = Workspace((WINDOW, WindowPlace()), ("/b", "/a"), ("/home/ada",))


def with_field(path: str, value: object) -> str:
    """Return the workspace's JSON with one field changed."""
    fields = json.loads(workspace_to_json(WORKSPACE))
    *parents, last = path.split("/")
    place = fields
    for part in parents:
        place = place[int(part) if part.isdigit() else part]
    place[int(last) if last.isdigit() else last] = value
    return json.dumps(fields)


def test_a_workspace_comes_back_as_it_was_written() -> None:
    assert workspace_from_json(workspace_to_json(WORKSPACE)) == WORKSPACE


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("version", 2),
        ("version", None),
        ("windows", {}),
        ("windows/0", []),
        ("windows/0/tabs/0/path", 7),
        ("windows/0/tabs/0/path", "/a\0b"),
        ("windows/0/tabs/0/path", "x" * 40_000),
        ("windows/0/tabs/0/anchor", -1),
        ("windows/0/tabs/0/head", 2**40),
        ("windows/0/tabs/0/top_line", True),
        ("windows/0/front", 2),
        ("windows/0/geometry", "not base 64!"),
        ("recent_files", "a"),
        ("recent_files/0", None),
    ],
)
def test_what_is_no_workspace_is_refused(path: str, value: object) -> None:
    with pytest.raises(BrokenWorkspace):
        workspace_from_json(with_field(path, value))


@pytest.mark.parametrize("text", ["", "[]", "null", "{", "[" * 100_000, "{}"])
def test_what_is_no_json_object_is_refused(text: str) -> None:
    with pytest.raises(BrokenWorkspace):
        workspace_from_json(text)


def test_the_newest_file_comes_first_and_once() -> None:
    assert WORKSPACE.with_file("/a").recent_files == ("/a", "/b")
    assert WORKSPACE.with_folder("/c").recent_folders == ("/c", "/home/ada")


def test_files_of_long_ago_are_forgotten() -> None:
    workspace = Workspace()

    for number in range(MOST_RECENT + 5):
        workspace = workspace.with_file(f"/{number}")

    assert len(workspace.recent_files) == MOST_RECENT
    assert workspace.recent_files[-1] == "/5"
