"""Secrets in the system's keyring, and nowhere else on the disk.

Only the keyrings of operating systems are taken: the library also has backends that write in clear
and ones that lose everything silently. Every call may fail, or hang on a dialog that nobody sees:
whoever calls does so in a thread, and gives up on it. Source: PITFALLS (keyring).
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

SERVICE = "CodeXPro"

ALLOWED = frozenset(
    {
        "keyring.backends.SecretService.Keyring",
        "keyring.backends.libsecret.Keyring",
        "keyring.backends.kwallet.DBusKeyring",
        "keyring.backends.macOS.Keyring",
        "keyring.backends.Windows.WinVaultKeyring",
    }
)
_CHAIN = "keyring.backends.chainer.ChainerBackend"
_PROBE = "probe"


class CredentialsUnavailable(Exception):
    """The keyring does not do what it is for; `reason` is for the log, and has no secret."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class KeyringBackend(Protocol):
    """What is used of the library's backends."""

    def get_password(self, service: str, username: str, /) -> str | None:
        """Return a secret; None when there is none."""
        ...

    def set_password(self, service: str, username: str, password: str, /) -> None:
        """Keep a secret."""
        ...

    def delete_password(self, service: str, username: str, /) -> None:
        """Remove a secret."""
        ...


class KeyringCredentials:
    """Secrets by name.

    Invariant: each call does what it says or raises `CredentialsUnavailable`; it may also hang.
    """

    def __init__(self, backend: KeyringBackend) -> None:
        self._backend = backend

    def probe(self) -> None:
        """Write something, read it and remove it.

        Raises:
            CredentialsUnavailable: what was written was not there.
        """
        name, value = f"{_PROBE}-{secrets.token_hex(4)}", secrets.token_hex(16)
        self.put(name, value)
        found = self.get(name)
        self.remove(name)
        if found != value:
            raise CredentialsUnavailable("the keyring loses what it is given")

    def get(self, name: str) -> str | None:
        """Return a secret; None when there is none.

        Raises:
            CredentialsUnavailable: the keyring fails.
        """
        try:
            return self._backend.get_password(SERVICE, name)
        except Exception as error:  # D-Bus, the library and the system each have errors of theirs
            raise CredentialsUnavailable(type(error).__name__) from error

    def put(self, name: str, secret: str) -> None:
        """Keep a secret, in place of the one of that name.

        Raises:
            CredentialsUnavailable: the keyring fails.
        """
        try:
            self._backend.set_password(SERVICE, name, secret)
        except Exception as error:  # as above
            raise CredentialsUnavailable(type(error).__name__) from error

    def remove(self, name: str) -> None:
        """Remove a secret; nothing happens when there is none.

        Raises:
            CredentialsUnavailable: the keyring fails.
        """
        if self.get(name) is None:
            return
        try:
            self._backend.delete_password(SERVICE, name)
        except Exception as error:  # as above
            raise CredentialsUnavailable(type(error).__name__) from error


def open_keyring() -> KeyringCredentials:
    """Return the system's keyring, tried out.

    Raises:
        CredentialsUnavailable: there is none that is safe, or it fails.
    """
    import keyring  # here: it looks for its plug-ins, which takes a tenth of a second

    try:
        backend = allowed_backend([keyring.get_keyring()])
    except Exception as error:
        raise CredentialsUnavailable(type(error).__name__) from error
    if backend is None:
        raise CredentialsUnavailable("no keyring of the system")
    credentials = KeyringCredentials(backend)
    credentials.probe()
    return credentials


def allowed_backend(backends: Iterable[Any]) -> KeyringBackend | None:
    """Return the first backend that is an operating system's; a chain is looked through."""
    for backend in backends:
        kind = backend.__class__
        name = f"{kind.__module__}.{kind.__qualname__}"
        if name in ALLOWED:
            return backend
        if name == _CHAIN:
            found = allowed_backend(backend.backends)
            if found is not None:
                return found
    return None
