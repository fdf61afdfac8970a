"""What back-ends publish over Redis, and what is none of it."""

import json

import pytest

from collab_server.backplane.published import (
    MOST_BYTES,
    NotPublished,
    Published,
    WrongShape,
    from_channel,
    from_stream,
)

DOWNLOADED = {
    "type": "file_downloaded",
    "file_id": 7,
    "downloader": "Grace",
    "filename": "naïve 😀.txt",
    "count": 3,
    "timestamp": 1_800_000_000,
}


def channel_shape(data: bytes, channel: bytes = b"user_1") -> WrongShape:
    with pytest.raises(NotPublished) as caught:
        from_channel(channel, data, prefix="")
    return caught.value.shape


def stream_shape(fields: dict[bytes, bytes]) -> WrongShape:
    with pytest.raises(NotPublished) as caught:
        from_stream(fields, b"1-0")
    return caught.value.shape


def said(**fields: object) -> bytes:
    return json.dumps({"type": "message", "message": "x"} | fields).encode()


def test_what_the_products_publish_is_a_message() -> None:
    data = json.dumps({"type": "message", "room": "notifications_42", "message": DOWNLOADED})

    read = from_channel(b"notifications_42", data.replace("/", "\\/").encode(), prefix="")

    assert read == Published("notifications_42", DOWNLOADED)


def test_the_room_may_be_left_to_the_channel_and_the_channel_may_have_a_prefix() -> None:
    read = from_channel(b"mmb:ocr_job_5", said(), prefix="mmb:")

    assert read == Published("ocr_job_5", "x")


@pytest.mark.parametrize("message", [None, False, 0, "", [], {}])
def test_falsy_messages_are_messages(message: object) -> None:
    assert from_channel(b"user_1", said(message=message), prefix="").message == message


def test_a_key_and_an_owner_are_taken_along() -> None:
    read = from_channel(b"ocr_job_1", said(idempotency_key="k", owner=42), prefix="")

    assert (read.key, read.owner) == ("k", "42")


@pytest.mark.parametrize(
    ("data", "shape"),
    [
        (b"", WrongShape.NOT_JSON),
        (b"\xff", WrongShape.NOT_JSON),
        (b"hello", WrongShape.NOT_JSON),
        (b"[]", WrongShape.NO_OBJECT),
        (b'"x"', WrongShape.NO_OBJECT),
        (b"{}", WrongShape.UNKNOWN_TYPE),
        (said(type="edit"), WrongShape.UNKNOWN_TYPE),
        (said(type=None), WrongShape.UNKNOWN_TYPE),
        (said(room="user_2"), WrongShape.OTHER_ROOM),
        (said(room=None), WrongShape.OTHER_ROOM),
        (b'{"type":"message"}', WrongShape.NO_MESSAGE),
        (said(idempotency_key=""), WrongShape.BAD_KEY),
        (said(idempotency_key=7), WrongShape.BAD_KEY),
        (said(idempotency_key="x" * 256), WrongShape.BAD_KEY),
        (said(owner=[]), WrongShape.BAD_KEY),
        (said(owner=True), WrongShape.BAD_KEY),
        (b'{"a":' * 40 + b"1" + b"}" * 40, WrongShape.TOO_LARGE),
        (b"[" * MOST_BYTES, WrongShape.TOO_LARGE),
        (b" " * (MOST_BYTES + 1), WrongShape.TOO_LARGE),
    ],
)
def test_what_has_another_shape_is_none(data: bytes, shape: WrongShape) -> None:
    assert channel_shape(data) is shape


def test_an_entry_of_the_stream_is_a_message_and_its_own_key() -> None:
    fields = {b"room": b"user_1", b"data": json.dumps(DOWNLOADED).encode()}

    assert from_stream(fields, b"5-1") == Published("user_1", DOWNLOADED, "redis:5-1")


def test_an_entry_may_bring_a_key_and_an_owner() -> None:
    fields = {b"room": b"ocr_job_1", b"data": b"1", b"key": b"job-1", b"owner": b"42"}

    assert from_stream(fields, b"5-1") == Published("ocr_job_1", 1, "job-1", "42")


@pytest.mark.parametrize(
    ("fields", "shape"),
    [
        ({}, WrongShape.NO_ROOM),
        ({b"data": b"1"}, WrongShape.NO_ROOM),
        ({b"room": b"user_1"}, WrongShape.NO_MESSAGE),
        ({b"room": b"user_1", b"data": b"{"}, WrongShape.NOT_JSON),
        ({b"room": b"user_1", b"data": b"1", b"key": b""}, WrongShape.BAD_KEY),
        ({b"room": b"user_1", b"data": b"1", b"key": b"x" * 256}, WrongShape.BAD_KEY),
    ],
)
def test_an_entry_of_another_shape_is_none(fields: dict[bytes, bytes], shape: WrongShape) -> None:
    assert stream_shape(fields) is shape
