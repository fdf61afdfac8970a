"""Who follows what the rooms of a session say, and outlives the sessions of its window.

Knows no widget and no frame, and not what is said.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypedDict

from PySide6.QtCore import QObject, Slot

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.collab.session_effects import SessionEffect
    from app.services.running_session import RunningSession


class Heard(TypedDict, total=False):
    """What all of them are made with."""

    clock: Callable[[], float]
    unix_clock: Callable[[], float]
    parent: QObject | None


class RoomListener(QObject):
    """Follows one session, or none. Invariant: what another session says is not heard."""

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        unix_clock: Callable[[], float] = time.time,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._clock = clock
        self._unix_clock = unix_clock
        self._session: RunningSession | None = None

    def attach(self, session: RunningSession) -> None:
        """Follow a session that is about to begin."""
        self.detach()
        self._session = session
        session.room_told.connect(self._on_told)

    def detach(self) -> None:
        """Let go of the session."""
        if self._session is not None:
            self._session.room_told.disconnect(self._on_told)
        self._session = None

    @Slot(object)
    def _on_told(self, effect: SessionEffect) -> None:
        raise NotImplementedError

    def _flush(self) -> None:
        """Send what the session has to send."""
        if self._session is not None:
            self._session.live.flush()
