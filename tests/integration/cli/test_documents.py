"""Projects as files, and whole databases as files, by the command line."""

import asyncio
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import NullPool, create_engine

from collab_server import cli
from collab_server.admin.archive import is_safe_path
from collab_server.core.replicas import text_of
from collab_server.core.views import DocumentView
from collab_server.protocol import documents as frames
from collab_server.protocol.names import parse_document
from collab_server.storage import migrations
from collab_server.storage.documents import StoredDocument
from tests.integration.storage.rows import store_at
from tests.support.server_process import running_server
from tests.support.wire_client import wire_client
from tests.support.writer import Writer

ROOM = "codexpro_project_7"
FIRST_WITH_UPDATES = "(SELECT MIN(document_id) FROM document_updates)"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a small project."""
    project = tmp_path / "project"
    (project / "lib").mkdir(parents=True)
    (project / "main.py").write_text("one\ntwo 😀\n", encoding="utf-8")
    (project / "lib" / "windows.txt").write_bytes(b"one\r\ntwo\r\n")
    (project / "empty.txt").write_bytes(b"")
    return project


@pytest.fixture
async def database(tmp_path: Path) -> Path:
    """An empty database."""
    async with store_at(tmp_path / "collab.db"):
        pass
    return tmp_path / "collab.db"


def run(*arguments: object, database: Path) -> int:
    return cli.main([*map(str, arguments), "--db", f"sqlite:///{database}"])


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def stored(database: Path, name: str) -> StoredDocument | None:
    async def load() -> StoredDocument | None:
        async with store_at(database) as store:
            return await store.load_document(name)

    return asyncio.run(load())


def names(database: Path) -> list[str]:
    with sqlite3.connect(database) as connection:
        found = [name for (name,) in connection.execute("SELECT name FROM documents")]
    connection.close()
    return sorted(found)


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/etc/passwd",
            "../up",
            "a/../b",
            "a//b",
            "",
            ".",
            "a/",
            "c:\\x",
            "a\\b",
            "con",
            "COM1.txt",
        ),
        *(
            "a\nb",
            "a\x00",
            "a\u202eb",
            "x" * 256,
            "end.",
            "end ",
            "e\u0301",
            "<a>",
            7,
            None,
            {"a": 1},
        ),
    ],
)
def test_a_path_that_could_leave_its_folder_or_hide_is_not_safe(path: object) -> None:
    assert not is_safe_path(path)


@pytest.mark.parametrize("path", ["a.py", "lib/naïve 😀.txt", ".env", "a/b/c", "console.py"])
def test_an_ordinary_path_is_safe(path: str) -> None:
    assert is_safe_path(path)


def test_a_project_comes_out_as_it_went_in(
    tmp_path: Path, folder: Path, database: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    imported = run("import", ROOM, folder, database=database)
    exported = run("export", ROOM, tmp_path / "out", database=database)

    assert (imported, exported) == (0, 0)
    assert files(tmp_path / "out") == files(folder)
    assert "files of codexpro_project_7 are in" in capsys.readouterr().out


def test_a_second_import_changes_only_what_changed(folder: Path, database: Path) -> None:
    run("import", ROOM, folder, "--user", "ada", database=database)
    before = {name: stored(database, name) for name in names(database)}
    (folder / "main.py").write_text("one\ntwo 😀 too\n", encoding="utf-8")

    run("import", ROOM, folder, database=database)

    after = {name: stored(database, name) for name in names(database)}
    grown = {
        name: (before[name], now) for name, now in after.items() if now and now != before[name]
    }
    ((old, new),) = grown.values()
    assert old
    assert (new.last_seq, new.epoch) == (2, old.epoch)
    assert len(new.updates[1]) < 40
    assert set(new.owners.values()) == {"ada", "operator"}


def test_what_is_no_text_is_left_out_with_a_sentence(
    folder: Path, database: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "image.png").write_bytes(b"\x89PNG\0")
    (folder / "latin.txt").write_bytes(b"\xe9")
    (folder / "link").symlink_to("/etc/passwd")

    code = run("import", ROOM, folder, database=database)

    said = capsys.readouterr().err
    assert code == 1
    assert said.count("left out") == 3
    assert "root:" not in said


def test_a_folder_that_is_not_empty_is_left_alone(
    tmp_path: Path, folder: Path, database: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("import", ROOM, folder, database=database)
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine.txt").write_text("mine")

    assert run("export", ROOM, out, database=database) == 2
    assert files(out) == {"mine.txt": b"mine"}
    assert "it is not empty" in capsys.readouterr().err


async def test_a_hostile_manifest_writes_nothing_outside(tmp_path: Path) -> None:
    from collab_server.core.replicas import file_entries
    from tests.integration.storage.rows import row

    database, out = tmp_path / "collab.db", tmp_path / "out"
    paths = ["../../evil", "/tmp/evil", "A.txt", "a.TXT", "a.txt/b", "_unnamed/f.0", None]
    entries = {
        str(at): {"path": path, "eol": "lf"} if path else {"eol": "lf"}
        for at, path in enumerate(paths)
    }
    async with store_at(database) as store:
        manifest = file_entries(b"\0\0", entries, 7)  # pyright: ignore[reportArgumentType]
        rows = [row(1, manifest, document=ROOM)]
        for at in range(len(paths)):
            text = Writer().insert(0, f"text {at}")
            rows.append(row(1, text, document=f"{ROOM}/f/{at}"))
        await store.append(rows)

    code = await asyncio.to_thread(run, "export", ROOM, out, database=database)

    found = files(out)
    assert code == 1
    assert found.pop("A.txt") == b"text 2"
    assert sorted(found) == [f"_unnamed/f.{at}" for at in (0, 1, 3, 4, 5, 6)]
    assert set(os.listdir(tmp_path)) <= {"out", "collab.db"}


async def test_names_that_are_long_or_nearly_the_same_keep_no_file_from_being_exported(
    tmp_path: Path,
) -> None:
    from collab_server.core.replicas import file_entries
    from tests.integration.storage.rows import row

    database, out = tmp_path / "collab.db", tmp_path / "out"
    entries = {"1": {"path": "/".join(["d" * 200] * 30)}}
    names = ["f/1", "a/b", "a.b", "A/B"]
    async with store_at(database) as store:
        rows = [row(1, file_entries(b"\0\0", entries, 7), document=ROOM)]
        rows += [row(1, Writer().insert(0, name), document=f"{ROOM}/{name}") for name in names]
        await store.append(rows)

    code = await asyncio.to_thread(run, "export", ROOM, out, database=database)

    assert code == 1
    assert sorted(files(out).values()) == sorted(name.encode() for name in names)
    assert len({path.casefold() for path in files(out)}) == len(names)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pipes among files")
def test_what_is_no_file_is_left_out_of_an_import(
    folder: Path, database: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo(folder / "pipe.txt")
    (folder / "link.txt").symlink_to(folder / "main.py")

    assert run("import", ROOM, folder, database=database) == 1
    assert capsys.readouterr().err.splitlines() == [
        "'link.txt' is left out: no file, or no name for one",
        "'pipe.txt' is left out: no file, or no name for one",
    ]


@pytest.mark.parametrize("command", ["export", "import"])
def test_what_is_not_there_is_said(
    command: str, tmp_path: Path, database: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(command, ROOM, tmp_path / "nothing", database=tmp_path / "no.db") == 2
    assert run(command, "no/room", tmp_path / "nothing", database=database) == 2
    assert run(command, ROOM, tmp_path / "nothing", database=database) == 2
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 3
    assert not (tmp_path / "no.db").exists()
    assert not (tmp_path / "nothing").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["notes"], "notes is no project: the name of one begins with codexpro_project_."),
        ([ROOM, "--user", ""], "--user must be an id of 1 to 256 printable characters, such as 7."),
    ],
)
def test_an_import_that_nobody_could_open_is_refused(
    arguments: list[str],
    sentence: str,
    folder: Path,
    database: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    room, *flags = arguments

    assert run("import", room, folder, *flags, database=database) == 2
    assert capsys.readouterr().err.strip() == sentence


async def test_a_backup_is_made_while_the_server_runs(folder: Path, tmp_path: Path) -> None:
    notes = parse_document(f"{ROOM}/f/notes")
    with running_server(tmp_path) as server:
        async with wire_client(server.url, server.token()) as client:
            await client.open(notes)
            await client.write(notes, Writer().insert(0, "kept"))
            target = tmp_path / "backup.db"
            backed_up = await asyncio.to_thread(run, "backup", target, database=server.database)
            again = await asyncio.to_thread(run, "backup", target, database=server.database)

    assert (backed_up, again) == (0, 2)
    assert os.stat(target).st_mode & 0o777 == 0o600
    found = await asyncio.to_thread(stored, target, notes)
    assert found
    assert text_of(DocumentView.from_updates(found.updates).merged()) == "kept"
    assert not [path for path in os.listdir(tmp_path) if ".part" in path]


async def test_nothing_is_restored_under_a_server_that_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with running_server(tmp_path) as server:
        target = tmp_path / "backup.db"
        assert run("backup", target, database=server.database) == 0
        refused = run("restore", target, database=server.database)
        server.stop()
        restored = run("restore", target, database=server.database)

    assert (refused, restored) == (2, 0)
    assert "it is in use (stop the server)" in capsys.readouterr().err


async def test_a_restored_backup_is_another_history(tmp_path: Path) -> None:
    notes = parse_document(f"{ROOM}/f/notes")
    ada, reader = Writer(), Writer()
    with running_server(tmp_path) as server:
        async with wire_client(server.url, server.token("ada")) as client:
            await client.open(notes)
            await client.write(notes, ada.insert(0, "before 😀"))
            target = tmp_path / "backup.db"
            assert await asyncio.to_thread(run, "backup", target, database=server.database) == 0
            await client.write(notes, ada.insert(0, "after "))
        before = await asyncio.to_thread(stored, server.database, notes)
        server.stop()
        restored = await asyncio.to_thread(run, "restore", target, database=server.database)
        server.restart()
        async with wire_client(server.url, server.token("ada")) as client:
            await client.send(frames.sync_step1(notes, ada.state))
            denied = await client.hear(frames.AuthDenied)
            closed = await client.hear(frames.CloseDocument)
        async with wire_client(server.url, server.token("bob")) as client:
            reader.apply(await client.open(notes))
            written = await client.write(notes, reader.insert(0, "new "))
        after = await asyncio.to_thread(stored, server.database, notes)

    assert restored == 0
    assert (denied.reason, closed.reason) == ("epoch", "epoch")
    assert written
    assert reader.text == "new before 😀"
    assert before
    assert after
    assert after.epoch != before.epoch
    assert after.former_authors >= before.owners.keys()
    assert sorted(after.owners.values()) == ["ada", "bob"]
    assert "collab.db.replaced-1" in os.listdir(tmp_path)


@pytest.mark.parametrize(
    "damage", ["UPDATE document_updates SET payload = x'00'", "DELETE FROM document_updates"]
)
def test_a_damaged_document_is_named_and_never_restored(
    damage: str,
    tmp_path: Path,
    folder: Path,
    database: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    run("import", ROOM, folder, database=database)
    well = run("verify", database=database)
    with sqlite3.connect(database) as connection:
        connection.execute(
            f"{damage} WHERE document_id = (SELECT MIN(document_id) FROM document_updates)"
        )
    connection.close()
    capsys.readouterr()

    ill = run("verify", database=database)
    said = capsys.readouterr()
    restored = run("restore", database, database=tmp_path / "other.db")

    assert (well, ill, restored) == (0, 1, 2)
    assert said.err.startswith(f"the stored document {names(database)[0]}") or ROOM in said.err
    assert "1 damaged" in said.out
    assert not (tmp_path / "other.db").exists()


def test_what_is_no_database_is_not_restored(
    tmp_path: Path, database: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "junk").write_bytes(b"junk" * 1000)
    before = database.read_bytes()

    assert run("restore", tmp_path / "junk", database=database) == 2
    assert run("restore", tmp_path / "nothing", database=database) == 2
    assert run("verify", tmp_path / "junk", database=database) == 2
    assert database.read_bytes() == before
    assert len(capsys.readouterr().err.splitlines()) == 3


def test_files_may_be_named_from_where_one_is(
    folder: Path, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(database.parent)
    url = ("--db", f"sqlite:///{database.name}")

    codes = [
        cli.main(["import", ROOM, folder.name, *url]),
        cli.main(["backup", "copy.db", *url]),
        cli.main(["verify", "copy.db", *url]),
        cli.main(["restore", "copy.db", *url]),
        cli.main(["verify", *url]),
        cli.main(["export", ROOM, "out", *url]),
    ]

    assert codes == [0] * 6
    assert files(Path("out")) == files(folder)


def make_older(database: Path, newer: Path) -> None:
    """Write what a database holds of documents into one as it was before the last migrations."""
    config = Config()
    config.set_main_option("script_location", str(migrations.SCRIPTS))
    engine = create_engine(f"sqlite:///{database}", poolclass=NullPool)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0005")
    with sqlite3.connect(database) as connection:
        connection.execute("ATTACH ? AS newer", (str(newer),))
        for table in ("documents", "document_authors", "document_updates"):
            rows = connection.execute(f"PRAGMA table_info({table})").fetchall()
            columns = ", ".join(row[1] for row in rows)
            connection.execute(f"INSERT INTO {table} SELECT {columns} FROM newer.{table}")
    connection.close()


def test_an_older_backup_is_verified_as_it_is_and_restored(
    folder: Path, database: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("import", ROOM, folder, database=database) == 0
    backup = tmp_path / "older.db"
    make_older(backup, database)
    before = backup.read_bytes()

    verified = run("verify", backup, database=database)
    untouched = backup.read_bytes() == before
    restored = run("restore", backup, database=database)
    exported = run("export", ROOM, tmp_path / "out", database=database)

    assert (verified, restored, exported) == (0, 0, 0)
    assert untouched
    assert "4 documents, 0 damaged." in capsys.readouterr().out
    assert files(tmp_path / "out") == files(folder)


@pytest.mark.parametrize("verb", ["verify", "restore", "backup"])
def test_a_newer_database_is_named_and_left_alone(
    folder: Path,
    database: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    verb: str,
) -> None:
    assert run("import", ROOM, folder, database=database) == 0
    newer = tmp_path / "newer.db"
    assert run("backup", newer, database=database) == 0
    with sqlite3.connect(newer) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    present = database.read_bytes()
    arguments = (tmp_path / "copy.db",) if verb == "backup" else (newer,)

    code = run(verb, *arguments, database=newer if verb == "backup" else database)

    said = capsys.readouterr().err
    assert code == 2
    assert "written by a newer version of this program" in said
    assert "newer.db" in said or "copy.db" in said
    assert database.read_bytes() == present
    assert not (tmp_path / "copy.db").exists()


def test_the_commands_are_at_hand() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "collab_server", "--help"],
        capture_output=True,
        check=True,
        text=True,
        timeout=60,
    ).stdout

    for verb in ("export", "import", "backup", "restore", "verify"):
        assert f"    {verb} " in shown
