"""Makes live what the store holds of a document, without stopping the event loop for long.

Does not know who waits for it. Source: core/views.py, DESIGN.md 1.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from collab_server.core.document import LoadedDocument
from collab_server.core.views import DocumentView, ViewError
from collab_server.protocol.errors import RemoteProtocolError
from collab_server.protocol.known_state import KnownState
from collab_server.protocol.limits import UNLIMITED
from collab_server.protocol.updates import PARSER_MARK, parse_update
from collab_server.storage.compaction import weight_of
from collab_server.storage.errors import CorruptDocument, StoreError
from collab_server.transport.workers import JobFailed, JobRefused

if TYPE_CHECKING:
    from collections.abc import Callable

    from collab_server.protocol.names import DocumentName
    from collab_server.protocol.update_nesting import Places
    from collab_server.storage.documents import StoredDocument
    from collab_server.storage.store import Store
    from collab_server.transport.workers import Workers

MEASURED_WITHIN_S = 60.0

UPDATES_A_STEP = 100
"""Merged before the event loop gets a turn while a long log is loaded."""


class Loading:
    """Reads documents and makes their views."""

    def __init__(
        self, store: Store, workers: Workers, *, suspect: Callable[[DocumentName, str], None]
    ) -> None:
        self._store = store
        self._workers = workers
        self._suspect = suspect  # is told of a log that is not what it should be

    async def load(self, document: DocumentName) -> tuple[DocumentView, LoadedDocument, int]:
        """Return a document's view, what the hub is to know of it, and what is not merged of it.

        Raises:
            StoreError: It could not be read, or is not what was written.
        """
        stored = await self._store.load_document(document)
        if stored is None:
            view = DocumentView()
            return view, LoadedDocument("", 0, view.state_vector(), view.delete_only()), 0
        try:
            view = await _view_of(document, stored)
            state_vector = view.state_vector()
            delete_only = view.delete_only(state_vector)
        except ViewError as error:
            what = f"it could not be merged: {error}"
            self._suspect(document, what)
            raise CorruptDocument(document, what) from error
        loaded = LoadedDocument(
            stored.epoch,
            stored.last_seq,
            state_vector,
            delete_only,
            stored.owners,
            stored.former_authors,
            stored.size_bytes,
            await self._places_in(document, view) if stored.is_nested else {},
        )
        return view, loaded, weight_of(sum(map(len, stored.updates)), stored.row_count)

    async def _places_in(self, document: DocumentName, view: DocumentView) -> Places:
        """Look in a worker how deep nested types stand in a document."""
        try:
            (found,) = await self._workers.run(
                "measure", *view.pieces(), within_s=MEASURED_WITHIN_S
            )
        except JobRefused as error:
            self._suspect(document, error.reason)
            raise CorruptDocument(document, error.reason) from error
        except JobFailed as error:
            raise StoreError(f"{document} could not be looked into: {error}") from error
        return KnownState.from_measures(found).types.places


async def _view_of(document: DocumentName, stored: StoredDocument) -> DocumentView:
    """Merge a log, leaving the event loop a turn now and then.

    Raises:
        CorruptDocument: An update in it would not be accepted today.
        ViewError: One cannot be merged.
    """
    try:
        if stored.parser_mark < PARSER_MARK:
            for piece in stored.pieces:
                parse_update(piece, max_items=UNLIMITED)
    except RemoteProtocolError as error:
        raise CorruptDocument(document, f"a piece of its log is refused: {error}") from error
    view = DocumentView.from_pieces(stored.pieces, ())
    for at in range(0, len(stored.updates), UPDATES_A_STEP):
        step = stored.updates[at : at + UPDATES_A_STEP]
        try:
            if stored.parser_mark < PARSER_MARK:
                for update in step:
                    parse_update(update)
        except RemoteProtocolError as error:
            raise CorruptDocument(document, f"an update of its log is refused: {error}") from error
        view.append(step)
        await asyncio.sleep(0)
    return view
