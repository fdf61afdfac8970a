"""What of a chat is kept until the server has it."""

import pytest

from app.collab.outgoing import MOST_WAITING
from app.collab.unsent_log import UnsentLog, UnsentMessage, read_unsent

HELLO = UnsentMessage("m1", "hello 😀", 10.0, reply_to=4, mentions=("grace",))
AGAIN = UnsentMessage("m2", "again\nand again", 11.0)


class Sink:
    """A file in memory."""

    def __init__(self) -> None:
        self.data = b""
        self.is_whole = True
        self.is_open = True

    def append(self, record: bytes) -> None:
        if self.is_whole:
            self.data += record

    def replace(self, pieces) -> None:
        self.data, self.is_whole = b"".join(pieces), True

    def sync(self) -> None:
        pass

    def discard(self) -> None:
        self.data = b""

    def close(self) -> None:
        self.is_open = False


def test_what_was_added_is_read_back() -> None:
    sink = Sink()
    log = UnsentLog(sink, "key")

    log.add(HELLO)
    log.add(AGAIN)
    log.add(HELLO)
    log.close()

    assert read_unsent(sink.data) == ("key", [HELLO, AGAIN])
    assert log.messages == [HELLO, AGAIN]
    assert not sink.is_open


def test_what_is_settled_is_gone_and_the_last_one_takes_the_file_along() -> None:
    sink = Sink()
    log = UnsentLog(sink, "key")
    log.add(HELLO)
    log.add(AGAIN)

    log.settle("m1")
    left = read_unsent(sink.data)
    log.settle("m2")
    log.settle("m2")

    assert left == ("key", [AGAIN])
    assert sink.data == b""


def test_after_an_empty_file_the_owner_is_written_again() -> None:
    sink = Sink()
    log = UnsentLog(sink, "key")
    log.add(HELLO)
    log.settle("m1")

    log.add(AGAIN)

    assert read_unsent(sink.data) == ("key", [AGAIN])


def test_no_more_is_kept_than_may_wait() -> None:
    sink = Sink()
    log = UnsentLog(sink, "key")

    for number in range(MOST_WAITING + 1):
        log.add(UnsentMessage(f"m{number}", "x", 1.0))

    assert len(log.messages) == len(read_unsent(sink.data)[1]) == MOST_WAITING


def test_a_file_that_has_grown_is_written_anew() -> None:
    sink = Sink()
    log = UnsentLog(sink, "key")
    log.add(HELLO)

    for number in range(2 * MOST_WAITING):
        log.add(UnsentMessage(f"n{number}", "x", 1.0))
        log.settle(f"n{number}")

    assert read_unsent(sink.data) == ("key", [HELLO])
    assert sink.data.count(b"\n") < 1_000


def test_what_a_full_disk_did_not_take_is_written_with_the_next_one() -> None:
    sink = Sink()
    log = UnsentLog(sink, "key")
    sink.is_whole = False

    log.add(HELLO)
    log.add(AGAIN)

    assert read_unsent(sink.data) == ("key", [HELLO, AGAIN])


@pytest.mark.parametrize("length", range(1, 60))
def test_a_line_that_was_cut_is_left_out(length: int) -> None:
    sink = Sink()
    log = UnsentLog(sink, "key")
    log.add(HELLO)
    whole = sink.data
    log.add(AGAIN)

    assert read_unsent(sink.data[: len(whole) + length]) == ("key", [HELLO])


def test_what_is_no_message_is_left_out() -> None:
    data = b'\xff\n[]\n{"type":"message","mid":"a b","text":"x","at_s":1}\n'

    assert read_unsent(data) == ("", [])
