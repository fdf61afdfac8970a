"""Messages of a room for tests, with what they say and nothing else that matters."""

from typing import Any

from app.model.room_messages import RoomMessage


def said(number: int, text: object = None, *, by: str | None = "grace", **more: Any) -> RoomMessage:
    """Return the message at a place of the stream; its id is ten times that."""
    facts: dict[str, Any] = {
        "id": number * 10,
        "offset": number,
        "user_id": by,
        "name": (by or "").title(),
        "payload": f"message {number}" if text is None else text,
        "at_s": 1_800_000_000.0 + number,
    }
    return RoomMessage(**(facts | more))


def written(mid: str, text: str = "draft", *, by: str = "ada") -> RoomMessage:
    """Return a message that is not stored yet."""
    return said(0, text, by=by, id=0, mid=mid)
