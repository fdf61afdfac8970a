"""The app's own server, as a process."""

import sys
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


@pytest.mark.skipif(sys.platform == "win32", reason="a script takes the place of the interpreter")
async def test_a_line_of_the_log_that_is_too_long_holds_nothing_up(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    talker = tmp_path / "talker"
    talker.write_text(
        f"#!{sys.executable}\n"
        "import sys\n"
        "print('x' * 1_000_000, file=sys.stderr, flush=True)\n"  # more than a pipe holds
        """print('{"event": "ready", "port": 1}', flush=True)\n"""
        "sys.stdin.read()\n"
    )
    talker.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(talker))
    monkeypatch.setattr("app.services.hosting.READY_TIMEOUT_S", 5.0)

    address = await desk.hosting.start()

    assert address.port == 1
