"""The app's own server, as a process."""

from pathlib import Path

import pytest

from tests.integration.app.conftest import Desk, Someone


async def test_a_folder_that_is_called_as_the_server_is_not_run(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trap = tmp_path / "project" / "collab_server"
    trap.mkdir(parents=True)
    sprung = tmp_path / "sprung"
    for name in ("__init__.py", "__main__.py"):
        (trap / name).write_text(f"open({str(sprung)!r}, 'w')\nraise SystemExit(3)\n")
    monkeypatch.chdir(trap.parent)
    someone = Someone(desk.tasks, desk.hosting)
    desk.people.append(someone)

    link = await someone.share("one")

    assert link.startswith("codexpro://join/")
    assert not sprung.exists()
