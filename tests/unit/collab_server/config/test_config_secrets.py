"""The secrets: where they come from, and that a weak one is neither used nor repeated."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from collab_server.config import (
    effective_lines,
    server_config,
)
from collab_server.keys import dev_secret, signing_secret
from collab_server.settings import ConfigError, Settings, read_settings
from tests.unit.collab_server.config.sources import SECRET, config_from, refusal, settings_from

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
