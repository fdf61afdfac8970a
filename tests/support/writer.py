"""A stock Yjs editor of one text: what a peer of the server holds and sends."""

from __future__ import annotations

import pycrdt


class Writer:
    """A document of its own, whose every change is kept as the raw update it makes."""

    def __init__(self) -> None:
        self.doc = pycrdt.Doc()
        self._text = self.doc.get("content", type=pycrdt.Text)
        self._made: list[bytes] = []
        self._is_applying = False
        self._undo_manager: pycrdt.UndoManager | None = None
        self._subscription = self.doc.observe(self._on_change)

    @property
    def text(self) -> str:
        """What it shows."""
        return str(self._text)

    @property
    def state(self) -> bytes:
        """Its state vector, encoded."""
        return self.doc.get_state()

    def insert(self, at: int, text: str) -> bytes:
        """Type; return the update."""
        self._text.insert(at, text)
        return self._made.pop()

    def delete(self, at: int, count: int = 1) -> bytes:
        """Take away; return the update."""
        del self._text[at : at + count]
        return self._made.pop()

    def undo(self) -> bytes | None:
        """Take back what was done last since the first call; return the update, if there is one."""
        if self._undo_manager is None:
            self._undo_manager = pycrdt.UndoManager(scopes=[self._text], capture_timeout_millis=0)
        self._undo_manager.undo()
        return self._made.pop() if self._made else None

    def apply(self, update: bytes) -> None:
        """Take in somebody else's update."""
        self._is_applying = True
        try:
            self.doc.apply_update(update)
        finally:
            self._is_applying = False

    def diff(self, state_vector: bytes) -> bytes:
        """Return what another state lacks."""
        return self.doc.get_update(state_vector)

    def _on_change(self, event: pycrdt.TransactionEvent) -> None:
        if not self._is_applying:
            self._made.append(event.update)
