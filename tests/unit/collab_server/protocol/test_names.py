import pytest

from collab_server.protocol.errors import InvalidName
from collab_server.protocol.names import (
    DocumentName,
    clean_name,
    is_guest,
    parse_document,
    parse_room,
    room_of,
    user_id_from_wire,
    user_id_on_wire,
    user_segment,
)

ROOMS = ["a", "0", "codexpro_project_7", "dm:1:2", "room_.-~:x", "A" * 100]
NO_ROOMS = [
    "", "_a", ".", "..", "-a", "~a", ":a", "a b", "a/b", "a\n", "\na", "a\0", "a%2eb", "%2e",
    "a\\b", "a*", "ä", "а", "ａ", "a\u0301", "a\u202eb", "a\ud800", "a?b", "a#b", "A" * 101,
]  # fmt: skip
DOCUMENTS = [*ROOMS, "r/f/1", "r/_", "r/...", "r/.x", "r/x..", "r/~", "r/" + "b" * 253]
NO_DOCUMENTS = [
    *[name for name in NO_ROOMS if name != "a/b"],
    "/", "/a", "a/", "a//b", "a/.", "a/..", "a/../b", "a/./b", "a/b/..", "a/b\n", "a/%2e%2e",
    "a/b\0", "a/ä", "../a", "r/" + "b" * 254, "a\\..\\b",
]  # fmt: skip


@pytest.mark.parametrize("name", ROOMS)
def test_a_room(name: str) -> None:
    assert parse_room(name) == name


@pytest.mark.parametrize("name", NO_ROOMS)
def test_no_room(name: str) -> None:
    with pytest.raises(InvalidName):
        parse_room(name)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document(name: str) -> None:
    assert parse_document(name) == name


@pytest.mark.parametrize("name", NO_DOCUMENTS)
def test_no_document(name: str) -> None:
    with pytest.raises(InvalidName):
        parse_document(name)


@pytest.mark.parametrize(
    ("document", "room"), [("room_1", "room_1"), ("room_1/f/x", "room_1"), ("dm:1:2/a", "dm:1:2")]
)
def test_the_room_of_a_document_is_what_stands_before_the_first_slash(
    document: str, room: str
) -> None:
    assert room_of(DocumentName(document)) == room


@pytest.mark.parametrize(
    ("user_id", "segment"),
    [
        ("42", "42"),
        ("ada.l-1", "ada.l-1"),
        ("a" * 64, "a" * 64),
        ("ada@example.org", "~MFSGCQDFPBQW24DMMUXG64TH"),
        ("guest:1", "~M52WK43UHIYQ"),
        ("", "~"),
        ("a" * 65, "~" + "MFQWCYLB" * 13),
    ],
)
def test_a_user_id_in_a_rooms_name(user_id: str, segment: str) -> None:
    assert user_segment(user_id) == segment


def test_a_user_id_that_nobody_can_write_down_is_refused() -> None:
    with pytest.raises(InvalidName):
        user_segment("a\ud800")


@pytest.mark.parametrize(
    ("user_id", "on_wire"),
    [
        ("0", 0),
        ("42", 42),
        ("9007199254740991", 2**53 - 1),
        ("9007199254740992", "9007199254740992"),
        ("9" * 16, "9" * 16),
        ("9" * 17, "9" * 17),
        ("042", "042"),
        ("00", "00"),
        ("-1", "-1"),
        ("4.0", "4.0"),
        ("1e3", "1e3"),
        ("٤٢", "٤٢"),
        ("42\n", "42\n"),
        ("", ""),
        ("ada", "ada"),
    ],
)
def test_a_user_id_that_is_written_like_an_integer_is_a_number_on_the_wire(
    user_id: str, on_wire: int | str
) -> None:
    assert user_id_on_wire(user_id) == on_wire
    assert user_id_from_wire(on_wire) == user_id


def test_a_guest_is_known_by_the_id() -> None:
    assert is_guest("guest:abc")
    assert not is_guest("guest")
    assert not is_guest("42")


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("Ada", "Ada"),
        ("  Ada Lovelace ", "Ada Lovelace"),
        ("A\u202eda\n\0", "Ada"),
        ("Zoë 😀", "Zoë 😀"),
        ("a\ud83d", "a"),
        ("x" * 70, "x" * 64),
        ("x" * 63 + " y", "x" * 63),
        ("\n\t", None),
        ("", None),
    ],
)
def test_a_persons_name_is_made_fit_to_show(name: str, clean: str | None) -> None:
    assert clean_name(name) == clean
