"""What can go wrong with a replica.

::

    ReplicaError
    ├── EarlyUpdate        an update stands on something that has not arrived: ask with a step 1
    ├── ForeignContent     an update brings what is not text and cannot be edited around
    └── ReplicaBroken      the CRDT library failed; the replica was rebuilt from its log

Bytes that no Yjs client makes are a `RemoteProtocolError`, and positions that a text does not have
a `LocalProtocolError`, both of `collab_server.protocol.errors`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.model.text_edit import TextEdit


class ReplicaError(Exception):
    """An update was not taken in; what the replica held before, it still holds."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.edits: list[TextEdit] = []
        """What the updates before it, in the same call, did to the text; the widget needs them."""


class EarlyUpdate(ReplicaError):
    """An update stands on something that has not arrived."""


class ForeignContent(ReplicaError):
    """An update puts something into the text that takes up room and has no characters."""


class ReplicaBroken(ReplicaError):
    """The CRDT library failed; undo is forgotten, the text is not."""
