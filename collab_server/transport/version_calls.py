"""What clients ask of versions, and the versions that are made by themselves.

Texts are found, compared and edited in worker processes; the event loop only carries bytes. Part of
`store_calls`, which runs it. Does not know connections. Source: PROTOCOL.md §3 (versions).
"""

from __future__ import annotations

import asyncio
import logging
from base64 import b64encode
from collections.abc import Callable
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, assert_never

import msgspec

from collab_server.core.version_effects import Written
from collab_server.protocol.errors import ErrorCode
from collab_server.protocol.names import room_of, user_id_on_wire
from collab_server.protocol.version_events import (
    AuthorsFound,
    CompareVersions,
    FindAuthors,
    FindVersions,
    LineChange,
    NameVersion,
    ReadVersion,
    RestoreVersion,
    Version,
    VersionNamed,
    VersionsCompared,
    VersionsFound,
    VersionText,
)
from collab_server.storage.errors import StoreClosed, StoreError, UnknownVersion
from collab_server.storage.versions import NewVersion
from collab_server.transport.workers import JobFailed, JobRefused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collab_server.core.effects import DocumentAppend
    from collab_server.core.hub import Hub
    from collab_server.core.version_effects import AskVersions
    from collab_server.protocol.names import DocumentName
    from collab_server.protocol.version_events import VersionReply
    from collab_server.storage.version_store import VersionStore
    from collab_server.transport.workers import Workers

logger = logging.getLogger(__name__)

Answer = Callable[[], None]

TEXT_WITHIN_S = 60.0
EVERY_S = 600.0
"""How long a text is changed before a version of it is made."""

_WRITTEN = msgspec.msgpack.Decoder(Written)
_CHANGES = msgspec.json.Decoder(tuple[LineChange, ...])


class VersionCalls:
    """Carries out what clients ask of versions, and says what the hub is to be told."""

    def __init__(
        self,
        store: VersionStore,
        hub: Hub,
        workers: Workers,
        *,
        pieces_of: Callable[[DocumentName], Sequence[bytes]],
        clock: Callable[[], float],
    ) -> None:
        self._store = store
        self._hub = hub
        self._workers = workers
        self._pieces_of = pieces_of  # of the committed document, in the order of the log
        self._clock = clock
        self._lane = asyncio.Semaphore(1)  # large updates are to find a worker, whoever compares

    async def answer_to(self, asked: AskVersions) -> Answer:
        """Do what is asked; every failure has an answer too.

        Raises:
            StoreError: The store could not do it.
        """
        answers = self._hub.versions
        try:
            request = asked.request
            if isinstance(request, RestoreVersion):
                update = await self._edit_that_restores(asked, request)
                return partial(answers.restored, asked, update, self._clock())
            reply = await self._reply_to(asked, request)
            return partial(answers.answered, asked, reply, self._clock())
        except UnknownVersion:
            text = "There is no such version"
            return partial(answers.refused, asked, ErrorCode.BAD_REQUEST, text, self._clock())
        except (JobFailed, JobRefused) as error:
            told = {"room": room_of(asked.request.document)}
            logger.error("a version could not be worked on: %s", error, extra=told)
            text = "The document cannot be read"
            return partial(answers.refused, asked, ErrorCode.INTERNAL, text, self._clock())

    def failure_of(self, asked: AskVersions) -> Answer:
        """Return what the hub is told when the store could not do it."""
        text = "The server cannot look up versions right now"
        return partial(
            self._hub.versions.refused, asked, ErrorCode.UNAVAILABLE, text, self._clock()
        )

    async def _reply_to(
        self,
        asked: AskVersions,
        request: FindVersions | ReadVersion | CompareVersions | NameVersion | FindAuthors,
    ) -> VersionReply:
        document, re = request.document, request.id
        match request:
            case FindVersions():
                found = tuple(
                    Version(
                        version=stored.version,
                        created_at=stored.created_at_ms / 1000,
                        seq=stored.seq,
                        name=stored.name,
                        made_by=None if stored.made_by is None else user_id_on_wire(stored.made_by),
                        users=tuple(map(user_id_on_wire, stored.users)),
                    )
                    for stored in await self._store.list(document)
                )
                return VersionsFound(document=document, versions=found, re=re)
            case ReadVersion(version=version):
                text = await self._store.text(document, version)
                return VersionText(document=document, version=version, text=text, re=re)
            case CompareVersions(version=version, against=against):
                older = await self._store.text(document, version)
                newer = (
                    await self._present_text(document)
                    if against is None
                    else await self._store.text(document, against)
                )
                (changes,) = await self._run("compare", older.encode(), newer.encode())
                return VersionsCompared(
                    document=document,
                    version=version,
                    against=against,
                    changes=_CHANGES.decode(changes),
                    re=re,
                )
            case NameVersion(version=version, name=name):
                if version is None:
                    text = await self._present_text(document)
                    new = NewVersion(document, text, name, asked.user_id)
                    version = await self._store.add(new)
                else:
                    await self._store.name(document, version, name)
                return VersionNamed(document=document, version=version, name=name, re=re)
            case FindAuthors():
                return await self._who_wrote(asked, request)
            case _:
                assert_never(request)

    async def _edit_that_restores(self, asked: AskVersions, request: RestoreVersion) -> bytes:
        document = request.document
        wanted = await self._store.text(document, request.version)
        # What the text is now is kept first: whoever regrets it restores that.
        present = await self._present_text(document)
        await self._store.add(NewVersion(document, present, None, asked.user_id))
        author_id = b"%d" % asked.author_id
        pieces = self._pieces_of(document)
        (update,) = await self._run("edit", wanted.encode(), author_id, *pieces)
        return update

    async def _who_wrote(self, asked: AskVersions, request: FindAuthors) -> AuthorsFound:
        owners = msgspec.msgpack.encode(asked.owners)
        pieces = self._pieces_of(request.document)
        found, state_vector = await self._run("authors", owners, b"%d" % request.at, *pieces)
        written = _WRITTEN.decode(found)
        return AuthorsFound(
            document=request.document,
            state=b64encode(state_vector).decode(),
            length=written.length,
            at=written.at,
            users=tuple(map(user_id_on_wire, written.users)),
            runs=tuple(written.runs),
            next=written.next,
            re=request.id,
        )

    async def _present_text(self, document: DocumentName) -> str:
        text, _ = await self._run("text", *self._pieces_of(document))
        return text.decode()

    async def _run(self, job: str, *parts: bytes) -> list[bytes]:
        async with self._lane:
            return await self._workers.run(job, *parts, within_s=TEXT_WITHIN_S)


