"""What is committed installs the same everywhere: hashes, and no address of a registry."""

import json
import re
import tomllib
from pathlib import Path

import pytest

from tests.architecture.checkout import ROOT, tracked_entries, tracked_files

PYTHON_LOCKS = (ROOT / "requirements.lock", ROOT / "requirements-runtime.lock")
NPM_LOCKS = tuple(ROOT.glob("tests/*/package-lock.json"))
REQUIREMENT = re.compile(r"^([a-z0-9-]+)==(\S+)", re.MULTILINE)
# A package registry's host has one of these words in its name; the words alone are no address.
ADDRESS_OF_A_REGISTRY = re.compile(
    r"://[^/\s\"']*(pypi|pythonhosted|npmjs|yarnpkg|registry|mirror|debian|ubuntu)"
)
OPTION_NAMING_AN_INDEX = re.compile(
    r"(--(extra-|default-)?index(-url)?[ =]|registry ?=) ?[\"']?\w+:"
)


def pins(lock: Path) -> dict[str, str]:
    """Return the locked versions by package."""
    return dict(REQUIREMENT.findall(lock.read_text(encoding="utf-8")))


def normalised(requirement: str) -> str:
    """Return the package's name in a requirement, as locks spell it."""
    name = re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0]
    return re.sub(r"[-_.]+", "-", name).lower()


def without_funding(text: str) -> str:
    """Return an npm lock without the lines that say where to thank the authors."""
    return re.sub(r'"url": "[^"]*"', "", text)


def hosts(path: Path) -> list[str]:
    """Return what in a file names an index, or the word that gives a registry's host away."""
    text = path.read_bytes().decode("utf-8", errors="replace")
    return [hit[0] for hit in OPTION_NAMING_AN_INDEX.finditer(text)] + [
        hit[0] for hit in ADDRESS_OF_A_REGISTRY.finditer(text)
    ]


@pytest.mark.parametrize("lock", PYTHON_LOCKS, ids=lambda path: path.name)
def test_every_locked_package_has_a_hash(lock: Path) -> None:
    blocks = re.split(r"\n(?=[a-z0-9])", lock.read_text(encoding="utf-8"))
    packages = [block for block in blocks if REQUIREMENT.match(block)]

    without = [block.split()[0] for block in packages if "--hash=sha256:" not in block]

    assert len(packages) == len(pins(lock)) > 0
    assert without == []


@pytest.mark.parametrize("lock", NPM_LOCKS, ids=lambda path: path.parent.name)
def test_every_locked_npm_package_has_a_hash(lock: Path) -> None:
    packages: dict[str, dict[str, str]] = json.loads(lock.read_text(encoding="utf-8"))["packages"]

    without = [name for name, entry in packages.items() if name and "integrity" not in entry]

    assert without == []


@pytest.mark.parametrize("lock", PYTHON_LOCKS + NPM_LOCKS, ids=lambda path: str(path.name))
def test_no_lock_holds_an_address_of_a_package(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")

    assert re.findall(r"\w+://|\"resolved\"|index-url|find-links", without_funding(text)) == []


def test_no_committed_file_names_the_host_of_a_registry() -> None:
    found = {str(path.relative_to(ROOT)): hits for path in tracked_files() if (hits := hosts(path))}

    assert found == {}


def test_the_locks_hold_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    runtime = {normalised(name) for name in project["project"]["dependencies"]}
    development = {normalised(name) for name in project["dependency-groups"]["dev"]}
    complete, runtime_only = (pins(lock) for lock in PYTHON_LOCKS)

    assert runtime - runtime_only.keys() == set()
    assert (runtime | development) - complete.keys() == set()


def test_the_runtime_lock_is_a_part_of_the_whole_one() -> None:
    complete, runtime_only = (pins(lock) for lock in PYTHON_LOCKS)

    assert runtime_only.items() - complete.items() == set()


def test_no_link_is_committed() -> None:
    links = [path for path in tracked_entries() if path.is_symlink()]

    assert links == []  # it leads to a place of one machine only
