"""What products tell a user: downloads, texts that were read from pictures, and other news.

Payloads come from back-ends and are read with care: what does not say what it must is shown as the
text it holds. Knows no words and no widget. Source: PROTOCOL.md §7 (payloads), EDITOR.md (notices).
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, cast

from app.model.room_messages import clean_text, text_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.model.room_messages import RoomMessage

MOST_LISTED = 300
MOST_JOBS = 50

_MOST_NAME_CHARS = 200
_MOST_LISTED_CHARS = 1_000  # of what is of no known kind: a back-end may say a megabyte
_MOST_RESULT_CHARS = 20_000
_JOB_ID = re.compile(r"[A-Za-z0-9_.:~-]{1,80}")


class NotificationKind(Enum):
    """What it is about."""

    DOWNLOAD = "file_downloaded"
    OCR = "ocr_progress"
    OTHER = "other"
    GAP = "gap"  # some may be missing


class OcrStatus(Enum):
    """How far a text is read from a picture."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One thing a user was told."""

    room: str
    id: int
    offset: int
    at_s: float  # unix time
    kind: NotificationKind
    title: str = ""  # of OTHER; plain text from others, as the rest
    text: str = field(default="", repr=False)
    filename: str = ""  # of DOWNLOAD
    downloader: str = ""
    count: int = 0  # how often the file was downloaded; 0: not told
    job_id: str = ""  # of OCR


@dataclass(frozen=True, slots=True, kw_only=True)
class OcrJob:
    """One picture that is read, as it was told last."""

    job_id: str
    status: OcrStatus
    progress: int  # 0..100
    at_s: float
    text: str = field(default="", repr=False)  # the result
    confidence: float | None = None  # 0..1
    error: str = ""

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come."""
        return self.status in (OcrStatus.COMPLETED, OcrStatus.FAILED)


def notification_of(room: str, message: RoomMessage) -> Notification:
    """Read what a back-end said to a user's room."""
    payload, facts = message.payload, _facts(message)
    kind, title, text = NotificationKind.OTHER, "", ""
    match facts.get("type"):
        case "file_downloaded" if _line(facts, "filename"):
            kind = NotificationKind.DOWNLOAD
        case "ocr_progress" | "ocr_started" | "ocr_job" if job_id_of(facts):
            kind = NotificationKind.OCR
        case _:
            title = _line(facts, "title")
            shown = _first_text(facts) if facts else text_of(payload)
            text = shown or ("" if title else text_of(payload))
    return Notification(
        room=room,
        id=message.id,
        offset=message.offset,
        at_s=message.at_s,
        kind=kind,
        title=title,
        text=text[:_MOST_LISTED_CHARS],
        filename=_line(facts, "filename"),
        downloader=_line(facts, "downloader"),
        count=_count(facts.get("count")),
        job_id=job_id_of(facts),
    )


def job_id_of(facts: Mapping[str, object]) -> str:
    """Return the job that something is about; empty when it names none that a room can have."""
    found = facts.get("job_id")
    if isinstance(found, int) and not isinstance(found, bool):
        found = str(found)
    return found if isinstance(found, str) and _JOB_ID.fullmatch(found) else ""


def ocr_job_of(message: RoomMessage) -> OcrJob | None:
    """Read the state of a job; None when it is none."""
    facts = _facts(message)
    job_id = job_id_of(facts)
    if facts.get("type") != "ocr_progress" or not job_id:
        return None
    try:
        status = OcrStatus(facts.get("status", "processing"))
    except ValueError:
        return None
    progress = _number(facts.get("progress"))
    confidence = _number(facts.get("confidence"))
    if confidence is not None:
        confidence = min(1.0, max(0.0, confidence / 100 if confidence > 1 else confidence))
    result = facts.get("text")
    return OcrJob(
        job_id=job_id,
        status=status,
        progress=100 if status is OcrStatus.COMPLETED else round(min(100, max(0, progress or 0))),
        at_s=message.at_s,
        text=clean_text(result)[:_MOST_RESULT_CHARS] if isinstance(result, str) else "",
        confidence=confidence,
        error=_line(facts, "error"),
    )


