"""Finding a text in the files of a folder."""

from pathlib import Path

import pytest

from app.model.line_matches import LineMatch
from app.model.search import PatternInvalid, SearchQuery
from app.storage.folder_search import MOST_MATCHES, FileMatches, FolderSearch


def write(root: Path, name: str, content: str | bytes) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def searched(
    root: Path, query: SearchQuery, open_texts: dict[Path, str] | None = None
) -> dict[str, list[int]]:
    """Return the lines in which something is found, by file, in the order of finding."""
    search = FolderSearch(root, query, open_texts=open_texts or {})
    found: list[FileMatches] = []
    while not search.is_over:
        found += search.step(60)
    assert search.matches == sum(len(file.lines) for file in found)
    return {file.name: [line.line for line in file.lines] for file in found}


def test_lines_are_found_in_all_files_below_a_folder(tmp_path: Path) -> None:
    write(tmp_path, "a.py", "one\ntwo 😀 ONE\n")
    write(tmp_path, "src/deep/b.txt", "none\r\nnothing\r\none")
    write(tmp_path, "c.md", "two")

    assert searched(tmp_path, SearchQuery("one")) == {"a.py": [1, 2], "src/deep/b.txt": [1, 3]}
    assert searched(tmp_path, SearchQuery("ONE", has_case=True)) == {"a.py": [2]}
    assert searched(tmp_path, SearchQuery("one", is_word=True)) == {
        "a.py": [1, 2],
        "src/deep/b.txt": [3],
    }
    assert searched(tmp_path, SearchQuery(r"^t\w+$", is_regex=True)) == {"c.md": [1]}


def test_what_the_tree_ignores_is_ignored_and_what_is_no_text_left_out(tmp_path: Path) -> None:
    write(tmp_path, ".gitignore", "build/\n*.log\n")
    for name in ("build/x.py", "x.log", ".hidden", "node_modules/y.js", ".git/config"):
        write(tmp_path, name, "one")
    write(tmp_path, "binary", b"one\0one")
    write(tmp_path, "latin", "é one".encode("latin-1"))
    write(tmp_path, "mark.txt", "\ufeffone")
    (tmp_path / "broken").symlink_to(tmp_path / "nowhere")
    (tmp_path / "circle").symlink_to(tmp_path)

    assert searched(tmp_path, SearchQuery("one")) == {"mark.txt": [1]}


def test_what_stands_in_a_tab_counts_instead_of_the_disk(tmp_path: Path) -> None:
    path = write(tmp_path, "a.py", "saved")
    other = write(tmp_path, "b.py", "gone")

    assert searched(tmp_path, SearchQuery("saved"), {path: "typed\nsaved", other: ""}) == {
        "a.py": [2]
    }
    assert searched(tmp_path, SearchQuery("gone"), {path: "typed", other: ""}) == {}


def test_a_part_of_a_search_ends_when_its_time_is_over(tmp_path: Path) -> None:
    for number in range(5):
        write(tmp_path, f"{number}.py", "one")
    now = iter(range(100))
    search = FolderSearch(tmp_path, SearchQuery("one"), open_texts={}, clock=lambda: next(now))

    parts = [[file.name for file in search.step(2)] for _ in range(3)]

    assert parts == [["0.py", "1.py"], ["2.py", "3.py"], ["4.py"]]
    assert search.is_over
    assert search.searched == 5


def test_a_list_that_nobody_reads_to_its_end_is_cut(tmp_path: Path) -> None:
    for number in range(15):
        write(tmp_path, f"{number:02}.txt", "x\n" * 600)
    search = FolderSearch(tmp_path, SearchQuery("x"), open_texts={})

    found = search.step(600)

    assert search.is_over
    assert search.is_cut
    assert search.matches == MOST_MATCHES
    assert [len(file.lines) for file in found] == [500] * 10


def test_what_was_found_can_be_gone_to(tmp_path: Path) -> None:
    path = write(tmp_path, "a.py", "😀 = one\n")
    search = FolderSearch(tmp_path, SearchQuery("one"), open_texts={})

    assert search.step(60) == [
        FileMatches(path, "a.py", (LineMatch(1, 5, 3, "😀 = one", 4, 7),), is_cut=False)
    ]


def test_no_pattern_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, "a.py", "one")

    with pytest.raises(PatternInvalid):
        FolderSearch(tmp_path, SearchQuery("(", is_regex=True), open_texts={}).step(60)
