from collections.abc import Sequence

from app.collab.raw_log import RawLog


def joined(pieces):
    return b"".join(pieces)


def test_the_pieces_keep_the_order() -> None:
    log = RawLog(joined)
    updates = [b"%d," % number for number in range(12_345)]

    for update in updates:
        log.append(update)

    assert joined(log.pieces()) == joined(updates)
    assert log.merged() == joined(updates)
    assert len(log.pieces()) < 200


def test_an_empty_log_has_nothing() -> None:
    log = RawLog(joined)

    assert log.pieces() == []
    assert log.merged() is None


def test_a_large_piece_is_not_merged_with_small_ones() -> None:
    merged: list[int] = []

    def noted(pieces: Sequence[bytes]) -> bytes:
        merged.append(max(map(len, pieces)))
        return joined(pieces)

    log = RawLog(noted)
    updates = [b"x" * 1_000_000, *[b"%d," % number for number in range(5_000)]]

    for update in updates:
        log.append(update)

    assert joined(log.pieces()) == joined(updates)
    assert max(merged) < 1_000_000
    assert len(log.pieces()) < 200


def test_many_large_pieces_become_fewer() -> None:
    log = RawLog(joined)
    updates = [b"%d" % (number % 10) * 70_000 for number in range(350)]

    for update in updates:
        log.append(update)

    assert joined(log.pieces()) == joined(updates)
    assert len(log.pieces()) < 200
