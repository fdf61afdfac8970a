"""Opening a database: made durably when new, and refused in one sentence when it cannot be used."""

import contextlib
import os
import sys
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from collab_server.storage.errors import UnusableDatabase
from collab_server.storage.store import open_store
from tests.integration.storage.rows import plain, row, store_at, url_of

NOBODY = 65534
PROGRAM = "def main():\n" * 1000


@contextlib.contextmanager
def as_nobody() -> Generator[None]:
    """Give up root's right to write everywhere, where the tests have it."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that other users may look into, unlike pytest's own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        folder.chmod(0o755)
        yield folder


async def test_a_new_database_is_for_its_user_only(path: Path) -> None:
    async with store_at(path) as store:
        await store.append([row()])
        modes = {file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()}

    assert modes == {"collab.db": 0o600, "collab.db-wal": 0o600, "collab.db-shm": 0o600}


async def test_commits_go_to_a_write_ahead_log(path: Path) -> None:
    async with store_at(path):
        with plain(path) as other:
            mode = other.execute("PRAGMA journal_mode").fetchone()

    assert mode == ("wal",)


async def test_closing_folds_the_log_into_the_file(path: Path) -> None:
    async with store_at(path) as store:
        await store.append([row()])

    assert [file.name for file in path.parent.iterdir()] == ["collab.db"]


async def test_a_relative_url_is_relative_to_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    store = await open_store("sqlite:///here.db")
    monkeypatch.chdir("/")
    await store.append([row()])
    await store.close()

    assert (tmp_path / "here.db").stat().st_size > 0


async def test_a_path_with_odd_characters_is_fine(tmp_path: Path) -> None:
    path = tmp_path / "naïve #1 100% 😀.db"

    async with store_at(path) as store:
        await store.append([row()])

    assert os.listdir(tmp_path) == [path.name]


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("sqlite://", "names no file"),
        ("sqlite:///", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("sqlite:collab.db", "names no file"),
        ("sqlite:///a.db?mode=ro", "options, which are not supported"),
        ("postgresql://ada:planted@db/collab", "kind postgresql is not supported yet"),
        ("collab.db", "named by what is no URL"),
        ("", "named by what is no URL"),
    ],
)
async def test_other_urls_are_refused_without_being_repeated(url: str, sentence: str) -> None:
    with pytest.raises(UnusableDatabase, match=sentence) as caught:
        await open_store(url)

    assert "planted" not in str(caught.value)


async def refusal(path: Path) -> str:
    """Return why the store at the path does not open; it must name the file."""
    with pytest.raises(UnusableDatabase) as caught:
        await open_store(url_of(path))
    assert str(path) in str(caught.value)
    assert str(path.parent) not in caught.value.reason
    return caught.value.reason


async def test_a_missing_folder(tmp_path: Path) -> None:
    assert await refusal(tmp_path / "none" / "collab.db") == "its folder does not exist"


async def test_a_file_where_the_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    assert await refusal(tmp_path / "file" / "collab.db") == "its folder does not exist"


async def test_a_folder_where_the_file_should_be(path: Path) -> None:
    os.mkdir(path)

    assert await refusal(path) == "it is not a file"


def contents(path: Path) -> str:
    """Read a text file."""
    return path.read_text()


@pytest.fixture
def program(path: Path) -> Path:
    """A file that is no database."""
    path.write_text(PROGRAM)
    return path


async def test_a_file_that_is_no_database_is_left_alone(program: Path) -> None:
    assert await refusal(program) == "it is not an SQLite database"
    assert contents(program) == PROGRAM


async def test_another_programs_database_is_left_alone(path: Path) -> None:
    with plain(path) as connection:
        connection.execute("CREATE TABLE songs (title TEXT)")

    assert await refusal(path) == "it is another program's database"

    with plain(path) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master").fetchall()
    assert tables == [("songs",)]


async def test_another_program_that_also_uses_alembic_is_left_alone(path: Path) -> None:
    with plain(path) as connection:
        connection.execute("CREATE TABLE songs (title TEXT)")
        connection.execute("CREATE TABLE alembic_version (version_num TEXT)")

    assert await refusal(path) == "it is another program's database"


async def test_a_newer_database_is_left_alone(path: Path) -> None:
    async with store_at(path):
        pass
    with plain(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")

    assert await refusal(path) == "it was written by a newer version of this program"

    with plain(path) as connection:
        assert connection.execute("SELECT * FROM alembic_version").fetchall() == [("9999",)]


async def test_a_truncated_database_is_refused(path: Path) -> None:
    async with store_at(path) as store:
        await store.append([row(1, b"x" * 100_000)])
    os.truncate(path, 8192)

    assert await refusal(path) == "the database file is damaged"


@pytest.mark.skipif(sys.platform == "win32", reason="rights are of another kind there")
async def test_a_folder_that_may_not_be_written(open_folder: Path) -> None:
    os.chmod(open_folder, 0o555)

    with as_nobody():
        reason = await refusal(open_folder / "collab.db")

    assert reason == "it cannot be written"


@pytest.mark.skipif(sys.platform == "win32", reason="rights are of another kind there")
@pytest.mark.parametrize("folder_mode", [0o555, 0o777])
async def test_a_file_that_may_not_be_written(open_folder: Path, folder_mode: int) -> None:
    path = open_folder / "collab.db"
    async with store_at(path) as store:
        await store.append([row()])
    os.chmod(path, 0o444)
    os.chmod(open_folder, folder_mode)

    with as_nobody():
        reason = await refusal(path)

    assert reason == "it cannot be written"


@pytest.mark.skipif(sys.platform == "win32", reason="rights are of another kind there")
async def test_a_file_that_may_not_be_read(open_folder: Path) -> None:
    path = open_folder / "collab.db"
    async with store_at(path):
        pass
    os.chmod(path, 0o000)

    with as_nobody():
        reason = await refusal(path)

    assert reason == "it cannot be opened"