class NotificationList:
    """What a user was told, newest first, and what of it is unread.

    Invariant: there is one entry a room and message, and at most MOST_LISTED.
    """

    def __init__(self) -> None:
        self.entries: list[Notification] = []
        self._read: dict[str, int] = {}  # room → offset
        self._unread: dict[str, int] = {}  # room → how many, as far as the server told
        self._gaps = 0

    @property
    def unread(self) -> int:
        """How many are unread, those that are not here included."""
        return sum(self._unread.values())

    def begin(self, room: str, told: list[Notification], *, unread: int, read_offset: int) -> None:
        """Begin anew with the newest of a room."""
        self.entries = [entry for entry in self.entries if entry.room != room]
        self._read[room] = max(read_offset, self._read.get(room, 0))
        self._put(told)
        fresh = sum(map(self.is_unread, [each for each in self.entries if each.room == room]))
        self._unread[room] = unread if self._read[room] == read_offset else fresh

    def add(self, told: Notification) -> bool:
        """Take in one more; tell whether it is news."""
        if any((each.room, each.id) == (told.room, told.id) for each in self.entries):
            return False
        self._put([told])
        if self.is_unread(told):
            self._unread[told.room] = self._unread.get(told.room, 0) + 1
        return True

    def add_gap(self, room: str, at_s: float) -> None:
        """Take in that something may be missing."""
        self._gaps += 1
        gap = Notification(
            room=room, id=-self._gaps, offset=0, at_s=at_s, kind=NotificationKind.GAP
        )
        self._put([gap])

    def mark(self, room: str, offset: int) -> None:
        """Take in how far the user has read a room, here or on another device."""
        if offset <= self._read.get(room, 0):
            return
        self._read[room] = offset
        left = [each for each in self.entries if each.room == room and self.is_unread(each)]
        self._unread[room] = len(left)

    def mark_all(self) -> dict[str, int]:
        """Take everything as read; return the marks that moved, by room."""
        moved: dict[str, int] = {}
        for room in self._unread:
            top = max([each.offset for each in self.entries if each.room == room], default=0)
            if top > self._read.get(room, 0):
                moved[room] = self._read[room] = top
            self._unread[room] = 0
        return moved

    def remove(self, room: str, message_id: int) -> None:
        """Let one go that was taken back."""
        gone = [each for each in self.entries if (each.room, each.id) == (room, message_id)]
        for entry in gone:
            if self.is_unread(entry) and self._unread.get(room, 0):
                self._unread[room] -= 1
            self.entries.remove(entry)

    def is_unread(self, entry: Notification) -> bool:
        """Tell whether the user has not read an entry."""
        return entry.offset > self._read.get(entry.room, 0)

    def _put(self, told: list[Notification]) -> None:
        by_time = [*self.entries, *told]
        by_time.sort(key=lambda entry: (entry.at_s, entry.offset), reverse=True)
        self.entries = by_time[:MOST_LISTED]


def _facts(message: RoomMessage) -> Mapping[str, object]:
    payload = message.payload
    return cast("dict[str, object]", payload) if isinstance(payload, dict) else {}


def _line(facts: Mapping[str, object], name: str) -> str:
    found = facts.get(name)
    if isinstance(found, int | float) and not isinstance(found, bool):
        found = str(found)
    if not isinstance(found, str):
        return ""
    return " ".join(clean_text(found).split())[:_MOST_NAME_CHARS]


def _first_text(facts: Mapping[str, object]) -> str:
    for name in ("text", "message", "body"):
        found = facts.get(name)
        if isinstance(found, str) and found.strip():
            return clean_text(found)
    return ""


def _number(found: object) -> float | None:
    if isinstance(found, bool) or not isinstance(found, int | float):
        return None
    try:
        number = float(found)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _count(found: object) -> int:
    return (
        min(found, 10**9)
        if isinstance(found, int) and not isinstance(found, bool) and found > 0
        else 0
    )
