"""From a session's effects to a room's conversation, as everybody who shows one keeps it.

Knows no widget and no clock. Source: PROTOCOL.md §3 (streams), EDITOR.md (chat).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.collab import session_effects as effects
from app.model.room_messages import MessagePosted

if TYPE_CHECKING:
    from app.collab.session_effects import SessionEffect
    from app.model.conversation import Conversation
    from app.model.room_messages import RoomMessage


def feed(
    conversation: Conversation, effect: SessionEffect, *, is_watched: bool = False
) -> tuple[RoomMessage, ...]:
    """Take an effect about a room into its conversation.

    Args:
        conversation: of the room that the effect names.
        effect: any; those that are not about what is said change nothing.
        is_watched: whether somebody looks at the end of the conversation.

    Returns:
        What others said that is news to this user.
    """
    match effect:
        case effects.StreamBegan():
            conversation.begin(
                effect.messages,
                has_older=effect.has_older,
                unread=effect.unread,
                read_offset=effect.read_offset,
            )
        case effects.StreamBroken() | effects.MessagesLost():
            conversation.note_gap()
        case effects.RoomSpoke(changes=changes):
            top = max(conversation.top_offset, conversation.read_offset)
            conversation.take(changes, is_watched=is_watched)
            posted = [each.message for each in changes if isinstance(each, MessagePosted)]
            return tuple(
                message
                for message in posted
                if message.offset > top
                and message.user_id != conversation.me
                and not message.is_deleted
            )
        case effects.PageCame(messages=messages, is_older=is_older, has_more=has_more):
            conversation.take_page(messages, is_older=is_older, has_more=has_more)
        case effects.DeliveryChanged(mid=mid, delivery=delivery, failure=failure):
            conversation.deliver(mid, delivery, failure=failure)
        case effects.MessageStored(mid=mid, message_id=message_id, offset=offset, at_s=at_s):
            conversation.store(mid, message_id=message_id, offset=offset, at_s=at_s)
        case effects.ReadMoved(user_id=user_id, offset=offset):
            conversation.take_mark(user_id, offset)
        case _:
            pass
    return ()
