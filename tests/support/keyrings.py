"""Keyrings for tests, and what every keyring must do."""

import threading

from app.storage.credentials import KeyringCredentials


def contract(credentials: KeyringCredentials) -> None:
    """Assert that secrets are kept by name, whichever keyring it is."""
    credentials.probe()
    assert credentials.get("none") is None
    credentials.remove("none")
    credentials.put("one", "first ü😀")
    credentials.put("two", "second")
    credentials.put("one", "newer ü😀")
    assert (credentials.get("one"), credentials.get("two")) == ("newer ü😀", "second")
    credentials.remove("one")
    assert (credentials.get("one"), credentials.get("two")) == (None, "second")
    credentials.remove("two")


class MemoryKeyring:
    """Works."""

    def __init__(self) -> None:
        self.secrets: dict[tuple[str, str], str] = {}
        self.forgets = True

    def get_password(self, service: str, username: str) -> str | None:
        return self.secrets.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.secrets[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if not self.forgets:
            raise RuntimeError("locked")
        del self.secrets[service, username]


class LosingKeyring(MemoryKeyring):
    """Takes everything and keeps nothing, as the null backend does."""

    def get_password(self, service: str, username: str) -> str | None:
        return None


class RaisingKeyring(MemoryKeyring):
    """Fails at every call."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._error = error

    def get_password(self, service: str, username: str) -> str | None:
        raise self._error

    def set_password(self, service: str, username: str, password: str) -> None:
        raise self._error


class HangingKeyring(MemoryKeyring):
    """Waits for a dialog that nobody answers, until the test ends it."""

    def __init__(self) -> None:
        super().__init__()
        self.ended = threading.Event()

    def get_password(self, service: str, username: str) -> str | None:
        self.ended.wait(60)
        return super().get_password(service, username)

    def set_password(self, service: str, username: str, password: str) -> None:
        self.ended.wait(60)
