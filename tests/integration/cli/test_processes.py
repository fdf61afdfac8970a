"""The commands as an operator runs them: as processes of their own."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from collab_server.protocol.links import parse_invitation_link
from collab_server.storage.invitations import Redeemed
from collab_server.storage.store import open_store

SECRET = "5f0c1a9e7b3d2468" * 4
COMMANDS = (
    [sys.executable, "-m", "collab_server"],
    [str(Path(sys.executable).with_name("collab-server"))],
)


def run(*arguments: str, command: list[str] = COMMANDS[0], **environment: str):
    """Run one command to its end."""
    return subprocess.run(
        [*command, *arguments],
        env=os.environ | environment,
        capture_output=True,
        check=False,
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("command", COMMANDS, ids=["module", "script"])
def test_both_names_of_the_command_are_one(command: list[str]) -> None:
    done = run("token", "--user", "7", command=command, COLLAB_SECRET=SECRET)

    assert (done.returncode, done.stderr, done.stdout.count("\n")) == (0, "", 1)


def test_a_weak_secret_is_exit_2_and_what_to_do() -> None:
    done = run("serve", "--port", "0", COLLAB_SECRET="planted")

    assert (done.returncode, done.stdout) == (2, "")
    assert "is weak" in done.stderr
    assert "openssl rand -hex 32" in done.stderr
    assert "planted" not in done.stderr


def test_an_open_bind_without_tls_is_exit_2_and_what_to_do() -> None:
    done = run("serve", "0.0.0.0", "0", COLLAB_SECRET=SECRET)

    assert (done.returncode, done.stdout) == (2, "")
    assert "--tls-cert and --tls-key" in done.stderr
    assert "--behind-proxy" in done.stderr


def test_a_broken_configuration_is_exit_2_and_where(tmp_path: Path) -> None:
    file = tmp_path / "collab.toml"
    file.write_text("[server]\nprot = 8080\n")

    done = run("check-config", "--config", str(file), COLLAB_SECRET=SECRET)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"{file}: prot in [server] is unknown: was port meant?\n"


def test_no_error_is_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("not a database\n" * 1000)
    database = f"sqlite:///{tmp_path}/text"

    done = run("invite", "--room", "chat_notes", "--perm", "r", "--db", database)

    assert done.returncode == 2
    assert done.stderr == (f"{tmp_path}/text: it is not an SQLite database (name another file).\n")


async def test_an_invitation_made_while_the_store_is_open_works(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/collab.db"
    store = await open_store(url)

    done = run("invite", "--room", "chat_notes", "--perm", "rw", "--db", url)
    code = parse_invitation_link(done.stdout).code
    redeemed = await store.entry.redeem_invitation(code, now_s=time.time())
    await store.close()

    assert (done.returncode, done.stderr) == (0, "")
    assert redeemed == Redeemed("chat_notes", "rw")


def test_the_command_line_imports_nothing_heavy() -> None:
    program = """
import sys
from collab_server.cli import main
main(["token", "--user", "7"])
heavy = {"asyncio", "sqlalchemy", "alembic", "pydantic", "starlette", "uvicorn", "pycrdt"}
sys.exit(" ".join(sorted(heavy & set(sys.modules))) or 0)
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"COLLAB_SECRET": SECRET},
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )

    assert (done.returncode, done.stderr) == (0, "")
