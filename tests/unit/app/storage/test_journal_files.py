import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.storage.journal_files import FoundJournal, JournalFolder
from app.storage.locks import FileLock
from tests.eventually import eventually
from tests.support.full_disk import no_file_larger_than

WRITER = """
import sys
from pathlib import Path
from app.storage.journal_files import JournalFolder

file = JournalFolder(Path(sys.argv[1]), on_trouble=print).new_file()
file.replace([b"begin "])
number = 0
while True:
    number += 1
    file.append(b"%d " % number)
    if number % 50 == 0:
        file.replace([b"begin "])
    print(number, flush=True)
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "journals"


@pytest.fixture
def troubles() -> list[str]:
    return []


@pytest.fixture
def folder(root: Path, troubles: list[str]) -> Iterator[JournalFolder]:
    folder = JournalFolder(root, on_trouble=troubles.append)
    yield folder
    folder.close()


def journals(root: Path) -> list[bytes]:
    return sorted(path.read_bytes() for path in root.glob("*/*.journal"))


def unfinished(root: Path) -> list[Path]:
    return list(root.glob("*/*.new"))


def next_start(root: Path) -> list[FoundJournal]:
    folder = JournalFolder(root, on_trouble=pytest.fail)
    found = folder.take_over()
    folder.close()
    return found


def test_what_is_appended_is_in_the_systems_hands_at_once(
    folder: JournalFolder, root: Path
) -> None:
    file = folder.new_file()

    file.append(b"one ")
    file.append(b"two")

    assert journals(root) == [b"one two"]
    assert file.is_whole


def test_files_and_folders_are_this_users_alone(folder: JournalFolder, root: Path) -> None:
    folder.new_file().append(b"text")

    modes = {path.stat().st_mode & 0o077 for path in [root, *root.rglob("*")]}

    assert modes == {0}


async def test_a_replacement_takes_the_place_of_what_was_there_with_what_came_since(
    folder: JournalFolder, root: Path
) -> None:
    file = folder.new_file()
    file.append(b"long and old ")

    file.replace([b"short", b" "])
    file.append(b"new")

    assert journals(root) == [b"long and old new"]
    file.sync()
    await eventually(lambda: journals(root) == [b"short new"])
    file.append(b"er")
    assert journals(root) == [b"short newer"]
    assert unfinished(root) == []


def test_a_replacement_of_nothing_is_there_at_once(folder: JournalFolder, root: Path) -> None:
    folder.new_file().replace([b"text"])

    assert journals(root) == [b"text"]


def test_the_newest_of_two_replacements_counts(folder: JournalFolder, root: Path) -> None:
    file = folder.new_file()
    file.append(b"0")
    file.replace([b"1"])

    file.replace([b"2"])
    file.close()

    assert journals(root) == [b"2"]


def test_a_discarded_journal_is_gone_and_may_begin_again(folder: JournalFolder, root: Path) -> None:
    file = folder.new_file()
    file.append(b"a")
    file.replace([b"b"])

    file.discard()
    file.discard()

    assert journals(root) == []
    file.append(b"c")
    assert journals(root) == [b"c"]


def test_without_journals_a_process_leaves_nothing(root: Path) -> None:
    folder = JournalFolder(root, on_trouble=pytest.fail)
    file = folder.new_file()
    file.append(b"a")
    file.discard()
    file.close()

    folder.close()

    assert list(root.iterdir()) == []


def test_what_a_process_left_is_taken_over_once_and_oldest_first(root: Path) -> None:
    left = JournalFolder(root, on_trouble=pytest.fail)
    for number, text in enumerate((b"second", b"first", b"third")):
        left.new_file().append(text)
        newest = max(root.glob("*/*.journal"), key=lambda path: path.stat().st_ctime_ns)
        os.utime(newest, (1, (2, 1, 3)[number]))
    left.close()

    folder = JournalFolder(root, on_trouble=pytest.fail)
    found = folder.take_over()

    assert [journal.data for journal in found] == [b"first", b"second", b"third"]
    assert folder.take_over() == []
    assert next_start(root) == []
    folder.file(found[0].name).append(b" and more")
    folder.close()
    assert journals(root) == [b"first and more", b"second", b"third"]


def test_the_journals_of_a_process_that_lives_are_left_alone(
    folder: JournalFolder, root: Path
) -> None:
    folder.new_file().append(b"mine")

    found = next_start(root)

    assert found == []
    assert journals(root) == [b"mine"]


def test_a_folder_whose_process_left_nothing_is_removed(root: Path) -> None:
    empty = root / "0123456789abcdef"
    empty.mkdir(parents=True)

    assert next_start(root) == []
    assert not empty.exists()


def test_half_a_replacement_of_a_killed_process_is_no_journal(root: Path) -> None:
    left = root / "0123456789abcdef"
    left.mkdir(parents=True)
    (left / "a.journal").write_bytes(b"whole")
    (left / "a.journal.new").write_bytes(b"ha")

    assert [journal.data for journal in next_start(root)] == [b"whole"]


def test_a_broken_journal_is_kept_aside(folder: JournalFolder, root: Path) -> None:
    left = root / "0123456789abcdef"
    left.mkdir()
    (left / "a.journal").write_bytes(b"junk")
    (found,) = folder.take_over()

    copy = folder.set_aside(found.name)
    folder.file(found.name).discard()

    assert copy.read_bytes() == b"junk"
    assert copy.parent == root / "broken"
    assert next_start(root) == []
    assert copy.exists()


@no_file_larger_than(10_000)
def test_a_full_disk_is_told_once_and_leaves_whole_records(
    folder: JournalFolder, root: Path, troubles: list[str]
) -> None:
    file = folder.new_file()
    file.append(b"a" * 6_000)

    file.append(b"b" * 6_000)
    file.append(b"c")

    assert troubles == [os.strerror(27)]
    assert not file.is_whole
    assert journals(root) == [b"a" * 6_000]
    file.replace([b"d" * 12_000])
    assert (len(troubles), file.is_whole) == (1, False)
    file.replace([b"d" * 9_000])
    file.append(b"e")
    assert journals(root) == [b"d" * 9_000 + b"e"]
    assert file.is_whole


@no_file_larger_than(10_000)
def test_a_replacement_that_finds_no_room_leaves_what_was_there(
    folder: JournalFolder, root: Path, troubles: list[str]
) -> None:
    file = folder.new_file()
    file.append(b"a" * 6_000)

    file.replace([b"b" * 12_000])

    assert len(troubles) == 1
    assert journals(root) == [b"a" * 6_000]
    assert unfinished(root) == []


def test_a_vanished_folder_is_told_and_not_raised(
    folder: JournalFolder, root: Path, troubles: list[str]
) -> None:
    file = folder.new_file()
    for path in root.glob("*/lock"):
        path.unlink()
        path.parent.rmdir()

    file.append(b"a")

    assert troubles == ["No such file or directory"]


def test_a_place_where_nothing_can_be_made_is_told_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(OSError, match="file"):
        JournalFolder(tmp_path / "file" / "journals", on_trouble=pytest.fail)


@pytest.mark.parametrize("run", range(3))
def test_a_killed_writer_has_lost_nothing(root: Path, run: int) -> None:
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(root)], stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    printed = "".join([writer.stdout.readline() for _ in range(60 + 31 * run)])
    writer.kill()
    printed += writer.stdout.read()
    writer.wait()
    writer.stdout.close()

    (found,) = next_start(root)

    words = found.data.split(b" ")
    assert words[0] == b"begin"
    numbers = [int(word) for word in words[1:-1]]
    assert numbers == list(range(numbers[0], numbers[-1] + 1))
    last_line = printed.rpartition("\n")[0].rpartition("\n")[2]  # what follows may be cut off
    assert numbers[-1] >= int(last_line)


def test_a_lock_has_one_holder(tmp_path: Path) -> None:
    one, other = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")

    assert one.try_acquire()
    assert not other.try_acquire()
    one.release()
    one.release()

    assert other.try_acquire()
    other.release()


def test_a_lock_goes_on_with_the_child_that_was_given_it(tmp_path: Path) -> None:
    one, other = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    assert one.try_acquire()
    assert one.descriptor is not None
    child = subprocess.Popen(
        [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=[one.descriptor]
    )

    one.release()

    assert not other.try_acquire()
    child.communicate(b"\n")
    assert other.try_acquire()
    other.release()


def test_a_lock_in_a_folder_that_is_gone_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        FileLock(tmp_path / "gone" / "lock").try_acquire()


def test_a_folder_that_cannot_be_touched_keeps_no_other_journal_back(root: Path) -> None:
    left = JournalFolder(root, on_trouble=pytest.fail)
    left.new_file().replace([b"kept"])
    left.close()
    for name in ("0-odd", "z-odd"):
        (root / name / "lock").mkdir(parents=True)  # a lock that is no file

    assert [journal.data for journal in next_start(root)] == [b"kept"]
