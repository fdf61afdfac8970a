from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.redis_process import RedisProcess, running_redis


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisProcess]:
    with running_redis(tmp_path) as process:
        yield process
