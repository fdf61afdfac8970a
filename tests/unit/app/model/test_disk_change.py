"""What a changed file asks for."""

import pytest

from app.model.disk_change import DiskVerdict, judge

KNOWN, OTHER, UNREADABLE = b"k" * 32, b"o" * 32, b""


@pytest.mark.parametrize(
    ("on_disk", "is_modified", "was_gone", "verdict"),
    [
        (KNOWN, False, False, DiskVerdict.NOTHING),
        (KNOWN, True, False, DiskVerdict.NOTHING),
        (KNOWN, True, True, DiskVerdict.BACK),
        (OTHER, False, False, DiskVerdict.TAKE),
        (OTHER, True, False, DiskVerdict.ASK),
        (OTHER, True, True, DiskVerdict.ASK),
        (None, False, False, DiskVerdict.GONE),
        (None, True, True, DiskVerdict.NOTHING),
        (UNREADABLE, False, False, DiskVerdict.NOTHING),
    ],
)
def test_a_file_is_judged_by_its_digest(
    on_disk: bytes | None, is_modified: bool, was_gone: bool, verdict: DiskVerdict
) -> None:
    assert judge(KNOWN, on_disk, is_modified=is_modified, was_gone=was_gone) is verdict
