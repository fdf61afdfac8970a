"""The merge of a log, as a joiner gets it."""

import pytest

from collab_server.core.views import DocumentView, ViewError
from collab_server.protocol.updates import EMPTY_UPDATE, parse_state_vector, parse_update
from tests.support.writer import Writer


def typed(writer: Writer, count: int) -> list[bytes]:
    return [writer.insert(number, "x") for number in range(count)]


def shown(update: bytes) -> str:
    reader = Writer()
    reader.apply(update)
    return reader.text


def test_an_empty_view_lacks_nothing() -> None:
    view = DocumentView()

    assert view.diff(b"\x00") == EMPTY_UPDATE
    assert (view.state_vector(), view.delete_only()) == (b"\x00", EMPTY_UPDATE)


@pytest.mark.parametrize("count", [1, 2, 99, 100, 101, 299])
def test_a_view_is_the_whole_log_however_long(count: int) -> None:
    view = DocumentView.from_updates(typed(Writer(), count))

    assert shown(view.diff(b"\x00")) == "x" * count


def test_a_view_grows_after_it_was_read() -> None:
    writer = Writer()
    view = DocumentView.from_updates(typed(writer, 3))
    view.diff(b"\x00")

    view.append([writer.insert(3, "y")])

    assert shown(view.diff(b"\x00")) == "xxxy"


def test_ten_thousand_updates_make_a_third_level() -> None:
    update = Writer().insert(0, "x")

    view = DocumentView.from_updates([update] * 10_000)

    assert shown(view.diff(b"\x00")) == "x"


def test_a_reader_that_has_a_part_gets_the_rest() -> None:
    writer = Writer()
    first = writer.insert(0, "one ")
    state = writer.state
    view = DocumentView.from_updates([first, writer.insert(4, "two")])

    rest = parse_update(view.diff(state))

    (runs,) = rest.structs.values()
    assert runs == [(4, 7)]


def test_deletes_alone_have_no_structs() -> None:
    writer = Writer()
    view = DocumentView.from_updates([writer.insert(0, "abc"), writer.delete(1)])

    only = parse_update(view.delete_only())

    assert only.structs == {}
    assert list(only.deletes.values()) == [[(1, 2)]]
    assert parse_state_vector(view.state_vector()) == parse_state_vector(writer.state)


@pytest.mark.parametrize("garbage", [b"", b"\xff", b"\x01\x01\x01"])
def test_what_cannot_be_merged_is_the_views_own_error(garbage: bytes) -> None:
    view = DocumentView.from_updates([Writer().insert(0, "x"), garbage])

    with pytest.raises(ViewError):
        view.diff(b"\x00")


def test_a_state_vector_that_is_none_is_the_views_own_error() -> None:
    view = DocumentView.from_updates([Writer().insert(0, "x")])

    with pytest.raises(ViewError):
        view.diff(b"\xff\xff")


class PanicException(BaseException):
    """Called as what the native library raises when it panics; its own cannot be imported."""


@pytest.mark.parametrize(
    ("raised", "expected"),
    [(PanicException, ViewError), (KeyboardInterrupt, KeyboardInterrupt)],
)
def test_a_panic_is_the_views_own_error_and_an_interrupt_is_not(
    monkeypatch: pytest.MonkeyPatch,
    raised: type[BaseException],
    expected: type[BaseException],
) -> None:
    def fail(*_: bytes) -> bytes:
        raise raised

    view = DocumentView.from_updates(typed(Writer(), 2))
    monkeypatch.setattr("pycrdt.merge_updates", fail)

    with pytest.raises(expected):
        view.diff(b"\x00")


def test_a_view_holds_what_it_held_after_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: bytes) -> bytes:
        raise ValueError

    view = DocumentView.from_updates(typed(Writer(), 3))
    with monkeypatch.context() as broken:
        broken.setattr("pycrdt.merge_updates", fail)
        with pytest.raises(ViewError):
            view.diff(b"\x00")

    assert shown(view.diff(b"\x00")) == "xxx"
