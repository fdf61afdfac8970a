"""What the hub asks of the store: one named task an effect, and always an answer.

A commit has no task: it is the way of every keystroke, so the store calls back.

Keeps the views of the live documents, which grow only by what the store has committed. Whatever
goes wrong, the hub is told by the effect's answer for failure, and the server goes on. Does not
know connections. Source: DESIGN.md 1 and 3, core/effects.py.
"""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING

from collab_server.core.effects import (
    BindNonce,
    CreateInvitation,
    CreateRoom,
    FindGrants,
    LoadDocument,
    Persist,
    RedeemInvitation,
)
from collab_server.core.room_effects import RoomStoreEffect
from collab_server.core.version_effects import AskVersions
from collab_server.core.views import DocumentView, ViewError
from collab_server.protocol.names import parse_document, room_of
from collab_server.storage.compaction import weight_of
from collab_server.storage.errors import OutOfSequence, StoreError
from collab_server.transport.compactor import Compactor
from collab_server.transport.entry_calls import EntryCalls, EntryEffect
from collab_server.transport.loading import Loading
from collab_server.transport.quarantine import Quarantine
from collab_server.transport.room_calls import RoomCalls
from collab_server.transport.shadow_checks import ShadowChecks, Snapshot
from collab_server.transport.version_calls import VersionCalls, VersionKeeper

if TYPE_CHECKING:
    from collections.abc import Callable

    from collab_server.admin.figures import Tally
    from collab_server.core.hub import Hub
    from collab_server.protocol.names import DocumentName
    from collab_server.storage.store import Store
    from collab_server.transport.entry_calls import Answer, Authorize
    from collab_server.transport.workers import Workers

logger = logging.getLogger(__name__)

AwaitedEffect = LoadDocument | EntryEffect | RoomStoreEffect | AskVersions
StoreEffect = Persist | AwaitedEffect


