"""What products told this user, as a list: jobs under way first, then notices, newest first.

Knows no widget and no session. Source: EDITOR.md (notices), STYLE.md (Qt).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QDate,
    QDateTime,
    QLocale,
    QObject,
    Qt,
)

from app.model.notifications import NotificationKind, OcrStatus
from app.qtmodels.chat import time_text
from app.qtmodels.rows import Index, RowsModel

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.model.notifications import Notification, NotificationList, OcrJob

NOTICE_ROLE = Qt.ItemDataRole.UserRole + 1

_LATEST_S = 4e10


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """One entry of the list; all texts are plain and may come from others."""

    key: str
    title: str
    detail: str
    when: str
    is_unread: bool = False
    progress: int | None = None  # 0..100 of a job that is under way
    is_trouble: bool = False
    result: str = ""  # a text that can be opened


class NoticesModel(RowsModel[NoticeRow]):
    """One row an entry. Invariant: rows that stay are changed in their place."""

    def __init__(self, *, parent: QObject | None = None) -> None:
        super().__init__(parent=parent)
        self._worded: dict[tuple[str, int, bool], NoticeRow] = {}  # of notices, as of this day
        self._day = QDate.currentDate()

    @property
    def rows(self) -> tuple[NoticeRow, ...]:
        """What is shown."""
        return tuple(self._rows)

    def show(self, told: NotificationList, jobs: Iterable[OcrJob]) -> None:
        """Show these from now on."""
        followed = list(jobs)
        named = {job.job_id for job in followed}
        rows = [self.row_of_job(job) for job in reversed(followed)]
        rows += self._rows_of(
            [
                (entry, told.is_unread(entry))
                for entry in told.entries
                if not (entry.kind is NotificationKind.OCR and entry.job_id in named)
            ]
        )
        if [row.key for row in rows] == [row.key for row in self._rows]:
            for at, row in enumerate(rows):
                self._put(at, row)
        else:
            self._begin_anew(rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return what a view shows of one entry."""
        row = self.row_at(index)
        if row is None:
            return None
        if role == NOTICE_ROLE:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return row.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            unread = self.tr("unread") if row.is_unread else ""
            return ". ".join(part for part in (unread, row.title, row.detail, row.when) if part)
        return None

    def row_of(self, entry: Notification, *, is_unread: bool = False) -> NoticeRow:
        """Return a notice in words."""
        title, detail = entry.title, entry.text
        match entry.kind:
            case NotificationKind.DOWNLOAD:
                who = entry.downloader or self.tr("Somebody")
                title = self.tr("{who} downloaded {file}").format(who=who, file=entry.filename)
                if entry.count == 1:
                    detail = self.tr("The first download of it")
                elif entry.count:
                    detail = self.tr("{count} downloads so far").format(count=entry.count)
            case NotificationKind.OCR:
                title = self.tr("Text is read from a picture")
                detail = self.tr("Job {id}").format(id=entry.job_id)
            case NotificationKind.GAP:
                title = self.tr("Some notices may be missing")
                detail = self.tr("The connection was away for too long to get all of them.")
            case NotificationKind.OTHER if not title:
                title, _, detail = detail.partition("\n")
            case NotificationKind.OTHER:
                pass
        when = when_text(entry.at_s)
        is_gap = entry.kind is NotificationKind.GAP
        key = f"{entry.room} {entry.id}"
        return NoticeRow(key, title, detail, when, is_unread, is_trouble=is_gap)

    def row_of_job(self, job: OcrJob) -> NoticeRow:
        """Return a job in words."""
        progress = None if job.is_over else job.progress
        result = ""
        match job.status:
            case OcrStatus.PENDING:
                detail = self.tr("Waiting to begin")
            case OcrStatus.PROCESSING:
                detail = self.tr("{percent} % read").format(percent=job.progress)
            case OcrStatus.COMPLETED:
                result = job.text
                count = len(job.text.split())
                words = self.tr("one word") if count == 1 else self.tr("{count} words")
                detail = self.tr("Done: {words}").format(words=words.format(count=count))
                if job.confidence is not None:
                    sure = self.tr("{percent} % sure").format(percent=round(job.confidence * 100))
                    detail = f"{detail}, {sure}"
                if result:
                    detail = self.tr("{said}. Press Enter to open the text").format(said=detail)
            case OcrStatus.FAILED:
                detail = self.tr("Failed: {why}").format(why=job.error or self.tr("no reason told"))
        return NoticeRow(
            f"job {job.job_id}",
            self.tr("Text from picture {id}").format(id=job.job_id),
            detail,
            when_text(job.at_s),
            progress=progress,
            is_trouble=job.status is OcrStatus.FAILED,
            result=result,
        )

    def _rows_of(self, entries: Iterable[tuple[Notification, bool]]) -> list[NoticeRow]:
        """Return notices in words; those of before are not worded again: thousands may come."""
        if self._day != QDate.currentDate():
            self._day = QDate.currentDate()
            self._worded = {}
        known, rows = self._worded, dict[tuple[str, int, bool], NoticeRow]()
        for entry, is_unread in entries:
            key = (entry.room, entry.id, is_unread)
            rows[key] = known.get(key) or self.row_of(entry, is_unread=is_unread)
        self._worded = rows
        return list(rows.values())


def when_text(at_s: float) -> str:
    """Return the time of day, and the date unless it is today's."""
    moment = QDateTime.fromSecsSinceEpoch(int(min(max(at_s, 0.0), _LATEST_S)))
    if moment.date() == QDate.currentDate():
        return time_text(at_s)
    return QLocale().toString(moment.date(), QLocale.FormatType.ShortFormat)
