"""The real Secret Service, in a session bus of its own, and what is on the disk of a secret."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
NEEDED = ("dbus-run-session", "gnome-keyring-daemon")
SECRET = "planted-6f1d0b5c9e"

SCRIPT = f"""
import asyncio, sys
from app.services.credential_keeper import CredentialKeeper, WayBack
from app.storage.credentials import open_keyring
from tests.support.keyrings import contract

contract(open_keyring())
keeper = CredentialKeeper(limit_s=30.0)
assert asyncio.run(keeper.put("name", WayBack(token="{SECRET}")))
found = asyncio.run(CredentialKeeper(limit_s=30.0).get("name"))
print("kept" if found is not None and found.token == "{SECRET}" else "lost")
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    missing = [name for name in NEEDED if shutil.which(name) is None]
    if missing:
        reason = f"{', '.join(missing)}: apt-get install dbus-daemon gnome-keyring"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    home = tmp_path / "home"
    for name in (".local/share", ".config", ".cache", "runtime", "tmp"):
        (home / name).mkdir(parents=True, mode=0o700)
    return home


def run_in_session(home: Path, script: str) -> subprocess.CompletedProcess[str]:
    """Run Python in a session bus with a keyring that is unlocked by standard input."""
    unlock = "gnome-keyring-daemon --unlock --components=secrets >/dev/null"
    return subprocess.run(
        [
            *("dbus-run-session", "--", "sh", "-c", f'{unlock} && exec "$0" -c "$1"'),
            *(sys.executable, script),
        ],
        input="the keyring's password",
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "XDG_DATA_HOME": str(home / ".local/share"),
            "XDG_CONFIG_HOME": str(home / ".config"),
            "XDG_CACHE_HOME": str(home / ".cache"),
            "XDG_RUNTIME_DIR": str(home / "runtime"),
            "TMPDIR": str(home / "tmp"),
            "PYTHONPATH": str(ROOT),
        },
    )


def files_with(secret: str, folder: Path) -> list[Path]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path for path in files if secret.encode() in path.read_bytes()]


def test_the_secret_service_keeps_secrets_and_no_file_has_them(home: Path) -> None:
    run = run_in_session(home, SCRIPT)

    assert run.stdout.strip().endswith("kept"), run.stderr
    assert list((home / ".local/share/keyrings").iterdir()) != []  # it was written, encrypted
    assert files_with(SECRET, home) == []


def test_without_a_session_bus_memory_serves_and_no_file_has_the_secret(home: Path) -> None:
    script = SCRIPT.replace("contract(open_keyring())\n", "").replace("assert asyncio", "asyncio")

    run = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": str(home), "TMPDIR": str(home / "tmp")},
    )

    assert run.stdout.strip() == "lost", run.stderr
    assert files_with(SECRET, home) == []
