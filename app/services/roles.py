"""Who may do what in the session: asked for, given, and taken.

The server decides; what is wished for here is asked of it, and seen when it says so. Knows no
widget. Source: EDITOR.md (roles), PROTOCOL.md §3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from PySide6.QtCore import Signal, Slot

from app.collab import session_effects as effects
from app.model.role_asks import EDITOR_PERM, Role, RoleAsk, RoleAsks, perm_for
from app.services.live_session import RequestRefused, SessionEnded
from app.services.room_listener import Heard, RoomListener
from collab_server.protocol.moderation_events import Ban, Kick, RoleRequest, RoleSet, Unban
from collab_server.protocol.names import RoomId

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.collab.room_desk import MemberWish
    from app.collab.session_effects import SessionEffect
    from app.model.participants import Participant
    from app.services.running_session import RunningSession
    from app.tasks import TaskOwner

ASKS_AGAIN_S = 30.0


class Roles(RoomListener):
    """The roles in one session, or in none.

    Invariant: nothing is shown as given before the server has said it.
    """

    asked = Signal(object)  # RoleAsk: somebody wants to edit, and this user may allow it
    ask_settled = Signal(str)  # a user id: it was answered elsewhere, or who asked is gone
    became_editor = Signal()  # this user may edit now
    refused = Signal(str)  # the error's slug of a wish

    def __init__(self, *, tasks: TaskOwner, **how: Unpack[Heard]) -> None:
        super().__init__(**how)
        self._tasks = tasks
        self._asks = RoleAsks()
        self._asked_s = float("-inf")  # when this user asked last
        self._people: dict[str, Participant] = {}
        self._me: Participant | None = None

    @property
    def may_ask(self) -> bool:
        """Whether this user is in a session as a viewer."""
        return self._me is not None and "r" in self._me.perm and not self._me.can_write

    @property
    def is_asking(self) -> bool:
        """Whether this user has asked a moment ago."""
        return self._clock() - self._asked_s < ASKS_AGAIN_S

    def attach(self, session: RunningSession) -> None:
        """Follow a session that is about to begin."""
        super().attach(session)
        session.participants_changed.connect(self._on_participants_changed)

    def detach(self) -> None:
        """Let go of the session."""
        if self._session is not None:
            self._session.participants_changed.disconnect(self._on_participants_changed)
        for ask in self._asks.waiting:
            self.ask_settled.emit(ask.user_id)
        super().detach()
        self._me, self._people = None, {}
        self._asks, self._asked_s = RoleAsks(), float("-inf")

    def ask_to_edit(self) -> None:
        """Ask those who may allow it."""
        if self.may_ask and not self.is_asking:
            self._asked_s = self._clock()
            self._wish(RoleRequest(room=self._room, perm=EDITOR_PERM))

    def allow(self, user_id: str) -> None:
        """Let somebody edit who asked to."""
        if self._asks.settle(user_id):
            self.set_role(user_id, Role.EDITOR)

    def not_now(self, user_id: str) -> None:
        """Leave somebody a viewer who asked to edit, and do not hear of it for a while."""
        self._asks.refuse(user_id, self._clock())

    def set_role(self, user_id: str, role: Role) -> None:
        """Make somebody an editor or a viewer."""
        person = self._people.get(user_id)
        if person is not None:
            perm = perm_for(role, person.perm)
            self._wish(RoleSet(room=self._room, user_id=user_id, perm=perm))

    def remove(self, user_id: str) -> None:
        """Send somebody out, who may come back."""
        self._wish(Kick(room=self._room, user_id=user_id))

    def block(self, user_id: str, *, is_blocked: bool = True) -> None:
        """Send somebody out for good, or take that back."""
        kind = Ban if is_blocked else Unban
        self._wish(kind(room=self._room, user_id=user_id))

    def name_of(self, user_id: str) -> str:
        """Return somebody's name, as far as it is known."""
        person = self._people.get(user_id)
        return "" if person is None else person.name

    @property
    def _room(self) -> RoomId:
        return RoomId(self._session.facts.room if self._session is not None else "")

    @Slot(object)
    def _on_told(self, effect: SessionEffect) -> None:
        if isinstance(effect, effects.RoleAsked) and effect.room == self._room:
            self._hear(effect)

    @Slot(object)
    def _on_participants_changed(self, participants: Sequence[Participant]) -> None:
        before = self._me
        self._people = {each.user_id: each for each in participants if not each.is_self}
        self._me = next((each for each in participants if each.is_self), None)
        for ask in self._asks.waiting:
            person = self._people.get(ask.user_id)
            if (person is None or person.can_write) and self._asks.settle(ask.user_id):
                self.ask_settled.emit(ask.user_id)
        was_viewer = before is not None and bool(before.perm) and not before.can_write
        if was_viewer and self._me is not None and self._me.can_write:
            self._asked_s = float("-inf")
            self.became_editor.emit()

    def _hear(self, asked: effects.RoleAsked) -> None:
        person = self._people.get(asked.user_id)
        if self._me is None or not self._me.is_owner or person is None or person.can_write:
            return
        ask = RoleAsk(asked.user_id, person.name or asked.name)
        if "w" in asked.perm and self._asks.hear(ask, self._clock()):
            self.asked.emit(ask)

    def _wish(self, wish: MemberWish) -> None:
        session = self._session
        if session is not None and session.facts.room:
            self._tasks.start(self._ask(session, wish), name="change a role")

    async def _ask(self, session: RunningSession, wish: MemberWish) -> None:
        rooms = session.live.session.rooms
        try:
            await session.live.request(lambda: rooms.moderate(wish))
        except RequestRefused as error:
            self._asked_s = float("-inf")
            self.refused.emit(error.slug)
        except SessionEnded:
            return  # the link has told why
