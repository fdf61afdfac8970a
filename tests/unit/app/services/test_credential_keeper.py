from collections.abc import Iterator

import pytest

from app.services.credential_keeper import CredentialKeeper, WayBack
from app.storage.credentials import CredentialsUnavailable, KeyringCredentials
from tests.support.keyrings import HangingKeyring, LosingKeyring, MemoryKeyring, RaisingKeyring

WAY = WayBack(token="t.o.k", session_id="i", session_key="k", room="r", person="Ada")
NEWER = WayBack(token="n.e.w", session_id="i", session_key="k", room="r", person="Ada")
SHORT_S = 0.05


def probed(backend: MemoryKeyring) -> KeyringCredentials:
    credentials = KeyringCredentials(backend)
    credentials.probe()
    return credentials


def keeper_of(backend: MemoryKeyring, limit_s: float = 10.0) -> CredentialKeeper:
    return CredentialKeeper(open_store=lambda: probed(backend), limit_s=limit_s)


@pytest.fixture
def hanging() -> Iterator[HangingKeyring]:
    backend = HangingKeyring()
    yield backend
    backend.ended.set()


async def test_what_is_put_is_there_for_the_next_run() -> None:
    backend = MemoryKeyring()

    assert await keeper_of(backend).put("name", WAY)

    assert await keeper_of(backend).get("name") == WAY
    assert await keeper_of(backend).get("other") is None


async def test_the_same_again_is_not_written_again() -> None:
    backend = MemoryKeyring()
    keeper = keeper_of(backend)
    await keeper.put("name", WAY)
    backend.secrets.clear()

    await keeper.put("name", WAY)

    assert backend.secrets == {}


async def test_what_is_removed_is_gone() -> None:
    backend = MemoryKeyring()
    keeper = keeper_of(backend)
    await keeper.put("name", WAY)

    await keeper.remove("name")

    assert backend.secrets == {}
    assert await keeper.get("name") is None


@pytest.mark.parametrize(
    "backend", [LosingKeyring(), RaisingKeyring(RuntimeError("D-Bus"))], ids=["loses", "raises"]
)
async def test_without_a_keyring_to_trust_memory_serves_for_this_run(
    backend: MemoryKeyring,
) -> None:
    keeper = keeper_of(backend)

    assert not await keeper.put("name", WAY)

    assert await keeper.get("name") == WAY
    assert not keeper.is_lasting
    assert await keeper_of(backend).get("name") is None


async def test_a_keyring_that_hangs_is_left_alone(hanging: HangingKeyring) -> None:
    keeper = keeper_of(hanging, SHORT_S)

    assert not await keeper.put("name", WAY)

    assert await keeper.get("name") == WAY
    assert not await keeper.put("other", WAY)


async def test_a_keyring_that_fails_later_is_given_up_then() -> None:
    backend = MemoryKeyring()
    keeper = keeper_of(backend)
    await keeper.put("one", WAY)

    def fail(service: str, username: str, password: str) -> None:
        raise CredentialsUnavailable("locked meanwhile")

    backend.set_password = fail

    assert not await keeper.put("two", WAY)
    assert await keeper.get("two") == WAY


async def test_the_person_is_told_once_a_run() -> None:
    keeper = keeper_of(LosingKeyring())

    assert [keeper.is_first_complaint() for _ in range(3)] == [True, False, False]


@pytest.mark.allow_warnings
async def test_an_entry_of_somebody_else_is_nothing() -> None:
    backend = MemoryKeyring()
    backend.set_password("CodeXPro", "name", "not ours")

    assert await keeper_of(backend).get("name") is None


def test_a_way_back_shows_nothing_of_itself() -> None:
    assert "t.o.k" not in repr(WAY)
    assert "t.o.k" not in str([WAY])


async def test_what_is_kept_is_renewed() -> None:
    backend = MemoryKeyring()
    keeper = keeper_of(backend)
    await keeper.put("name", WAY)

    assert await keeper.renew("name", NEWER)

    assert await keeper.get("name") == await keeper_of(backend).get("name") == NEWER


async def test_what_was_removed_is_not_renewed() -> None:
    backend = MemoryKeyring()
    keeper = keeper_of(backend)
    await keeper.put("name", WAY)
    await keeper.remove("name")

    await keeper.renew("name", NEWER)

    assert await keeper.get("name") is None
    assert backend.secrets == {}


async def test_what_another_process_removed_is_not_renewed() -> None:
    backend = MemoryKeyring()
    keeper, other = keeper_of(backend), keeper_of(backend)
    await keeper.put("name", WAY)
    await other.remove("name")

    await keeper.renew("name", NEWER)

    assert await keeper.get("name") is None
    assert backend.secrets == {}


async def test_in_memory_it_is_renewed_too() -> None:
    keeper = keeper_of(LosingKeyring())
    await keeper.put("name", WAY)

    assert not await keeper.renew("name", NEWER)

    assert await keeper.get("name") == NEWER
