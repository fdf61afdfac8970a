import pytest

from app.model.room_messages import MAX_SHOWN_CHARS, clean_text, text_of
from tests.support.room_words import said, written


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        ("plain", "plain"),
        ({"text": "in an object"}, "in an object"),
        ({"text": 5}, "5"),
        ({"other": "é"}, '{"other": "é"}'),
        (None, "null"),
        (0, "0"),
        ([1, "a"], '[1, "a"]'),
    ],
)
def test_a_payload_says_its_text_or_itself(payload: object, text: str) -> None:
    assert text_of(payload) == text


def test_what_nobody_sees_is_left_out() -> None:
    text = "a\x00b\u202ec\u2066d\x9be\ud800f\tg\r\nh\ri\n"

    assert clean_text(text) == "abcdef\tg\nh\ni"


def test_a_text_is_cut_where_nobody_reads_on() -> None:
    assert len(clean_text("x" * (MAX_SHOWN_CHARS + 1))) == MAX_SHOWN_CHARS


def test_a_message_keeps_its_key_when_it_is_stored() -> None:
    assert written("m1").key == said(5, by="ada", mid="m1").key
    assert said(5).key != said(6).key


def test_a_message_does_not_show_what_it_says_in_logs() -> None:
    assert "secret" not in repr(said(1, "secret"))
