"""A database file of one's own, and a store on it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from collab_server.storage.store import Store
from tests.integration.storage.rows import store_at


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the database is, or will be."""
    return tmp_path / "collab.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[Store]:
    """A store on a new database."""
    async with store_at(path) as store:
        yield store
