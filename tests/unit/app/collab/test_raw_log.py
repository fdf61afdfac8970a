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
