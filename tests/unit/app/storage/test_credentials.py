"""The contract of secrets by name: fakes here, the real Secret Service in integration."""

import pytest
from keyring.backends.chainer import ChainerBackend
from keyring.backends.fail import Keyring as FailKeyring
from keyring.backends.null import Keyring as NullKeyring
from keyring.backends.SecretService import Keyring as SecretServiceKeyring

from app.storage.credentials import (
    CredentialsUnavailable,
    KeyringCredentials,
    allowed_backend,
    open_keyring,
)
from tests.support.keyrings import LosingKeyring, MemoryKeyring, RaisingKeyring, contract


def test_a_keyring_that_works_keeps_secrets_by_name() -> None:
    contract(KeyringCredentials(MemoryKeyring()))


def test_a_probe_leaves_nothing_behind() -> None:
    backend = MemoryKeyring()

    KeyringCredentials(backend).probe()

    assert backend.secrets == {}


def test_a_keyring_that_loses_what_it_is_given_is_found_out() -> None:
    with pytest.raises(CredentialsUnavailable):
        KeyringCredentials(LosingKeyring()).probe()


@pytest.mark.parametrize("error", [RuntimeError("D-Bus"), OSError("gone"), KeyError("odd")])
def test_whatever_a_keyring_raises_becomes_one_error_without_a_secret(error: Exception) -> None:
    credentials = KeyringCredentials(RaisingKeyring(error))

    with pytest.raises(CredentialsUnavailable):
        credentials.get("name")
    with pytest.raises(CredentialsUnavailable) as raised:
        credentials.put("name", "the-secret")
    with pytest.raises(CredentialsUnavailable):
        credentials.remove("name")

    assert "the-secret" not in str(raised.value)


def test_a_keyring_that_cannot_forget_is_told() -> None:
    backend = MemoryKeyring()
    credentials = KeyringCredentials(backend)
    credentials.put("name", "secret")
    backend.forgets = False

    with pytest.raises(CredentialsUnavailable):
        credentials.remove("name")


def test_only_the_keyrings_of_operating_systems_are_taken() -> None:
    real = SecretServiceKeyring()

    assert allowed_backend([NullKeyring(), FailKeyring(), MemoryKeyring()]) is None
    assert allowed_backend([NullKeyring(), real]) is real


def test_a_chain_is_looked_through(monkeypatch: pytest.MonkeyPatch) -> None:
    real = SecretServiceKeyring()
    chain = ChainerBackend()
    monkeypatch.setattr(ChainerBackend, "backends", [NullKeyring(), real])

    assert allowed_backend([chain]) is real
    monkeypatch.setattr(ChainerBackend, "backends", [NullKeyring()])
    assert allowed_backend([chain]) is None


def test_without_a_keyring_of_the_system_there_is_none() -> None:
    with pytest.raises(CredentialsUnavailable):
        open_keyring()  # the tests' environment names one that loses everything
