"""How a conversation is laid out: which messages stand together, where a day or what is new begins.

Knows no widget and no clock but the times in the messages. Source: EDITOR.md (chat).
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.model.room_messages import Delivery, RoomMessage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.model.conversation import Conversation

TOGETHER_S = 300.0
"""Messages of one author within this time of each other stand under one name."""

_MOST_QUOTED_CHARS = 120
_LAST_SECOND = 32_503_680_000.0  # the year 3000; what says another time is taken for it


@dataclass(frozen=True, slots=True)
class ChatRow:
    """One message and what stands above and below it."""

    message: RoomMessage
    day: datetime.date | None  # stands above it when it is the first of that day
    is_first: bool  # its author's name stands above it
    is_first_new: bool
    is_after_gap: bool  # some may be missing before it
    is_own: bool
    is_for_me: bool  # it names this user, or answers one
    quoted: str  # what the message says that it answers, in one line; empty when it answers none
    quoted_name: str
    my_reactions: frozenset[str]  # emoji that this user put under it
    readers: tuple[str, ...]  # names of those known to have read as far as this own message


def chat_rows(
    conversation: Conversation, names: Mapping[str, str], zone: datetime.tzinfo | None = None
) -> list[ChatRow]:
    """Return a conversation as rows.

    Args:
        conversation: what is known.
        names: of people who are here, by user id; others go by the name in their message.
        zone: in which days begin; None: this machine's.
    """
    rows: list[ChatRow] = []
    before: RoomMessage | None = None
    is_new_shown = conversation.new_after is None or conversation.has_newer
    by_id = {message.id: message for message in conversation.messages}
    read_by = _readers(conversation, names)
    for message in conversation.rows:
        day = _day(message, zone)
        is_new_day = before is None or _day(before, zone) != day
        is_stored = message.delivery is Delivery.STORED
        is_first_new = not is_new_shown and (
            is_stored
            and message.user_id != conversation.me
            and message.offset > (conversation.new_after or 0)
        )
        is_new_shown = is_new_shown or is_first_new
        is_after_gap = message.id in conversation.gaps and is_stored
        breaks = is_new_day or is_first_new or is_after_gap
        answered = by_id.get(message.reply_to) if message.reply_to else None
        rows.append(
            ChatRow(
                message,
                day if is_new_day else None,
                breaks or not _stand_together(before, message),
                is_first_new,
                is_after_gap,
                message.user_id == conversation.me,
                conversation.is_for_me(message),
                _quote(message, answered),
                _name_of(answered, names) if answered else "",
                frozenset(
                    emoji for emoji, users in message.reactions.items() if conversation.me in users
                ),
                read_by.get(message.id, ()) if is_stored else (),
            )
        )
        before = message
    return rows


def _readers(conversation: Conversation, names: Mapping[str, str]) -> dict[int, tuple[str, ...]]:
    """Return who has read this user's last message, and no more than that."""
    own = [each for each in conversation.messages if each.user_id == conversation.me]
    if not own or conversation.has_newer:
        return {}
    last = own[-1]
    readers = [
        names[user]
        for user, offset in conversation.readers.items()
        if offset >= last.offset and user in names
    ]
    return {last.id: tuple(sorted(readers, key=str.casefold))} if readers else {}


def _stand_together(before: RoomMessage | None, message: RoomMessage) -> bool:
    if before is None or before.user_id != message.user_id or message.reply_to:
        return False
    return before.name == message.name and 0 <= message.at_s - before.at_s < TOGETHER_S


def _day(message: RoomMessage, zone: datetime.tzinfo | None) -> datetime.date:
    seconds = min(max(0.0, message.at_s), _LAST_SECOND)
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).astimezone(zone).date()


def _quote(message: RoomMessage, answered: RoomMessage | None) -> str:
    if not message.reply_to:
        return ""
    if answered is None:
        return "…"
    return " ".join(answered.text.split())[:_MOST_QUOTED_CHARS] or "…"


def _name_of(message: RoomMessage, names: Mapping[str, str]) -> str:
    return names.get(message.user_id or "", message.name)
