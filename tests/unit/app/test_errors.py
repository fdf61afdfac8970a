from pathlib import Path

import pytest

from app.errors import notice_message, user_message
from app.model.notices import NoticeKind
from app.services.hosting import HostingFailed
from app.storage import file_errors
from collab_server.protocol.errors import InvalidLink, MalformedFrame

PATH = Path("folder/notes.txt")
ERRORS = [
    file_errors.FileMissing(PATH),
    file_errors.NotAFile(PATH),
    file_errors.NoPermission(PATH),
    file_errors.DiskFull(PATH),
    file_errors.FileTooLarge(PATH, size_bytes=11_000_000, largest_bytes=10 * 1024 * 1024),
    file_errors.BinaryFile(PATH),
    file_errors.Undecodable(PATH, encoding="utf-8", at_byte=12),
    file_errors.Unencodable(PATH, encoding="cp1252", character="中"),
    file_errors.ChangedOnDisk(PATH),
    file_errors.NameTaken(PATH),
    file_errors.BadName(PATH, name="a/b"),
    file_errors.NoTrash(PATH),
    file_errors.FileTrouble(PATH, reason="Input/output error"),
    HostingFailed("The port is in use."),
    InvalidLink("not an invitation link"),
    MalformedFrame("not an event"),
    RuntimeError("a bug"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_every_error_is_told_in_a_sentence_without_jargon(error: BaseException) -> None:
    message = user_message(error)

    assert message.endswith(".")
    assert type(error).__name__ not in message
    assert "folder/" not in message


@pytest.mark.parametrize("kind", list(NoticeKind))
def test_every_notice_has_words_with_and_without_detail(kind: NoticeKind) -> None:
    assert notice_message(kind).endswith(".")
    assert "{" not in notice_message(kind) + notice_message(kind, "why")


@pytest.mark.parametrize("kind", [NoticeKind.ACCESS_REVOKED, NoticeKind.DOCUMENT_DENIED])
def test_why_one_may_not_be_in_a_room_is_a_sentence_of_its_own(kind: NoticeKind) -> None:
    details = ("", "room_full", "room_closed", "kicked")

    assert len({notice_message(kind, detail) for detail in details}) == len(details)
