"""The configuration: file, environment, flags, later ones first; and nothing unsafe by accident."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from collab_server.config import (
    ServerConfig,
    effective_lines,
    public_url,
    server_config,
    unsafe_choices,
)
from collab_server.keys import dev_secret, signing_secret
from collab_server.protocol.features import Feature
from collab_server.protocol.limits import UNLIMITED, Limits
from collab_server.settings import ConfigError, Settings, read_settings
from tests.certificates import self_signed

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


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where a configuration file may be."""
    return tmp_path / "collab.toml"


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


# What cannot be read: the sentence says where, and what.


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "port = 9000\n",
            "{file}: the section [port] is unknown: known are server, tokens, rooms, redis,",
        ),
        ("[sever]\n", "{file}: the section [sever] is unknown: was server meant?"),
        ("[server]\nprot = 1\n", "{file}: prot in [server] is unknown: was port meant?"),
        (
            "[server]\nsecret = 'x'\n",
            "{file}: secret in [server] is unknown: was secret_file meant?",
        ),
        ("[limits]\ncusor_bytes = 1\n", "{file}: cusor_bytes in [limits] is unknown"),
        ("server = 1\n", "{file}: server must be a section, [server]."),
        (
            "[server]\nport = '9000'\n",
            "{file}: port in [server] must be a whole number from 0 to 65535.",
        ),
        ("[server]\nport = 65536\n", "must be a whole number from 0 to 65535."),
        ("[server]\nport = true\n", "must be a whole number from 0 to 65535."),
        ("[server]\nhost = 1\n", "{file}: host in [server] must be text."),
        ("[server]\ndev = 'yes'\n", "{file}: dev in [server] must be true or false."),
        ("[tokens]\nreplay = 'of'\n", "must be one of legacy, off, session, strict."),
        ("[rooms]\nlegacy_open = 'x'\n", "{file}: legacy_open in [rooms] must be a list of texts."),
        ("[rooms]\nlegacy_open = ['chat_*']\n", "holds chat_*, which must be PATTERN:PERM"),
        ("[rooms]\nlegacy_open = ['chat_*:x']\n", "holds chat_*:x, which must be PATTERN:PERM"),
        ("[rooms]\nlegacy_open = ['a b:r']\n", "holds a b:r, which must be PATTERN:PERM"),
        (
            "[limits]\ncursor_bytes = 0\n",
            "{file}: cursor_bytes in [limits] must be a whole number, 1 or more, or unlimited.",
        ),
        ("[limits]\nwrite_stall_s = 0\n", "must be a number above 0, or unlimited."),
        ("[server]\nping_interval = 0\n", "must be a whole number from 100 to 3600000."),
        ("[limits]\nwrite_stall_s = nan\n", "must be a number above 0, or unlimited."),
        ("[limits]\nwrite_stall_s = inf\n", "must be a number above 0, or unlimited."),
        ("[limits]\njson_depth = 1000\n", "must be a whole number from 1 to 200, or unlimited."),
        ("[server\n", "{file} is not valid TOML: "),
        ("[server]\nport = 1\nport = 2\n", "{file} is not valid TOML: "),
        ("a = " + "[" * 100_000, "{file} is not valid TOML: "),
        ("#" * 2_000_000, "{file} is too large for a configuration"),
    ],
)
def test_a_broken_file_is_refused(file: Path, text: str, sentence: str) -> None:
    file.write_text(text)

    assert sentence.format(file=file) in refusal(file=file)


def test_a_file_of_odd_bytes_is_refused(file: Path) -> None:
    file.write_bytes(b"\xff\xfe")

    assert refusal(file=file) == f"{file} is not UTF-8 text: name a TOML file."


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    assert "No such file or directory" in refusal(file=tmp_path / "none.toml")
    assert "Is a directory" in refusal(file=tmp_path)


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"COLLAB_PORT": "abc"}, "COLLAB_PORT must be a whole number from 0 to 65535."),
        ({"WS_PORT": "-1"}, "WS_PORT must be a whole number from 0 to 65535."),
        ({"COLLAB_PORT": "null"}, "COLLAB_PORT must be a whole number from 0 to 65535."),
        ({"COLLAB_PROT": "1"}, "The variable COLLAB_PROT is unknown: was port meant?"),
        ({"COLLAB_SEVER__PORT": "1"}, "The variable COLLAB_SEVER__PORT is unknown: was server"),
        ({"COLLAB_TOKENS__REPLAY": "once"}, "must be one of legacy, off, session, strict."),
        ({"COLLAB_DEV": "maybe"}, "COLLAB_DEV must be true or false."),
        ({"COLLAB_PUBLIC_URL": "null"}, "COLLAB_PUBLIC_URL must be "),
        (
            {"COLLAB_PORT": "1", "COLLAB_SERVER__PORT": "2"},
            "COLLAB_PORT and COLLAB_SERVER__PORT say the same: leave one out.",
        ),
    ],
)
def test_a_broken_variable_is_refused(environment: Mapping[str, str], sentence: str) -> None:
    assert sentence in refusal(environment)


