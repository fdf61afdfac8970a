"""The command `collab-server`: serve, token, invite, client-script, check-config, and on documents.

Each command reads the configuration, does one thing and says it; what is wrong is one sentence on
standard error and exit code 2. `token` and `invite` print exactly one line on standard output.
Heavy imports are inside the commands, so that `token` answers at once; and it is argparse, because
a server keeps for life what its command line has imported (typer: 27 MB). Does not know frames or
sockets.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import os
import secrets
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from collab_server import document_commands, invite_command
from collab_server.protocol.errors import InvalidName, LocalProtocolError
from collab_server.settings import ConfigError, Settings, read_settings
from collab_server.storage.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

WRONG_USE = 2
DAY_S = 24 * 60 * 60
SERVER_FLAGS = {  # by the names of the settings: what stands for the value, and what it is
    "host": ("H", "where to listen; 127.0.0.1 if not given"),
    "port": ("N", "where to listen; 8080 if not given, 0 is a free one"),
    "internal_port": ("N", "metrics and the API, on this machine only; none if not given"),
    "db": ("URL", "sqlite:///relative.db or sqlite:////absolute.db; sqlite:///collab.db"),
    "secret_file": ("FILE", "what signs tokens (COLLAB_SECRET, the secret itself, goes before)"),
    "api_key_file": ("FILE", "opens the API to back-ends (COLLAB_API_KEY goes before)"),
    "tls_cert": ("FILE", "a certificate chain, PEM"),
    "tls_key": ("FILE", "its key, PEM"),
    "behind_proxy": (None, "a proxy in front of the server has TLS"),
    "dev": (None, "to try things out: this machine only, with a secret of its own"),
    "public_url": ("URL", "what links name, such as wss://collab.example.com"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that the arguments name, and return the exit code."""
    parsed = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = parsed.command
    try:
        return command(parsed)
    except InvalidName as error:
        _write(sys.stderr, f"This is no name of a room or document: {error.reason}.")
        return WRONG_USE
    except (ConfigError, StorageError, LocalProtocolError) as error:
        _write(sys.stderr, str(error))
        return WRONG_USE


def serve(parsed: argparse.Namespace) -> int:
    """Serve until a signal ends it; one JSON line on standard output says when it listens."""
    from collab_server.config import server_config

    if parsed.host_argument is not None:
        if parsed.host is not None or parsed.port is not None:
            raise ConfigError("Give HOST PORT, or --host and --port, but not both.")
        if parsed.port_argument is None:
            raise ConfigError("Give the port too: HOST PORT, or --host and --port.")
        parsed.host, parsed.port = parsed.host_argument, parsed.port_argument
    config = server_config(_settings(parsed), stop_with_stdin=parsed.stop_with_stdin)

    from collab_server.transport.server import run

    return run(config)


def token(parsed: argparse.Namespace) -> int:
    """Print a token for a user, as one line."""
    from collab_server.keys import signing_secret
    from collab_server.protocol.names import clean_name, user_id_on_wire
    from collab_server.protocol.tokens import TokenClaims, sign_token

    settings = _settings(parsed)
    key = signing_secret(settings)
    now_s = int(time.time())
    document_commands.check_user(parsed.user)
    expires_at_s = now_s + (parsed.ttl or settings.server.token_expiry)
    if parsed.legacy:
        from collab_server.protocol.legacy_tokens import sign_legacy_token

        nonce = secrets.token_hex(16)
        user_id = user_id_on_wire(parsed.user)
        line = sign_legacy_token(user_id, key, expires_at_s=expires_at_s, nonce=nonce)
        _write(sys.stdout, line)
        return 0
    claims = TokenClaims(
        user_id=parsed.user,
        issued_at_s=now_s,
        expires_at_s=expires_at_s,
        nonce=secrets.token_urlsafe(16),
        name=clean_name(parsed.name or ""),
        rooms=_rights(parsed.room),
    )
    _write(sys.stdout, sign_token(claims, key))
    return 0


