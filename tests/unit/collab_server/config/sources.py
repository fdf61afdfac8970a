"""Settings from a file, the environment and flags, as tests give them."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from collab_server.config import (
    ServerConfig,
    server_config,
)
from collab_server.settings import ConfigError, Settings, read_settings

SECRET = "5f0c1a9e7b3d2468" * 4


def settings_from(
    environment: Mapping[str, str] | None = None, file: Path | None = None, **flags: object
) -> Settings:
    """Read settings with a good secret, unless the environment says otherwise."""
    return read_settings(
        {"COLLAB_SECRET": SECRET} | dict(environment or {}), file=file, flags=flags
    )


def config_from(
    environment: Mapping[str, str] | None = None, file: Path | None = None, **flags: object
) -> ServerConfig:
    """Return the configuration of these settings."""
    return server_config(settings_from(environment, file, **flags))


def refusal(
    environment: Mapping[str, str] | None = None, file: Path | None = None, **flags: object
) -> str:
    """Return the sentence that says what is wrong."""
    with pytest.raises(ConfigError) as caught:
        config_from(environment, file, **flags)
    return str(caught.value)
