from app.model.conversation import MOST_READERS, MOST_SHOWN, Conversation
from app.model.room_messages import (
    Delivery,
    MessageEdited,
    MessagePosted,
    MessageRemoved,
    ReactionChanged,
    RoomMessage,
)
from tests.support.room_words import said, written


def begun(*messages: RoomMessage, unread: int = 0, read_offset: int | None = None) -> Conversation:
    chat = Conversation("ada")
    top = max([message.offset for message in messages], default=0)
    chat.begin(
        messages,
        has_older=False,
        unread=unread,
        read_offset=top - unread if read_offset is None else read_offset,
    )
    return chat


def hear(chat: Conversation, *messages: RoomMessage, is_watched: bool = False) -> bool:
    return chat.take([MessagePosted(message) for message in messages], is_watched=is_watched)


def test_nothing_is_known_at_first() -> None:
    chat = Conversation("ada")

    assert (chat.rows, chat.first_offset, chat.last_offset, chat.top_offset) == ([], None, 0, 0)


def test_a_message_that_is_known_is_not_taken_twice() -> None:
    chat = begun(said(1))

    hear(chat, said(1), said(2), said(2))

    assert [message.offset for message in chat.messages] == [1, 2]
    assert chat.unread == 1


def test_what_is_new_is_counted_from_where_it_begins() -> None:
    chat = begun(said(1))

    hear(chat, said(2), said(3, mentions=("ada",)))

    assert (chat.unread, chat.unread_mentions, chat.new_after) == (2, 1, 1)


def test_what_is_watched_is_read_at_once_and_nothing_is_new() -> None:
    chat = begun(said(1))

    moved = hear(chat, said(2), is_watched=True)

    assert moved
    assert (chat.unread, chat.read_offset, chat.new_after) == (0, 2, None)


def test_an_own_message_takes_everything_before_it_as_read() -> None:
    chat = begun(said(1), unread=1)

    hear(chat, said(2, by="ada"))

    assert (chat.unread, chat.read_offset) == (0, 2)


def test_marking_is_news_once() -> None:
    chat = begun(said(1), said(2), unread=2)

    assert [chat.mark_read(), chat.mark_read()] == [True, False]
    assert (chat.unread, chat.read_offset, chat.new_after) == (0, 2, 0)


def test_an_answer_to_this_user_counts_as_naming_it() -> None:
    chat = begun(said(1, by="ada"))

    hear(chat, said(2, reply_to=10), said(3, reply_to=99))

    assert [chat.is_for_me(message) for message in chat.messages] == [False, True, False]


def test_an_own_message_that_waits_becomes_the_stored_one() -> None:
    chat = begun(said(1))
    chat.write(written("m1"))
    chat.write(written("m2"))

    chat.deliver("m1", Delivery.SENT)
    states = [message.delivery for message in chat.pending]
    hear(chat, said(2, by="ada", mid="m1"))

    assert states == [Delivery.SENT, Delivery.STORED]
    assert [message.mid for message in chat.rows] == ["", "m1", "m2"]


def test_the_answer_alone_makes_a_message_a_stored_one() -> None:
    chat = begun(said(1))
    chat.write(written("m1"))

    chat.store("m1", message_id=20, offset=2, at_s=5.0)
    hear(chat, said(2, by="ada", mid="m1"))

    assert chat.pending == []
    [_, stored] = chat.messages
    assert (stored.id, stored.offset, stored.at_s) == (20, 2, 5.0)


def test_a_message_that_is_given_up_is_gone() -> None:
    chat = begun()
    chat.write(written("m1"))

    chat.withdraw("m1")

    assert chat.rows == []


def test_what_waits_is_not_kept_twice_when_the_room_begins_anew_with_it() -> None:
    chat = begun()
    chat.write(written("m1"))
    chat.write(written("m2"))

    chat.begin([said(1, by="ada", mid="m1")], has_older=False, unread=0, read_offset=1)

    assert [message.mid for message in chat.rows] == ["m1", "m2"]


def test_what_happens_to_a_message_is_shown() -> None:
    chat = begun(said(1), said(2), said(3))

    chat.take(
        [
            MessageEdited(10, "new"),
            MessageRemoved(20),
            ReactionChanged(30, "ada", "🎉", True),
            ReactionChanged(30, "grace", "🎉", True),
            ReactionChanged(30, "ada", "🎉", True),
            ReactionChanged(30, "ada", "🎉", False),
            ReactionChanged(30, "ada", "🙃", False),
            MessageRemoved(999),
        ]
    )

    assert [message.text for message in chat.messages] == ["new", "", "message 3"]
    assert chat.messages[2].reactions == {"🎉": ("grace",)}


def test_the_last_reaction_takes_its_emoji_with_it() -> None:
    chat = begun(said(1, reactions={"🎉": ("ada",)}))

    chat.take([ReactionChanged(10, "ada", "🎉", False)])

    assert chat.messages[0].reactions == {}


def test_a_page_shows_what_was_told_while_it_was_under_way() -> None:
    chat = begun(said(3))
    chat.has_older = True

    chat.take([MessageEdited(10, "corrected")])
    chat.take_page([said(1), said(2), said(3)], is_older=True, has_more=False)

    assert [message.text for message in chat.messages] == ["corrected", "message 2", "message 3"]
    assert not chat.has_older