def client_script(parsed: argparse.Namespace) -> int:
    """Print the script tag that a page holds, or with --csp the policy that it should send."""
    from collab_server.client_script import script_tag, security_policy
    from collab_server.config import public_url

    settings = _settings(parsed)
    url = public_url(settings)
    if parsed.page is not None and not parsed.csp:
        raise ConfigError("--page goes with --csp: the policy is made for a page, the tag is not.")
    is_delay_set = ("server", "reconnect_delay") in settings.places
    delay_ms = parsed.reconnect_delay or (settings.server.reconnect_delay if is_delay_set else None)
    stays_away = parsed.no_reconnect or not settings.server.auto_reconnect
    if parsed.csp:
        _write(sys.stdout, security_policy(url, _text_of(parsed.page)))
        return 0
    attributes = {
        "token": _token_from_stdin() if parsed.token_stdin else None,
        "token-url": parsed.token_url,
        "reconnect-delay": None if delay_ms is None else str(delay_ms),
        "reconnect": "false" if stays_away else None,
    }
    given = {name: value for name, value in attributes.items() if value is not None}
    _write(sys.stdout, script_tag(url, given))
    return 0


def _token_from_stdin() -> str:
    token = sys.stdin.readline().strip()
    if not token:  # what should have printed it has failed, and a page without one never signs in
        raise ConfigError(
            "There is no token on standard input: pipe `collab-server token` into it."
        )
    return token


def check_config(parsed: argparse.Namespace) -> int:
    """Print the settings that hold, where each was set, and what is unsafe about them."""
    from collab_server.config import effective_lines, server_config, unsafe_choices
    from collab_server.storage.database_url import parse_database_url

    settings = _settings(parsed)
    config = server_config(settings)
    parse_database_url(config.database_url)
    for line in effective_lines(settings):
        _write(sys.stdout, line)
    _write(sys.stdout, f"# The secret has {len(config.secret)} bytes.")
    for sentence in unsafe_choices(config, settings):
        _write(sys.stdout, f"# Unsafe: {sentence}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="collab-server",
        description="The collab server of CodeXPro. collab-server COMMAND --help says more.",
        epilog="Settings may also stand in a TOML file or in the environment (COLLAB_PORT,"
        " COLLAB_TOKENS__REPLAY, …); flags go before both. check-config shows what holds.",
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, command, add_arguments in (
        ("serve", serve, _add_serve_arguments),
        ("token", token, _add_token_arguments),
        ("invite", _on_settings(invite_command.invite), _add_invite_arguments),
        ("client-script", client_script, _add_client_script_arguments),
        ("check-config", check_config, _add_check_arguments),
        ("export", _on_documents(document_commands.export_files), _add_export_arguments),
        ("import", _on_documents(document_commands.import_files), _add_import_arguments),
        ("backup", _on_documents(document_commands.backup), _add_backup_arguments),
        ("restore", _on_documents(document_commands.restore), _add_restore_arguments),
        ("verify", _on_documents(document_commands.verify), _add_verify_arguments),
    ):
        says = command.__doc__
        added = commands.add_parser(name, help=says, description=says, allow_abbrev=False)
        added.set_defaults(command=command)
        added.add_argument("--config", metavar="FILE", type=Path, help="TOML (COLLAB_CONFIG)")
        add_arguments(added)
    return parser


def _add_serve_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("host_argument", metavar="HOST", nargs="?", help="the same as --host")
    parser.add_argument("port_argument", metavar="PORT", nargs="?", help="the same as --port")
    parser.add_argument("--stop-with-stdin", action="store_true", help=argparse.SUPPRESS)
    _add_flags(parser, *SERVER_FLAGS)


def _add_token_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--user", metavar="ID", required=True, help="whom it is for")
    parser.add_argument("--name", metavar="N", help="what the others see")
    parser.add_argument(
        "--room",
        metavar="PATTERN:PERM",
        action="append",
        default=[],
        help="a room, or the beginning of its name and *; then letters of rwhmo: read, write,"
        " history, moderate, own; may be repeated",
    )
    parser.add_argument(
        "--legacy",
        action="store_true",
        help="as the PHP products make them; it holds neither a name nor rooms",
    )
    ttl = _whole(1, DAY_S)
    parser.add_argument(
        "--ttl", metavar="S", type=ttl, help="seconds until its end; token_expiry if not given"
    )
    _add_flags(parser, "secret_file", "dev")


def _add_invite_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--room", metavar="R", required=True, help="the room that it opens")
    parser.add_argument("--perm", metavar="P", required=True, help="such as rw, read and write")
    ttl = _whole(1, invite_command.LONGEST_S)
    parser.add_argument(
        "--ttl", metavar="S", type=ttl, default=DAY_S, help="seconds until its end; a day"
    )
    uses = _whole(1, invite_command.MOST_USES)
    parser.add_argument(
        "--uses", metavar="N", type=uses, default=1, help="how often it opens; once"
    )
    web = "print the address of the project's page, for a browser, in place of the app's link"
    parser.add_argument("--web", action="store_true", help=web)
    _add_flags(parser, "db", "public_url", "host", "port")


def _add_client_script_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--token-stdin", action="store_true", help="take the token from standard input, a line"
    )
    parser.add_argument("--token-url", metavar="URL", help="where the page fetches newer tokens")
    delay = _whole(1, 600_000)
    parser.add_argument(
        "--reconnect-delay",
        metavar="MS",
        type=delay,
        help="the base of the waits; else reconnect_delay",
    )
    parser.add_argument("--no-reconnect", action="store_true", help="stay away once it broke")
    parser.add_argument("--csp", action="store_true", help="print a policy and not the tag")
    parser.add_argument(
        "--page", metavar="FILE", type=Path, help="whose own scripts the policy lets run"
    )
    _add_flags(parser, "public_url", "host", "port")


