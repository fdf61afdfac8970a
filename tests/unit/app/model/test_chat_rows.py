import datetime

from app.model.chat_rows import TOGETHER_S, ChatRow, chat_rows
from app.model.conversation import Conversation
from app.model.room_messages import RoomMessage
from tests.support.room_words import said, written

NAMES = {"grace": "Grace Hopper", "zoe": "Zoe", "ada": "Ada"}
MIDNIGHT_S = 1_800_057_600.0  # 2027-01-16 00:00 in UTC


def rows_of(
    *messages: RoomMessage, unread: int = 0, pending: tuple[RoomMessage, ...] = ()
) -> list[ChatRow]:
    return chat_rows(begun(*messages, unread=unread, pending=pending), NAMES, datetime.UTC)


def begun(
    *messages: RoomMessage, unread: int = 0, pending: tuple[RoomMessage, ...] = ()
) -> Conversation:
    chat = Conversation("ada")
    top = max([message.offset for message in messages], default=0)
    chat.begin(messages, has_older=False, unread=unread, read_offset=top - unread)
    for message in pending:
        chat.write(message)
    return chat


def test_messages_of_one_person_stand_together_for_a_while() -> None:
    rows = rows_of(
        said(1, at_s=MIDNIGHT_S),
        said(2, at_s=MIDNIGHT_S + TOGETHER_S - 1),
        said(3, at_s=MIDNIGHT_S + 2 * TOGETHER_S),
        said(4, at_s=MIDNIGHT_S + 2 * TOGETHER_S, by="zoe"),
        said(5, at_s=MIDNIGHT_S + 2 * TOGETHER_S, by="zoe", reply_to=10),
        said(6, at_s=MIDNIGHT_S + 2 * TOGETHER_S, by="zoe", name="Zoe B"),
    )

    assert [row.is_first for row in rows] == [True, False, True, True, True, True]


def test_a_day_begins_where_it_is() -> None:
    rows = rows_of(
        said(1, at_s=MIDNIGHT_S - 1), said(2, at_s=MIDNIGHT_S), said(3, at_s=MIDNIGHT_S + 1)
    )

    assert [row.day for row in rows] == [
        datetime.date(2027, 1, 15),
        datetime.date(2027, 1, 16),
        None,
    ]
    assert [row.is_first for row in rows] == [True, True, False]


def test_times_that_no_calendar_has_are_taken_for_its_ends() -> None:
    rows = rows_of(said(1, at_s=-1e300), said(2, at_s=1e300))

    assert [row.day for row in rows] == [datetime.date(1970, 1, 1), datetime.date(3000, 1, 1)]


def test_one_line_says_what_is_new_above_the_first_of_somebody_else() -> None:
    rows = rows_of(said(1), said(2, by="ada"), said(3), said(4), unread=3)

    assert [row.is_first_new for row in rows] == [False, False, True, False]
    assert rows_of(said(1))[0].is_first_new is False


def test_what_waits_is_never_new() -> None:
    rows = rows_of(said(1), pending=(written("m1"),))

    assert [row.is_first_new for row in rows] == [False, False]


def test_an_answer_quotes_what_it_answers_in_one_line() -> None:
    rows = rows_of(
        said(1, "first\nsecond", by="grace"),
        said(2, reply_to=10, by="ada"),
        said(3, reply_to=999),
        said(4, None, is_deleted=True),
        said(5, reply_to=40),
    )

    assert [(row.quoted, row.quoted_name) for row in rows] == [
        ("", ""),
        ("first second", "Grace Hopper"),
        ("…", ""),
        ("", ""),
        ("…", "Grace Hopper"),
    ]


def test_who_has_read_is_said_of_the_last_own_message_only() -> None:
    chat = begun(said(1, by="ada"), said(2, by="ada"), said(3))
    for user, offset in (("grace", 3), ("zoe", 2), ("gone", 3), ("late", 1)):
        chat.take_mark(user, offset)

    rows = chat_rows(chat, NAMES, datetime.UTC)

    assert [row.readers for row in rows] == [(), ("Grace Hopper", "Zoe"), ()]


def test_nothing_is_said_of_readers_while_nobody_has_read() -> None:
    assert [row.readers for row in rows_of(said(1, by="ada"))] == [()]


def test_own_reactions_are_told_apart() -> None:
    [row] = rows_of(said(1, reactions={"👍": ("ada", "zoe"), "🎉": ("zoe",)}))

    assert row.my_reactions == {"👍"}


def test_a_hole_is_said_where_it_is() -> None:
    chat = begun(said(1), said(2))
    chat.gaps = {20}

    rows = chat_rows(chat, NAMES, datetime.UTC)

    assert [row.is_after_gap for row in rows] == [False, True]


def test_messages_that_name_this_user_are_told_apart() -> None:
    rows = rows_of(said(1, mentions=("ada",)), said(2), said(3, by="ada"))

    assert [(row.is_for_me, row.is_own) for row in rows] == [
        (True, False),
        (False, False),
        (False, True),
    ]