def test_a_flag_of_the_wrong_kind_is_refused() -> None:
    assert refusal(port="http") == "--port must be a whole number from 0 to 65535."


# What does not go together.


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "collab.example.com", "127.1"])
def test_an_open_door_without_tls_is_refused(host: str) -> None:
    sentence = refusal(host=host)

    assert sentence.startswith(f"{host} is open to others and there is no TLS: give --tls-cert")
    assert "--behind-proxy" in sentence


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_loopback_needs_no_tls(host: str) -> None:
    assert config_from(host=host).host == host


def test_a_proxy_may_have_the_tls() -> None:
    assert config_from(host="0.0.0.0", behind_proxy=True).behind_proxy


def test_dev_is_for_this_machine_only() -> None:
    assert "dev is for this machine only" in refusal(host="0.0.0.0", dev=True, behind_proxy=True)


def test_an_empty_host_is_refused() -> None:
    assert refusal(host=" ").startswith("The host is empty")


@pytest.mark.parametrize(
    "url",
    [
        "collab.example.com",
        "ftp://a",
        "wss://",
        "wss://[::1",
        "wss://a:99999",
        "wss://a b",
        "",
        "/",
    ],
)
def test_a_public_url_must_be_one(url: str) -> None:
    assert refusal(public_url=url).startswith("--public-url must be a URL such as wss://")


def test_half_of_tls_is_refused() -> None:
    assert refusal(tls_cert="cert.pem") == (
        "TLS needs a certificate and its key: give --tls-cert and --tls-key."
    )
    assert refusal(tls_key="key.pem").startswith("TLS needs")


def test_certificates_that_do_not_load_are_refused(tmp_path: Path) -> None:
    (tmp_path / "cert.pem").write_text("not a certificate")

    missing = refusal(tls_cert="/nowhere/cert.pem", tls_key="/nowhere/key.pem")
    broken = refusal(tls_cert=str(tmp_path / "cert.pem"), tls_key=str(tmp_path / "cert.pem"))

    assert "/nowhere/cert.pem" in missing
    assert "No such file" in missing
    assert "do not load" in broken


def test_with_tls_the_door_may_be_open(tmp_path: Path) -> None:
    cert, key = self_signed(tmp_path)

    settings = settings_from(host="192.168.1.7", tls_cert=str(cert), tls_key=str(key))
    config = server_config(settings)

    assert (config.tls_cert, config.tls_key) == (cert, key)
    assert config.public_url_at(8443) == "wss://192.168.1.7:8443"
    assert unsafe_choices(config, settings) == []


def test_a_key_that_others_may_read_is_named(tmp_path: Path) -> None:
    cert, key = self_signed(tmp_path)
    key.chmod(0o640)

    settings = settings_from(tls_cert=str(cert), tls_key=str(key))

    assert unsafe_choices(server_config(settings), settings) == [
        f"The TLS key {key} may be read by other users: chmod 600 {key}."
    ]


def test_a_key_of_another_certificate_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    cert, _ = self_signed(tmp_path)
    _, key = self_signed(tmp_path / "other")

    assert "do not load" in refusal(tls_cert=str(cert), tls_key=str(key))


# The secret.


def without_secret(**flags: object) -> Settings:
    """Read settings without a secret in the environment."""
    return read_settings({}, flags=flags)


