"""The door of stock `y-websocket` clients: one connection, one document.

The token and the document are in the address, so everything is decided as soon as the connection is
there; who may not come in is told so and closed with a code that a stock client stops at. What it
says afterwards is what every client says about a document. Source: PROTOCOL.md §4 and §6.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from collab_server.core.answers import Shut
from collab_server.core.bearers import NotAdmitted
from collab_server.core.permissions import READ
from collab_server.protocol.close_codes import CloseCode
from collab_server.protocol.errors import ErrorCode
from collab_server.protocol.features import Feature
from collab_server.protocol.names import room_of

if TYPE_CHECKING:
    from collab_server.core.access import Access
    from collab_server.core.answers import Answers
    from collab_server.core.bearers import Bearers
    from collab_server.core.context import Context
    from collab_server.core.documents import Documents
    from collab_server.core.states import Client


class YjsDoor:
    """Lets stock clients in, or tells them why not."""

    def __init__(
        self,
        context: Context,
        *,
        bearers: Bearers,
        access: Access,
        documents: Documents,
        answers: Answers,
    ) -> None:
        self._context = context
        self._bearers = bearers
        self._access = access
        self._documents = documents
        self._answers = answers

    def arrive(self, client: Client, now_s: float, now_unix_s: float) -> None:
        """Take in a connection: first who it is, then what it may."""
        arrival = client.arrival
        if self._context.auth_waits_s(client, now_s):
            self._context.close(client, CloseCode.RATE_LIMITED, "too many failed sign-ins")
            return
        try:
            self._bearers.admit(client, arrival.document, arrival.token, now_s, now_unix_s)
        except NotAdmitted as error:
            if not error.is_crowded:
                self._context.auth_failed(client, now_s)
            code = CloseCode.YJS_FLOOD if error.is_crowded else CloseCode.YJS_TOKEN
            self._context.close(client, code, error.reason)
        else:
            self.enter(client, now_s)

    def enter(self, client: Client, now_s: float) -> None:
        """Go on, now that rights or the document may be known; the client is held until both are.

        The document itself is opened by the client's step 1.
        """
        name, epoch = client.arrival.document, client.arrival.epoch
        if name is None:
            code = CloseCode.YJS_FORBIDDEN
            self._context.close(client, code, ErrorCode.INVALID_ROOM.slug)
            return
        if Feature.COLLABORATION in self._context.config.switched_off:
            self._answers.deny(client, name, now_s, Shut.DISABLED)
            return
        perm = self._access.perm(client, room_of(name), client.arrival)
        if perm is None:
            return
        if READ not in perm:
            self._answers.deny(client, name, now_s)
        elif self._documents.must_wait(name, client):
            client.parked = client.arrival
        elif epoch and epoch != self._documents.epoch_of(name):
            self._answers.deny(client, name, now_s, Shut.EPOCH)