def test_a_page_of_an_empty_room_is_all_there_is() -> None:
    chat = begun()

    chat.take_page([], is_older=True, has_more=False)

    assert chat.messages == []


def test_old_pages_push_out_what_is_far_and_new_ones_bring_it_back() -> None:
    chat = begun(*(said(number) for number in range(101, 101 + MOST_SHOWN)))
    chat.has_older = True

    chat.take_page([said(number) for number in range(51, 101)], is_older=True, has_more=True)
    far = chat.last_offset, chat.has_newer, chat.rows is chat.messages
    chat.write(written("m1"))
    hear(chat, said(501))
    kept_out = chat.last_offset, chat.unread, [each.mid for each in chat.rows if each.mid]
    page = [said(number) for number in range(450, 501)]
    chat.take_page(page, is_older=False, has_more=False)
    nearly = chat.has_newer
    chat.take_page([said(501)], is_older=False, has_more=False)

    assert far == (450, True, True)
    assert kept_out == (450, 1, [])
    assert nearly
    assert (chat.last_offset, chat.has_newer, len(chat.messages)) == (501, False, MOST_SHOWN)
    assert chat.has_older


def test_a_newer_page_that_is_not_needed_changes_nothing() -> None:
    chat = begun(said(1))

    chat.take_page([said(2)], is_older=False, has_more=True)

    assert [message.offset for message in chat.messages] == [1]


def test_a_newer_page_finds_its_place_when_nothing_is_there() -> None:
    chat = begun(said(1))
    chat.messages.clear()
    chat.has_newer = True

    chat.take_page([], is_older=False, has_more=False)
    empty = chat.has_newer
    chat.take_page([said(1)], is_older=False, has_more=False)

    assert empty
    assert (chat.last_offset, chat.has_newer) == (1, False)


def test_who_watches_keeps_the_newest_and_who_reads_further_up_what_is_there() -> None:
    watched, away = begun(said(1)), begun(said(1))

    for number in range(2, 2 * MOST_SHOWN + 2):
        hear(watched, said(number), is_watched=True)
        hear(away, said(number))

    assert len(watched.messages) == MOST_SHOWN
    assert watched.has_older
    assert (away.messages[0].offset, len(away.messages), away.has_newer) == (1, MOST_SHOWN, True)
    assert away.unread == 2 * MOST_SHOWN


def test_others_marks_are_remembered_of_so_many_people() -> None:
    chat = begun(said(1))

    for number in range(MOST_READERS + 1):
        chat.take_mark(f"u{number}", 5)
    chat.take_mark("u0", 3)

    assert len(chat.readers) == MOST_READERS
    assert chat.readers["u0"] == 5


def test_a_mark_from_another_device_leaves_what_comes_after_it() -> None:
    chat = begun(said(1), said(2, by="ada"), said(3), said(4, mentions=("ada",)), unread=3)

    chat.take_mark("ada", 3)
    some = chat.unread, chat.unread_mentions, chat.new_after
    chat.take_mark("ada", 4)

    assert some == (1, 1, 1)
    assert (chat.unread, chat.unread_mentions, chat.new_after) == (0, 0, None)


def test_a_mark_below_what_is_here_leaves_the_count_as_the_server_told_it() -> None:
    chat = begun(said(50), said(51), unread=40, read_offset=11)

    chat.take_mark("ada", 20)
    some = chat.unread
    chat.take_mark("ada", 51)

    assert some == 40
    assert chat.unread == 0


def test_a_mark_of_this_window_is_not_forgotten_when_the_server_does_not_know_it_yet() -> None:
    chat = begun(said(1), said(2), unread=2)
    chat.mark_read()

    chat.begin([said(1), said(2), said(3)], has_older=False, unread=3, read_offset=0)

    assert (chat.unread, chat.read_offset, chat.new_after) == (1, 2, 2)


def test_what_may_be_missing_is_said_before_the_next_message() -> None:
    chat = begun(said(1))

    chat.note_gap()
    hear(chat, said(7), said(8))

    assert chat.gaps == {70}


def test_nothing_can_be_missing_where_nothing_was() -> None:
    chat = begun()

    chat.note_gap()
    hear(chat, said(7))

    assert chat.gaps == set()


def test_a_mark_from_another_device_counts_also_while_one_reads_far_up() -> None:
    chat = begun(said(1), said(2), unread=2)
    chat.has_newer = True
    hear(chat, said(3))

    chat.take_mark("ada", 2)
    some = chat.unread
    chat.take_mark("ada", 3)

    assert (some, chat.unread) == (3, 0)


def test_an_old_message_that_comes_late_finds_its_place_and_is_not_news() -> None:
    chat = begun(said(1), said(3))

    hear(chat, said(2))

    assert [message.offset for message in chat.messages] == [1, 2, 3]
    assert chat.unread == 0


def test_a_message_that_was_deleted_before_it_came_is_not_unread() -> None:
    chat = begun(said(1))

    hear(chat, said(2, is_deleted=True))

    assert chat.unread == 0


def test_a_message_that_waits_already_waits_once() -> None:
    chat = Conversation("ada")
    waiting = RoomMessage(
        id=0, offset=0, user_id="ada", name="Ada", payload="hi", at_s=1.0, mid="m1"
    )

    chat.write(waiting)
    chat.write(waiting)

    assert chat.rows == [waiting]
