"""The server's configuration: settings that go together, and the secret that signs tokens.

What would be unsafe without anybody having meant it is refused here, with what to do. Does not know
the network; `settings` says what was set and where.
"""

from __future__ import annotations

import contextlib
import ipaddress
import json
import os
import platform
import secrets
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

from collab_server.protocol.errors import LocalProtocolError, WeakSecret
from collab_server.protocol.limits import UNLIMITED
from collab_server.protocol.links import invitation_at
from collab_server.settings import (
    SECTIONS,
    WORD_FOR_UNLIMITED,
    ConfigError,
    Replay,
    ServerSection,
    Settings,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from collab_server.protocol.limits import Limits

MAKE_A_SECRET = "openssl rand -hex 32 > secret; chmod 600 secret"
LARGEST_SECRET_BYTES = 64 * 1024
DEV_SECRET_BYTES = 64
EVERYWHERE = ("0.0.0.0", "::")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerConfig:
    """What the server runs with: checked, and fit to go together."""

    host: str
    port: int  # 0: a free one
    internal_port: int | None  # None: no internal listener; 0: a free one
    public_url: str | None  # ws, wss, http or https
    database_url: str
    tls_cert: Path | None  # a chain that loads with `tls_key`; both or neither
    tls_key: Path | None
    behind_proxy: bool
    dev: bool  # then the host is loopback
    ping_interval_s: float  # how often each connection is asked whether it lives
    log_level: str
    log_format: Literal["console", "json"]
    replay: Replay
    legacy_replay: Replay  # of the PHP products' tokens
    legacy_open: Mapping[str, str]  # pattern → letters, for those tokens
    limits: Limits
    secret: bytes = field(repr=False)
    stop_with_stdin: bool = False  # the app's own server ends with the app

    def public_url_at(self, port: int) -> str:
        """Return the URL that links name, of the server that listens on `port`."""
        if self.public_url is not None:
            return self.public_url
        return _url(self.host, port, has_tls=self.tls_cert is not None)


def server_config(settings: Settings, *, stop_with_stdin: bool = False) -> ServerConfig:
    """Return what the server runs with.

    Raises:
        ConfigError: The settings do not go together, or are unsafe.
    """
    server = settings.server
    _check_public_url(settings)
    _check_door(server)
    _check_internal_port(server)
    cert, key = _tls_files(server)
    return ServerConfig(
        host=server.host,
        port=server.port,
        internal_port=server.internal_port,
        public_url=server.public_url,
        database_url=server.db,
        tls_cert=cert,
        tls_key=key,
        behind_proxy=server.behind_proxy,
        dev=server.dev,
        ping_interval_s=server.ping_interval_s,
        log_level=server.log_level,
        log_format=server.log_format,
        replay=settings.tokens.replay,
        legacy_replay=settings.tokens.legacy_replay,
        legacy_open=_legacy_open(settings),
        limits=settings.limits,
        secret=signing_secret(settings),
        stop_with_stdin=stop_with_stdin,
    )


def public_url(settings: Settings) -> str:
    """Return the URL by which the server of these settings is reached.

    Raises:
        ConfigError: They do not tell.
    """
    server = settings.server
    _check_public_url(settings)
    if server.public_url is not None:
        return server.public_url
    if server.host in EVERYWHERE or server.port == 0:
        raise ConfigError(
            f"{server.host}:{server.port} is no address that a link could name:"
            " give --public-url, such as wss://collab.example.com."
        )
    return _url(server.host, server.port, has_tls=server.tls_cert is not None)


def signing_secret(settings: Settings) -> bytes:
    """Return the secret that signs tokens, without white space around it.

    Raises:
        ConfigError: There is none, or it is weak (which only `dev` allows).
    """
    from collab_server.protocol.tokens import check_secret  # PyJWT takes 0.1 s

    server = settings.server
    if settings.secret is not None:
        place, secret = "COLLAB_SECRET", settings.secret
    elif server.secret_file is not None:
        place, secret = server.secret_file, _read_secret(Path(server.secret_file))
    elif server.dev:
        return dev_secret()
    else:
        raise ConfigError(
            f"There is no secret to sign tokens with: {MAKE_A_SECRET}; then --secret-file secret"
            " (or --dev, to try things out on this machine)."
        )
    if not server.dev:
        try:
            check_secret(secret)
        except WeakSecret as error:
            raise ConfigError(
                f"The secret in {place} is weak ({error}): {MAKE_A_SECRET}."
            ) from error
    return secret


def dev_secret() -> bytes:
    """Return the secret of `--dev`: made once in the user's state folder, for this user only."""
    import platformdirs

    folder = platformdirs.user_state_path("codexpro", appauthor=False)
    path = folder / "dev-secret"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():
            _make_secret(path)
    except OSError as error:
        raise ConfigError(
            f"The folder {folder} for the secret of --dev cannot be used: {error.strerror}."
        ) from error
    secret = _read_secret(path)
    if len(secret) < DEV_SECRET_BYTES:
        raise ConfigError(f"The secret of --dev is broken: delete {path}, and it is made anew.")
    return secret


def unsafe_choices(config: ServerConfig, settings: Settings) -> list[str]:
    """Return a sentence for each choice that somebody should have made on purpose."""
    found: list[str] = []
    if config.dev:
        found.append("dev is on: rooms that begin with room_ or test_ are open to every user.")
    if config.behind_proxy and not _is_loopback(config.host):
        found.append(
            f"The server listens on {config.host} without TLS: only the proxy may reach that port."
        )
    if config.public_url is not None:
        link = invitation_at(config.public_url, "")
        if not link.secure and not link.is_loopback:
            found.append(
                f"The public URL {config.public_url} has no TLS: others can read what is typed."
            )
    elif config.host in EVERYWHERE:
        found.append(f"Links name {platform.node()}, since there is no public_url.")
    found += [
        f"{name} in [tokens] is off: whoever has seen a token may use it."
        for name in ("replay", "legacy_replay")
        if getattr(config, name) == "off"
    ]
    found += [
        f"legacy_open in [rooms] gives every bearer of a legacy token {perm} in {pattern}."
        for pattern, perm in config.legacy_open.items()
    ]
    found += [
        f"{name} in [limits] is unlimited: one client may use up the server."
        for name in config.limits.__struct_fields__
        if getattr(config.limits, name) >= UNLIMITED
    ]
    for what, path in (("secret", settings.server.secret_file), ("TLS key", config.tls_key)):
        if path and _is_open_to_others(Path(path)):
            found.append(f"The {what} {path} may be read by other users: chmod 600 {path}.")
    return found


def effective_lines(settings: Settings) -> Iterator[str]:
    """Yield the settings that hold, as TOML, with where each was set; the secret is left out."""
    for section in SECTIONS:
        yield f"[{section}]"
        for name, value in msgspec.structs.asdict(getattr(settings, section)).items():
            if value is None:
                continue
            is_unlimited = section == "limits" and value >= UNLIMITED
            shown = json.dumps(WORD_FOR_UNLIMITED if is_unlimited else value, ensure_ascii=False)
            yield f"{name} = {shown}  # {settings.places.get((section, name), 'default')}"
        yield ""


def _legacy_open(settings: Settings) -> dict[str, str]:
    """Read `PATTERN:PERM`, split at the last colon.

    Raises:
        ConfigError: One of them is none.
    """
    from collab_server.protocol.tokens import are_rights, is_pattern

    opened: dict[str, str] = {}
    for text in settings.rooms.legacy_open:
        pattern, _, letters = text.rpartition(":")
        if not is_pattern(pattern) or not letters or not are_rights(letters):
            place = settings.places["rooms", "legacy_open"]
            raise ConfigError(
                f"{place} holds {text}, which must be PATTERN:PERM, such as codexpro_project_*:rw."
            )
        opened[pattern] = letters
    return opened


def _url(host: str, port: int, *, has_tls: bool) -> str:
    reachable = platform.node() if host in EVERYWHERE else host
    bracketed = f"[{reachable}]" if ":" in reachable else reachable
    return f"{'wss' if has_tls else 'ws'}://{bracketed}:{port}"


def _check_public_url(settings: Settings) -> None:
    url = settings.server.public_url
    if url is None:
        return
    try:
        invitation_at(url, "")
    except LocalProtocolError as error:
        place = settings.places["server", "public_url"]
        raise ConfigError(f"{place} must be a URL such as wss://collab.example.com.") from error


def _check_door(server: ServerSection) -> None:
    """Let nobody open the server to a network in clear, or with `dev`, without meaning it."""
    if not server.host.strip():
        raise ConfigError("The host is empty: name one, such as 127.0.0.1.")
    if _is_loopback(server.host):
        return
    if server.dev:
        raise ConfigError(
            f"dev is for this machine only, and {server.host} is open to others:"
            " use --host 127.0.0.1, or leave out --dev."
        )
    if server.tls_cert is None and not server.behind_proxy:
        raise ConfigError(
            f"{server.host} is open to others and there is no TLS: give --tls-cert and --tls-key,"
            " or --behind-proxy when a proxy in front of it has TLS, or use --host 127.0.0.1."
        )


def _check_internal_port(server: ServerSection) -> None:
    if server.internal_port is not None and server.internal_port == server.port != 0:
        raise ConfigError(
            f"The internal port and the port are both {server.port}: give --internal-port another."
        )


def _is_loopback(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def _tls_files(server: ServerSection) -> tuple[Path | None, Path | None]:
    if server.tls_cert is None and server.tls_key is None:
        return None, None
    if server.tls_cert is None or server.tls_key is None:
        raise ConfigError("TLS needs a certificate and its key: give --tls-cert and --tls-key.")
    import ssl  # only a server with TLS needs it

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(server.tls_cert, server.tls_key, password="")
    except OSError as error:  # SSLError is one
        raise ConfigError(
            f"The certificate {server.tls_cert} and the key {server.tls_key} do not load"
            f" ({error.strerror or 'not PEM'}): give a PEM chain and its key without a password."
        ) from error
    return Path(server.tls_cert), Path(server.tls_key)


def _read_secret(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LARGEST_SECRET_BYTES).strip()
    except OSError as error:
        raise ConfigError(
            f"The secret file {path} cannot be read ({error.strerror}): {MAKE_A_SECRET}."
        ) from error


def _make_secret(path: Path) -> None:
    """Make the file whole or not at all, and never over one that another process made just now."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_hex(DEV_SECRET_BYTES // 2).encode())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()


def _is_open_to_others(path: Path) -> bool:
    return os.name == "posix" and bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))
