import pytest

from collab_server.protocol.errors import MalformedFrame, TooLarge
from collab_server.protocol.json_text import check_depth, decode_json


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b"null", None),
        (b'{"a":[1,2.5,"\\ud83d\\ude00",false]}', {"a": [1, 2.5, "😀", False]}),
        (b'"[[[[[[[[["', "[[[[[[[[["),
        (b'["\\"[[[[[","\\\\",[],[],[],[]]', ['"[[[[[', "\\", [], [], [], []]),
    ],
)
def test_json_within_its_depth_is_read(raw: bytes, value: object) -> None:
    assert decode_json(raw, 3) == value


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"NaN",
        b"1e999",
        b"1 2",
        b'"\\ud83d"',
        b"'a'",
        b'"\xff"',
        b'"a',
        b"[1,]",
        b"9" * 5000,
        b"\xef\xbb\xbf1",
    ],
)
def test_what_is_no_strict_json_is_refused(raw: bytes) -> None:
    with pytest.raises(MalformedFrame):
        decode_json(raw, 3)


@pytest.mark.parametrize("raw", [b"[[[[]]]]", b'{"a":{"a":{"a":[]}}}', b"[" * 100_000])
def test_json_deeper_than_allowed_is_refused(raw: bytes) -> None:
    with pytest.raises(TooLarge):
        decode_json(raw, 3)


def test_many_arrays_beside_each_other_are_not_deep() -> None:
    check_depth(b"[" + b"[],{}," * 1000 + b"[]]", 2)


def test_a_string_without_an_end_hides_what_stands_in_it() -> None:
    check_depth(b'"' + b"[" * 100_000, 2)
