"""What products tell this user, and the jobs whose progress is followed.

The user's own rooms are joined with the session, quietly: where a server does not let one in, there
is nothing to tell. Knows no widget and no frame. Source: EDITOR.md (notices), PROTOCOL.md §3, §7.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from PySide6.QtCore import Signal, Slot

from app.collab import session_effects as effects
from app.model.notifications import (
    MOST_JOBS,
    NotificationKind,
    NotificationList,
    OcrJob,
    OcrStatus,
    job_id_of,
    notification_of,
    ocr_job_of,
)
from app.model.room_messages import MessagePosted, MessageRemoved
from app.services.room_listener import Heard, RoomListener
from collab_server.protocol.errors import InvalidName
from collab_server.protocol.names import RoomId, user_segment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.collab.session_effects import SessionEffect
    from app.model.participants import Status
    from app.model.room_messages import RoomChange, RoomMessage
    from app.services.running_session import RunningSession

_JOB_ROOM = "ocr_job_"
_FOLLOWED_AT_ONCE = 10  # of the jobs that earlier notices name


class Notifications(RoomListener):
    """One user's notices.

    Invariant: a job that is followed is in `jobs`, as it was told last; one that is over is
    followed no more.
    """

    changed = Signal()  # the list, what is unread, or a job
    news_came = Signal(object)  # Notification
    job_ended = Signal(object)  # OcrJob

    def __init__(self, **how: Unpack[Heard]) -> None:
        super().__init__(**how)
        self._rooms: tuple[str, ...] = ()
        self._status: Status = "active"
        self.told = NotificationList()
        self.jobs: dict[str, OcrJob] = {}  # newest last

    @property
    def is_connected(self) -> bool:
        """Whether there is a session that brings notices."""
        return bool(self._rooms)

    def attach(self, session: RunningSession) -> None:
        """Follow a session that is about to begin."""
        super().attach(session)
        session.live.session.rooms.signals.set_status(self._status)

    def detach(self) -> None:
        """Let go of the session; what was told stays to be read."""
        super().detach()
        self._rooms = ()
        self.changed.emit()

    def read_all(self) -> None:
        """Take everything as read, on every device of this user."""
        for room, offset in self.told.mark_all().items():
            if self._session is not None:
                signals = self._session.live.session.rooms.signals
                signals.mark_read(RoomId(room), offset, self._clock())
        self._flush()
        self.changed.emit()

    def follow(self, job_id: str) -> bool:
        """Follow a job's progress; tell whether it can be."""
        if self._session is None or not job_id_of({"job_id": job_id}):
            return False
        try:
            self._session.live.session.rooms.join(f"{_JOB_ROOM}{job_id}", is_quiet=True)
        except InvalidName:
            return False
        if job_id not in self.jobs:
            started = OcrJob(
                job_id=job_id, status=OcrStatus.PENDING, progress=0, at_s=self._unix_clock()
            )
            self._note(started)
        self._flush()
        self.changed.emit()
        return True

    def set_status(self, status: Status) -> None:
        """Let others know how present this user is."""
        self._status = status
        if self._session is not None:
            self._session.live.session.rooms.signals.set_status(status)
            self._flush()

    @Slot(object)
    def _on_told(self, effect: SessionEffect) -> None:
        if isinstance(effect, effects.SignedIn):
            self._join(effect.user_id)
            return
        room = str(getattr(effect, "room", ""))
        if room in self._rooms:
            self._take(room, effect)
            self.changed.emit()
        elif room.startswith(_JOB_ROOM):
            self._take_job(room.removeprefix(_JOB_ROOM), effect)
            self.changed.emit()

    def _join(self, user_id: str) -> None:
        assert self._session is not None
        try:
            segment = user_segment(user_id)
            self._rooms = (f"notifications_{segment}", f"user_{segment}")
            for room in self._rooms:
                self._session.live.session.rooms.join(room, is_quiet=True)
        except InvalidName:  # an id of which no room can be named
            self._rooms = ()

    def _take(self, room: str, effect: SessionEffect) -> None:
        match effect:
            case effects.StreamBegan(messages=messages):
                told = [notification_of(room, each) for each in messages if not each.is_deleted]
                self.told.begin(room, told, unread=effect.unread, read_offset=effect.read_offset)
                jobs = [each.job_id for each in told if each.kind is NotificationKind.OCR]
                for job_id in dict.fromkeys(jobs[-_FOLLOWED_AT_ONCE:]):
                    self.follow(job_id)
            case effects.StreamBroken() | effects.MessagesLost():
                self.told.add_gap(room, self._unix_clock())
            case effects.RoomSpoke(changes=changes):
                for change in changes:
                    self._hear(room, change)
            case effects.ReadMoved(offset=offset):
                self.told.mark(room, offset)
            case _:
                pass

    def _hear(self, room: str, change: RoomChange) -> None:
        match change:
            case MessagePosted(message=message) if not message.is_deleted:
                note = notification_of(room, message)
                if self.told.add(note):
                    if note.kind is NotificationKind.OCR:
                        self.follow(note.job_id)
                    self.news_came.emit(note)
            case MessageRemoved(message_id=message_id):
                self.told.remove(room, message_id)
            case _:
                pass

    def _take_job(self, job_id: str, effect: SessionEffect) -> None:
        match effect:
            case effects.StreamBegan(messages=messages):
                self._hear_job(job_id, messages)
            case effects.RoomSpoke(changes=changes):
                posted = [each.message for each in changes if isinstance(each, MessagePosted)]
                self._hear_job(job_id, posted)
            case effects.RoomLost(reason=reason):
                job = self.jobs.get(job_id)
                if reason != "client" and job is not None and not job.is_over:
                    del self.jobs[job_id]
            case _:
                pass

    def _hear_job(self, job_id: str, messages: Sequence[RoomMessage]) -> None:
        for message in messages:
            job, known = ocr_job_of(message), self.jobs.get(job_id)
            if job is None or job.job_id != job_id or (known is not None and known.is_over):
                continue
            self._note(job)
            if job.is_over:
                self.job_ended.emit(job)
                if self._session is not None:
                    self._session.live.session.rooms.leave(f"{_JOB_ROOM}{job_id}")
                    self._flush()

    def _note(self, job: OcrJob) -> None:
        """Keep a job's state; of too many those go first that are over."""
        self.jobs[job.job_id] = job
        while len(self.jobs) > MOST_JOBS:
            over = [each for each, known in self.jobs.items() if known.is_over]
            del self.jobs[over[0] if over else next(iter(self.jobs))]
