import pytest

from app.model.notifications import (
    MOST_LISTED,
    Notification,
    NotificationKind,
    NotificationList,
    OcrStatus,
    notification_of,
    ocr_job_of,
)
from tests.support.room_words import said

MINE = "notifications_7"
DOWNLOAD = {
    "type": "file_downloaded",
    "file_id": 3,
    "downloader": "Grace",
    "filename": "plan.pdf",
    "count": 4,
    "timestamp": 1,
}


def told(number: int, payload: object = "news", room: str = MINE) -> Notification:
    return notification_of(room, said(number, payload, by=None))


def listed(*told_: Notification, unread: int = 0, read_offset: int = 0) -> NotificationList:
    found = NotificationList()
    found.begin(MINE, list(told_), unread=unread, read_offset=read_offset)
    return found


def test_a_download_says_who_and_what() -> None:
    note = told(1, DOWNLOAD)

    assert note.kind is NotificationKind.DOWNLOAD
    assert (note.filename, note.downloader, note.count) == ("plan.pdf", "Grace", 4)


@pytest.mark.parametrize(
    ("payload", "title", "text"),
    [
        ("hello", "", "hello"),
        ({"title": "Backup", "message": "done\x00"}, "Backup", "done"),
        ({"title": "Only a title"}, "Only a title", ""),
        ({"type": "file_downloaded"}, "", '{"type": "file_downloaded"}'),
        ({"type": "ocr_progress", "job_id": "../x"}, "", None),
        ({"title": 5, "text": "  "}, "5", ""),
        ([], "", "[]"),
    ],
)
def test_what_is_of_no_known_kind_is_shown_as_the_text_it_holds(
    payload: object, title: str, text: str | None
) -> None:
    note = told(1, payload)

    assert (note.kind, note.title) == (NotificationKind.OTHER, title)
    assert note.text == text or (text is None and "ocr_progress" in note.text)


@pytest.mark.parametrize("count", [-1, True, 1.5, "many", None])
def test_a_count_that_is_none_is_not_told(count: object) -> None:
    assert told(1, DOWNLOAD | {"count": count}).count == 0


def test_a_job_that_is_named_is_known_by_its_id() -> None:
    assert told(1, {"type": "ocr_started", "job_id": 12}).job_id == "12"
    assert told(1, {"type": "ocr_progress", "job_id": "a-1"}).kind is NotificationKind.OCR
    assert told(1, {"job_id": True}).job_id == ""


@pytest.mark.parametrize(
    ("facts", "status", "progress"),
    [
        ({"progress": 41.6, "status": "processing"}, OcrStatus.PROCESSING, 42),
        ({"progress": 250}, OcrStatus.PROCESSING, 100),
        ({"progress": -3, "status": "pending"}, OcrStatus.PENDING, 0),
        ({"progress": 10**400}, OcrStatus.PROCESSING, 0),
        ({"progress": float("nan")}, OcrStatus.PROCESSING, 0),
        ({"progress": True}, OcrStatus.PROCESSING, 0),
        ({"progress": 7, "status": "completed"}, OcrStatus.COMPLETED, 100),
        ({"progress": "x", "status": "failed"}, OcrStatus.FAILED, 0),
    ],
)
def test_a_job_is_as_far_as_it_says_within_bounds(
    facts: dict[str, object], status: OcrStatus, progress: int
) -> None:
    job = ocr_job_of(said(1, {"type": "ocr_progress", "job_id": 9} | facts))

    assert job is not None
    assert (job.job_id, job.status, job.progress) == ("9", status, progress)
    assert job.is_over is (status in (OcrStatus.COMPLETED, OcrStatus.FAILED))


def test_a_job_brings_its_result_or_why_there_is_none() -> None:
    facts = {"type": "ocr_progress", "job_id": "9", "status": "completed", "text": "read\x07 text"}
    percent = ocr_job_of(said(1, facts | {"confidence": 93, "error": "none\n"}))
    part = ocr_job_of(said(1, facts | {"confidence": 0.5, "text": 5}))

    assert percent is not None
    assert (percent.text, percent.confidence, percent.error) == ("read text", 0.93, "none")
    assert part is not None
    assert (part.text, part.confidence) == ("", 0.5)


@pytest.mark.parametrize(
    "payload",
    [
        "text",
        {"type": "other", "job_id": 1},
        {"type": "ocr_progress"},
        {"type": "ocr_progress", "job_id": 1, "status": "lost"},
    ],
)
def test_what_is_no_state_of_a_job_is_none(payload: object) -> None:
    assert ocr_job_of(said(1, payload)) is None


def test_the_newest_stands_first_and_what_comes_is_unread() -> None:
    found = listed(told(1), told(2), read_offset=2)

    assert found.add(told(3))
    assert not found.add(told(3))

    assert [entry.offset for entry in found.entries] == [3, 2, 1]
    assert found.unread == 1
    assert [found.is_unread(entry) for entry in found.entries] == [True, False, False]


def test_what_the_server_told_of_unread_ones_holds_also_for_those_that_are_not_here() -> None:
    assert listed(told(40), unread=12, read_offset=28).unread == 12


def test_what_another_device_has_read_is_read_here() -> None:
    found = listed(told(1), told(2), told(3), unread=3)

    found.mark(MINE, 2)
    some = found.unread
    found.mark(MINE, 1)
    found.mark(MINE, 3)

    assert (some, found.unread) == (1, 0)


def test_marking_all_tells_how_far_each_room_is_read_once() -> None:
    found = listed(told(1), told(2), unread=2)
    found.begin("user_7", [told(5, room="user_7")], unread=1, read_offset=4)
    found.begin("user_8", [], unread=0, read_offset=0)

    assert found.mark_all() == {MINE: 2, "user_7": 5}
    assert found.mark_all() == {}
    assert found.unread == 0


def test_a_mark_of_this_window_outlives_a_room_that_begins_anew() -> None:
    found = listed(told(1), unread=1)
    found.mark_all()

    found.begin(MINE, [told(1), told(2)], unread=2, read_offset=0)

    assert (found.unread, len(found.entries)) == (1, 2)


def test_so_many_are_listed_and_no_more() -> None:
    found = listed(*(told(number) for number in range(1, MOST_LISTED + 5)))

    assert len(found.entries) == MOST_LISTED
    assert found.entries[0].offset == MOST_LISTED + 4


def test_a_hole_is_an_entry_of_its_own() -> None:
    found = listed(told(1), read_offset=1)

    found.add_gap(MINE, 1_900_000_000.0)

    assert [entry.kind for entry in found.entries] == [NotificationKind.GAP, NotificationKind.OTHER]
    assert found.unread == 0


def test_what_is_taken_back_is_gone_and_no_longer_unread() -> None:
    found = listed(told(1), told(2), unread=1, read_offset=1)

    found.remove(MINE, 10)
    found.remove(MINE, 20)
    found.remove(MINE, 20)

    assert (found.entries, found.unread) == ([], 0)


def test_taking_one_back_never_counts_below_nothing() -> None:
    found = listed(told(1), unread=0)

    found.remove(MINE, 10)

    assert found.unread == 0


def test_what_comes_late_and_is_read_already_is_not_unread() -> None:
    found = listed(read_offset=5)

    assert found.add(told(4))
    assert found.unread == 0


def test_of_a_megabyte_only_what_a_list_shows_is_kept() -> None:
    assert len(told(1, "x" * 1_000_000).text) == 1_000