def test_the_secret_is_read_from_its_file_without_white_space(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(f"  {SECRET}\n\n")

    assert signing_secret(without_secret(secret_file=str(tmp_path / "secret"))) == SECRET.encode()


def test_the_secret_of_the_environment_goes_before_the_file() -> None:
    assert config_from({"COLLAB_SECRET": f"{SECRET}x\n"}, secret_file="/nowhere").secret == (
        f"{SECRET}x".encode()
    )


def test_no_secret_is_an_error_that_says_how_to_make_one() -> None:
    with pytest.raises(ConfigError, match="openssl rand -hex 32 > secret; chmod 600 secret"):
        signing_secret(without_secret())


@pytest.mark.parametrize("content", ["", "short", "x" * 64, "default-secret-change-me"])
def test_a_weak_secret_is_refused_and_never_repeated(tmp_path: Path, content: str) -> None:
    path = tmp_path / "file"
    path.write_text(content)

    with pytest.raises(ConfigError) as caught:
        signing_secret(without_secret(secret_file=str(path)))

    assert str(caught.value).startswith(f"The secret in {path} is weak (")
    assert "openssl rand -hex 32" in str(caught.value)
    assert not content or content not in str(caught.value)


def test_a_weak_secret_in_the_environment_is_refused_and_never_repeated() -> None:
    sentence = refusal({"COLLAB_SECRET": "planted-secret"})

    assert sentence.startswith("The secret in COLLAB_SECRET is weak")
    assert "planted" not in sentence


def test_a_missing_secret_file_is_an_error_that_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"No such file or directory.*openssl rand"):
        signing_secret(without_secret(secret_file=str(tmp_path / "none")))
    with pytest.raises(ConfigError, match="Is a directory"):
        signing_secret(without_secret(secret_file=str(tmp_path)))


def test_without_a_key_of_the_api_there_is_none() -> None:
    assert config_from().api_key is None


def test_the_key_of_the_api_is_read_like_the_secret(tmp_path: Path) -> None:
    path = tmp_path / "api-key"
    path.write_text(f" {SECRET[::-1]}\n")

    assert config_from(api_key_file=str(path)).api_key == SECRET[::-1].encode()
    assert config_from({"COLLAB_API_KEY": f"{SECRET}x "}, api_key_file="/nowhere").api_key == (
        f"{SECRET}x".encode()
    )


def test_a_weak_key_of_the_api_is_refused_and_never_repeated() -> None:
    sentence = refusal({"COLLAB_API_KEY": "planted-key"})

    assert sentence.startswith("The API key in COLLAB_API_KEY is weak")
    assert "openssl rand -hex 32 > api-key" in sentence
    assert "planted" not in sentence


def test_a_missing_key_file_says_which_file_is_meant(tmp_path: Path) -> None:
    assert refusal(api_key_file=str(tmp_path / "none")).startswith("The API key file")


def test_one_secret_for_both_is_refused() -> None:
    assert "is the secret that signs tokens" in refusal({"COLLAB_API_KEY": SECRET})


def test_one_port_for_both_listeners_is_refused() -> None:
    assert "both 8080" in refusal(port="8080", internal_port="8080")
    assert config_from(port="0", internal_port="0").internal_port == 0


def test_what_the_internal_port_may_be_is_said() -> None:
    assert refusal(internal_port="x") == ("--internal-port must be a whole number from 0 to 65535.")


def test_dev_bears_a_weak_secret() -> None:
    assert config_from({"COLLAB_SECRET": "lab"}, dev=True).secret == b"lab"


def test_the_secret_of_dev_is_made_once_for_this_user_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))

    first, second = dev_secret(), signing_secret(without_secret(dev=True))

    (file,) = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert first == second
    assert len(first) == 64
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_broken_secret_of_dev_is_never_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    dev_secret()
    (file,) = [path for path in tmp_path.rglob("*") if path.is_file()]
    file.write_text("")

    with pytest.raises(ConfigError, match="delete"):
        dev_secret()


def test_a_state_folder_that_cannot_be_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))

    with pytest.raises(ConfigError, match="cannot be used: Not a directory"):
        dev_secret()


def test_processes_that_start_together_share_the_secret_of_dev(tmp_path: Path) -> None:
    program = "from collab_server.keys import dev_secret; print(dev_secret().decode())"
    started = [
        subprocess.Popen(
            [sys.executable, "-c", program],
            env=os.environ | {"XDG_STATE_HOME": str(tmp_path)},
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]

    printed = {process.communicate(timeout=60)[0] for process in started}

    assert len(printed) == 1


def test_the_secret_is_in_no_representation() -> None:
    settings = settings_from()

    shown = f"{settings!r} {server_config(settings)!r} {list(effective_lines(settings))}"

    assert SECRET not in shown


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
