"""Invitations: made for others, and looked at before one joins.

Knows no widget. Source: EDITOR.md (pairing, join), PROTOCOL.md §2.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.collab import session_effects as effects
from app.collab.invitation_look import LookFailed, look_at
from app.model.invitation import LookFailure
from collab_server.protocol.errors import InvalidLink
from collab_server.protocol.links import parse_invitation_link

if TYPE_CHECKING:
    from app.services.running_session import RunningSession
    from app.tasks import TaskOwner

INVITATION_S = 24 * 3600
INVITATION_USES = 16


class Invitations(QObject):
    """Makes invitations of one person's sessions, and looks at those of others.

    Invariant: an answer is told for the link that was looked at last, and for no other.
    """

    ready = Signal(str)  # a link for others; secret, never logged
    looked = Signal(object)  # InvitationCard
    look_failed = Signal(object)  # LookFailure

    def __init__(self, *, tasks: TaskOwner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._perm = "rwh"  # what was said is theirs to read, too
        self._looks = 0  # which one is the newest

    def choose(self, *, is_for_editing: bool) -> None:
        """Let those who come by the next ones change what is shared, or only read it."""
        self._perm = "rwh" if is_for_editing else "rh"

    async def make(self, session: RunningSession | None) -> None:
        """Make one more invitation to what is shared; nothing is: none.

        Raises:
            RequestRefused: the server does not make it.
            SessionEnded: there is no server any more.
        """
        if session is None or session.project is None:
            return
        live, room = session.live, session.project.room

        def ask() -> int:
            return live.session.rooms.invite(
                room, perm=self._perm, ttl_s=INVITATION_S, max_uses=INVITATION_USES
            )

        invitation = await live.request(ask)
        assert isinstance(invitation, effects.InvitationMade)
        self.ready.emit(invitation.url)

    def look(self, link_text: str) -> None:
        """Ask what an invitation opens, without using it; the answer is a signal."""
        self._looks += 1
        self._tasks.start(self._look(link_text, self._looks), name="look at an invitation")

    async def _look(self, link_text: str, number: int) -> None:
        try:
            card = await look_at(parse_invitation_link(link_text), clock=time.time)
        except InvalidLink:
            self._tell_failure(LookFailure.LINK, number)
        except LookFailed as error:
            self._tell_failure(error.failure, number)
        else:
            if number == self._looks:
                self.looked.emit(card)

    def _tell_failure(self, failure: LookFailure, number: int) -> None:
        if number == self._looks:
            self.look_failed.emit(failure)
