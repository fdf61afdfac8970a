"""A configuration file."""

from pathlib import Path

import pytest


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where a configuration file may be."""
    return tmp_path / "collab.toml"
