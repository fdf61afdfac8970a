"""What the hub asks of the world about versions of documents (see `effects`).

Answers are methods of `Hub.versions`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from collab_server.core.effects import ClientId
    from collab_server.protocol.version_events import VersionRequest


@dataclass(frozen=True, slots=True)
class AskVersions:
    """Do what a client asks of a document's versions; the document is live.

    Answer: `answered`, or for a restoration `restored` with the edit that makes the text what it
    was, or `refused`.
    """

    client: ClientId
    request: VersionRequest
    user_id: str
    author_id: int  # for the edit of a restoration, known to no history of the document
    owners: Mapping[int, str] = field(default_factory=dict[int, str], compare=False)
    """Author id → user, for who asks who wrote what."""


NOBODY = -1
"""In place of a user whom nobody knows any more."""


@dataclass(frozen=True, slots=True)
class Written:
    """Who wrote a part of a text. All counts are UTF-16 units."""

    length: int  # of the whole text
    at: int  # where the part begins; the length when that is beyond the end
    users: list[str]  # ids of those who are in `runs`, sorted
    runs: list[tuple[int, int]]  # so many units, and by which of `users`, or NOBODY
    next: int | None = None  # where the rest begins
