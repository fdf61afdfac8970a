"""What is said in rooms, for hubs in memory: real statements, on a real database without a file.

Answers the effects of `core.room_effects` at once, or refuses them as a failing disk would.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from collab_server.core import room_effects
from collab_server.storage import invitations, messages, room_terms, rooms, streams
from collab_server.storage.passwords import Cost, hash_password, is_password
from collab_server.storage.schema_sql import SCHEMA_SQL

if TYPE_CHECKING:
    from collab_server.core.effects import Effect
    from collab_server.core.hub import Hub
    from collab_server.protocol.names import RoomId
    from collab_server.protocol.room_facts import NewTerms, RoomTerms


CHEAP = Cost(2, 1, 1)


class MemoryRooms:
    """What survives a restart of the hub."""

    def __init__(self) -> None:
        self.database = sqlite3.connect(":memory:", isolation_level=None)
        self.database.executescript(SCHEMA_SQL)

    def set_terms(self, room: RoomId, terms: NewTerms) -> RoomTerms:
        """Let something hold in a room."""
        password = terms.password
        columns = {
            "password_hash": hash_password(password, CHEAP)
            if isinstance(password, str)
            else password,
            "max_users": terms.max_users,
            "expires_at_s": terms.expires_at_s,
            "keep_s": terms.keep_s,
        }
        return room_terms.set_terms(self.database, room, columns)

    def answer(self, hub: Hub, effect: Effect, now_s: float, unix_s: float) -> None:
        """Do what is asked, and tell the hub."""
        database, answers = self.database, hub.room_answers
        now, now_ms = (now_s, unix_s), int(unix_s * 1000)
        match effect:
            case room_effects.StoreEvents(batch=batch, events=new, epoch=epoch):
                outcomes = messages.store_events(database, new, epoch, now_ms)
                answers.events_stored(batch, outcomes, now_s)
            case room_effects.OpenStream(room=room, count=count, epoch=epoch):
                stored = streams.open_stream(database, room, count, epoch, now_ms)
                answers.stream_opened(room, stored, *now)
            case room_effects.FindReader(room=room, user_id=user, up_to=up_to, mark=known):
                mark, unread = streams.find_reader(database, room, user, up_to, known)
                answers.reader_found(effect, mark, unread, *now)
            case room_effects.ReadHistory(room=room, before=before, after=after, limit=limit):
                page = streams.page_of_history(
                    database, room, before=before, after=after, limit=limit, now_ms=now_ms
                )
                answers.history_read(effect, page, now_s)
            case room_effects.SaveReadMarks(marks=marks):
                streams.save_read_marks(database, marks, now_ms)
                answers.marks_saved(now_s, are_saved=True)
            case room_effects.ForgetOld(keeps=keeps):
                streams.forget_old(database, keeps, now_ms)
            case room_effects.ChangeGrant(room=room, user_id=user, perm=perm):
                spares = effect.spares_members
                letters = rooms.change_grant(
                    database, room, user, perm, now_ms, spares_members=spares
                )
                answers.grant_changed(effect, letters, *now)
            case room_effects.RevokeInvitations(room=room, code=code):
                invitations.revoke_invitations(database, room, code)
                answers.invitations_revoked(effect, unix_s)
            case room_effects.CloseRoom(room=room, user_id=user):
                rooms.close_room(database, room, user, now_ms)
                answers.room_closed(effect, *now)
            case room_effects.FindTerms(room=room):
                answers.terms_found(effect, room_terms.terms_of(database, room), *now)
            case room_effects.CheckPassword(room=room, user_id=user, password=password):
                stored = room_terms.password_hash(database, room)
                is_right = stored is not None and is_password(password, stored)
                granted = room_terms.admit(database, room, user, now_ms) if is_right else None
                answers.password_checked(effect, granted, *now)
            case _:
                raise AssertionError(effect)

    def refuse(self, hub: Hub, effect: Effect, now_s: float) -> None:
        """Answer with the failure of the store."""
        answers = hub.room_answers
        match effect:
            case room_effects.StoreEvents(batch=batch):
                answers.events_refused(batch, now_s)
            case room_effects.OpenStream(room=room):
                answers.stream_failed(room, now_s)
            case room_effects.CheckPassword():
                answers.password_unchecked(effect, now_s)
            case room_effects.FindReader() | room_effects.FindTerms():
                hub.client_answers.request_failed(effect.client, None, now_s)
            case room_effects.ReadHistory():
                answers.history_failed(effect, now_s)
            case room_effects.SaveReadMarks():
                answers.marks_saved(now_s, are_saved=False)
            case (
                room_effects.ChangeGrant()
                | room_effects.RevokeInvitations()
                | room_effects.CloseRoom()
            ):
                answers.change_failed(effect, now_s)
            case _:
                raise AssertionError(effect)
