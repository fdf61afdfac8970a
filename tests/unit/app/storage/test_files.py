import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from app.storage.file_errors import (
    BinaryFile,
    ChangedOnDisk,
    FileMissing,
    FileTooLarge,
    NoPermission,
    NotAFile,
    Undecodable,
    Unencodable,
)
from app.storage.files import (
    LARGEST_FILE_BYTES,
    TextFile,
    digest_on_disk,
    load_text_file,
    save_text_file,
)

SAVE_WITH_LITTLE_ROOM = """
import resource, signal, sys
from pathlib import Path
from app.storage.file_errors import DiskFull
from app.storage.files import TextFile, save_text_file
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    save_text_file(Path(sys.argv[1]), TextFile("new" * 1000))
except DiskFull:
    sys.exit(7)
"""


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"one\n",
        b"no end",
        b"\xef\xbb\xbfwith a mark\n",
        b"a\r\nb\r\n",
        b"\xef\xbb\xbfa\r\nb",
        "naïve 😀 e\u0301 中文\u2028\u00a0\n".encode(),
    ],
)
def test_a_file_that_was_not_changed_is_saved_as_the_same_bytes(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "file.txt"
    path.write_bytes(raw)

    saved = save_text_file(path, load_text_file(path))

    assert path.read_bytes() == raw
    assert saved.digest == load_text_file(path).digest


def test_line_ends_are_lf_inside_and_the_more_frequent_ones_on_disk(tmp_path: Path) -> None:
    path = tmp_path / "mixed.txt"
    path.write_bytes(b"a\r\nb\nc\r\nd")

    file = load_text_file(path)
    saved = save_text_file(path, file)

    assert (file.text, file.eol, file.has_mixed_eol) == ("a\nb\nc\nd", "crlf", True)
    assert path.read_bytes() == b"a\r\nb\r\nc\r\nd"
    assert saved.has_mixed_eol is False


def test_a_save_keeps_the_mode_and_writes_where_a_link_leads(tmp_path: Path) -> None:
    target, link = tmp_path / "target.sh", tmp_path / "link.sh"
    target.write_text("old")
    target.chmod(0o750)
    link.symlink_to(target)

    save_text_file(link, TextFile("new"))

    assert link.is_symlink()
    assert target.read_text() == "new"
    assert stat.S_IMODE(target.stat().st_mode) == 0o750


def test_a_new_file_gets_the_usual_mode(tmp_path: Path) -> None:
    usual = tmp_path / "usual"
    usual.touch()

    save_text_file(tmp_path / "new.txt", TextFile("text"))

    assert (tmp_path / "new.txt").stat().st_mode == usual.stat().st_mode


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        (b"a\0b", BinaryFile),
        (b"\xff\xfea\0", Undecodable),
        (b"\xff\xfe\0\0a\0\0\0", BinaryFile),
        (b"caf\xe9", Undecodable),
        (b"\xed\xa0\x80", Undecodable),
        (b"x" * (LARGEST_FILE_BYTES + 1), FileTooLarge),
    ],
)
def test_what_is_no_utf8_text_is_not_opened(
    tmp_path: Path, raw: bytes, error: type[Exception]
) -> None:
    path = tmp_path / "odd"
    path.write_bytes(raw)

    with pytest.raises(error):
        load_text_file(path)


def test_the_place_of_the_first_wrong_byte_is_told(tmp_path: Path) -> None:
    path = tmp_path / "latin.txt"
    path.write_bytes(b"\xef\xbb\xbfcaf\xe9")

    with pytest.raises(Undecodable) as caught:
        load_text_file(path)

    assert caught.value.at_byte == 6


