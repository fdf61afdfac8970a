"""The configuration: file, environment, flags, later ones first; and nothing unsafe by accident."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from collab_server.config import (
    effective_lines,
    public_url,
    server_config,
    unsafe_choices,
)
from collab_server.protocol.features import Feature
from collab_server.protocol.limits import UNLIMITED, Limits
from collab_server.settings import ConfigError
from tests.unit.collab_server.config.sources import SECRET, config_from, refusal, settings_from
from tests.unit.collab_server.config.test_config_secrets import without_secret

# What holds.


def test_the_ten_keys_of_the_products_have_their_names_and_units(file: Path) -> None:
    file.write_text("""
        [server]
        host = "127.0.0.1"
        port = 8080
        public_url = "ws://localhost:8080"
        token_expiry = 3600
        auto_reconnect = true
        reconnect_delay = 3000
        ping_interval = 30000
        enable_chat = true
        enable_collaboration = false
        enable_notifications = true
    """)

    config = config_from(file=file)

    assert (config.ping_interval_s, config.token_expiry_s) == (30.0, 3600)
    assert config.switched_off == {Feature.COLLABORATION}
    assert settings_from(file=file).server.reconnect_delay == 3000


def test_a_proxy_on_this_machine_makes_three_choices_worth_a_word() -> None:
    settings = settings_from(
        {"COLLAB_API_KEY": f"{SECRET}x", "COLLAB_PING_INTERVAL": "60000"}, behind_proxy=True
    )

    said = unsafe_choices(server_config(settings), settings)

    assert [line.split()[0] for line in said] == ["No", "/broadcast", "A"]


def test_without_any_setting_the_server_is_for_this_machine() -> None:
    config = config_from()

    assert (config.host, config.port, config.database_url) == (
        "127.0.0.1",
        8080,
        "sqlite:///collab.db",
    )
    assert (config.replay, config.dev, config.behind_proxy) == ("session", False, False)
    assert config.limits == Limits()


def test_a_file_is_read(file: Path) -> None:
    file.write_text(
        """
        [server]
        host = "::1"
        port = 9000
        ping_interval = 10000
        log_level = "debug"
        [tokens]
        replay = "strict"
        [limits]
        cursor_bytes = 100
        write_stall_s = 2
        """
    )

    config = config_from(file=file)

    assert (config.host, config.port, config.log_level) == ("::1", 9000, "debug")
    assert (config.replay, config.ping_interval_s) == ("strict", 10.0)
    assert config.limits == Limits(cursor_bytes=100, write_stall_s=2.0)


def test_the_file_may_be_named_in_the_environment(file: Path) -> None:
    file.write_text("[server]\nport = 9000\n")

    assert config_from({"COLLAB_CONFIG": str(file)}).port == 9000


def test_a_flag_names_the_file_before_the_environment_does(file: Path) -> None:
    file.write_text("[server]\nport = 9000\n")

    assert config_from({"COLLAB_CONFIG": "/nowhere"}, file).port == 9000


@pytest.mark.parametrize(
    ("environment", "flags", "port"),
    [
        ({}, {}, 9000),
        ({"WS_PORT": "9001"}, {}, 9001),
        ({"WS_PORT": "9001", "COLLAB_PORT": "9002"}, {}, 9002),
        ({"WS_PORT": "9001", "COLLAB_SERVER__PORT": "9002"}, {}, 9002),
        ({"COLLAB_PORT": "9002"}, {"port": 9003}, 9003),
        ({"COLLAB_PORT": "9002"}, {"port": None}, 9002),
        ({"COLLAB_PORT": "", "WS_PORT": ""}, {}, 9000),
    ],
)
def test_what_comes_later_wins(
    file: Path, environment: Mapping[str, str], flags: Mapping[str, Any], port: int
) -> None:
    file.write_text("[server]\nport = 9000\n")

    assert config_from(environment, file, **flags).port == port


def test_keys_that_a_later_layer_does_not_name_stay(file: Path) -> None:
    file.write_text('[server]\nport = 9000\nhost = "::1"\n[limits]\ncursor_bytes = 1\n')

    config = config_from({"COLLAB_LIMITS__JSON_DEPTH": "7"}, file, port=9001)

    assert (config.host, config.port) == ("::1", 9001)
    assert config.limits == Limits(cursor_bytes=1, json_depth=7)


def test_the_seeds_variables_are_understood() -> None:
    config = config_from(
        {"WS_HOST": "localhost", "WS_PORT": "9001", "WS_PUBLIC_URL": "wss://collab.example.com"}
    )

    assert (config.host, config.port) == ("localhost", 9001)
    assert config.public_url == "wss://collab.example.com"


@pytest.mark.parametrize(("text", "dev"), [("true", True), ("1", True), ("false", False)])
def test_truth_in_the_environment_is_text(text: str, dev: bool) -> None:
    assert config_from({"COLLAB_DEV": text}).dev is dev


def test_a_limit_may_be_unlimited_in_the_file_and_in_the_environment(file: Path) -> None:
    file.write_text('[limits]\noutbox_bytes = "unlimited"\nwrite_stall_s = "unlimited"\n')

    limits = config_from({"COLLAB_LIMITS__CONNECTIONS": "unlimited"}, file).limits

    assert (limits.outbox_bytes, limits.connections) == (UNLIMITED, UNLIMITED)
    assert limits.write_stall_s == UNLIMITED


@pytest.mark.parametrize("name", Limits.__struct_fields__)
def test_every_limit_has_its_variable(name: str) -> None:
    limits = config_from({f"COLLAB_LIMITS__{name.upper()}": "3"}).limits

    assert getattr(limits, name) == 3


# What is said about it.


def test_the_effective_lines_are_toml_that_says_where_each_key_was_set(file: Path) -> None:
    file.write_text("[tokens]\nreplay = 'off'\n")
    settings = settings_from(
        {"COLLAB_LIMITS__CONNECTIONS": "unlimited", "WS_HOST": "::1"}, file, port=9
    )

    lines = list(effective_lines(settings))

    assert lines[:3] == ["[server]", 'host = "::1"  # WS_HOST', "port = 9  # --port"]
    assert f'replay = "off"  # {file}: replay in [tokens]' in lines
    assert 'connections = "unlimited"  # COLLAB_LIMITS__CONNECTIONS' in lines
    assert "cursor_bytes = 2048  # default" in lines


def test_the_effective_lines_are_a_file_that_means_the_same(file: Path) -> None:
    settings = settings_from({"COLLAB_LIMITS__CONNECTIONS": "unlimited"}, port=9)

    file.write_text("\n".join(effective_lines(settings)))

    assert config_from(file=file) == server_config(settings)


def test_what_is_open_to_legacy_tokens_comes_from_file_or_environment(file: Path) -> None:
    file.write_text("[rooms]\nlegacy_open = ['codexpro_project_*:rw', 'dm:a:b:r']\n")

    from_file = config_from(file=file).legacy_open
    from_environment = config_from({"COLLAB_ROOMS__LEGACY_OPEN": "ocr_job_*:r chat_x:rwh"})

    assert from_file == {"codexpro_project_*": "rw", "dm:a:b": "r"}
    assert from_environment.legacy_open == {"ocr_job_*": "r", "chat_x": "rwh"}


def test_what_is_open_to_legacy_tokens_is_said_to_be_unsafe() -> None:
    settings = settings_from(
        {"COLLAB_ROOMS__LEGACY_OPEN": "ocr_job_*:r", "COLLAB_TOKENS__LEGACY_REPLAY": "off"}
    )

    assert unsafe_choices(server_config(settings), settings) == [
        "legacy_replay in [tokens] is off: whoever has seen a token may use it.",
        "legacy_open in [rooms] gives every bearer of a legacy token r in ocr_job_*.",
    ]


def test_nothing_is_unsafe_about_the_defaults() -> None:
    settings = settings_from()

    assert unsafe_choices(server_config(settings), settings) == []


@pytest.mark.parametrize(
    ("environment", "word"),
    [
        ({"COLLAB_DEV": "1"}, "dev is on"),
        ({"COLLAB_HOST": "::", "COLLAB_BEHIND_PROXY": "1"}, "only the proxy may reach that port"),
        ({"COLLAB_HOST": "::", "COLLAB_BEHIND_PROXY": "1"}, "there is no public_url"),
        ({"COLLAB_PUBLIC_URL": "ws://collab.example.com"}, "has no TLS"),
        ({"COLLAB_TOKENS__REPLAY": "off"}, "whoever has seen a token may use it"),
        ({"COLLAB_TOKENS__LEGACY_REPLAY": "off"}, "legacy_replay in [tokens] is off"),
        ({"COLLAB_REDIS__URL": "redis://:pw@10.0.0.1/0"}, "Redis on 10.0.0.1 has no TLS"),
        ({"COLLAB_LIMITS__OUTBOX_BYTES": "unlimited"}, "outbox_bytes in [limits] is unlimited"),
    ],
)
def test_an_unsafe_choice_is_named(environment: Mapping[str, str], word: str) -> None:
    settings = settings_from(environment)

    assert word in " ".join(unsafe_choices(server_config(settings), settings))


def test_a_secret_that_others_may_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text(SECRET)
    path.chmod(0o644)
    settings = without_secret(secret_file=str(path))

    (sentence,) = unsafe_choices(server_config(settings), settings)

    assert sentence == f"The secret {path} may be read by other users: chmod 600 {path}."


def test_a_database_that_others_may_read_is_named(tmp_path: Path) -> None:
    secret, database = tmp_path / "secret", tmp_path / "collab.db"
    for path, mode in ((secret, 0o600), (database, 0o644)):
        path.write_text(SECRET)
        path.chmod(mode)
    settings = without_secret(secret_file=str(secret), db=f"sqlite:///{database}")

    (sentence,) = unsafe_choices(server_config(settings), settings)

    assert sentence == f"The database {database} may be read by other users: chmod 600 {database}."


# Where it is reached.


@pytest.mark.parametrize(
    ("flags", "url"),
    [
        ({}, "ws://127.0.0.1:9000"),
        ({"host": "::1"}, "ws://[::1]:9000"),
        ({"public_url": "wss://collab.example.com"}, "wss://collab.example.com"),
    ],
)
def test_links_name_the_public_url_or_the_address(flags: Mapping[str, Any], url: str) -> None:
    config = config_from(port=0, **flags)

    assert config.public_url_at(9000) == url
    assert public_url(settings_from(port=9000, **flags)) == url


@pytest.mark.parametrize("flags", [{"host": "0.0.0.0"}, {"host": "::"}, {"port": 0}])
def test_an_address_that_no_link_can_name_needs_a_public_url(flags: Mapping[str, Any]) -> None:
    with pytest.raises(ConfigError, match="give --public-url"):
        public_url(settings_from(**flags))


def test_trusted_proxies_are_addresses_and_networks() -> None:
    config = config_from(trusted_proxies=("10.0.0.0/8", "2001:db8::1"))

    assert [str(network) for network in config.trusted_proxies] == ["10.0.0.0/8", "2001:db8::1/128"]
    assert "holds proxy.example.com" in refusal(trusted_proxies=("proxy.example.com",))


def test_allowed_origins_are_origins() -> None:
    config = config_from(allowed_origins=("https://App.example.com", "http://127.0.0.1:3000"))

    assert config.allowed_origins == ("https://app.example.com", "http://127.0.0.1:3000")
    assert "holds app.example.com" in refusal(allowed_origins=("app.example.com",))
    assert "must be an origin" in refusal(allowed_origins=("https://app.example.com/",))
