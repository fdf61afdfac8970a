"""Whatever numbers a server says, they become times that can be shown."""

import pytest

from app.collab.room_wire import LATEST_S, bounded, message_from
from collab_server.protocol.events import decode_server_event
from collab_server.protocol.room_events import MessagePosted

NO_FLOAT_HOLDS_IT = "9" * 330


@pytest.mark.parametrize(
    ("ts", "at_s"), [(NO_FLOAT_HOLDS_IT, LATEST_S), ("-5", 0.0), ("1795407403500", 1795407403.5)]
)
def test_when_a_message_was_said_is_a_time(ts: str, at_s: float) -> None:
    said = decode_server_event(
        '{"type":"message","user_id":1,"client_id":"c","message":"x","timestamp":1,'
        f'"room":"chat_a","id":1,"offset":1,"ts":{ts}}}'
    )
    assert isinstance(said, MessagePosted)

    assert message_from(said).at_s == at_s


def test_what_no_float_holds_is_bounded() -> None:
    assert bounded(int(NO_FLOAT_HOLDS_IT), 60.0) == 60.0
