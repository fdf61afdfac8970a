"""The letters that a user has in a room."""

import pytest

from collab_server.core.permissions import is_grantable, is_open_in_dev, rights_in
from collab_server.protocol.names import parse_room, user_segment


def rights(
    room: str,
    user: str = "42",
    *,
    token: dict[str, str] | None = None,
    granted: str = "",
    dev: bool = False,
) -> str:
    name = parse_room(room)
    return rights_in(name, user_id=user, token_rooms=token or {}, granted=granted, dev=dev)


@pytest.mark.parametrize(
    ("room", "user", "expected"),
    [
        ("notifications_42", "42", "rh"),
        ("notifications_43", "42", ""),
        ("user_42", "42", "rh"),
        ("user_42", "43", ""),
        ("chat_lobby", "42", "rwh"),
        ("chat_lobby", "guest:1", ""),
        ("dm:42:43", "42", "rwh"),
        ("dm:42:43", "43", "rwh"),
        ("dm:42:43", "44", ""),
        ("dm:43:42", "42", ""),
        ("dm:42", "42", ""),
        ("codexpro_project_7", "42", ""),
        ("ocr_job_7", "42", ""),
        ("proshare_room_7", "42", ""),
        ("room_1", "42", ""),
        ("test_1", "42", ""),
        ("chat_", "42", ""),
        ("anything", "42", ""),
    ],
)
def test_a_class_gives(room: str, user: str, expected: str) -> None:
    assert rights(room, user) == expected


def test_a_strange_user_id_has_a_room_of_its_own() -> None:
    assert rights(f"user_{user_segment('né à 5')}", "né à 5") == "rh"


@pytest.mark.parametrize("room", ["room_1", "test_1"])
def test_rooms_for_development_are_open_there(room: str) -> None:
    assert rights(room, dev=True) == "rw"


def test_token_and_grants_add_up_in_the_usual_order() -> None:
    token = {"codexpro_project_*": "wr", "codexpro_project_8": "m"}

    assert rights("codexpro_project_7", token=token, granted="h") == "rwh"


def test_a_token_opens_nobody_elses_notifications() -> None:
    assert rights("notifications_43", token={"*": "rwhmo"}, granted="o") == ""


def test_nobody_writes_what_a_back_end_publishes() -> None:
    assert rights("ocr_job_1", token={"ocr_job_*": "rw"}) == "r"


@pytest.mark.parametrize(
    ("room", "expected"),
    [("codexpro_project_7", True), ("proshare_room_x", True), ("chat_x", False), ("x", False)],
)
def test_grants_exist_for_some_classes(room: str, expected: bool) -> None:
    assert is_grantable(parse_room(room)) is expected


@pytest.mark.parametrize(
    ("room", "expected"),
    [("room_1", True), ("test_1", True), ("codexpro_project_7", False), ("notes", False)],
)
def test_some_rooms_are_open_to_all_for_trying_things_out(room: str, expected: bool) -> None:
    assert is_open_in_dev(parse_room(room)) is expected
