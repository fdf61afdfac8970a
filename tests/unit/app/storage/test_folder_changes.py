"""Files and folders that are made and renamed; nothing is ever written over."""

import os
from pathlib import Path

import pytest

from app.storage.file_errors import BadName, FileMissing, NameTaken
from app.storage.folder_changes import make_file, make_folder, path_of, rename


@pytest.mark.parametrize("name", ["a.py", " a.py ", "größe 漢 😀.txt", ".hidden", "a b", "a" * 255])
def test_a_name_that_can_be_had_lies_in_its_folder(tmp_path: Path, name: str) -> None:
    path = path_of(tmp_path, name)

    make_file(path)

    assert path.parent == tmp_path
    assert os.listdir(tmp_path) == [name.strip()]


@pytest.mark.parametrize(
    "name", ["", "  ", ".", "..", "a/b", "../a", "/a", "a\nb", "a\0b", "a" * 256, "漢" * 90]
)
def test_a_name_that_leads_elsewhere_or_nowhere_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadName):
        path_of(tmp_path, name)


def test_what_is_made_takes_nobody_s_place(tmp_path: Path) -> None:
    file, folder = tmp_path / "a", tmp_path / "b"
    file.write_text("precious")
    make_folder(folder)

    for make in (make_file, make_folder):
        for path in (file, folder):
            with pytest.raises(NameTaken):
                make(path)

    assert file.read_text() == "precious"


def test_a_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    for make in (make_file, make_folder):
        with pytest.raises(FileMissing):
            make(tmp_path / "gone" / "a")
    with pytest.raises(FileMissing):
        rename(tmp_path / "gone", tmp_path / "here")


def test_a_rename_takes_nobody_s_place(tmp_path: Path) -> None:
    one, two, link = tmp_path / "one", tmp_path / "two", tmp_path / "link"
    one.write_text("1")
    two.write_text("2")
    link.symlink_to("nowhere")

    for target in (two, link):
        with pytest.raises(NameTaken):
            rename(one, target)

    assert (one.read_text(), two.read_text()) == ("1", "2")


def test_of_a_link_the_link_is_renamed_and_of_a_folder_everything_in_it(tmp_path: Path) -> None:
    folder, link = tmp_path / "folder", tmp_path / "link"
    folder.mkdir()
    (folder / "a").write_text("a")
    link.symlink_to("folder")

    rename(link, tmp_path / "other")
    rename(folder, tmp_path / "moved")

    assert (tmp_path / "other").is_symlink()
    assert (tmp_path / "moved" / "a").read_text() == "a"


def test_a_rename_of_letters_case_only_is_one(tmp_path: Path) -> None:
    (tmp_path / "readme").write_text("a")

    rename(tmp_path / "readme", tmp_path / "README")

    assert os.listdir(tmp_path) == ["README"]
