"""What the hub asks of the store about what is said in rooms, and how each answer reaches it.

Part of `store_calls`, which runs it. Does not know connections. Source: core/room_effects.py.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, assert_never

from collab_server.core.room_effects import (
    ChangeGrant,
    CheckPassword,
    CloseRoom,
    FindReader,
    FindTerms,
    ForgetOld,
    OpenStream,
    ReadHistory,
    RevokeInvitations,
    RoomStoreEffect,
    SaveReadMarks,
    StoreEvents,
)

if TYPE_CHECKING:
    from collab_server.core.hub import Hub
    from collab_server.storage.room_store import RoomStore

Answer = Callable[[], None]


class RoomCalls:
    """Carries out a store effect of rooms, and says what the hub is to be told."""

    def __init__(
        self,
        store: RoomStore,
        hub: Hub,
        *,
        clock: Callable[[], float],
        wall_clock: Callable[[], float],
    ) -> None:
        self._store = store
        self._hub = hub
        self._clock = clock
        self._wall_clock = wall_clock

    async def answer_to(self, effect: RoomStoreEffect) -> Answer:
        """Do what is asked.

        Raises:
            StoreError: It could not be done.
        """
        answers = self._hub.room_answers
        match effect:
            case StoreEvents():
                outcomes = await self._store.store_events(effect.events, epoch=effect.epoch)
                return partial(answers.events_stored, effect.batch, outcomes, self._clock())
            case OpenStream():
                stored = await self._store.open_stream(
                    effect.room, count=effect.count, epoch=effect.epoch
                )
                return partial(answers.stream_opened, effect.room, stored, *self._now())
            case FindReader():
                mark, unread = await self._store.find_reader(
                    effect.room, effect.user_id, up_to=effect.up_to, mark=effect.mark
                )
                return partial(answers.reader_found, effect, mark, unread, *self._now())
            case ReadHistory():
                page = await self._store.history(
                    effect.room, before=effect.before, after=effect.after, limit=effect.limit
                )
                return partial(answers.history_read, effect, page, self._clock())
            case SaveReadMarks():
                await self._store.save_read_marks(effect.marks)
                return partial(answers.marks_saved, self._clock(), are_saved=True)
            case ForgetOld():
                await self._store.forget_old(effect.keeps)
                return _nothing
            case ChangeGrant():
                letters = await self._store.change_grant(
                    effect.room, effect.user_id, effect.perm, spares_members=effect.spares_members
                )
                return partial(answers.grant_changed, effect, letters, *self._now())
            case RevokeInvitations():
                await self._store.revoke_invitations(effect.room, effect.code)
                return partial(answers.invitations_revoked, effect, self._wall_clock())
            case CloseRoom():
                await self._store.close_room(effect.room, effect.user_id)
                return partial(answers.room_closed, effect, *self._now())
            case FindTerms():
                terms = await self._store.terms_of(effect.room)
                return partial(answers.terms_found, effect, terms, *self._now())
            case CheckPassword():
                letters = await self._store.check_password(
                    effect.room, effect.user_id, effect.password
                )
                return partial(answers.password_checked, effect, letters, *self._now())
            case _:
                assert_never(effect)

    def failure_of(self, effect: RoomStoreEffect) -> Answer:
        """Return what the hub is told when it could not be done."""
        now_s = self._clock()
        answers = self._hub.room_answers
        match effect:
            case StoreEvents():
                return partial(answers.events_refused, effect.batch, now_s)
            case OpenStream():
                return partial(answers.stream_failed, effect.room, now_s)
            case FindReader() | FindTerms():
                return partial(self._hub.client_answers.request_failed, effect.client, None, now_s)
            case ReadHistory():
                return partial(answers.history_failed, effect, now_s)
            case SaveReadMarks():
                return partial(answers.marks_saved, now_s, are_saved=False)
            case ForgetOld():
                return _nothing
            case ChangeGrant() | RevokeInvitations() | CloseRoom():
                return partial(answers.change_failed, effect, now_s)
            case CheckPassword():
                return partial(answers.password_unchecked, effect, now_s)
            case _:
                assert_never(effect)

    def _now(self) -> tuple[float, float]:
        return self._clock(), self._wall_clock()


def _nothing() -> None:
    """Tell the hub nothing."""
