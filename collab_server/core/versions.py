"""Versions of documents, as clients ask for them; rights are those of the document.

Knows no texts: the shell finds them, and makes the edit that restores one, which then passes the
gate like every other. Source: PROTOCOL.md §3 (versions).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from collab_server.core.permissions import READ, WRITE
from collab_server.core.rate_limits import Kind
from collab_server.core.version_effects import AskVersions
from collab_server.protocol.errors import ErrorCode
from collab_server.protocol.events import encode_event
from collab_server.protocol.names import room_of
from collab_server.protocol.updates import EMPTY_UPDATE
from collab_server.protocol.version_events import (
    FindAuthors,
    FindVersions,
    NameVersion,
    ReadVersion,
    RestoreVersion,
    VersionRestored,
)

if TYPE_CHECKING:
    from collab_server.core.context import Context
    from collab_server.core.documents import Documents
    from collab_server.core.states import Client
    from collab_server.protocol.version_events import VersionReply, VersionRequest


WORK_TOKENS = 200.0
"""Of updates, for what a worker process has to find out: it takes about a second of a long text."""


class Versions:
    """The verbs about versions. Invariant: a text is restored by an edit, never put back."""

    def __init__(self, context: Context, documents: Documents) -> None:
        self._context = context
        self._documents = documents

    def hear(self, client: Client, request: VersionRequest, perm: str, now_s: float) -> bool:
        """Act on a request; tell whether it must wait until the document is loaded."""
        if needed_for(request) not in perm:
            self._deny(client, request, now_s)
            return False
        if self._documents.must_wait(request.document, client):
            return True
        document = self._documents.live(request.document)
        assert document is not None
        assert client.user is not None
        if not isinstance(request, FindVersions | ReadVersion):
            self._context.slow(client, Kind.UPDATE, WORK_TOKENS, now_s)
        author_id = self._documents.server_edits.new_author_id(document)
        owners = dict(document.owners) if isinstance(request, FindAuthors) else {}
        self._context.effects.append(
            AskVersions(client.id, request, client.user.id, author_id, owners)
        )
        return False

    def answered(self, asked: AskVersions, reply: VersionReply, now_s: float) -> None:
        """Hand out an answer, if the right has not gone meanwhile."""
        client = self._still_allowed(asked, now_s)
        if client is not None:
            self._context.tell(client, reply)

    def restored(self, asked: AskVersions, update: bytes, now_s: float) -> None:
        """Write the edit that restores a version, in the name of who wants it and still may."""
        request = asked.request
        client = self._still_allowed(asked, now_s)
        if client is None:
            return
        assert isinstance(request, RestoreVersion)
        name, changed = request.document, update != EMPTY_UPDATE
        reply = VersionRestored(
            document=name, version=request.version, changed=changed, re=request.id
        )
        if not changed:
            self._context.tell(client, reply)
        elif not self._documents.server_edits.write(
            client, name, update, encode_event(reply), now_s
        ):
            text = "The document cannot be written right now"
            self.refused(asked, ErrorCode.UNAVAILABLE, text, now_s)

    def refused(self, asked: AskVersions, code: ErrorCode, text: str, now_s: float) -> None:
        """Tell who asked that it cannot be done."""
        client = self._context.live(asked.client)
        if client is not None:
            room = room_of(asked.request.document)
            re = asked.request.id
            self._context.refuse(client, code, text, room=room, re=re, now_s=now_s)

    def _still_allowed(self, asked: AskVersions, now_s: float) -> Client | None:
        """Return who asked, if it is there and has the right; what it lost it is told."""
        client = self._context.live(asked.client)
        if client is None:
            return None
        if needed_for(asked.request) not in client.perms.get(room_of(asked.request.document), ""):
            self._deny(client, asked.request, now_s)
            return None
        return client

    def _deny(self, client: Client, request: VersionRequest, now_s: float) -> None:
        room = room_of(request.document)
        code = ErrorCode.PERMISSION_DENIED
        self._context.refuse(client, code, room=room, re=request.id, now_s=now_s)


def needed_for(request: VersionRequest) -> str:
    """Return the right that a request takes."""
    return WRITE if isinstance(request, NameVersion | RestoreVersion) else READ