class StoreCalls:
    """Runs store calls and hands their answers to the hub, each as soon as it is there."""

    def __init__(
        self,
        store: Store,
        hub: Hub,
        workers: Workers,
        tasks: asyncio.TaskGroup,
        *,
        tally: Tally,
        clock: Callable[[], float],
        wall_clock: Callable[[], float],
        after_answer: Callable[[], None],
        in_a_turn: Callable[[Callable[[], None]], None],
        authorize: Authorize | None = None,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._in_a_turn = in_a_turn  # what follows from a commit is written at once
        self._store = store
        self._hub = hub
        self._tasks = tasks
        self._tally = tally
        self._clock = clock
        self._wall_clock = wall_clock
        self._after_answer = after_answer
        self._entry_calls = EntryCalls(
            store, hub, clock=clock, wall_clock=wall_clock, authorize=authorize
        )
        self._room_calls = RoomCalls(store.rooms, hub, clock=clock, wall_clock=wall_clock)
        self._views: dict[DocumentName, DocumentView] = {}
        self._quarantine = Quarantine(store, workers, tasks, after=self._begun_anew)
        self._loading = Loading(store, workers, suspect=self._quarantine.suspect)
        self._shadow_checks = ShadowChecks(
            store,
            workers,
            tasks,
            snapshot=self._snapshot,
            suspect=self._quarantine.suspect,
            renew=self._read_anew,
            clock=clock,
        )
        self._compactor = Compactor(
            store,
            workers,
            tasks,
            suspect=self._quarantine.suspect,
            damaged=self._shadow_checks.check,
        )
        self._version_calls = VersionCalls(
            store.versions, hub, workers, pieces_of=self._pieces_of, clock=clock
        )
        self._version_keeper = VersionKeeper(
            store.versions, workers, tasks, clock=clock, after=self._looked_at
        )
        self._under_way = 0

    @property
    def is_idle(self) -> bool:
        """Whether no call is under way."""
        return not self._under_way

    def start(self, effect: StoreEffect) -> None:
        """Begin a call; its answer comes to the hub in a later turn."""
        self._under_way += 1
        if isinstance(effect, Persist):
            self._persist(effect)
        elif self._entry_calls.is_short(effect):
            self._begin_entry(effect)
        else:
            self._tasks.create_task(self._run(effect), name=f"store: {type(effect).__name__}")

    def unload(self, document: DocumentName) -> None:
        """Forget a document's view, and let its log rest."""
        view = self._views.pop(document, None)
        if view is not None:
            self._version_keeper.rests(document, view.pieces())
        self._shadow_checks.forget(document)
        self._compactor.rests(document)

    def stop(self) -> None:
        """Begin nothing more that only tidies up."""
        self._compactor.stop()
        self._version_keeper.stop()
        self._quarantine.stop()
        self._shadow_checks.stop()

    def diff(self, document: DocumentName, state_vector: bytes) -> bytes:
        """Tell what the committed document has beyond a state.

        Raises:
            ViewError: The view cannot tell.
        """
        view = self._views.get(document)
        if view is None:
            raise ViewError("not loaded")
        return view.diff(state_vector)

    def _persist(self, effect: Persist) -> None:
        """Begin a commit; the hub hears in a later turn, whatever happens."""
        told = partial(self._persisted, effect)
        try:
            self._store.begin_append(effect.appends, told)
        except Exception as error:  # noqa: BLE001  the hub is told, as of any other error
            self._loop.call_soon(told, error)

    def _persisted(self, effect: Persist, error: Exception | None) -> None:
        if error is None:
            try:
                answer = self._committed(effect)
            except Exception as broken:  # noqa: BLE001  a bug of ours, and told like one
                answer = self._failure_after(effect, broken)
        else:
            answer = self._failure_after(effect, error)
        self._in_a_turn(partial(self._tell, effect, answer))  # whose end carries out what follows

    def _begin_entry(self, effect: BindNonce | FindGrants) -> None:
        """Ask for what every connection needs; the hub hears in a later turn, whatever happens."""
        told = partial(self._entered, effect)
        try:
            self._entry_calls.begin(effect, told)
        except Exception as error:  # noqa: BLE001  the hub is told, as of any other error
            self._loop.call_soon(told, None, error)

    def _entered(
        self, effect: BindNonce | FindGrants, result: object, error: Exception | None
    ) -> None:
        if error is None:
            self._give(effect, self._entry_calls.answer_of(effect, result))
        else:
            self._give(effect, self._failure_after(effect, error))

    async def _run(self, effect: AwaitedEffect) -> None:
        try:
            answer = await self._answer_to(effect)
        except Exception as error:  # noqa: BLE001  whatever it was, the hub is told
            answer = self._failure_after(effect, error)
        except BaseException:
            self._under_way -= 1
            raise
        self._give(effect, answer)

    def _give(self, effect: StoreEffect, answer: Answer) -> None:
        self._tell(effect, answer)
        self._after_answer()

    def _tell(self, effect: StoreEffect, answer: Answer) -> None:
        self._under_way -= 1
        try:
            answer()
        except Exception:
            logger.exception("the hub could not take the answer to %s", type(effect).__name__)

    def _failure_after(self, effect: StoreEffect, error: Exception) -> Answer:
        if isinstance(error, OutOfSequence):
            # Offered again it would be refused again: another server has written to the document.
            name = parse_document(error.document)
            changed = self._hub.document_answers.changed_elsewhere
            refused = effect.batch if isinstance(effect, Persist) else None
            return partial(changed, name, error.reason, self._clock(), refused=refused)
        if isinstance(error, StoreError):
            if not isinstance(effect, Persist):  # tried again and again; the hub says so once
                logger.error("%s failed: %s", _name_of(effect), error.advice)
            return self._failure_of(effect, error.reason)
        logger.error("%s failed", type(effect).__name__, exc_info=error)
        return self._failure_of(effect, "internal error")

    async def _answer_to(self, effect: AwaitedEffect) -> Answer:
        match effect:
            case LoadDocument():
                return await self._load(effect)
            case (
                BindNonce() | RedeemInvitation() | CreateInvitation() | CreateRoom() | FindGrants()
            ):
                return await self._entry_calls.answer_to(effect)
            case AskVersions():
                return await self._version_calls.answer_to(effect)
            case _:
                return await self._room_calls.answer_to(effect)

    def _failure_of(self, effect: StoreEffect, reason: str) -> Answer:
        now_s = self._clock()
        match effect:
            case Persist():
                return partial(self._hub.document_answers.store_failed, effect.batch, reason, now_s)
            case LoadDocument():
                return partial(
                    self._hub.document_answers.document_load_failed, effect.document, reason, now_s
                )
            case (
                BindNonce() | RedeemInvitation() | CreateInvitation() | CreateRoom() | FindGrants()
            ):
                return self._entry_calls.failure_of(effect)
            case AskVersions():
                return self._version_calls.failure_of(effect)
            case _:
                return self._room_calls.failure_of(effect)

    def _committed(self, effect: Persist) -> Answer:
        lag_s = self._clock() - effect.accepted_s
        self._tally.committed(rows=len(effect.appends), lag_s=lag_s)
        for append in effect.appends:
            self._append_to_view(append.document, append.updates)
            self._compactor.grown(append.document, weight_of(sum(map(len, append.updates))))
            self._version_keeper.changed(append, self._pieces_of)
        return partial(self._stored, effect)

    def _stored(self, effect: Persist) -> None:
        self._hub.document_answers.stored(effect.batch, self._clock())
        for append in effect.appends:
            self._shadow_checks.written(append.document)

    def _snapshot(self, document: DocumentName) -> Snapshot | None:
        """Return how a live document stands, if all of it is stored."""
        standing = self._hub.document_answers.standing_of(document)
        view = self._views.get(document)
        if standing is None or view is None:
            return None
        return Snapshot(*standing, view.pieces())

    def _pieces_of(self, document: DocumentName) -> list[bytes]:
        """Return what the committed document is the merge of."""
        view = self._views.get(document)
        return [] if view is None else view.pieces()

    def _append_to_view(self, document: DocumentName, updates: tuple[bytes, ...]) -> None:
        view = self._views.get(document)
        if view is None:
            return
        try:
            view.append(updates)
        except ViewError as error:
            # The log is the truth; who asks for this document meanwhile is told to come again.
            told = {"room": room_of(document)}
            logger.error("the view of document %s broke: %s", document, error, extra=told)
            del self._views[document]
            self._quarantine.suspect(document, f"it could not be merged: {error}")

    def _looked_at(self, document: DocumentName, state_vector: bytes, text_sha256: str) -> None:
        """Let everybody compare what they have with what the server has."""
        self._hub.document_answers.beacon(document, state_vector, text_sha256)
        self._after_answer()

    def _read_anew(self, document: DocumentName, reason: str) -> None:
        """Close a document that is not in memory as it is stored, and forget what is there."""
        self._views.pop(document, None)  # no version is made of it
        self._begun_anew(document, reason)

    def _begun_anew(self, document: DocumentName, reason: str) -> None:
        """Close a document whose history ended, so that everybody reads the new one."""
        self._hub.document_answers.changed_elsewhere(document, reason, self._clock())
        self._after_answer()

    async def _load(self, effect: LoadDocument) -> Answer:
        view, loaded, weight = await self._loading.load(effect.document)
        self._views[effect.document] = view
        if weight:
            self._compactor.grown(effect.document, weight)
        loaded_at = (self._clock(), self._wall_clock())
        return partial(
            self._hub.document_answers.document_loaded, effect.document, loaded, *loaded_at
        )


def _name_of(effect: StoreEffect) -> str:
    kind = type(effect).__name__
    return f"{kind} of {effect.document}" if isinstance(effect, LoadDocument) else kind
