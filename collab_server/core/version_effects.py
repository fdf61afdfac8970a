"""What the hub asks of the world about versions of documents (see `effects`).

Answers are methods of `Hub.versions`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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
