"""The chat of a session's room: what is said there, and what this user says and does.

Knows no widget and no frame. One object outlives the sessions of its window; outside one it is
empty. Source: EDITOR.md (chat), PROTOCOL.md §3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from PySide6.QtCore import QTimer, Signal, Slot

from app.collab import session_effects as effects
from app.collab.conversation_feed import feed
from app.collab.unsent_log import UnsentMessage
from app.model.conversation import Conversation
from app.model.mentions import find_mentions
from app.model.room_messages import Delivery, RoomMessage
from app.model.typing_people import TypingPeople
from app.services.room_listener import Heard, RoomListener
from app.services.unsent_messages import key_of
from collab_server.protocol import room_events
from collab_server.protocol.events import encode_value
from collab_server.protocol.limits import Limits
from collab_server.protocol.names import RoomId

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.collab.session_effects import SessionEffect
    from app.model.participants import Participant
    from app.services.running_session import RunningSession
    from app.services.unsent_messages import UnsentMessages

LONGEST_BYTES = Limits().chat_bytes
"""Of a message as JSON."""

_READ = "r"
_HISTORY = "h"


def is_too_long(text: str) -> bool:
    """Tell whether the server would not take a message."""
    return len(encode_value(text)) > LONGEST_BYTES


class Chat(RoomListener):
    """One room's chat.

    Invariant: what is written is in the conversation at once, and stays there until the server has
    stored it or this user has given it up.
    """

    changed = Signal()  # what is said, or whether something can be
    typing_changed = Signal()
    news_came = Signal(object)  # tuple[RoomMessage, ...] of others
    change_refused = Signal(str)  # an edit, deletion or reaction; the error's slug
    page_settled = Signal()  # a page came, or does not

    def __init__(self, *, unsent: UnsentMessages | None = None, **how: Unpack[Heard]) -> None:
        """Prepare; there is no room yet.

        Args:
            unsent: keeps what waits beyond this process; None: nothing does.
            how: clocks and Qt's owner.
        """
        super().__init__(**how)
        self._unsent = unsent
        self._has_resumed = False  # what an earlier process left, in this session
        self._perm = ""
        self._is_watched = False
        self._names: dict[str, str] = {}  # of others in the room
        self.conversation = Conversation()
        self.typing = TypingPeople()
        self._typing_timer = QTimer(self, singleShot=True)
        self._typing_timer.timeout.connect(self._on_typing_due)

    @property
    def can_write(self) -> bool:
        """Whether there is a room that this user may speak in."""
        return _READ in self._perm

    @property
    def perm(self) -> str:
        """This user's letters in the room; empty while it is in none."""
        return self._perm

    @property
    def has_history(self) -> bool:
        """Whether what was said earlier can be read."""
        return _HISTORY in self._perm

    @property
    def names(self) -> Mapping[str, str]:
        """Of the others who are here, by user id."""
        return self._names

    def attach(self, session: RunningSession) -> None:
        """Follow a session that is about to begin."""
        super().attach(session)
        session.participants_changed.connect(self._on_participants_changed)
        if session.facts.room:  # one that an earlier process had: what it left is there at once
            self.conversation.me = session.facts.user_id
            for said in self._kept(session):
                self._show_waiting(session, said)

    def detach(self) -> None:
        """Let go of the session, and of what was said in it."""
        if self._session is not None:
            self._session.participants_changed.disconnect(self._on_participants_changed)
        super().detach()
        self._perm, self._names, self._has_resumed = "", {}, False
        self.conversation = Conversation()
        self.typing.clear()
        self.changed.emit()
        self.typing_changed.emit()

    def post(self, text: str, *, reply_to: int | None = None) -> None:
        """Say something, now or as soon as there is a connection."""
        room, session = self._room, self._session
        if session is None or not self.can_write:
            return
        mentions = list(dict.fromkeys(each.user_id for each in find_mentions(text, self._names)))
        desk, now_s = session.live.session.rooms, self._clock()
        desk.signals.set_typing(room, now_s, is_typing=False)
        mid = desk.outgoing.post(room, text, reply_to=reply_to, mentions=mentions, now_s=now_s)
        said = UnsentMessage(mid, text, self._unix_clock(), reply_to, tuple(mentions))
        if self._unsent is not None:
            self._unsent.keep(key_of(session.facts), said)
        self._show_waiting(session, said)
        if self.conversation.has_newer:
            desk.begin_anew(room)
        session.live.flush()
        self.changed.emit()

    def retry(self, mid: str) -> None:
        """Try once more with a message that was refused."""
        if self._session is not None:
            self._session.live.session.rooms.outgoing.retry(mid, self._clock())
            self._session.live.flush()

    def give_up(self, mid: str) -> None:
        """Forget a message that was refused."""
        if self._session is not None:
            self._session.live.session.rooms.outgoing.withdraw(mid)
            self._settle(mid)
        self.conversation.withdraw(mid)
        self.changed.emit()

    def edit(self, message_id: int, text: str) -> None:
        """Change what an own message says."""
        self._change(
            message_id,
            room_events.EditMessage(room=self._room, message_id=message_id, message=text),
        )

    def remove(self, message_id: int) -> None:
        """Take a message away."""
        delete = room_events.DeleteMessage(room=self._room, message_id=message_id)
        self._change(message_id, delete)

    def react(self, message_id: int, emoji: str) -> None:
        """Put an emoji under a message, or take one's own away."""
        message = self.conversation.message_of(message_id)
        if message is not None:
            has_mine = self.conversation.me in message.reactions.get(emoji, ())
            react = room_events.React(
                room=self._room,
                message_id=message_id,
                emoji=emoji,
                op="remove" if has_mine else "add",
            )
            self._change(message_id, react)

    def set_typing(self, *, is_typing: bool) -> None:
        """Let the others know that this user writes, or has stopped to."""
        if self._session is not None and self._room:
            signals = self._session.live.session.rooms.signals
            signals.set_typing(self._room, self._clock(), is_typing=is_typing)
            self._session.live.flush()

    def set_watched(self, *, is_watched: bool) -> None:
        """Take in whether somebody looks at the end of the conversation, and so reads it."""
        self._is_watched = is_watched
        if is_watched and self.conversation.mark_read():
            self._tell_mark()
            self.changed.emit()

    def load(self, *, is_older: bool) -> None:
        """Ask for the page before or after what is here, if there is one."""
        chat = self.conversation
        if self._session is None or not (chat.has_older if is_older else chat.has_newer):
            return
        desk = self._session.live.session.rooms
        if is_older:
            desk.ask_page(self._room, before=chat.first_offset)
        else:
            desk.ask_page(self._room, after=chat.last_offset)
        self._session.live.flush()

    def show_newest(self) -> None:
        """Begin anew at the end, when what is here is far from it."""
        if self._session is not None and self.conversation.has_newer:
            self._session.live.session.rooms.begin_anew(self._room)
            self._session.live.flush()

    @property
    def _room(self) -> RoomId:
        return RoomId(self._session.facts.room if self._session is not None else "")

    @Slot(object)
    def _on_told(self, effect: SessionEffect) -> None:
        if getattr(effect, "room", None) == self._room:
            self._take(effect)

    @Slot(object)
    def _on_participants_changed(self, participants: Sequence[Participant]) -> None:
        self._names = {each.user_id: each.name for each in participants if not each.is_self}
        told = [each.perm for each in participants if each.is_self and each.perm]
        if self._perm and told:  # it changes while one is there
            self._perm = told[0]
        self.changed.emit()

    @Slot()
    def _on_typing_due(self) -> None:
        self.typing.tick(self._clock())
        self._show_typing()

    def _take(self, effect: SessionEffect) -> None:
        match effect:
            case effects.StreamBegan(perm=perm):
                assert self._session is not None
                self.conversation.me = self._session.facts.user_id
                self._perm = perm
            case effects.StreamWentOn(perm=perm) | effects.StreamBroken(perm=perm):
                self._perm = perm
            case effects.TypingHeard():
                self._hear_typing(effect)
                return
            case effects.ChangeRefused(slug=slug):
                self.change_refused.emit(slug)
                return
            case effects.RoomLost():
                self._perm = ""
            case effects.MessageStored(mid=mid):
                self._settle(mid)
            case _:
                pass
        before = self.conversation.read_offset
        news = feed(self.conversation, effect, is_watched=self._is_watched)
        if isinstance(effect, effects.StreamBegan):
            self._resume()
        if self._is_watched:
            self.conversation.mark_read()
        if self.conversation.read_offset > before and not isinstance(effect, effects.ReadMoved):
            self._tell_mark()
        for message in news:
            self.typing.stop(message.user_id or "")
        if news:
            self._show_typing()
        self.changed.emit()
        if isinstance(effect, effects.PageCame | effects.PageFailed | effects.StreamBegan):
            self.page_settled.emit()
        if news:
            self.news_came.emit(news)

    def _resume(self) -> None:
        """Say once more what an earlier process could not, with the names it had then."""
        session = self._session
        if session is None or self._has_resumed or not self.can_write:
            return
        self._has_resumed = True
        for said in self._kept(session):
            session.live.session.rooms.outgoing.post(
                self._room,
                said.text,
                reply_to=said.reply_to,
                mentions=said.mentions,
                mid=said.mid,
                now_s=self._clock(),
            )
            self._show_waiting(session, said)
        session.live.flush()

    def _kept(self, session: RunningSession) -> list[UnsentMessage]:
        return self._unsent.of(key_of(session.facts)) if self._unsent is not None else []

    def _settle(self, mid: str) -> None:
        if self._session is not None and self._unsent is not None:
            self._unsent.settle(key_of(self._session.facts), mid)

    def _show_waiting(self, session: RunningSession, said: UnsentMessage) -> None:
        self.conversation.write(
            RoomMessage(
                id=0,
                offset=0,
                user_id=self.conversation.me,
                name=session.facts.person,
                payload=said.text,
                at_s=said.at_s,
                mid=said.mid,
                reply_to=said.reply_to,
                mentions=said.mentions,
                delivery=Delivery.WAITING,
            )
        )

    def _hear_typing(self, heard: effects.TypingHeard) -> None:
        if heard.is_typing:
            name = self._names.get(heard.user_id, heard.name)
            self.typing.hear(heard.user_id, name, self._clock(), ttl_s=heard.ttl_s)
        else:
            self.typing.stop(heard.user_id)
        self._show_typing()

    def _show_typing(self) -> None:
        due_s = self.typing.due_s()
        if due_s is None:
            self._typing_timer.stop()
        else:
            self._typing_timer.start(max(1, round((due_s - self._clock()) * 1000)))
        self.typing_changed.emit()

    def _tell_mark(self) -> None:
        if self._session is not None:
            signals = self._session.live.session.rooms.signals
            signals.mark_read(self._room, self.conversation.read_offset, self._clock())
            self._session.live.flush()

    def _change(
        self,
        message_id: int,
        change: room_events.EditMessage | room_events.DeleteMessage | room_events.React,
    ) -> None:
        if self._session is not None:
            self._session.live.session.rooms.outgoing.change(self._room, message_id, change)
            self._session.live.flush()
