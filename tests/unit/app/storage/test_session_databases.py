import os
from pathlib import Path

from app.storage.locks import FileLock
from app.storage.session_databases import KEPT_S, new_session_database

NOW_S = 2_000_000_000.0


def put(folder: Path, name: str, *, age_s: float) -> Path:
    path = folder / name
    path.write_bytes(b"")
    os.utime(path, (NOW_S - age_s, NOW_S - age_s))
    return path


def test_a_new_session_has_a_file_of_its_own_in_a_folder_of_this_user_s(tmp_path: Path) -> None:
    folder = tmp_path / "sessions"

    first, second = (new_session_database(folder, now_s=NOW_S) for _ in range(2))

    assert first != second
    assert (first.parent, first.suffix) == (folder, ".db")
    assert folder.stat().st_mode & 0o777 == 0o700
    assert list(folder.iterdir()) == []


def test_a_session_of_long_ago_is_forgotten_with_all_its_files(tmp_path: Path) -> None:
    for name in ("1.db", "1.db-wal", "1.db.lock"):
        put(tmp_path, name, age_s=KEPT_S + 1)
    young = put(tmp_path, "2.db", age_s=KEPT_S - 1)

    new_session_database(tmp_path, now_s=NOW_S)

    assert list(tmp_path.iterdir()) == [young]


def test_a_session_in_which_something_was_written_lately_is_kept_whole(tmp_path: Path) -> None:
    old = put(tmp_path, "1.db", age_s=2 * KEPT_S)
    wal = put(tmp_path, "1.db-wal", age_s=60)

    new_session_database(tmp_path, now_s=NOW_S)

    assert sorted(tmp_path.iterdir()) == [old, wal]


def test_a_session_that_a_server_has_open_is_kept_however_long_nobody_wrote(tmp_path: Path) -> None:
    old = put(tmp_path, "1.db", age_s=2 * KEPT_S)
    lock = FileLock(put(tmp_path, "1.db.lock", age_s=2 * KEPT_S))
    assert lock.try_acquire()

    new_session_database(tmp_path, now_s=NOW_S)

    assert old.exists()
    lock.release()


def test_what_cannot_be_removed_stops_nobody(tmp_path: Path) -> None:
    odd = tmp_path / "1.db"
    odd.mkdir()
    os.utime(odd, (0, 0))
    (tmp_path / "2.db").symlink_to(tmp_path / "nothing")

    assert new_session_database(tmp_path, now_s=NOW_S).parent == tmp_path
