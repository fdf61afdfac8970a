from dataclasses import replace
from pathlib import Path

from app.collab.unsent_log import UnsentMessage
from app.model.kept_text import SessionFacts
from app.services.unsent_messages import KEPT_S, UnsentMessages, key_of
from tests.support.full_disk import no_file_larger_than

HELLO = UnsentMessage("m1", "hello", 1_000.0)
FACTS = SessionFacts("wss://one.example/ws", "room", "document", "ada", "Ada", "")


def after(root: Path, now_s: float = 1_001.0) -> UnsentMessages:
    """Return what a process finds when the one before has ended."""
    return UnsentMessages(root, unix_clock=lambda: now_s)


def test_what_one_process_leaves_the_next_finds_and_so_on(tmp_path: Path) -> None:
    first = after(tmp_path)
    first.keep("key", HELLO)
    first.close()

    second = after(tmp_path)
    found = second.of("key")
    second.close()
    third = after(tmp_path)

    assert found == third.of("key") == [HELLO]
    assert third.of("other") == []
    third.settle("key", "m1")
    third.settle("other", "m1")
    third.close()
    assert list(tmp_path.rglob("*.journal")) == []


def test_what_a_living_process_keeps_is_left_alone(tmp_path: Path) -> None:
    first = after(tmp_path)
    first.keep("key", HELLO)

    second = after(tmp_path)

    assert second.of("key") == []
    second.close()
    first.close()


def test_an_old_message_is_not_said_any_more(tmp_path: Path) -> None:
    first = after(tmp_path)
    first.keep("key", HELLO)
    first.close()

    later = after(tmp_path, HELLO.at_s + KEPT_S + 1)

    assert later.of("key") == []
    later.close()
    assert list(tmp_path.rglob("*.journal")) == []


def test_without_a_folder_nothing_is_kept(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    unsent = after(tmp_path / "file")

    unsent.keep("key", HELLO)

    assert unsent.of("key") == []
    unsent.close()


def test_a_session_is_told_from_others_by_server_room_and_user() -> None:
    others = [
        replace(FACTS, server="wss://two.example/ws"),
        replace(FACTS, room="other"),
        replace(FACTS, user_id="grace"),
        replace(FACTS, database="/home/ada/session.db"),
    ]

    assert len({key_of(facts) for facts in [FACTS, *others]}) == 5
    assert key_of(replace(FACTS, document="two", identity="x")) == key_of(FACTS)


def test_a_full_disk_loses_nothing_that_an_earlier_process_had_kept(tmp_path: Path) -> None:
    first = after(tmp_path)
    first.keep("key", HELLO)
    first.close()
    with no_file_larger_than(0):
        on_full_disk = after(tmp_path)
    assert on_full_disk.of("key") == [HELLO]
    on_full_disk.close()

    third = after(tmp_path)

    assert third.of("key") == [HELLO]
    third.close()
