"""A token's nonce is bound once, to whoever is first, and forgotten only after the token's end."""

import asyncio
from pathlib import Path

from collab_server.storage.sessions import NonceBinding
from collab_server.storage.store import Store, open_store
from tests.integration.storage.rows import plain, store_at, url_of

NOW_S = 1_800_000_000


async def bound(store: Store, nonce: str, session: str, expires_at_s: int = NOW_S) -> NonceBinding:
    """Bind a nonce with a key named after the session."""
    return await store.entry.bind_nonce(
        nonce=nonce, session_id=session, key_hash=session.encode(), expires_at_s=expires_at_s
    )


async def test_the_first_use_binds(store: Store) -> None:
    first = await bound(store, "nonce", "ada")
    second = await bound(store, "nonce", "eve")

    assert first == NonceBinding("ada", b"ada", is_new=True)
    assert second == NonceBinding("ada", b"ada", is_new=False)


async def test_other_nonces_have_nothing_to_do_with_it(store: Store) -> None:
    await bound(store, "nonce", "ada")

    assert await bound(store, "another", "eve") == NonceBinding("eve", b"eve", is_new=True)


async def test_fifty_at_once_end_in_one_session(store: Store) -> None:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(bound(store, "nonce", f"s{n}"), name=f"s{n}") for n in range(50)]

    bindings = [task.result() for task in tasks]
    assert {binding.session_id for binding in bindings} == {bindings[0].session_id}
    assert [binding.is_new for binding in bindings].count(True) == 1


async def test_fifty_over_two_stores_end_in_one_session(path: Path) -> None:
    async with store_at(path) as one, store_at(path) as other, asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(bound(store, "nonce", f"s{n}{store}"), name=f"s{n}")
            for n in range(25)
            for store in (one, other)
        ]

    bindings = [task.result() for task in tasks]
    assert len({binding.session_id for binding in bindings}) == 1
    assert [binding.is_new for binding in bindings].count(True) == 1


async def test_a_binding_outlives_a_restart(path: Path) -> None:
    async with store_at(path) as store:
        await bound(store, "nonce", "ada")

    async with store_at(path) as store:
        binding = await bound(store, "nonce", "eve")

    assert binding == NonceBinding("ada", b"ada", is_new=False)


async def test_no_nonce_is_ever_on_the_disk(path: Path, store: Store) -> None:
    await bound(store, "planted-nonce", "planted-session")

    stored = b"".join(file.read_bytes() for file in path.parent.iterdir())

    assert b"planted-session" in stored
    assert b"planted-nonce" not in stored


async def test_nonces_are_forgotten_only_after_their_tokens_end(path: Path) -> None:
    now_s = [float(NOW_S)]
    store = await open_store(url_of(path), clock=lambda: now_s[0])
    await bound(store, "first", "ada", expires_at_s=NOW_S + 3600)
    await bound(store, "second", "ada", expires_at_s=NOW_S + 7200)

    now_s[0] += 3600 + 60
    early = await bound(store, "first", "eve", expires_at_s=NOW_S + 3600)
    now_s[0] += 3600
    await bound(store, "third", "ada", expires_at_s=NOW_S + 9000)
    await store.close()

    assert not early.is_new
    with plain(path) as connection:
        ends = connection.execute("SELECT expires_at_s FROM token_nonces ORDER BY 1").fetchall()
    assert ends == [(NOW_S + 7200,), (NOW_S + 9000,)]
