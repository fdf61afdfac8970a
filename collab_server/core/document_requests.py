"""What clients ask of documents: by frames, and by the events that concern a document.

Rights are checked on every message. What must wait for the store, or for a worker, is parked with
its client (`requests.py` hears it again). Knows neither bytes nor deadlines.

Source: PROTOCOL.md §5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from collab_server.core.answers import Shut
from collab_server.core.bearers import NotAdmitted
from collab_server.core.effects import Send
from collab_server.core.permissions import READ, WRITE
from collab_server.core.states import Client, Phase
from collab_server.protocol import documents as frames
from collab_server.protocol.errors import ErrorCode
from collab_server.protocol.features import Feature
from collab_server.protocol.names import room_of

if TYPE_CHECKING:
    from collab_server.core.access import Access
    from collab_server.core.answers import Answers
    from collab_server.core.bearers import Bearers
    from collab_server.core.context import Context
    from collab_server.core.documents import Documents
    from collab_server.core.terms import Terms
    from collab_server.core.versions import Versions
    from collab_server.protocol.documents import ClientFrame
    from collab_server.protocol.events import DocumentCreate
    from collab_server.protocol.version_events import VersionRequest


class DocumentRequests:
    """The verbs of documents, by both doors. Invariant: as `Requests`."""

    def __init__(
        self,
        context: Context,
        *,
        documents: Documents,
        access: Access,
        terms: Terms,
        answers: Answers,
        bearers: Bearers,
        versions: Versions,
    ) -> None:
        self._context = context
        self._documents = documents
        self._access = access
        self._terms = terms
        self._answers = answers
        self._bearers = bearers
        self._versions = versions
        self._is_switched_off = Feature.COLLABORATION in context.config.switched_off

    def hear(self, client: Client, frame: ClientFrame, now_s: float, now_unix_s: float) -> None:
        """Act on a document frame, or hold the client until the store has answered."""
        if self._is_switched_off:
            self._answers.deny(client, frame.document, now_s, Shut.DISABLED)
            return
        if isinstance(frame, frames.DocumentAuth):
            self._authenticate(client, frame, now_s, now_unix_s)
            return
        if client.phase is not Phase.SIGNED_IN:
            self._context.refuse(client, ErrorCode.NOT_AUTHENTICATED, now_s=now_s)
            return
        name = frame.document
        match frame:
            case frames.Sync():
                perm = self._access.perm(client, room_of(name), frame)
                if perm is None:
                    return
                if READ not in perm:
                    self._answers.deny(client, name, now_s, self._access.shut_of(client, name))
                elif name not in client.documents and self._terms.must_wait(client, room_of(name)):
                    client.parked = frame
                elif name not in client.documents and self._terms.is_full(client, room_of(name)):
                    self._answers.deny(client, name, now_s, Shut.FULL)
                elif self._documents.must_wait(name, client):
                    client.parked = frame
                else:
                    self._documents.sync(client, frame, perm, now_s)
                    if client.waits_for == name:  # for a worker that reads the update
                        client.parked = frame
            case frames.AwarenessFrame():
                self._documents.awareness(client, frame, now_s)
            case frames.QueryAwareness():
                self._documents.send_awareness(client, name)
            case frames.CloseDocument():
                self._documents.close(client, name, now_s, explicit=True)
            case frames.Ping():
                self._context.effects.append(Send(client.id, frames.pong(name)))
            case frames.Stateless():
                pass  # PROTOCOL.md §5 gives clients nothing to say by it
            case _:
                assert_never(frame)

    def create(self, client: Client, event: DocumentCreate, now_s: float) -> None:
        """Make a document with a first text."""
        perm = self._access.perm(client, room_of(event.document), event)
        if perm is None:
            return
        if WRITE not in perm:
            self._access.deny(client, room_of(event.document), event.id, now_s)
        elif self._documents.must_wait(event.document, client):
            client.parked = event
        else:
            self._documents.server_edits.create(client, event, now_s)

    def ask_versions(self, client: Client, event: VersionRequest, now_s: float) -> None:
        """Ask for versions, or for what is made of one."""
        perm = self._access.perm(client, room_of(event.document), event)
        if perm is not None and self._versions.hear(client, event, perm, now_s):
            client.parked = event

    def _authenticate(
        self, client: Client, frame: frames.DocumentAuth, now_s: float, now_unix_s: float
    ) -> None:
        """Answer a provider's auth message.

        It is how a provider signs in. On a socket that has signed in by JSON the socket's user
        counts, whatever the token.
        """
        if client.session_id is None:
            client.is_provider = True
            if self._context.auth_waits_s(client, now_s):
                self._answers.deny_token(client, frame.document, ErrorCode.RATE_LIMITED.slug)
                return
            earlier = client.user
            try:
                self._bearers.admit(client, frame.document, frame.token, now_s, now_unix_s)
            except NotAdmitted as error:
                self._context.auth_failed(client, now_s)
                self._answers.deny_token(client, frame.document, error.reason)
                return
            self._access.renew(client, earlier, now_s)
        perm = self._access.perm(client, room_of(frame.document), frame)
        if perm is None:
            return
        if READ not in perm:
            self._answers.deny(client, frame.document, now_s)
            return
        scope = frames.Scope.READ_WRITE if WRITE in perm else frames.Scope.READ_ONLY
        self._context.effects.append(Send(client.id, frames.authenticated(frame.document, scope)))
