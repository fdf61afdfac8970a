"""The file that says what was open, on a real disk."""

from pathlib import Path

import pytest

from app.model.workspace import TabPlace, WindowPlace, Workspace
from app.storage.workspace_store import LARGEST_BYTES, WorkspaceStore

ONE = Workspace((WindowPlace((TabPlace("/one.py"),)),), ("/one.py",))
TWO = Workspace((WindowPlace((TabPlace("/two.py"),)),), ("/two.py",))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "session.json"


def test_nothing_was_open_at_first(path: Path) -> None:
    loaded = WorkspaceStore(path).load()

    assert (loaded.workspace, loaded.set_aside) == (Workspace(), None)


def test_what_was_saved_is_there_for_the_next_process(path: Path) -> None:
    WorkspaceStore(path).save(ONE)

    assert WorkspaceStore(path).load().workspace == ONE
    assert path.stat().st_mode & 0o077 == 0


def test_the_generation_before_is_kept(path: Path) -> None:
    store = WorkspaceStore(path)
    store.save(ONE)
    store.save(TWO)
    store.save(TWO)

    path.unlink()

    assert WorkspaceStore(path).load().workspace == ONE


@pytest.mark.parametrize("broken", [b"", b"\0" * 300, b'{"version": 1', b"\xff", b"x" * 5_000_000])
def test_a_broken_file_is_set_aside_and_the_one_before_is_taken(path: Path, broken: bytes) -> None:
    store = WorkspaceStore(path)
    store.save(ONE)
    store.save(TWO)
    path.write_bytes(broken)

    loaded = WorkspaceStore(path).load()

    assert loaded.workspace == ONE
    assert loaded.set_aside is not None
    assert loaded.set_aside.read_bytes() == broken
    assert LARGEST_BYTES < 5_000_000


def test_two_broken_generations_are_both_kept(path: Path) -> None:
    store = WorkspaceStore(path)
    store.save(ONE)
    store.save(TWO)
    for file in path.parent.iterdir():
        file.write_text(f"broken {file.name}")

    loaded = WorkspaceStore(path).load()

    assert loaded.workspace == Workspace()
    kept = sorted(file.read_text() for file in path.parent.iterdir())
    assert kept == ["broken session.json", "broken session.json.previous"]


def test_a_save_that_fails_leaves_what_was_there(path: Path) -> None:
    store = WorkspaceStore(path)
    store.save(ONE)
    (path.parent / "session.json.new").mkdir()

    with pytest.raises(OSError, match="directory"):
        store.save(TWO)

    assert WorkspaceStore(path).load().workspace == ONE


def test_what_comes_late_from_another_thread_is_not_written_over_the_newer(path: Path) -> None:
    store = WorkspaceStore(path)
    store.save(TWO, number=2)

    store.save(ONE, number=1)

    assert WorkspaceStore(path).load().workspace == TWO
