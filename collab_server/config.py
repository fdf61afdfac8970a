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
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

import msgspec

from collab_server.keys import MAKE_AN_API_KEY, api_key, signing_secret
from collab_server.protocol.errors import LocalProtocolError
from collab_server.protocol.features import Feature
from collab_server.protocol.limits import UNLIMITED
from collab_server.protocol.links import invitation_at
from collab_server.settings import (
    SECTIONS,
    WORD_FOR_UNLIMITED,
    ConfigError,
    RedisSection,
    Replay,
    ServerSection,
    Settings,
)
from collab_server.storage.database_url import parse_database_url
from collab_server.storage.errors import UnusableDatabase
from collab_server.transport.addresses import parse_network

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from collab_server.protocol.limits import Limits
    from collab_server.transport.addresses import Network

SOMETHING_SECRET = "…"
USUAL_PROXY_TIMEOUT_S = 60
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
    trusted_proxies: tuple[Network, ...]  # whose word on who connects counts
    allowed_origins: tuple[str, ...]  # in small letters; none: all
    dev: bool  # then the host is loopback
    ping_interval_s: float  # how often each connection is asked whether it lives
    token_expiry_s: int
    switched_off: frozenset[Feature]
    compression: Literal["off", "large"]
    log_level: str
    log_format: Literal["console", "json"]
    replay: Replay
    legacy_replay: Replay  # of the PHP products' tokens
    legacy_open: Mapping[str, str]  # pattern → letters, for those tokens
    redis: RedisSection = field(repr=False)  # its url may hold a password
    authorize_url: str | None  # http or https
    limits: Limits
    secret: bytes = field(repr=False)
    api_key: bytes | None = field(repr=False, default=None)  # None: the API is shut
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
    _check_redis(settings)
    _check_hooks(settings)
    cert, key = _tls_files(server)
    secret, key_of_api = signing_secret(settings), api_key(settings)
    if key_of_api == secret:
        raise ConfigError(f"The API key is the secret that signs tokens: {MAKE_AN_API_KEY}.")
    return ServerConfig(
        host=server.host,
        port=server.port,
        internal_port=server.internal_port,
        public_url=server.public_url,
        database_url=server.db,
        tls_cert=cert,
        tls_key=key,
        behind_proxy=server.behind_proxy,
        trusted_proxies=_trusted_proxies(settings),
        allowed_origins=_allowed_origins(settings),
        dev=server.dev,
        ping_interval_s=server.ping_interval / 1000,
        token_expiry_s=server.token_expiry,
        switched_off=_switched_off(server),
        compression=server.compression,
        log_level=server.log_level,
        log_format=server.log_format,
        replay=settings.tokens.replay,
        legacy_replay=settings.tokens.legacy_replay,
        legacy_open=_legacy_open(settings),
        redis=settings.redis,
        authorize_url=settings.hooks.authorize_url,
        limits=settings.limits,
        secret=secret,
        api_key=key_of_api,
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


def unsafe_choices(config: ServerConfig, settings: Settings) -> list[str]:
    """Return a sentence for each choice that somebody should have made on purpose."""
    found: list[str] = []
    if config.dev:
        found.append("dev is on: rooms that begin with room_ or test_ are open to every user.")
    if config.behind_proxy and not config.trusted_proxies:
        found.append("No trusted_proxies: everybody behind the proxy counts as one address.")
    if any(network.prefixlen == 0 for network in config.trusted_proxies):
        found.append("trusted_proxies is everybody: whoever connects says which address it has.")
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
    if config.authorize_url is not None:
        parts = urlsplit(config.authorize_url)
        if parts.scheme == "http" and not _is_loopback(parts.hostname):
            found.append(f"{parts.hostname} is asked for rights without TLS: others may answer.")
        if config.api_key is None:
            found.append("The authorize hook is asked unsigned: it cannot know who asks.")
    redis = urlsplit(config.redis.url or "")
    if redis.scheme == "redis" and not _is_loopback(redis.hostname):
        found.append(f"Redis on {redis.hostname} has no TLS: others may speak in every room.")
    if config.behind_proxy and config.api_key is not None:
        found.append(
            "/broadcast is open to who connects from this machine: a proxy on it must add"
            " X-Forwarded-For, by which the server knows that somebody else asks."
        )
    if config.behind_proxy and config.ping_interval_s >= USUAL_PROXY_TIMEOUT_S:
        found.append(
            f"A ping every {config.ping_interval_s:g} s is rare: many proxies drop what is silent"
            f" for {USUAL_PROXY_TIMEOUT_S} s."
        )
    found += [
        f"{name} in [limits] is unlimited: one client may use up the server."
        for name in config.limits.__struct_fields__
        if getattr(config.limits, name) >= UNLIMITED
    ]
    for what, path in (
        ("secret", settings.server.secret_file),
        ("API key", settings.server.api_key_file),
        ("TLS key", config.tls_key),
        ("database", _database_file(config.database_url)),
    ):
        if path and _is_open_to_others(Path(path)):
            found.append(f"The {what} {path} may be read by other users: chmod 600 {path}.")
    return found


def _database_file(url: str) -> str | None:
    with contextlib.suppress(UnusableDatabase):  # `serve` says why
        return str(parse_database_url(url))
    return None


def effective_lines(settings: Settings) -> Iterator[str]:
    """Yield the settings that hold, as TOML, with where each was set; the secret is left out."""
    for section in SECTIONS:
        yield f"[{section}]"
        for name, value in msgspec.structs.asdict(getattr(settings, section)).items():
            if value is None:
                continue
            shown = json.dumps(_shown(section, name, value), ensure_ascii=False)
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


def _trusted_proxies(settings: Settings) -> tuple[Network, ...]:
    networks: list[Network] = []
    for text in settings.server.trusted_proxies:
        try:
            networks.append(parse_network(text))
        except ValueError as error:
            place = settings.places["server", "trusted_proxies"]
            raise ConfigError(
                f"{place} holds {text}, which must be an address or a network such as 10.0.0.0/8."
            ) from error
    return tuple(networks)


def _allowed_origins(settings: Settings) -> tuple[str, ...]:
    for text in settings.server.allowed_origins:
        scheme, separator, rest = text.partition("://")
        if scheme not in ("http", "https") or not separator or not rest or "/" in rest:
            place = settings.places["server", "allowed_origins"]
            raise ConfigError(
                f"{place} holds {text}, which must be an origin such as https://app.example.com."
            )
    return tuple(text.lower() for text in settings.server.allowed_origins)


def _shown(section: str, name: str, value: Any) -> object:  # noqa: ANN401  of any key
    if (section, name) == ("redis", "url"):
        return SOMETHING_SECRET
    return WORD_FOR_UNLIMITED if section == "limits" and value >= UNLIMITED else value


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


def _check_hooks(settings: Settings) -> None:
    url = settings.hooks.authorize_url
    if url is None:
        return
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        place = settings.places["hooks", "authorize_url"]
        raise ConfigError(f"{place} must be a URL such as https://app.example.com/authorize.")


def _check_redis(settings: Settings) -> None:
    url = settings.redis.url
    if url is not None and urlsplit(url).scheme not in ("redis", "rediss", "unix"):
        place = settings.places["redis", "url"]
        raise ConfigError(f"{place} must be a URL such as redis://127.0.0.1:6379/0.")


def _switched_off(server: ServerSection) -> frozenset[Feature]:
    enabled = {
        Feature.CHAT: server.enable_chat,
        Feature.COLLABORATION: server.enable_collaboration,
        Feature.NOTIFICATIONS: server.enable_notifications,
    }
    return frozenset(feature for feature, is_on in enabled.items() if not is_on)


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


def _is_open_to_others(path: Path) -> bool:
    try:
        mode = path.stat().st_mode
    except OSError:  # a database that is not there yet
        return False
    return os.name == "posix" and bool(mode & (stat.S_IRWXG | stat.S_IRWXO))
