"""The same walk with the app's own sessions among the stock clients, and all that operators do.

People undo and leave, a moderator kicks them, and the log is compacted between commits; a log that
rests loses what was deleted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from collab_server.core.compaction import merge_checked
from collab_server.core.replicas import collected
from collab_server.protocol.events import encode_event
from collab_server.protocol.moderation_events import Kick
from collab_server.protocol.names import parse_room
from tests.properties.hub.app_editor import AppEditor
from tests.properties.hub.simulation import Person, Simulation
from tests.support.hub_world import NOTES, ROOM

if TYPE_CHECKING:
    from collections.abc import Callable

APPS = 2  # of the people


class Everyone(Simulation):
    """Stock clients and apps on one document."""

    def _acts(self) -> list[tuple[int, Callable[[], None]]]:
        return [
            *super()._acts(),
            (5, self._undo),
            (2, self._leave),
            (2, self._kick),
            (3, self._compact),
        ]

    def _person(self, number: int, name: str) -> Person:
        if number < APPS:
            return AppEditor(name, lambda: self.world, self.chance)
        return super()._person(number, name)

    def _undo(self) -> None:
        self.chance.choice(self.people).undo()

    def _leave(self) -> None:
        person = self._someone(connected=True)
        if person is not None:
            person.leave()

    def _kick(self) -> None:
        moderator = self.world.sign_in(
            f"moderator {self.lives} {len(self.acts)}", "moderator", rooms={ROOM: "rwmo"}
        )
        person = self.chance.choice(self.people)
        self.world.send(moderator, encode_event(Kick(room=parse_room(ROOM), user_id=person.name)))
        self.world.disconnect(moderator)

    def _compact(self) -> None:
        log = self.store.logs.get(NOTES)
        if log is None or log.merged_count == len(log.updates):
            return
        count = self.chance.randint(log.merged_count + 1, len(log.updates))
        piece = merge_checked(log.pieces, log.updates[log.merged_count : count])
        if count == len(log.updates) and NOTES not in self.world.views:
            piece = collected(piece) or piece
        log.pieces, log.merged_count = [piece], count
