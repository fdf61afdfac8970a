import time

import pytest
from PySide6.QtCore import QModelIndex, Qt
from pytestqt.modeltest import ModelTester

from app.model.notifications import (
    Notification,
    NotificationList,
    OcrJob,
    OcrStatus,
    notification_of,
)
from app.qtmodels.notices import NOTICE_ROLE, NoticesModel, when_text
from tests.support.room_words import said

MINE = "notifications_7"


def told(number: int, payload: object) -> Notification:
    return notification_of(MINE, said(number, payload, by=None))


def listed(*entries: Notification, read_offset: int = 0) -> NotificationList:
    found = NotificationList()
    found.begin(MINE, list(entries), unread=len(entries), read_offset=read_offset)
    return found


@pytest.fixture
def model(qtmodeltester: ModelTester) -> NoticesModel:
    made = NoticesModel()
    qtmodeltester.check(made)
    return made


def job(status: OcrStatus, **more: object) -> OcrJob:
    facts: dict[str, object] = {"job_id": "9", "progress": 40, "at_s": 5.0}
    return OcrJob(status=status, **(facts | more))  # pyright: ignore[reportArgumentType]


def test_a_download_is_said_in_words(model: NoticesModel) -> None:
    facts = {"type": "file_downloaded", "filename": "<b>plan</b>.pdf", "downloader": "Grace"}
    model.show(listed(told(1, facts | {"count": 4}), told(2, facts | {"downloader": ""})), [])

    somebody, grace = model.rows

    assert somebody.title == "Somebody downloaded <b>plan</b>.pdf"
    assert grace.title == "Grace downloaded <b>plan</b>.pdf"
    assert grace.detail == "4 downloads so far"
    assert grace.is_unread


def test_other_news_are_their_first_line_and_the_rest(model: NoticesModel) -> None:
    found = listed(told(1, "first\nsecond"), told(2, {"title": "Backup", "text": "done"}))
    found.add_gap(MINE, 2e9)

    model.show(found, [])

    assert [(row.title, row.detail) for row in model.rows[1:]] == [
        ("Backup", "done"),
        ("first", "second"),
    ]
    assert model.rows[0].is_trouble


@pytest.mark.parametrize(
    ("facts", "progress", "words", "result"),
    [
        ({"status": OcrStatus.PENDING}, 40, "Waiting to begin", ""),
        ({"status": OcrStatus.PROCESSING}, 40, "40 % read", ""),
        ({"status": OcrStatus.FAILED, "error": "blurred"}, None, "Failed: blurred", ""),
        ({"status": OcrStatus.FAILED}, None, "Failed: no reason told", ""),
        (
            {"status": OcrStatus.COMPLETED, "text": "a b", "confidence": 0.934},
            None,
            "93 % sure. Press Enter",
            "a b",
        ),
        ({"status": OcrStatus.COMPLETED}, None, "Done: 0 words", ""),
    ],
)
def test_a_job_says_how_far_it_is_and_what_came_of_it(
    model: NoticesModel, facts: dict[str, object], progress: int | None, words: str, result: str
) -> None:
    model.show(listed(), [job(**facts)])  # pyright: ignore[reportArgumentType]

    [row] = model.rows
    assert row.progress == progress
    assert words in row.detail
    assert row.result == result


def test_a_job_that_is_followed_stands_once_and_first(model: NoticesModel) -> None:
    found = listed(told(1, {"type": "ocr_started", "job_id": 9}), told(2, "news"))

    model.show(found, [])
    unfollowed = [row.title for row in model.rows]
    model.show(found, [job(OcrStatus.PENDING)])

    assert unfollowed == ["news", "Text is read from a picture"]
    assert [row.title for row in model.rows] == ["Text from picture 9", "news"]


def test_progress_changes_a_row_in_its_place(model: NoticesModel) -> None:
    model.show(listed(), [job(OcrStatus.PROCESSING)])
    changed: list[int] = []
    model.dataChanged.connect(lambda index, _last: changed.append(index.row()))

    model.show(listed(), [job(OcrStatus.PROCESSING, progress=50)])
    model.show(listed(), [job(OcrStatus.PROCESSING, progress=50)])

    assert changed == [0]


def test_a_screen_reader_hears_what_is_unread(model: NoticesModel) -> None:
    model.show(listed(told(1, "news")), [])

    index = model.index(0)

    spoken = str(index.data(Qt.ItemDataRole.AccessibleTextRole))
    assert spoken.startswith("unread. news")
    assert index.data() == "news"
    assert index.data(NOTICE_ROLE) == model.rows[0]
    assert index.data(Qt.ItemDataRole.DecorationRole) is None
    assert model.data(QModelIndex()) is None


def test_a_time_of_another_day_is_its_date() -> None:
    assert when_text(time.time()) != when_text(86_400.0 * 400)
    assert when_text(1e300) != ""