class VersionKeeper:
    """Makes versions by itself: of what has been changed for a while, and of what rests.

    Invariant: one text at a time is looked at; what fails is logged and left out.
    """

    def __init__(
        self,
        store: VersionStore,
        workers: Workers,
        tasks: asyncio.TaskGroup,
        *,
        clock: Callable[[], float],
        after: Callable[[DocumentName, bytes, str], None],
    ) -> None:
        self._store = store
        self._workers = workers
        self._tasks = tasks
        self._clock = clock
        self._after = after  # is told the state of what was looked at, and its text's SHA-256
        self._changed: dict[DocumentName, tuple[float, set[str]]] = {}  # since when, by whom
        self._due: dict[DocumentName, tuple[Sequence[bytes], set[str]]] = {}
        self._working: asyncio.Task[None] | None = None
        self._is_stopped = False

    def changed(
        self, append: DocumentAppend, pieces_of: Callable[[DocumentName], Sequence[bytes]]
    ) -> None:
        """Hear that updates of a document are stored."""
        document = append.document
        now_s, known = self._clock(), self._changed.get(document)
        since_s, users = known or self._changed.setdefault(document, (now_s, set()))
        users.update(append.authors)
        if now_s - since_s >= EVERY_S:
            self.rests(document, pieces_of(document))

    def rests(self, document: DocumentName, pieces: Sequence[bytes]) -> None:
        """Hear that nobody has a document open any more."""
        changed = self._changed.pop(document, None)
        if changed is None or self._is_stopped:
            return
        self._due[document] = (pieces, changed[1])
        if self._working is None:
            self._working = self._tasks.create_task(self._work(), name="versions")

    def stop(self) -> None:
        """Begin nothing more, and leave what is under way."""
        self._is_stopped = True
        self._due.clear()
        if self._working is not None:
            self._working.cancel()

    async def _work(self) -> None:
        try:
            while self._due:
                document = next(iter(self._due))
                await self._make(document, *self._due.pop(document))
        finally:
            self._working = None

    async def _make(self, document: DocumentName, pieces: Sequence[bytes], users: set[str]) -> None:
        try:
            text, state_vector = await self._workers.run("text", *pieces, within_s=TEXT_WITHIN_S)
            self._after(document, state_vector, sha256(text).hexdigest())
            if text:  # a manifest, or nothing to lose
                await self._store.add(NewVersion(document, text.decode(), users=tuple(users)))
        except (UnknownVersion, StoreClosed):
            return  # it has gone meanwhile, or the server has
        except (StoreError, JobFailed, JobRefused) as error:
            reason = error.reason if isinstance(error, StoreError) else error
            told = {"room": room_of(document)}
            logger.error("no version of %s could be made: %s", document, reason, extra=told)
