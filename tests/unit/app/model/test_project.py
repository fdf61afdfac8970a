import pytest

from app.model.project import (
    FileEntry,
    InvalidPath,
    default_of,
    file_name_of,
    files_of,
    new_file_id,
    parse_path,
)

PAGE = {"path": "index.html", "eol": "lf", "mode": "text"}
STYLE = {"path": "css/style.css", "eol": "crlf", "mode": "text", "language": "css"}


@pytest.mark.parametrize("path", ["main.py", "src/app/main.py", "naïve 漢.txt", "a b/.hidden"])
def test_a_relative_path_is_kept(path: str) -> None:
    assert parse_path(path) == path


def test_a_path_is_composed() -> None:
    assert parse_path("cafe\u0301.txt") == "café.txt"


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/etc/passwd",
        "../up",
        "a/../b",
        "a//b",
        "./a",
        "a/",
        "C:/windows",
        "a\\b",
        "line\nbreak",
        "bell\x07",
        "right\u202eto left",
        " padded",
        "x" * 1025,
    ],
)
def test_a_path_that_does_not_belong_in_a_manifest_is_refused(path: str) -> None:
    with pytest.raises(InvalidPath):
        parse_path(path)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/home/ada/main.py", "main.py"),
        ("C:\\Users\\ada\\main.py", "main.py"),
        ("odd\nname:.py", "odd_name_.py"),
    ],
)
def test_only_the_last_part_of_a_disk_path_is_shared(path: str, name: str) -> None:
    assert file_name_of(path) == name


@pytest.mark.parametrize("path", ["", "/", "/home/..", "  "])
def test_a_path_without_a_name_has_none_to_share(path: str) -> None:
    with pytest.raises(InvalidPath):
        file_name_of(path)


def test_an_entry_comes_back_as_it_was_written() -> None:
    page, style = FileEntry("index.html"), FileEntry("css/style.css", "crlf", "css")

    assert [page.to_wire(), style.to_wire()] == [PAGE, STYLE]
    assert files_of({"1": PAGE, "2": STYLE}) == {"1": page, "2": style}


@pytest.mark.parametrize(
    "manifest",
    [
        None,
        "text",
        {"1": None},
        {"1": "index.html"},
        {"1": {"path": 7}},
        {"1": {"path": "../up"}},
        {"1": {**PAGE, "mode": "binary"}},
        {"a/b": PAGE},
        {"default": PAGE},
        {"": PAGE},
    ],
)
def test_an_entry_that_does_not_fit_is_not_there(manifest: object) -> None:
    assert files_of(manifest) == {}
    assert default_of(manifest) is None


def test_of_two_files_with_one_path_the_first_counts() -> None:
    assert files_of({"2": PAGE, "1": PAGE}) == {"1": FileEntry("index.html")}


@pytest.mark.parametrize("language", [7, "<b>", "x" * 41, ""])
def test_a_language_that_is_none_is_left_out(language: object) -> None:
    assert files_of({"1": {**PAGE, "language": language}})["1"].language is None


def test_an_unknown_line_ending_is_a_line_feed() -> None:
    assert files_of({"1": {**PAGE, "eol": "cr"}})["1"].eol == "lf"


def test_the_named_default_opens_first() -> None:
    assert default_of({"1": PAGE, "2": STYLE, "default": "2"}) == "2"


def test_an_only_file_is_the_default() -> None:
    assert default_of({"1": PAGE, "default": "gone"}) == "1"


def test_of_several_files_none_is_the_default_unless_named() -> None:
    assert default_of({"1": PAGE, "2": STYLE}) is None


def test_file_ids_differ() -> None:
    assert new_file_id() != new_file_id()
