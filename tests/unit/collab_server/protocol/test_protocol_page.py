"""The page and the code say the same names and numbers."""

import re
from importlib.resources import files

import pytest

from collab_server.protocol.close_codes import CloseCode
from collab_server.protocol.documents import FrameType
from collab_server.protocol.errors import ErrorCode
from collab_server.protocol.events import CLIENT_EVENT_TYPES, SERVER_EVENT_TYPES

PAGE = files("collab_server.protocol").joinpath("PROTOCOL.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (\d+)\. (.+?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
CODES = " ".join(SECTIONS["9"].split())


@pytest.mark.parametrize("kind", sorted(CLIENT_EVENT_TYPES | SERVER_EVENT_TYPES))
def test_every_event_is_on_the_page(kind: str) -> None:
    assert re.search(rf"`{kind}[` ]", SECTIONS["3"])


@pytest.mark.parametrize("code", CloseCode, ids=lambda code: code.name)
def test_every_close_code_is_on_the_page(code: CloseCode) -> None:
    assert re.search(rf"\b{int(code)}\b", CODES.partition("Errors:")[0])


@pytest.mark.parametrize("code", ErrorCode, ids=lambda code: code.slug)
def test_every_error_is_on_the_page_with_its_slug_and_whether_it_is_temporary(
    code: ErrorCode,
) -> None:
    star = r"\*" if code.temporary else r"(?!\*)"

    assert re.search(rf"\b{int(code)} {code.slug}\b{star}", CODES.partition("Errors:")[2])


def test_every_error_of_the_page_is_in_the_code() -> None:
    on_the_page = re.findall(r"\b(1\d{3}) ([a-z_]+)", CODES.partition("Errors:")[2])

    assert {int(code): slug for code, slug in on_the_page} == {
        int(code): code.slug for code in ErrorCode
    }


@pytest.mark.parametrize("kind", FrameType, ids=lambda kind: kind.name)
def test_every_frame_type_is_on_the_page(kind: FrameType) -> None:
    word = kind.name.lower().replace("_", " ")

    assert re.search(rf"\b{int(kind)} {word}", " ".join(SECTIONS["5"].split()))