def _add_check_arguments(parser: argparse.ArgumentParser) -> None:
    _add_flags(parser, *SERVER_FLAGS)


def _on_settings(
    command: Callable[[argparse.Namespace, Settings], int],
) -> Callable[[argparse.Namespace], int]:
    """Hand a command the settings."""

    @functools.wraps(command)
    def run(parsed: argparse.Namespace) -> int:
        return command(parsed, _settings(parsed))

    return run


def _on_documents(
    command: Callable[[argparse.Namespace, str], int],
) -> Callable[[argparse.Namespace], int]:
    """Hand a command about documents the database that the settings name."""

    @functools.wraps(command)
    def run(parsed: argparse.Namespace) -> int:
        return command(parsed, _settings(parsed).server.db)

    return run


def _add_export_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("project", metavar="ROOM", help="such as codexpro_project_7")
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="new, or empty")
    _add_flags(parser, "db")


def _add_import_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("project", metavar="ROOM", help="such as codexpro_project_7")
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="with text files")
    parser.add_argument(
        "--user", metavar="ID", default=invite_command.OPERATOR, help="whose text it is"
    )
    _add_flags(parser, "db")


def _add_backup_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", type=Path, help="a new file")
    _add_flags(parser, "db")


def _add_restore_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", type=Path, help="what backup has made")
    _add_flags(parser, "db")


def _add_verify_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", type=Path, nargs="?", help="a backup; else --db")
    _add_flags(parser, "db")


def _add_flags(parser: argparse.ArgumentParser, *names: str) -> None:
    for name in names:
        metavar, says = SERVER_FLAGS[name]
        flag = f"--{name.replace('_', '-')}"
        if metavar is None:  # None when not given, so that it does not go before the file
            parser.add_argument(flag, action="store_true", default=None, help=says)
        else:
            parser.add_argument(flag, metavar=metavar, help=says)


def _text_of(path: Path | None) -> str:
    try:
        return "" if path is None else path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"The page {path} cannot be read: name an HTML file in UTF-8.") from error


def _whole(low: int, high: int) -> Callable[[str], int]:
    """Return what reads a whole number within bounds."""

    def whole_number(text: str) -> int:
        with contextlib.suppress(ValueError):  # not a number at all
            if low <= int(text) <= high:
                return int(text)
        raise argparse.ArgumentTypeError(f"{text} is no whole number from {low} to {high}")

    return whole_number


def _settings(parsed: argparse.Namespace) -> Settings:
    flags = {name: getattr(parsed, name, None) for name in SERVER_FLAGS}
    return read_settings(os.environ, file=parsed.config, flags=flags)


def _rights(rooms: Sequence[str]) -> dict[str, str]:
    """Read `PATTERN:PERM`; a pattern may hold colons itself."""
    from collab_server.protocol.tokens import RIGHTS, are_rights, is_pattern

    rights: dict[str, str] = {}
    for text in rooms:
        pattern, _, letters = text.rpartition(":")
        if not letters or not is_pattern(pattern) or not are_rights(letters):
            raise ConfigError(
                f"--room {text} must be PATTERN:PERM, such as codexpro_project_7:rw: a room, or the"
                f" beginning of its name and *, and letters of {RIGHTS}."
            )
        if pattern in rights:
            raise ConfigError(f"--room {pattern} is given twice: leave one out.")
        rights[pattern] = letters
    return rights


def _write(stream: TextIO, line: str) -> None:
    stream.write(f"{line}\n")
    stream.flush()
