"""The checkout as the architecture tests see it: its source files and the tools of .venv."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("app", "collab_server")


def source_files(*folders: str) -> list[Path]:
    """Return the Python files under the folders, sorted."""
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def tracked_files() -> list[Path]:
    """Return the files that git knows and that still exist; without git, our sources."""
    return [path for path in tracked_entries() if path.is_file()]


def tracked_entries() -> list[Path]:
    """Return what git knows, there or not, links as well; without git, our sources."""
    if not (ROOT / ".git").exists() or not shutil.which("git"):
        top_level = [path for path in ROOT.iterdir() if path.is_file()]
        return [*top_level, *source_files(*PACKAGES, "tests")]
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
    )
    return [ROOT / name for name in listed.stdout.split("\0") if name]


def expect_nothing_from(tool: str, *arguments: str) -> None:
    """Run a tool of .venv over the checkout, and fail with all that it finds."""
    program = Path(sys.executable).with_name(tool)
    done = subprocess.run(
        [str(program), *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.fail(f"{tool} {' '.join(arguments)}\n{done.stdout}{done.stderr}", pytrace=False)
