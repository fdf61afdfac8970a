"""Who wrote what, against people each of whom writes letters of their own."""

from itertools import groupby
from random import Random

import pytest

from collab_server.core.compaction import merge_checked
from collab_server.core.replicas import collected
from collab_server.core.who_wrote import who_wrote
from tests.seeds import seeds
from tests.support.writer import Writer

LETTERS = {"ada": "aA😀", "bob": "bB🎈", "cid": "cC𝄞"}


def expected(text: str) -> list[tuple[int, str]]:
    writer_of = {letter: user for user, letters in LETTERS.items() for letter in letters}
    return [
        (sum(len(char.encode("utf-16-le")) // 2 for char in chars), user)
        for user, chars in groupby(text, key=lambda char: writer_of[char])
    ]


@pytest.mark.parametrize("seed", seeds(40))
def test_every_letter_was_written_by_whose_letter_it_is(seed: int) -> None:
    rng = Random(seed)
    writers = {user: Writer() for user in LETTERS}
    log: list[bytes] = []
    heard = dict.fromkeys(LETTERS, 0)
    for _ in range(80):
        user = rng.choice(sorted(LETTERS))
        writer = writers[user]
        if rng.random() < 0.5:
            for update in log[heard[user] :]:
                writer.apply(update)
            heard[user] = len(log)
        length = len(writer.text.encode())
        places = [len(writer.text[:at].encode()) for at in range(len(writer.text) + 1)]
        if length and rng.random() < 0.3:
            first, last = sorted(rng.sample(places, 2))
            log.append(writer.delete(first, last - first))
        else:
            word = "".join(rng.choices(LETTERS[user], k=rng.randint(1, 4)))
            log.append(writer.insert(rng.choice(places), word))
    for writer in writers.values():
        for update in log:
            writer.apply(update)
    owners = {writer.doc.client_id: user for user, writer in writers.items()}
    half = merge_checked((), log[:40])
    whole = merge_checked([half], log[40:])

    found = who_wrote(whole, owners)
    at_rest = who_wrote(collected(whole) or whole, owners)

    text = writers["ada"].text
    runs = [(length, found.users[user]) for length, user in found.runs]
    assert runs == expected(text)
    assert found.length == len(text.encode("utf-16-le")) // 2
    assert at_rest == found
