"""What was set, and where: a TOML file, then the environment, then flags; what comes later wins.

A key is named alike everywhere: `port` in `[server]` of the file is `COLLAB_PORT` and `--port`;
`replay` in `[tokens]` is `COLLAB_TOKENS__REPLAY`; `[limits]` holds the names of `protocol.limits`,
where the word `unlimited` is allowed. `WS_HOST`, `WS_PORT` and `WS_PUBLIC_URL` are older names of
three keys. An empty variable counts as none. `COLLAB_SECRET` and `COLLAB_API_KEY` are secrets
themselves, which no file or flag may hold.

Checks each key by itself; does not know which go together (`config` does) or what they are for.
"""

from __future__ import annotations

import difflib
import math
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar, cast

import msgspec
from msgspec import inspect

from collab_server.protocol.limits import UNLIMITED, Limits

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

WORD_FOR_UNLIMITED = "unlimited"
PREFIX = "COLLAB_"
OLDER_NAMES = {"WS_HOST": "host", "WS_PORT": "port", "WS_PUBLIC_URL": "public_url"}
NO_SETTINGS = ("COLLAB_SECRET", "COLLAB_API_KEY", "COLLAB_CONFIG")
LARGEST_FILE_BYTES = 1024 * 1024

Section = TypeVar("Section", bound=msgspec.Struct)
Replay = Literal["session", "legacy", "strict", "off"]
Key = tuple[str, str]
"""Section and name."""


class ConfigError(Exception):
    """The configuration cannot be used. The text is one sentence: where, what, and what to do."""


class ServerSection(msgspec.Struct, frozen=True, kw_only=True):
    """`[server]`: where it listens and what it stands on.

    Ten of the keys are those of the products' `websocket.php`, by name and unit.
    """

    host: str = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 8080  # 0: a free one
    public_url: str | None = None  # what invitation links name, if not host and port
    token_expiry: Annotated[int, msgspec.Meta(ge=1, le=86_400)] = 3600  # seconds
    auto_reconnect: bool = True  # of pages
    reconnect_delay: Annotated[int, msgspec.Meta(ge=1, le=600_000)] = 1000  # milliseconds
    ping_interval: Annotated[int, msgspec.Meta(ge=100, le=3_600_000)] = 25_000  # milliseconds
    enable_chat: bool = True
    enable_collaboration: bool = True
    enable_notifications: bool = True
    internal_port: Annotated[int, msgspec.Meta(ge=0, le=65535)] | None = None  # 0: a free one
    db: str = "sqlite:///collab.db"
    secret_file: str | None = None
    api_key_file: str | None = None  # none: /broadcast, /api and /admin are shut
    tls_cert: str | None = None
    tls_key: str | None = None
    behind_proxy: bool = False  # a proxy in front of it has TLS
    trusted_proxies: tuple[str, ...] = ()  # addresses and networks whose X-Forwarded-For counts
    allowed_origins: tuple[str, ...] = ()  # whose pages may connect; none: all
    dev: bool = False
    compression: Literal["off", "large"] = "off"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["console", "json"] = "console"


class TokensSection(msgspec.Struct, frozen=True, kw_only=True):
    """`[tokens]`: how strictly they are taken (PROTOCOL.md §2)."""

    replay: Replay = "session"
    legacy_replay: Replay = "legacy"  # of the PHP products' tokens


class RoomsSection(msgspec.Struct, frozen=True, kw_only=True):
    """`[rooms]`: what is open to whom (PROTOCOL.md §2 and §3)."""

    legacy_open: tuple[str, ...] = ()  # PATTERN:PERM, for the PHP products' tokens


class RedisSection(msgspec.Struct, frozen=True, kw_only=True):
    """`[redis]`: where back-ends publish (PROTOCOL.md §7)."""

    url: str | None = None  # none: no Redis; may hold a password, so it is never shown
    prefix: str = ""
    pubsub: bool = True
    stream: str = "collab:ingest"  # empty: none


class HooksSection(msgspec.Struct, frozen=True, kw_only=True):
    """`[hooks]`: what a product is asked (PROTOCOL.md §2)."""

    authorize_url: str | None = None  # none: nothing


SECTIONS: Mapping[str, type[msgspec.Struct]] = {
    "server": ServerSection,
    "tokens": TokensSection,
    "rooms": RoomsSection,
    "redis": RedisSection,
    "hooks": HooksSection,
    "limits": Limits,
}


@dataclass(frozen=True, slots=True)
class Settings:
    """What was set, each key of the right kind, and where each one that is no default was set."""

    server: ServerSection
    tokens: TokensSection
    rooms: RoomsSection
    redis: RedisSection
    hooks: HooksSection
    limits: Limits
    places: Mapping[Key, str]
    secret: bytes | None = field(repr=False)  # COLLAB_SECRET, without white space around it
    api_key: bytes | None = field(repr=False)  # COLLAB_API_KEY, likewise


@dataclass(frozen=True, slots=True)
class _Given:
    """A value as somebody wrote it, and where."""

    value: object
    place: str
    is_text: bool = False  # numbers and truths stand as text in the environment and in flags


