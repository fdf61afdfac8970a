"""Files for a page in a browser: whatever links say, none that lies outside the folder."""

import os
from pathlib import Path

import pytest

from app.storage.file_errors import FileError, FileMissing, FileTooLarge, NotAFile
from app.storage.preview_files import read_inside


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "project"
    (made / "img").mkdir(parents=True)
    (made / "img" / "a.png").write_bytes(b"\x89PNG")
    (made / ".hidden").write_text("hidden")
    (tmp_path / "secret.txt").write_text("secret")
    return made


def test_a_file_is_read(folder: Path) -> None:
    assert read_inside(folder, "img/a.png", most_bytes=100) == b"\x89PNG"


def test_a_link_is_followed_as_long_as_it_stays_inside(folder: Path) -> None:
    (folder / "b.png").symlink_to(folder / "img" / "a.png")

    assert read_inside(folder, "b.png", most_bytes=100) == b"\x89PNG"


def test_a_folder_that_is_reached_by_a_link_is_the_root_all_the_same(
    folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "link").symlink_to(folder)

    assert read_inside(tmp_path / "link", "img/a.png", most_bytes=100) == b"\x89PNG"


@pytest.mark.parametrize("path", ["../secret.txt", "img/../../secret.txt", "/etc/hostname"])
def test_a_path_that_leads_outside_is_refused(folder: Path, path: str) -> None:
    with pytest.raises(NotAFile):
        read_inside(folder, path, most_bytes=100)


def test_a_link_to_a_file_outside_is_refused(folder: Path, tmp_path: Path) -> None:
    (folder / "a.txt").symlink_to(tmp_path / "secret.txt")

    with pytest.raises(NotAFile):
        read_inside(folder, "a.txt", most_bytes=100)


def test_a_link_to_a_folder_outside_is_refused(folder: Path, tmp_path: Path) -> None:
    (folder / "out").symlink_to(tmp_path)

    with pytest.raises(NotAFile):
        read_inside(folder, "out/secret.txt", most_bytes=100)


def test_a_link_to_something_hidden_is_refused(folder: Path) -> None:
    (folder / "a.txt").symlink_to(folder / ".hidden")

    with pytest.raises(NotAFile):
        read_inside(folder, "a.txt", most_bytes=100)


def test_links_in_a_circle_are_refused(folder: Path) -> None:
    (folder / "a.txt").symlink_to(folder / "b.txt")
    (folder / "b.txt").symlink_to(folder / "a.txt")

    with pytest.raises(FileError):
        read_inside(folder, "a.txt", most_bytes=100)


def test_what_is_no_file_is_refused_without_waiting(folder: Path) -> None:
    os.mkfifo(folder / "pipe.txt")

    with pytest.raises(NotAFile):
        read_inside(folder, "pipe.txt", most_bytes=100)
    with pytest.raises(FileError):
        read_inside(folder, "img", most_bytes=100)


def test_what_is_missing_or_too_large_is_said_so(folder: Path) -> None:
    with pytest.raises(FileMissing):
        read_inside(folder, "gone.txt", most_bytes=100)
    with pytest.raises(FileTooLarge):
        read_inside(folder, "img/a.png", most_bytes=3)
    with pytest.raises(NotAFile):
        read_inside(folder, "a\0.txt", most_bytes=100)
