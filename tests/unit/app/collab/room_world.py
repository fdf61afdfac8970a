"""A session’s rooms, and people in them."""

from app.collab.room_desk import RoomDesk
from app.model.participants import Participant
from collab_server.protocol import events
from collab_server.protocol.names import RoomId
from tests.unit.app.collab.taken_effects import TakenEffects

ROOM = RoomId("codexpro_project_1")


ME = Participant("c1", "ada", "Ada", "#112233", is_self=True, perm="rw")


GRACE = Participant("c2", "7", "Grace", "#445566")


class Desk(TakenEffects):
    def __init__(self, *, is_up: bool = True) -> None:
        super().__init__()
        self.desk = RoomDesk(self.effects)
        if is_up:
            self.desk.link_up(ME)

    def hear(self, event: events.ServerEvent, now_s: float = 0.0) -> None:
        self.desk.receive(event, now_s)

    def joined(self, *members: events.Member) -> None:
        self.hear(events.RoomJoined(room=ROOM, members=members, perm="rw"))


def member(person: Participant) -> events.Member:
    return events.Member(
        client_id=person.client_id,
        user_id=int(person.user_id) if person.user_id.isdigit() else person.user_id,
        name=person.name,
        color=person.color,
        status="active",
    )


def came(person: Participant) -> events.UserJoined:
    return events.UserJoined(
        user_id=person.user_id,
        client_id=person.client_id,
        room=ROOM,
        name=person.name,
        color=person.color,
    )


def went(person: Participant) -> events.UserLeft:
    return events.UserLeft(
        user_id=person.user_id, client_id=person.client_id, room=ROOM, name=person.name
    )