@pytest.mark.parametrize(
    ("raw", "suggestion"),
    [
        (b"\xff\xfe" + "na\u00efve".encode("utf-16-le"), "utf-16-le"),
        (b"\xfe\xff" + "na\u00efve".encode("utf-16-be"), "utf-16-be"),
        ("Съешь же ещё этих мягких французских булок, да выпей чаю.".encode("cp1251"), "cp1251"),
        ("日本語の文章をここに書いておきます。これは試験です。".encode("shift_jis"), "shift_jis"),
        ("# Größe der Straße\n".encode("cp1252"), "cp1252"),
        ("Příliš žluťoučký kůň úpěl ďábelské ódy".encode("cp1250"), "cp1250"),
        (b"\x81 nothing fits this\xff\x00", None),
    ],
)
def test_an_encoding_is_suggested_and_never_chosen(
    tmp_path: Path, raw: bytes, suggestion: str | None
) -> None:
    path = tmp_path / "file.txt"
    path.write_bytes(raw)

    with pytest.raises((Undecodable, BinaryFile)) as caught:
        load_text_file(path)

    assert getattr(caught.value, "suggestion", None) == suggestion


@pytest.mark.parametrize(
    ("encoding", "raw"),
    [
        ("cp1252", b"caf\xe9 \x80 5\r\n"),
        ("utf-16-le", b"\xff\xfe" + "a\r\n😀".encode("utf-16-le")),
        ("utf-16-be", "without a mark\n".encode("utf-16-be")),
        ("shift_jis", "日本語\n".encode("shift_jis")),
    ],
)
def test_a_file_in_a_chosen_encoding_is_saved_in_it(
    tmp_path: Path, encoding: str, raw: bytes
) -> None:
    path = tmp_path / "file.txt"
    path.write_bytes(raw)

    file = load_text_file(path, encoding=encoding)
    save_text_file(path, file)

    assert "\r" not in file.text
    assert path.read_bytes() == raw


def test_a_character_that_the_encoding_lacks_is_named_and_nothing_written(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    path.write_bytes(b"old")

    with pytest.raises(Unencodable) as caught:
        save_text_file(path, TextFile("price: 5 中", encoding="cp1252"))

    assert caught.value.character == "中"
    assert path.read_bytes() == b"old"


def test_a_file_that_another_program_wrote_is_not_saved_over(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    path.write_text("old")
    file = load_text_file(path)
    path.write_text("theirs")

    with pytest.raises(ChangedOnDisk):
        save_text_file(path, file, expects=file.digest)

    assert path.read_text() == "theirs"


def test_a_file_that_has_gone_is_written_again(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    path.write_text("old")
    file = load_text_file(path)
    path.unlink()

    saved = save_text_file(path, file, expects=file.digest)

    assert digest_on_disk(path) == saved.digest


def test_what_is_on_the_disk_is_told_by_its_digest(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    path.write_text("x")

    assert digest_on_disk(path) == load_text_file(path).digest
    assert digest_on_disk(tmp_path / "none") is None
    assert digest_on_disk(tmp_path) == b""


def test_folders_pipes_and_missing_files_are_told_apart(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(NotAFile):
        load_text_file(tmp_path)
    with pytest.raises(NotAFile):
        load_text_file(tmp_path / "pipe")
    with pytest.raises(FileMissing):
        load_text_file(tmp_path / "none")


def test_saving_into_a_folder_that_has_gone_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileMissing):
        save_text_file(tmp_path / "gone" / "file.txt", TextFile("text"))


def test_saving_where_nobody_may_write_says_so() -> None:
    # /proc refuses even root, and makes no files.
    with pytest.raises((NoPermission, FileMissing)):
        save_text_file(Path("/proc/codexpro.txt"), TextFile("text"))


def test_saving_over_a_folder_says_so(tmp_path: Path) -> None:
    with pytest.raises(NotAFile):
        save_text_file(tmp_path, TextFile("text"))


def test_a_full_disk_leaves_the_old_file_and_no_litter(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    path.write_text("old")

    ended = subprocess.run(
        [sys.executable, "-c", SAVE_WITH_LITTLE_ROOM, str(path)], check=False, timeout=30
    )

    assert ended.returncode == 7
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_with_the_longest_name_can_be_saved(tmp_path: Path) -> None:
    path = tmp_path / ("字" * 85)  # 255 bytes
    path.write_text("one")

    save_text_file(path, TextFile("two"))

    assert path.read_text() == "two"
    assert list(tmp_path.iterdir()) == [path]


def test_an_encoding_that_is_not_known_stands_for_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    path.write_text("naïve")

    found = load_text_file(path, encoding="of-a-newer-version")

    assert (found.text, found.encoding) == ("naïve", "utf-8")
