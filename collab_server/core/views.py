"""A document's committed updates, merged: what a joiner is sent.

The only module of the server that imports pycrdt, and it works on encoded updates alone: no `Doc`
is built, because a `Doc` drops pending structs and re-encodes cut surrogate pairs into states that
crash Yjs, while merging raw updates gives what Yjs itself would (DESIGN.md, decision 1). It knows
no rights and no clients. Every byte that comes here has passed
`collab_server.protocol.updates.parse_update`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self, TypeVar

import pycrdt

from collab_server.protocol.typed_runs import join_typing
from collab_server.protocol.updates import EMPTY_UPDATE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Answer = TypeVar("Answer")

_FAN = 100
"""Updates merged at once: `merge_updates` costs 0.5–0.9 µs an update up to 100, 53 µs at 10,000."""


class ViewError(Exception):
    """The CRDT library could not merge or compare updates; the view holds what it held."""


class DocumentView:
    """The merge of a document's log, kept as a tower of merges so that an append stays cheap.

    ```
    level 2   [ everything the last reader merged ]
    level 1   [ merges of 100 updates ]
    level 0   [ raw updates, fewer than 100 ]
    ```

    Invariant: the merge of all levels is the merge of everything appended. A reader folds the tower
    into one piece, so that a storm of joiners pays for one merge.
    """

    def __init__(self) -> None:
        self._levels: list[list[bytes]] = [[]]

    @classmethod
    def from_updates(cls, updates: Iterable[bytes]) -> Self:
        """Build a view of a whole log.

        Raises:
            ViewError: an update cannot be decoded.
        """
        view = cls()
        view.append(updates)
        return view

    @classmethod
    def from_pieces(cls, pieces: Iterable[bytes], updates: Iterable[bytes]) -> Self:
        """Build a view of a log whose beginning has been merged already.

        Args:
            pieces: merges, the oldest first.
            updates: the raw updates behind them.

        Raises:
            ViewError: an update cannot be decoded.
        """
        view = cls()
        view._levels = [[], [], list(pieces)]
        view.append(updates)
        return view

    def append(self, updates: Iterable[bytes]) -> None:
        """Add updates, in the order of the log.

        Raises:
            ViewError: an update cannot be decoded.
        """
        for update in updates:
            self._levels[0].append(update)
            if len(self._levels[0]) >= _FAN:
                self._carry()

    def diff(self, state_vector: bytes) -> bytes:
        """Tell what a reader with this state lacks; after any delete it holds the whole delete set.

        Raises:
            ViewError: the library failed.
        """
        merged = self.merged()
        if state_vector == b"\x00":
            return merged
        return guarded(lambda: pycrdt.get_update(merged, state_vector))

    def state_vector(self) -> bytes:
        """Encode how many clock units of each author the view holds."""
        merged = self.merged()
        return guarded(lambda: pycrdt.get_state(merged))

    def delete_only(self, state_vector: bytes | None = None) -> bytes:
        """Encode an update without structs that holds the whole delete set.

        Args:
            state_vector: the view's own, if it is at hand: finding it takes as long as the rest.
        """
        return self.diff(self.state_vector() if state_vector is None else state_vector)

    def merged(self) -> bytes:
        """Return everything as one update.

        Raises:
            ViewError: the library failed.
        """
        pieces = self.pieces()
        if not pieces:
            return EMPTY_UPDATE
        while len(pieces) > 1:
            pieces = [_merge(pieces[at : at + _FAN]) for at in range(0, len(pieces), _FAN)]
        self._levels = [[], [], pieces]
        return pieces[0]

    def pieces(self) -> list[bytes]:
        """Return what everything is the merge of, the oldest first."""
        return [piece for level in reversed(self._levels) for piece in level]

    def _carry(self) -> None:
        level = 0
        while len(self._levels[level]) >= _FAN:
            merged = _merge(self._levels[level])
            self._levels[level] = []
            level += 1
            if level == len(self._levels):
                self._levels.append([])
            self._levels[level].append(merged)


def _merge(updates: list[bytes]) -> bytes:
    updates = join_typing(updates)  # costs what the library saves, and leaves a tenth to keep
    if len(updates) == 1:
        return updates[0]
    return guarded(lambda: pycrdt.merge_updates(*updates))


def guarded(call: Callable[[], Answer]) -> Answer:
    """Turn what the native library raises into `ViewError`; a Rust panic is a BaseException."""
    try:
        return call()
    except (ValueError, IndexError, OverflowError) as error:
        raise ViewError(type(error).__name__) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise ViewError("panic") from error
