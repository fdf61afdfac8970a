import datetime

import pytest
from PySide6.QtCore import QModelIndex, Qt
from pytestqt.modeltest import ModelTester

from app.model.chat_rows import ChatRow, chat_rows
from app.model.conversation import Conversation
from app.model.room_messages import Delivery, RoomMessage
from app.qtmodels.chat import ROW_ROLE, ChatModel, time_text
from tests.support.room_words import said, written


def rows_of(*messages: RoomMessage, pending: tuple[RoomMessage, ...] = ()) -> list[ChatRow]:
    chat = Conversation("ada")
    chat.begin(messages, has_older=False, unread=0, read_offset=10**6)
    for message in pending:
        chat.write(message)
    return chat_rows(chat, {"grace": "Grace"}, datetime.UTC)


@pytest.fixture
def model(qtmodeltester: ModelTester) -> ChatModel:
    made = ChatModel()
    qtmodeltester.check(made)
    return made


def changes(model: ChatModel) -> list[str]:
    told: list[str] = []
    model.rowsInserted.connect(lambda _, first, last: told.append(f"+{first}-{last}"))
    model.rowsRemoved.connect(lambda _, first, last: told.append(f"-{first}-{last}"))
    model.dataChanged.connect(lambda index, _last: told.append(f"~{index.row()}"))
    return told


def test_messages_above_and_below_are_inserted_where_they_are(model: ChatModel) -> None:
    model.show(rows_of(said(5), said(6)))
    told = changes(model)

    model.show(rows_of(said(5), said(6), said(7)))
    model.show(rows_of(said(3), said(4), said(5), said(6), said(7)))

    # A message that comes above another of its author takes the name from it.
    assert told == ["+2-2", "+0-1", "~2"]
    assert [row.message.offset for row in model.rows] == [3, 4, 5, 6, 7]


def test_what_is_the_same_is_not_told(model: ChatModel) -> None:
    model.show(rows_of(said(1), said(2)))
    told = changes(model)

    model.show(rows_of(said(1), said(2)))

    assert told == []


def test_a_message_that_is_stored_changes_in_its_place(model: ChatModel) -> None:
    model.show(rows_of(said(1), pending=(written("m1"),)))
    told = changes(model)

    model.show(rows_of(said(1), said(2, "draft", by="ada", mid="m1")))

    assert told == ["~1"]


def test_what_is_let_go_is_removed(model: ChatModel) -> None:
    model.show(rows_of(*(said(number) for number in range(1, 9))))
    told = changes(model)

    model.show(rows_of(*(said(number) for number in range(4, 7))))
    model.show([])

    assert told[0].startswith("-")
    assert model.rowCount() == 0


def test_a_screen_reader_hears_all_that_is_seen(model: ChatModel) -> None:
    model.show(
        rows_of(
            said(1, "hello", is_edited=True, reactions={"👍": ("ada",)}),
            said(2, "yes", by="ada", reply_to=10),
            said(3, "gone", is_deleted=True),
            said(4, "news", by=None, name=""),
            pending=(written("m1"),),
        )
    )

    spoken = [str(model.index(row).data(Qt.ItemDataRole.AccessibleTextRole)) for row in range(5)]

    at = time_text(said(1).at_s)
    assert spoken[0] == f"Grace, {at}. hello. edited. 👍 1"
    assert spoken[1].startswith("You, ")
    assert "in answer to “hello”. yes" in spoken[1]
    assert spoken[2].endswith("deleted")
    assert spoken[3].startswith("The server, ")


@pytest.mark.parametrize(
    ("delivery", "words"),
    [
        (Delivery.WAITING, "waits to be sent"),
        (Delivery.SENT, "is being sent"),
        (Delivery.FAILED, "was not sent"),
    ],
)
def test_where_a_message_is_on_its_way_is_said(
    model: ChatModel, delivery: Delivery, words: str
) -> None:
    chat = Conversation("ada")
    chat.write(written("m1"))
    chat.deliver("m1", delivery)

    model.show(chat_rows(chat, {}, datetime.UTC))

    assert str(model.index(0).data(Qt.ItemDataRole.AccessibleTextRole)).endswith(words)


def test_a_message_is_found_by_its_id(model: ChatModel) -> None:
    model.show(rows_of(said(1), said(2), pending=(written("m1"),)))

    assert (model.row_of(20), model.row_of(99), model.row_of(0)) == (1, None, None)
    assert model.index(0).data() == "message 1"
    assert model.index(0).data(ROW_ROLE) == model.rows[0]
    assert model.data(QModelIndex()) is None
    assert model.index(0).data(Qt.ItemDataRole.DecorationRole) is None


def test_new_messages_are_announced_in_words(model: ChatModel) -> None:
    chat = Conversation("ada")
    chat.begin([said(1), said(2)], has_older=False, unread=1, read_offset=1)

    model.show(chat_rows(chat, {}, datetime.UTC))

    assert str(model.index(1).data(Qt.ItemDataRole.AccessibleTextRole)).startswith("New messages")
