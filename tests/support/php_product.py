"""A product's back-end in PHP, which publishes over Redis as the products' guide shows it."""

import asyncio
import json
import shutil
import subprocess
from pathlib import Path

from tests.support.redis_process import RedisProcess

PRODUCT = Path(__file__).with_name("php") / "product.php"
RUN_WITHIN_S = 60


def php_with_redis() -> str | None:
    php = shutil.which("php")
    if php is None:
        return None
    modules = subprocess.run([php, "-m"], capture_output=True, text=True, check=False).stdout
    return php if "redis" in modules.split() else None


PHP = php_with_redis()
WHY_NOT = "php-cli and php-redis are not installed (apt)"


async def product_calls(redis: RedisProcess, *calls: tuple[object, ...]) -> list[int]:
    """Call the product's functions, each by its name; return how many heard each over Redis."""
    assert PHP is not None
    ran = await asyncio.to_thread(
        subprocess.run,
        [PHP, str(PRODUCT), str(redis.port), json.dumps(calls)],
        capture_output=True,
        timeout=RUN_WITHIN_S,
        check=True,
    )
    return json.loads(ran.stdout)
