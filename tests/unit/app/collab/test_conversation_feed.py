import pytest

from app.collab import session_effects as effects
from app.collab.conversation_feed import feed
from app.model.conversation import Conversation
from app.model.room_messages import Delivery, MessagePosted, MessageRemoved, RoomMessage
from tests.support.room_words import said, written

ROOM = "codexpro_project_1"


def begun(*messages: RoomMessage) -> Conversation:
    chat = Conversation("ada")
    feed(chat, effects.StreamBegan(ROOM, messages, True, 0, len(messages), "rwh"))
    return chat


def spoke(*messages: RoomMessage) -> effects.RoomSpoke:
    return effects.RoomSpoke(ROOM, tuple(MessagePosted(message) for message in messages))


def test_news_are_what_others_said_once() -> None:
    chat = begun(said(1))

    first = feed(
        chat, spoke(said(1), said(2), said(3, by="ada"), said(4, is_deleted=True), said(5))
    )
    again = feed(chat, spoke(said(2)))

    assert [message.offset for message in first] == [2, 5]
    assert again == ()


def test_what_is_watched_is_news_too_and_read() -> None:
    chat = begun(said(1))

    news = feed(chat, spoke(said(2)), is_watched=True)

    assert [message.offset for message in news] == [2]
    assert chat.unread == 0


def test_what_happens_to_messages_is_no_news() -> None:
    chat = begun(said(1))

    assert feed(chat, effects.RoomSpoke(ROOM, (MessageRemoved(10),))) == ()
    assert chat.messages[0].is_deleted


@pytest.mark.parametrize("hole", [effects.StreamBroken(ROOM, "rw"), effects.MessagesLost(ROOM)])
def test_a_page_a_hole_and_marks_find_their_way(hole: effects.SessionEffect) -> None:
    chat = begun(said(2), said(3))

    feed(chat, effects.PageCame(ROOM, (said(1),), True, False))
    feed(chat, hole)
    feed(chat, spoke(said(9)))
    feed(chat, effects.ReadMoved(ROOM, "grace", 3))

    assert [message.offset for message in chat.messages] == [1, 2, 3, 9]
    assert chat.gaps == {90}
    assert chat.readers == {"grace": 3}


def test_an_own_message_goes_from_waiting_to_stored() -> None:
    chat = begun(said(1))
    chat.write(written("m"))

    feed(chat, effects.DeliveryChanged(ROOM, "m", Delivery.FAILED, "read_only"))
    failed = chat.pending[0].failure
    feed(chat, effects.MessageStored(ROOM, "m", 20, 2, 5.0))

    assert failed == "read_only"
    assert [message.offset for message in chat.rows] == [1, 2]


def test_other_effects_change_nothing() -> None:
    chat = begun(said(1))

    assert feed(chat, effects.TokenWanted()) == ()
    assert len(chat.rows) == 1