def read_settings(
    environment: Mapping[str, str],
    *,
    file: Path | None = None,
    flags: Mapping[str, object] | None = None,
) -> Settings:
    """Read what was set; flags have the names of `[server]`'s keys, None is a flag not given.

    Raises:
        ConfigError: Something in it is unknown or of the wrong kind.
    """
    named = file or (Path(found) if (found := environment.get("COLLAB_CONFIG")) else None)
    given = dict(_from_file(named)) if named else {}
    given |= _from_environment(environment)
    for name, value in (flags or {}).items():
        if value is not None:
            flag = f"--{name.replace('_', '-')}"
            given["server", name] = _Given(value, flag, is_text=isinstance(value, str))
    return Settings(
        server=_section("server", ServerSection, given),
        tokens=_section("tokens", TokensSection, given),
        rooms=_section("rooms", RoomsSection, given),
        redis=_section("redis", RedisSection, given),
        hooks=_section("hooks", HooksSection, given),
        limits=_section("limits", Limits, given),
        places={key: value.place for key, value in given.items()},
        secret=environment.get("COLLAB_SECRET", "").strip().encode() or None,
        api_key=environment.get("COLLAB_API_KEY", "").strip().encode() or None,
    )


def _from_file(path: Path) -> Iterator[tuple[Key, _Given]]:
    for section, table in _parsed(path).items():
        if section not in SECTIONS:
            raise ConfigError(_unknown(f"{path}: the section [{section}]", section, SECTIONS))
        if not isinstance(table, dict):
            raise ConfigError(f"{path}: {section} must be a section, [{section}].")
        for name, value in cast("dict[str, object]", table).items():
            place = f"{path}: {name} in [{section}]"
            _check_known(section, name, place)
            yield (section, name), _Given(value, place)


def _parsed(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            text = file.read(LARGEST_FILE_BYTES + 1)
        if len(text) > LARGEST_FILE_BYTES:
            raise ConfigError(f"{path} is too large for a configuration: name another file.")
        return tomllib.loads(text.decode())
    except OSError as error:
        raise ConfigError(f"{path} cannot be read ({error.strerror}): see to --config.") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8 text: name a TOML file.") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}.") from error


def _from_environment(environment: Mapping[str, str]) -> dict[Key, _Given]:
    older = {
        ("server", name): _Given(environment[variable], variable, is_text=True)
        for variable, name in OLDER_NAMES.items()
        if environment.get(variable)
    }
    given: dict[Key, _Given] = {}
    for variable in sorted(environment):
        if not variable.startswith(PREFIX) or variable in NO_SETTINGS or not environment[variable]:
            continue
        section, _, name = variable.removeprefix(PREFIX).lower().rpartition("__")
        key = (section or "server", name)
        if key[0] not in SECTIONS:
            raise ConfigError(_unknown(f"The variable {variable}", key[0], SECTIONS))
        _check_known(*key, f"The variable {variable}")
        if key in given:
            raise ConfigError(f"{given[key].place} and {variable} say the same: leave one out.")
        given[key] = _Given(environment[variable], variable, is_text=True)
    return older | given


def _check_known(section: str, name: str, place: str) -> None:
    names = SECTIONS[section].__struct_fields__
    if name not in names:
        raise ConfigError(_unknown(place, name, names))


def _unknown(place: str, name: str, names: Mapping[str, object] | tuple[str, ...]) -> str:
    near = difflib.get_close_matches(name, list(names), n=1)
    meant = f"was {near[0]} meant?" if near else f"known are {', '.join(names)}."
    return f"{place} is unknown: {meant}"


def _section(section: str, kind: type[Section], given: Mapping[Key, _Given]) -> Section:
    values: dict[str, Any] = {}
    for known in msgspec.structs.fields(kind):
        if found := given.get((section, known.name)):
            values[known.name] = _value(found, known.type, section)
    return kind(**values)


def _value(given: _Given, wanted: Any, section: str) -> Any:  # noqa: ANN401  msgspec's types
    if section == "limits" and given.value == WORD_FOR_UNLIMITED:
        return UNLIMITED
    kind = inspect.type_info(wanted)
    if isinstance(kind, inspect.VarTupleType) and given.is_text:
        given = _Given(str(given.value).split(), given.place)
    try:
        value = msgspec.convert(given.value, wanted, strict=not given.is_text)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{given.place} must be {_in_words(kind, section)}.") from error
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        raise ConfigError(f"{given.place} must be {_in_words(kind, section)}.")  # null, nan, inf
    return value


def _in_words(kind: inspect.Type, section: str) -> str:
    unlimited = f", or {WORD_FOR_UNLIMITED}" if section == "limits" else ""
    match kind:
        case inspect.UnionType(types=(inspect.IntType() as number, inspect.NoneType())):
            return _in_words(number, section)
        case inspect.IntType(ge=low, le=None):
            return f"a whole number, {low} or more{unlimited}"
        case inspect.IntType(ge=low, le=high):
            return f"a whole number from {low} to {high}{unlimited}"
        case inspect.FloatType():
            return f"a number above 0{unlimited}"
        case inspect.BoolType():
            return "true or false"
        case inspect.LiteralType(values=values):
            return f"one of {', '.join(str(value) for value in values)}"
        case inspect.VarTupleType():
            return "a list of texts"
        case _:
            return "text"
