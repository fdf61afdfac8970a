"""The command line: what it prints where, and one sentence when it cannot."""

import io
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from collab_server.protocol.legacy_tokens import read_legacy_token
from collab_server.protocol.tokens import TokenClaims, verify_token

SECRET = "5f0c1a9e7b3d2468" * 4
Said = tuple[int, str, str]
Command = Callable[..., Said]


@pytest.fixture
def secret_file(tmp_path: Path) -> Path:
    """A file with a good secret."""
    path = tmp_path / "secret"
    path.write_text(f"{SECRET}\n")
    path.chmod(0o600)
    return path


def claims_of(line: str, key: str = SECRET) -> TokenClaims:
    """Check a token as the server does."""
    assert line.endswith("\n")
    return verify_token(line[:-1], {"default": key.encode()}, now_s=time.time())


# token


def test_a_token_is_one_line_that_the_server_takes(command: Command, secret_file: Path) -> None:
    exit_code, out, err = command("token", "--user", "7", "--secret-file", secret_file)

    claims = claims_of(out)
    assert (exit_code, err, out.count("\n")) == (0, "", 1)
    assert (claims.user_id, claims.name, claims.rooms) == ("7", None, {})
    assert claims.expires_at_s - claims.issued_at_s == 3600
    assert abs(claims.issued_at_s - time.time()) < 60


def test_a_token_says_what_the_flags_say(command: Command, secret_file: Path) -> None:
    _, out, _ = command(
        *("token", "--user", "ada", "--name", "Ada Lovelace 😀", "--ttl", "60"),
        *("--room", "codexpro_project_7:rw", "--room", "dm:a:b:r", "--room", "ocr_job_*:r"),
        *("--secret-file", secret_file),
    )

    claims = claims_of(out)
    assert claims.name == "Ada Lovelace 😀"
    assert claims.rooms == {"codexpro_project_7": "rw", "dm:a:b": "r", "ocr_job_*": "r"}
    assert claims.expires_at_s - claims.issued_at_s == 60


def test_no_two_tokens_are_alike(command: Command, secret_file: Path) -> None:
    tokens = {command("token", "--user", "7", "--secret-file", secret_file)[1] for _ in range(20)}

    assert len({claims_of(line).nonce for line in tokens}) == 20


def test_the_secret_may_come_by_the_environment(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLLAB_SECRET", SECRET)

    assert claims_of(command("token", "--user", "7")[1]).user_id == "7"


def test_a_token_for_dev_needs_no_secret_of_ones_own(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))

    _, out, err = command("token", "--user", "7", "--dev")

    (file,) = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert claims_of(out, file.read_text()).user_id == "7"
    assert err == ""


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["--user", "7", "--room", "notes"],
            "--room notes must be PATTERN:PERM, such as codexpro_project_7:rw",
        ),
        (["--user", "7", "--room", "notes:"], "--room notes: must be PATTERN:PERM"),
        (["--user", "7", "--room", "a:r", "--room", "a:w"], "--room a is given twice"),
        (["--user", "7", "--room", "a*b:r"], "--room a*b:r must be PATTERN:PERM"),
        (["--user", "7", "--room", "a:x"], "--room a:x must be PATTERN:PERM"),
        (["--user", ""], "--user must be an id of 1 to 256 printable characters"),
        (["--user", "7", "--ttl", "0"], "argument --ttl: 0 is no whole number from 1 to 86400"),
        (["--user", "7", "--ttl", "86401"], "argument --ttl: 86401 is no whole number from"),
        (["--user", "7", "--ttl", "long"], "argument --ttl: long is no whole number from"),
        ([], "the following arguments are required: --user"),
        (["--user", "7", "--sec", "x"], "unrecognized arguments: --sec x"),
    ],
)
def test_a_token_that_cannot_be_is_refused(
    command: Command, secret_file: Path, arguments: list[str], sentence: str
) -> None:
    exit_code, out, err = command("token", "--secret-file", secret_file, *arguments)

    assert (exit_code, out) == (2, "")
    assert sentence in err


def test_a_token_without_a_secret_says_how_to_make_one(command: Command) -> None:
    exit_code, out, err = command("token", "--user", "7")

    assert (exit_code, out, err.count("\n")) == (2, "", 1)
    assert "openssl rand -hex 32 > secret; chmod 600 secret" in err


# serve: what is refused before anything is opened


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["127.0.0.1"], "Give the port too: HOST PORT, or --host and --port.\n"),
        (["::1", "1", "--port", "2"], "Give HOST PORT, or --host and --port, but not both.\n"),
        (["::1", "1", "--host", "::1"], "Give HOST PORT, or --host and --port, but not both.\n"),
        (["127.0.0.1", "http"], "--port must be a whole number from 0 to 65535.\n"),
        (["--port", "65536"], "--port must be a whole number from 0 to 65535.\n"),
        (["0.0.0.0", "8080"], "0.0.0.0 is open to others and there is no TLS: "),
        (["--dev", "--host", "0.0.0.0"], "dev is for this machine only"),
        (["--tls-cert", "x"], "TLS needs a certificate and its key"),
        (["--config", "/nowhere.toml"], "/nowhere.toml cannot be read (No such file"),
        (["--secret-file", "/nowhere"], "The secret file /nowhere cannot be read (No such file"),
        ([], "There is no secret to sign tokens with: "),
        (["1", "2", "3"], "unrecognized arguments: 3"),
    ],
)
def test_a_server_that_cannot_be_is_refused(
    command: Command, arguments: list[str], sentence: str
) -> None:
    exit_code, out, err = command("serve", *arguments)

    assert (exit_code, out) == (2, "")
    assert sentence in err


