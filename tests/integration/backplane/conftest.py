from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.redis_process import RedisProcess


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisProcess]:
    folder = tmp_path / "redis"
    folder.mkdir()
    process = RedisProcess(folder)
    try:
        yield process.start()
    finally:
        process.stop()
