"""Which files probably hold secrets."""

import pytest

from app.model.secret_names import looks_secret


@pytest.mark.parametrize(
    "name", [".env", ".ENV", ".env.production", "id_rsa", "server.key", "a.pem", "credentials.json"]
)
def test_a_name_of_keys_and_passwords_looks_secret(name: str) -> None:
    assert looks_secret(name)


@pytest.mark.parametrize(
    "name", ["main.py", "id_rsa.pub", ".env.example", "keyboard.py", "environment.yml", "key", ""]
)
def test_other_names_do_not(name: str) -> None:
    assert not looks_secret(name)
