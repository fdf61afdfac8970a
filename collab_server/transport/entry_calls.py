"""What lets somebody in: nonces, invitations, grants, rooms of one's own; asked of the store.

The two that every connection needs, its nonce and its grants, are asked without a task, and the
answers of many come together. Does not know connections. Source: PROTOCOL.md §2, core/effects.py.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any, TypeGuard

from collab_server.backplane.errors import HookFailed
from collab_server.core.effects import (
    BindNonce,
    CreateInvitation,
    CreateRoom,
    FindGrants,
    RedeemInvitation,
)
from collab_server.core.permissions import BANNED, CLOSED, is_grantable
from collab_server.protocol.names import parse_room
from collab_server.storage.errors import InvitationRefused, RoomTaken, StoreError
from collab_server.storage.sessions import NonceBinding

if TYPE_CHECKING:
    from collab_server.core.hub import Hub
    from collab_server.storage.answers import Told
    from collab_server.storage.store import Store

logger = logging.getLogger(__name__)

EntryEffect = BindNonce | RedeemInvitation | CreateInvitation | CreateRoom | FindGrants

Authorize = Callable[[str, str], Awaitable[str]]
"""Asks a product for a user's letters in a room; raises `HookFailed`."""

Answer = Callable[[], None]
"""A method of the hub, with everything it is to be told."""


class EntryCalls:
    """Asks, and makes of what is answered what the hub is to be told."""

    def __init__(
        self,
        store: Store,
        hub: Hub,
        *,
        clock: Callable[[], float],
        wall_clock: Callable[[], float],
        authorize: Authorize | None,
    ) -> None:
        self._store = store
        self._hub = hub
        self._clock = clock
        self._wall_clock = wall_clock
        self._authorize = authorize

    def is_short(self, effect: object) -> TypeGuard[BindNonce | FindGrants]:
        """Tell whether nothing but one call of the store is needed, so that it can be begun."""
        return isinstance(effect, BindNonce) or (
            isinstance(effect, FindGrants) and self._authorize is None
        )

    def begin(self, effect: BindNonce | FindGrants, told: Told) -> None:
        """Ask without a task; `told` hears in a later turn what `answer_of` needs.

        Raises:
            StoreError: It was not begun, and `told` will not be called.
        """
        if isinstance(effect, FindGrants):
            self._store.entry.begin_grants_for(effect.user_id, effect.room, told)
        else:
            wanted = NonceBinding(effect.session_id, effect.key_hash, is_new=True)
            self._store.entry.begin_bind_nonce(effect.nonce, wanted, effect.expires_at_s, told)

    def answer_of(self, effect: BindNonce | FindGrants, result: Any) -> Answer:  # noqa: ANN401
        """Make of what the store said what the hub is to be told; `result` is as `begin` has it."""
        answers = self._hub.client_answers
        if isinstance(effect, FindGrants):
            return partial(answers.grants_found, effect, result, *self._now())
        session = (effect.client, result.session_id, result.key_hash)
        return partial(answers.nonce_bound, *session, *self._now())

    async def answer_to(self, effect: EntryEffect) -> Answer:
        """Ask, and return what the hub is to be told.

        Raises:
            StoreError: The store could not do it.
        """
        match effect:
            case RedeemInvitation():
                return await self._redeem(effect)
            case CreateInvitation():
                return await self._create_invitation(effect)
            case CreateRoom():
                return await self._create_room(effect)
            case FindGrants():
                perm = await self._store.entry.grants_for(effect.user_id, effect.room)
                authorized = await self._ask_product(effect, perm)
                found = self._hub.client_answers.grants_found
                return partial(found, effect, perm, *self._now(), authorized=authorized)
            case BindNonce():
                raise AssertionError("begun, and not awaited")

    def failure_of(self, effect: EntryEffect) -> Answer:
        """Return what the hub is to be told when the store could not do it."""
        request_id = (
            effect.request_id if isinstance(effect, CreateInvitation | CreateRoom) else None
        )
        failed = self._hub.client_answers.request_failed
        return partial(failed, effect.client, request_id, self._clock())

    def _now(self) -> tuple[float, float]:
        return self._clock(), self._wall_clock()

    async def _redeem(self, effect: RedeemInvitation) -> Answer:
        now_unix_s = self._wall_clock()
        try:
            if effect.is_look:
                return await self._look(effect, now_unix_s)
            redeemed = await self._store.entry.redeem_invitation(effect.code, now_s=now_unix_s)
            room = parse_room(redeemed.room)
        except InvitationRefused as error:
            refused = self._hub.client_answers.invitation_refused
            return partial(refused, effect.client, error.reason, self._clock())
        opened = self._hub.client_answers.invitation_redeemed
        return partial(opened, effect.client, room, redeemed.perm, self._clock(), now_unix_s)

    async def _look(self, effect: RedeemInvitation, now_unix_s: float) -> Answer:
        looked = await self._store.entry.look_at_invitation(effect.code, now_s=now_unix_s)
        return partial(
            self._hub.client_answers.invitation_looked_at,
            effect.client,
            parse_room(looked.room),
            perm=looked.perm,
            expires_at_s=looked.expires_at_s,
            uses_left=looked.uses_left,
            created_by=looked.created_by,
        )

    async def _create_invitation(self, effect: CreateInvitation) -> Answer:
        await self._store.entry.create_invitation(
            code=effect.code,
            room=effect.room,
            perm=effect.perm,
            expires_at_s=effect.expires_at_s,
            max_uses=effect.max_uses,
            created_by=effect.created_by,
        )
        return partial(
            self._hub.client_answers.invitation_created,
            effect.client,
            effect.request_id,
            effect.room,
            effect.code,
            effect.expires_at_s,
        )

    async def _create_room(self, effect: CreateRoom) -> Answer:
        try:
            await self._store.entry.create_room(effect.room, effect.owner)
            if effect.terms is not None:
                await self._store.rooms.set_terms(effect.room, effect.terms)
        except RoomTaken:
            return self.failure_of(effect)
        return partial(
            self._hub.client_answers.room_stored, effect.client, effect.request_id, effect.room
        )

    async def _ask_product(self, effect: FindGrants, granted: str) -> str:
        """Ask the hook, if there is one; its failure grants nothing, and may pass."""
        is_out = granted in (BANNED, CLOSED)
        if self._authorize is None or is_out or not is_grantable(effect.room):
            return ""
        try:
            return await self._authorize(effect.user_id, effect.room)
        except HookFailed as error:
            told = {"client": effect.client, "room": effect.room}
            logger.warning("the authorize hook failed: %s", error, extra=told)
            if granted:
                return ""
            raise StoreError("the authorize hook does not answer") from error
