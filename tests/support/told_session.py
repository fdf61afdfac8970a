"""A session without a connection, whose rooms say what a test lets them say."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from app.collab import session_effects as effects
from app.collab.credentials import Token
from app.model.participants import Participant
from app.model.room_messages import MessagePosted
from app.services.running_session import RunningSession
from collab_server.protocol import events
from collab_server.protocol.limits import Limits
from tests.support.sessions import FACTS

if TYPE_CHECKING:
    from app.model.room_messages import RoomMessage
    from app.services.collaboration import Collaboration
    from app.tasks import TaskOwner

ROOM = "codexpro_project_1"
ADA = Participant("c1", "ada", "Ada", "#0072b2", is_self=True)
GRACE = Participant("c2", "grace", "Grace", "#b34a00")


class ToldSession:
    """A window's session as its services see it; nothing is sent anywhere."""

    def __init__(self, collaboration: Collaboration, tasks: TaskOwner) -> None:
        facts = replace(FACTS, room=ROOM, user_id="ada", person="Ada")
        self.running = RunningSession(
            Token("t"), facts, tasks=tasks, clock=time.monotonic, parent=collaboration
        )
        self.collaboration = collaboration
        collaboration.chat.attach(self.running)
        collaboration.notifications.attach(self.running)
        collaboration.roles.attach(self.running)
        self.desk.join(ROOM)
        self.running.participants_changed.emit((ADA, GRACE))
        collaboration.participants_changed.emit((ADA, GRACE))

    @property
    def desk(self):
        """The rooms of the session."""
        return self.running.live.session.rooms

    def begin(
        self, *messages: RoomMessage, unread: int = 0, has_older: bool = False, perm: str = "rwh"
    ) -> None:
        """Join the room, with these messages in it."""
        top = max([message.offset for message in messages], default=0)
        self.tell(effects.StreamBegan(ROOM, messages, has_older, unread, top - unread, perm))

    def tell(self, effect: effects.SessionEffect) -> None:
        """Let something happen in the session."""
        self.running.room_told.emit(effect)

    def say(self, *messages: RoomMessage, room: str = ROOM) -> None:
        """Let something be said in a room."""
        posted = tuple(MessagePosted(message) for message in messages)
        self.tell(effects.RoomSpoke(room, posted))

    def sends(self) -> list[events.ClientEvent]:
        """Return what the session would have sent if it had a connection, as far as it waits."""
        return [
            events.decode_client_event(effect.frame, Limits())
            for effect in self.running.live.session.take_effects()
            if isinstance(effect, effects.SendFrame)
        ]
