from pathlib import Path

from app.services.credential_keeper import CredentialKeeper, WayBack
from app.services.identities import Identities, link_hash
from app.storage.credentials import KeyringCredentials
from tests.support.keyrings import MemoryKeyring


def identities(folder: Path) -> Identities:
    backend = MemoryKeyring()
    return Identities(CredentialKeeper(open_store=lambda: KeyringCredentials(backend)), folder)


async def test_the_same_purpose_is_the_same_identity(tmp_path: Path) -> None:
    mine = identities(tmp_path / "ids")
    first = mine.claim_for("join", "wss://example.org/ws")
    await first.keep(WayBack(token="t"))
    first.release()

    again = mine.claim_for("join", "wss://example.org/ws")

    assert again.id == first.id
    assert await again.way_back() == WayBack(token="t")
    await again.forget()
    assert await again.way_back() is None
    again.release()


def test_who_is_in_use_is_nobody_elses(tmp_path: Path) -> None:
    mine, others = identities(tmp_path), identities(tmp_path)
    first = mine.claim_for("join", "wss://example.org/ws")

    second = others.claim_for("join", "wss://example.org/ws")

    assert second.id != first.id
    assert others.claim(first.id) is None
    first.release()
    third = others.claim(first.id)
    assert third is not None
    third.release()
    second.release()


def test_without_a_folder_an_identity_has_no_lock(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    identity = identities(tmp_path / "file").claim("a")

    assert identity is not None
    identity.release()


def test_a_hash_of_a_code_is_not_the_code() -> None:
    assert "secret-code" not in link_hash("secret-code")