# check-config


def test_a_good_configuration_is_shown_without_its_secret(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLLAB_SECRET", SECRET)

    exit_code, out, err = command("check-config", "--port", "9000")

    assert (exit_code, err) == (0, "")
    assert "port = 9000  # --port\n" in out
    assert "# The secret has 64 bytes.\n" in out
    assert "Unsafe" not in out
    assert SECRET not in out


def test_unsafe_choices_are_said_and_are_no_error(
    command: Command, secret_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLLAB_TOKENS__REPLAY", "off")
    secret_file.chmod(0o644)

    exit_code, out, err = command("check-config", "--secret-file", secret_file)

    assert (exit_code, err) == (0, "")
    assert [line for line in out.splitlines() if "Unsafe" in line] == [
        "# Unsafe: replay in [tokens] is off: whoever has seen a token may use it.",
        f"# Unsafe: The secret {secret_file} may be read by other users: chmod 600 {secret_file}.",
    ]


def test_a_configuration_that_will_not_do_is_one_sentence(
    command: Command, secret_file: Path
) -> None:
    exit_code, out, err = command(
        "check-config", "--secret-file", secret_file, "--db", "postgresql://ada:planted@h/d"
    )

    assert (exit_code, out, err.count("\n")) == (2, "", 1)
    assert "postgresql is not supported yet" in err
    assert "planted" not in err


# help


@pytest.mark.parametrize("name", ["serve", "token", "invite", "check-config"])
def test_every_command_explains_itself(command: Command, name: str) -> None:
    exit_code, out, err = command(name, "--help")

    assert (exit_code, err) == (0, "")
    assert out.startswith(f"usage: collab-server {name}")
    assert "stop-with-stdin" not in out


def test_no_command_is_an_error_that_names_the_usage(command: Command) -> None:
    exit_code, out, err = command()

    assert (exit_code, out) == (2, "")
    assert "usage: collab-server" in err


def test_a_legacy_token_is_what_the_php_products_make(command: Command, secret_file: Path) -> None:
    exit_code, out, err = command(
        "token", "--user", "42", "--legacy", "--ttl", "60", "--secret-file", secret_file
    )
    claims = read_legacy_token(out.strip(), SECRET.encode())

    assert (exit_code, err) == (0, "")
    assert claims.user_id == "42"


def test_a_legacy_token_lasts_as_long_as_others(
    command: Command, secret_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLLAB_TOKEN_EXPIRY", "600")
    before_s = int(time.time())

    _, out, _ = command("token", "--user", "42", "--legacy", "--secret-file", secret_file)

    claims = read_legacy_token(out.strip(), SECRET.encode())
    assert before_s + 600 <= claims.expires_at_s <= time.time() + 600


# client-script


def test_the_script_tag_holds_the_token_from_standard_input(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO('a"b\nmore'))

    exit_code, out, err = command(
        "client-script",
        "--token-stdin",
        "--token-url",
        "/token?a=1&b=2",
        "--reconnect-delay",
        "3000",
        "--no-reconnect",
        "--public-url",
        "wss://collab.example.com",
    )

    assert (exit_code, err) == (0, "")
    assert out == (
        '<script src="https://collab.example.com/client.js" data-token="a&quot;b"'
        ' data-token-url="/token?a=1&amp;b=2" data-reconnect-delay="3000" data-reconnect="false">'
        "</script>\n"
    )


@pytest.mark.parametrize("piped", ["", "\n", "  \n"])
def test_no_script_tag_is_made_with_an_empty_token(
    command: Command, monkeypatch: pytest.MonkeyPatch, piped: str
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(piped))

    exit_code, out, err = command("client-script", "--token-stdin")

    assert (exit_code, out) == (2, "")
    assert "There is no token on standard input" in err


def test_the_script_tag_follows_the_settings(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLLAB_RECONNECT_DELAY", "3000")
    monkeypatch.setenv("COLLAB_AUTO_RECONNECT", "false")

    _, out, _ = command("client-script", "--public-url", "wss://collab.example.com")

    assert 'data-reconnect-delay="3000" data-reconnect="false"' in out


def test_the_policy_knows_the_page_that_it_is_for(command: Command, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("<script>one</script>")

    exit_code, out, _ = command("client-script", "--csp", "--page", page)

    assert exit_code == 0
    assert out.startswith("script-src http://127.0.0.1:8080 'sha256-")
    assert out.endswith(
        "connect-src 'self' ws://127.0.0.1:8080; object-src 'none'; base-uri 'none'\n"
    )


def test_a_page_that_cannot_be_read_is_one_sentence(command: Command, tmp_path: Path) -> None:
    exit_code, out, err = command("client-script", "--csp", "--page", tmp_path / "none.html")

    assert (exit_code, out) == (2, "")
    assert "cannot be read: name an HTML file in UTF-8." in err
