"""The CRDT library, tamed: the only module of the app that imports pycrdt.

What it hides: pycrdt counts UTF-8 bytes; its observers may not act, so what they see is gathered
and asked for after the transaction; a Rust panic is a BaseException of a class that cannot be
imported; undo groups are cut by a clock. What it does not do: check foreign bytes. They can kill
the process, so whoever calls `apply` has sent them through the strict pre-parser and knows that
they are not early. Source: PITFALLS (pycrdt); `text_replica` and `manifest_replica` stand on it.
"""

from __future__ import annotations

import weakref
from contextlib import contextmanager
from enum import Enum
from typing import TYPE_CHECKING, Any

import pycrdt

from app.collab.errors import ReplicaBroken
from app.collab.replica_delta import EMBED, Change, changes_of
from collab_server.protocol.errors import MalformedUpdate
from collab_server.protocol.updates import EMPTY_UPDATE

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence
    from types import TracebackType

_CUT_MS = 1000
"""How far the undo clock jumps to part two groups; it stands still to go on with one."""


class Origin(Enum):
    """Where a transaction comes from. Undo tracks those without any, which are the user's."""

    UNTRACKED = "untracked"  # made here, and not to be undone
    NETWORK = "network"


class CrdtDocument:
    """A document and the raw updates that its transactions make.

    Invariant: to be used on the thread that made it; after `ReplicaBroken` not at all. Nothing that
    the library is given to call leads back here, and what it observes it observes no longer than
    this lives: Python finds no garbage in circles through the library.
    """

    def __init__(self) -> None:
        self._doc: pycrdt.Doc[Any] = pycrdt.Doc()  # never an id of one's own: two alike split
        self._updates: list[bytes] = []
        subscription = self._doc.observe(_update_noter(self._updates))
        self._unobserve = weakref.finalize(self, self._doc.unobserve, subscription)
        self._unobserve.atexit = False

    @property
    def author_id(self) -> int:
        """The Yjs client id of what is made here."""
        return self._doc.client_id

    def apply(self, update: bytes) -> None:
        """Take in a checked update of somebody else.

        Raises:
            MalformedUpdate: the library refuses it. Nothing has changed.
            ReplicaBroken: the library failed.
        """
        try:
            with _GUARD, self._doc.transaction(origin=Origin.NETWORK):
                self._doc.apply_update(update)
        except ValueError as error:
            raise MalformedUpdate("the CRDT library cannot decode the update") from error
        except RuntimeError as error:  # for example a parent that can have no children
            raise ReplicaBroken("the CRDT library took half of an update") from error
        self._updates.clear()

    def take_update(self) -> bytes | None:
        """Return what was made here since the last call; None when there is nothing."""
        updates = [update for update in self._updates if update != EMPTY_UPDATE]
        self._updates.clear()
        return merge(updates) if updates else None

    def close(self) -> None:
        """Let go of the library's document. Who only drops this one does the same."""
        self._unobserve()


