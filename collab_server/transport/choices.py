"""What an operator chose, as far as the process needs it; `config.ServerConfig` is one.

Described here because configuration stands above the transport, which must not import it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from collab_server.core.context import Replay
    from collab_server.protocol.features import Feature
    from collab_server.protocol.limits import Limits
    from collab_server.transport.addresses import Network


class RedisChoice(Protocol):
    """Where back-ends publish."""

    @property
    def url(self) -> str | None:
        """None: nowhere."""
        ...

    @property
    def prefix(self) -> str: ...  # noqa: D102
    @property
    def pubsub(self) -> bool: ...  # noqa: D102
    @property
    def stream(self) -> str:
        """Empty: none."""
        ...


class ServerChoices(Protocol):
    """Checked, and fit to go together."""

    @property
    def host(self) -> str: ...  # noqa: D102
    @property
    def port(self) -> int:
        """0 is a free one."""
        ...

    @property
    def internal_port(self) -> int | None:
        """None: there is no internal listener; 0 is a free one."""
        ...

    @property
    def database_url(self) -> str: ...  # noqa: D102
    @property
    def tls_cert(self) -> Path | None:
        """A chain that loads with `tls_key`; both or neither."""
        ...

    @property
    def tls_key(self) -> Path | None: ...  # noqa: D102
    @property
    def trusted_proxies(self) -> tuple[Network, ...]:
        """Whose word on who connects counts."""
        ...

    @property
    def allowed_origins(self) -> tuple[str, ...]:
        """Whose pages may connect, in small letters; none: all."""
        ...

    @property
    def dev(self) -> bool: ...  # noqa: D102
    @property
    def ping_interval_s(self) -> float: ...  # noqa: D102
    @property
    def redis(self) -> RedisChoice:
        """Where back-ends publish."""
        ...

    @property
    def authorize_url(self) -> str | None:
        """What a product is asked for rights; None: nothing."""
        ...

    @property
    def token_expiry_s(self) -> int:
        """How long a token lasts that says nothing else."""
        ...

    @property
    def switched_off(self) -> frozenset[Feature]: ...  # noqa: D102
    @property
    def compression(self) -> Literal["off", "large"]: ...  # noqa: D102
    @property
    def log_level(self) -> str: ...  # noqa: D102
    @property
    def log_format(self) -> Literal["console", "json"]: ...  # noqa: D102
    @property
    def replay(self) -> Replay: ...  # noqa: D102
    @property
    def legacy_replay(self) -> Replay: ...  # noqa: D102
    @property
    def legacy_open(self) -> Mapping[str, str]:
        """Pattern → letters, for the PHP products' tokens."""
        ...

    @property
    def limits(self) -> Limits: ...  # noqa: D102
    @property
    def secret(self) -> bytes:
        """Signs tokens."""
        ...

    @property
    def api_key(self) -> bytes | None:
        """What back-ends show; None: the API is shut."""
        ...

    @property
    def stop_with_stdin(self) -> bool:
        """Whether the end of standard input ends the server."""
        ...

    def public_url_at(self, port: int) -> str:
        """Return the URL that links name, of the server that listens on `port`."""
        ...
