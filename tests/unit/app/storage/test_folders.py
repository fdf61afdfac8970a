"""What is in a folder, on a real disk."""

import os
from pathlib import Path

import pytest

from app.storage.file_errors import FileMissing, NotAFile
from app.storage.file_parts import PART_BYTES, read_part
from app.storage.folders import IgnoreRules, list_folder, walk_files


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("b.py", "A.py", ".env", "build/out.js", "src/deep/x.py", "node_modules/m/i.js"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    (tmp_path / ".gitignore").write_text("build/\n*.log\n!keep.log\n")
    return tmp_path


def test_folders_come_first_and_what_is_made_for_programs_is_left_out(folder: Path) -> None:
    entries = list_folder(folder, IgnoreRules(folder))

    names = [entry.name for entry in entries]
    assert names == ["build", "src", ".env", ".gitignore", "A.py", "b.py"]


def test_hidden_and_ignored_things_are_dim(folder: Path) -> None:
    entries = list_folder(folder, IgnoreRules(folder))

    assert {entry.name for entry in entries if entry.is_dim} == {"build", ".env", ".gitignore"}


def test_rules_nearer_to_a_file_win(folder: Path) -> None:
    (folder / "src" / ".gitignore").write_text("x.*\n!*.log\n")
    rules = IgnoreRules(folder)

    assert rules.is_ignored(folder / "a.log", is_folder=False)
    assert not rules.is_ignored(folder / "keep.log", is_folder=False)
    assert not rules.is_ignored(folder / "src" / "a.log", is_folder=False)
    assert rules.is_ignored(folder / "src" / "deep" / "x.py", is_folder=False)


def test_changed_rules_hold_once_the_old_ones_are_forgotten(folder: Path) -> None:
    rules = IgnoreRules(folder)
    assert rules.is_ignored(folder / "a.log", is_folder=False)
    (folder / ".gitignore").write_text("")

    rules.forget()

    assert not rules.is_ignored(folder / "a.log", is_folder=False)


@pytest.mark.parametrize("raw", [b"\xff\xfe\0", b"[\n", b"*a" * 5000, b"**/" * 300 + b"x\n"])
def test_hostile_rules_ignore_nothing_and_take_no_time(folder: Path, raw: bytes) -> None:
    (folder / ".gitignore").write_bytes(raw)

    assert not IgnoreRules(folder).is_ignored(folder / ("a" * 250), is_folder=False)


def test_the_files_below_are_found_level_by_level_without_the_ignored(folder: Path) -> None:
    os.symlink(folder, folder / "src" / "loop")

    assert walk_files(folder, IgnoreRules(folder)) == ["A.py", "b.py", "src/deep/x.py"]


def test_a_walk_can_be_cancelled(folder: Path) -> None:
    assert walk_files(folder, IgnoreRules(folder), is_cancelled=lambda: True) == []


def test_a_folder_that_has_gone_or_is_none_says_so(folder: Path) -> None:
    rules = IgnoreRules(folder)

    with pytest.raises(FileMissing):
        list_folder(folder / "gone", rules)
    with pytest.raises((NotAFile, FileMissing)):
        list_folder(folder / "b.py", rules)


def test_a_large_file_is_read_part_by_part(tmp_path: Path) -> None:
    path = tmp_path / "large.log"
    path.write_bytes(b"a\r\n" + b"x" * (PART_BYTES - 3) + b"second\xff")

    first = read_part(path, 0)

    assert first.startswith("a\nxxx")
    assert max(map(len, first.split("\n"))) == 10_000
    assert read_part(path, 1) == "second\ufffd"
    assert read_part(path, 2) == ""


def test_a_part_of_what_is_no_file_says_so(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(NotAFile):
        read_part(tmp_path / "pipe", 0)
    with pytest.raises(FileMissing):
        read_part(tmp_path / "none", 0)