class CrdtText(CrdtDocument):
    """A root Y.Text with an undo of what is made here, and nothing else.

    Invariant: `take_changes` tells every change that others or undo made, once. What is made here
    is observed by nobody, since the library's account of it takes seven times as long as the edit.
    """

    def __init__(self, root: str) -> None:
        super().__init__()
        self._text = self._doc.get(root, type=pycrdt.Text)
        self._deltas: list[list[dict[str, Any]]] = []
        self._undo_clock = _UndoClock()
        self._manager = pycrdt.UndoManager(
            scopes=[self._text], capture_timeout_millis=1, timestamp=self._undo_clock
        )

    @property
    def length_utf8(self) -> int:
        """What the library takes the text's length for."""
        return len(self._text)

    @property
    def undo_depths(self) -> tuple[int, int]:
        """How many groups can be undone and redone; it costs a step for each."""
        manager: Any = self._manager  # its items' type has a parameter that is nowhere given
        return len(manager.undo_stack), len(manager.redo_stack)

    def can_undo(self) -> bool:
        """Tell whether a group can be undone."""
        return self._manager.can_undo()

    def can_redo(self) -> bool:
        """Tell whether a group can be redone."""
        return self._manager.can_redo()

    def cut_undo_group(self) -> None:
        """Let the next transaction begin a group."""
        self._undo_clock.now_ms += _CUT_MS

    def replace(self, changes: Sequence[Change], origin: Origin | None) -> None:
        """Make changes in one transaction, from the end backwards, so that positions stay true.

        Args:
            changes: as `Change` says.
            origin: None: the user's, to be undone.

        Raises:
            ReplicaBroken: the library failed.
        """
        text = self._text
        if len(changes) == 1 and origin is None and not changes[0].removed_utf8:
            with _GUARD:  # a key; this is a transaction by itself
                text.insert(changes[0].at_utf8, changes[0].text)
            return
        with _GUARD, self._doc.transaction(origin=origin):
            for change in reversed(changes):
                if change.removed_utf8:
                    del text[change.at_utf8 : change.at_utf8 + change.removed_utf8]
                if change.text:
                    text.insert(change.at_utf8, change.text)

    def apply(self, update: bytes) -> None:
        """Take in an update, as `CrdtDocument.apply`."""
        with _GUARD, self._observing():
            super().apply(update)

    def undo(self) -> None:
        """Undo a group, or what is left of it.

        Raises:
            ReplicaBroken: the library failed.
        """
        self.cut_undo_group()
        with _GUARD, self._observing():
            self._manager.undo()

    def redo(self) -> None:
        """Redo a group.

        Raises:
            ReplicaBroken: the library failed.
        """
        self.cut_undo_group()
        with _GUARD, self._observing():
            self._manager.redo()

    def take_changes(self) -> list[Change]:
        """Return what the last `apply`, `undo` or `redo` did to the text."""
        changes = [change for delta in self._deltas for change in changes_of(delta)]
        self._deltas.clear()
        return changes

    def read(self) -> str:
        """Return the whole text, with `EMBED` for each object that somebody put into it."""
        pieces: list[tuple[object, object]] = self._text.diff()
        return "".join([piece if isinstance(piece, str) else EMBED for piece, _ in pieces])

    @contextmanager
    def _observing(self) -> Generator[None]:
        subscription = self._text.observe(self._on_text_changed)
        try:
            yield
        finally:  # to drop the subscription would not be enough
            self._text.unobserve(subscription)

    def _on_text_changed(self, event: pycrdt.TextEvent) -> None:
        self._deltas.append(event.delta)


class CrdtMap(CrdtDocument):
    """A root Y.Map of plain values."""

    def __init__(self, root: str) -> None:
        super().__init__()
        self._map: pycrdt.Map[Any] = self._doc.get(root, type=pycrdt.Map)

    def read(self) -> Mapping[str, object]:
        """Return everything in it; the values are what others wrote."""
        return self._map.to_py() or {}

    def write(self, values: Mapping[str, object]) -> None:
        """Set keys in one transaction.

        Raises:
            ReplicaBroken: the library failed.
        """
        with _GUARD, self._doc.transaction():
            for key, value in values.items():
                self._map[key] = value


def merge(updates: Sequence[bytes]) -> bytes:
    """Return one update that is all of these, which have been checked.

    Raises:
        ReplicaBroken: the library failed.
    """
    if len(updates) == 1:
        return updates[0]
    with _GUARD:
        return pycrdt.merge_updates(*updates)


def diff(update: bytes, state_vector: bytes) -> bytes:
    """Return what a state lacks of an update; both have been checked.

    Raises:
        ReplicaBroken: the library failed.
    """
    with _GUARD:
        return pycrdt.get_update(update, state_vector)


def _update_noter(updates: list[bytes]) -> Callable[[pycrdt.TransactionEvent], None]:
    """Return an observer that appends each transaction's update, and knows nothing else."""

    def note(event: pycrdt.TransactionEvent) -> None:
        updates.append(event.update)

    return note


class _UndoClock:
    """What time it is for the undo manager: whenever we say so."""

    def __init__(self) -> None:
        self.now_ms = 1

    def __call__(self) -> int:
        return self.now_ms


class _Guard:
    """Turns a Rust panic into an error of ours; `except Exception` would let it pass."""

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is not None and kind.__name__ == "PanicException":
            raise ReplicaBroken("the CRDT library failed") from error


_GUARD = _Guard()
