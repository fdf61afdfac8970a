import pytest

from collab_server.protocol.errors import BadLimit
from collab_server.protocol.limits import UNLIMITED, Limits, limits_from


def test_the_defaults_are_those_of_the_page() -> None:
    limits = Limits()

    assert limits.text_frame_bytes == 64 * 1024
    assert limits.document_frame_bytes == 16 * 1024 * 1024
    assert limits.document_text_bytes == 4 * 1024 * 1024
    assert limits.chat_bytes == 8 * 1024
    assert limits.cursor_bytes == 2 * 1024
    assert limits.awareness_state_bytes == 4 * 1024
    assert limits.json_depth == 32
    assert (limits.rooms_a_connection, limits.documents_a_connection) == (128, 64)
    assert (limits.inline_update_bytes, limits.inline_update_items) == (1024 * 1024, 20_000)
    assert limits.update_items == 500_000
    assert (limits.auth_timeout_s, limits.auth_frames, limits.auth_frame_bytes) == (10, 16, 8192)
    assert (limits.outbox_bytes, limits.write_stall_s) == (4 * 1024 * 1024, 20)


def test_settings_replace_defaults() -> None:
    limits = limits_from({"connections": 5, "write_stall_s": 2.5})

    assert limits == Limits(connections=5, write_stall_s=2.5)


def test_text_from_the_environment_is_a_number() -> None:
    assert limits_from({"connections": "5"}).connections == 5


def test_unlimited_is_more_than_anything() -> None:
    assert limits_from({"outbox_bytes": "unlimited"}).outbox_bytes == UNLIMITED


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("conections", 5),
        ("connections", 0),
        ("connections", "many"),
        ("connections", None),
        ("connections", 1.5),
        ("write_stall_s", 0),
        ("json_depth", "unlimited"),
    ],
)
def test_a_limit_that_cannot_be_is_named(name: str, value: object) -> None:
    with pytest.raises(BadLimit, match=name) as caught:
        limits_from({"rooms_a_connection": 5, name: value})

    assert caught.value.name == name
