"""A session's chat as its service keeps it."""

import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from app.collab import session_effects as effects
from app.collab.unsent_log import UnsentMessage
from app.model.room_messages import Delivery
from app.services.collaboration import Collaboration
from app.services.unsent_messages import UnsentMessages, key_of
from app.tasks import TaskOwner
from tests.support.sessions import FACTS
from tests.support.told_session import ROOM, ToldSession

KEY = key_of(replace(FACTS, room=ROOM, user_id="ada"))


@pytest.fixture
def unsent(tmp_path: Path) -> UnsentMessages:
    return UnsentMessages(tmp_path)


@pytest.fixture
async def collaboration(qapp: QApplication, unsent: UnsentMessages) -> AsyncIterator[Collaboration]:
    tasks = TaskOwner()
    made = Collaboration(tasks=tasks, unsent=unsent)
    yield made
    made.chat.detach()
    await tasks.stop()
    unsent.close()


async def test_what_waited_over_a_restart_is_shown_before_the_room_is_joined(
    collaboration: Collaboration, unsent: UnsentMessages
) -> None:
    unsent.keep(KEY, UnsentMessage("m1", "hello", time.time()))

    told = ToldSession(collaboration, TaskOwner())
    conversation = collaboration.chat.conversation
    shown = [(each.text, each.delivery, each.user_id) for each in conversation.rows]
    told.begin()

    assert shown == [("hello", Delivery.WAITING, "ada")]
    assert [each.text for each in conversation.rows] == ["hello"]
    told.tell(effects.MessageStored(ROOM, "m1", message_id=1, offset=1, at_s=1.0))
    assert [each.delivery for each in conversation.rows] == [Delivery.STORED]
    assert unsent.of(KEY) == []
