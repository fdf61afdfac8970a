import pytest

from collab_server.protocol.awareness import (
    EMPTY_AWARENESS,
    AwarenessEntry,
    decode_awareness,
    encode_awareness,
)
from collab_server.protocol.errors import LocalProtocolError, MalformedFrame, TooLarge
from collab_server.protocol.limits import Limits
from tests.unit.collab_server.protocol.golden import GOLDEN
from tests.unit.collab_server.protocol.update_bytes import text, var

LIMITS = Limits(awareness_state_bytes=100, awareness_entries=3, json_depth=4)


def message(*states: str) -> bytes:
    entries = [b"\x05\x01" + text(state) for state in states]
    return var(len(states)) + b"".join(entries)


def test_a_state_made_in_node_is_read() -> None:
    assert decode_awareness(GOLDEN["awareness"], LIMITS) == (
        AwarenessEntry(42, 1, {"user": {"name": "Ada", "color": "#aabbcc"}, "cursor": None}),
    )


def test_one_who_has_gone_has_no_state() -> None:
    assert decode_awareness(GOLDEN["awareness_gone"], LIMITS) == (AwarenessEntry(42, 3, None),)


def test_a_name_that_node_cut_in_a_pair_is_mended() -> None:
    assert decode_awareness(GOLDEN["awareness_cut"], LIMITS) == (
        AwarenessEntry(42, 2, {"name": "\ufffd", "path": "C:\\ud83d"}),
    )


@pytest.mark.parametrize(
    ("raw", "mended"),
    [
        (r'{"a":"\ud83d\ud83d\ude00"}', "\ufffd😀"),
        (r'{"a":"\ude00\ud83d"}', "\ufffd\ufffd"),
        (r'{"a":"\ud83d\ude00\ud83d"}', "😀\ufffd"),
        (r'{"a":"\\\ud83dx"}', "\\\ufffdx"),
        (r'{"a":"\uD83Dx\\ud83d"}', "\ufffdx\\ud83d"),
    ],
)
def test_only_lone_halves_are_mended(raw: str, mended: str) -> None:
    assert decode_awareness(message(raw), LIMITS)[0].state == {"a": mended}


def test_what_is_written_is_read() -> None:
    entries = (AwarenessEntry(2**53 - 1, 0, {"a": [1, {"é": "😀"}]}), AwarenessEntry(1, 300, None))

    assert decode_awareness(encode_awareness(entries), LIMITS) == entries


def test_no_entries_are_one_byte() -> None:
    assert encode_awareness(()) == EMPTY_AWARENESS
    assert decode_awareness(EMPTY_AWARENESS, LIMITS) == ()


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\x02\x05\x01" + text("{}"), id="an entry too few"),
        pytest.param(b"\x01\x05\x01\x09{}", id="a state cut off"),
        pytest.param(b"\x01" + b"\xff" * 40, id="a long author id"),
        pytest.param(message("{}") + b"\x00", id="bytes left over"),
        pytest.param(message("[]"), id="a list"),
        pytest.param(message("1"), id="a number"),
        pytest.param(message('"x"'), id="a string"),
        pytest.param(message("NaN"), id="not a number"),
        pytest.param(message('{"a":1e999}'), id="no finite number"),
        pytest.param(message("{"), id="no JSON"),
        pytest.param(message('{"a":"\\ud83d"'), id="no JSON, with half a pair"),
        pytest.param(b"\x01\x05\x01\x02\xff\xff", id="no UTF-8"),
    ],
)
def test_anything_else_is_refused(raw: bytes) -> None:
    with pytest.raises(MalformedFrame):
        decode_awareness(raw, LIMITS)


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(message("{}", "{}", "{}", "{}"), id="entries"),
        pytest.param(var(2**28), id="entries without bytes"),
        pytest.param(message('{"a":"' + "x" * 100 + '"}'), id="bytes"),
        pytest.param(message('{"a":' + "[" * 4 + "]" * 4 + "}"), id="depth"),
    ],
)
def test_more_than_is_allowed_is_refused(raw: bytes) -> None:
    with pytest.raises(TooLarge):
        decode_awareness(raw, LIMITS)


@pytest.mark.parametrize("state", [{"a": object()}, {"a": "\ud83d"}])
def test_a_state_that_json_cannot_say_is_our_own_mistake(state: dict[str, object]) -> None:
    with pytest.raises(LocalProtocolError):
        encode_awareness([AwarenessEntry(1, 1, state)])
