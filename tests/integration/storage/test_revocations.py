"""What was revoked stays so over a restart, until nothing lives that it refuses."""

from pathlib import Path

from collab_server.storage.revocations import StoredRevocation
from collab_server.storage.store import open_store

NOW_S = 1_800_000_000


async def test_a_revocation_outlives_the_process_and_the_later_one_stands(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'collab.db'}"
    early = StoredRevocation(b"d" * 32, "user", NOW_S, NOW_S + 100)
    late = StoredRevocation(b"d" * 32, "user", NOW_S + 50, NOW_S + 150)
    store = await open_store(url, clock=lambda: NOW_S)
    for revocation in (late, early):
        await store.entry.add_revocation(revocation)
    await store.close()

    again = await open_store(url, clock=lambda: NOW_S)

    assert await again.entry.all_revocations() == [late]
    await again.close()


async def test_what_is_over_is_not_told_and_forgotten(tmp_path: Path) -> None:
    now_s = [NOW_S]
    store = await open_store(f"sqlite:///{tmp_path / 'collab.db'}", clock=lambda: now_s[0])
    old = StoredRevocation(b"a" * 32, "nonce", NOW_S, NOW_S + 10)
    await store.entry.add_revocation(old)

    now_s[0] = NOW_S + 11
    assert await store.entry.all_revocations() == []

    new = StoredRevocation(b"b" * 32, "session", NOW_S + 11, NOW_S + 20)
    await store.entry.add_revocation(new)
    now_s[0] = NOW_S
    assert await store.entry.all_revocations() == [new]
    await store.close()
