"""Configurations that cannot be read, or do not go together: the sentence says where and what."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from collab_server.config import (
    server_config,
    unsafe_choices,
)
from tests.certificates import self_signed
from tests.unit.collab_server.config.sources import config_from, refusal, settings_from

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
