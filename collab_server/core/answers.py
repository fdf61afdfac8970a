"""What a client is told about a document, in the words of its door.

The main door has frames that name the document, and JSON events beside them. A stock Hocuspocus
provider there reads only the frames. A stock `y-websocket` client has one document and reads sync,
awareness and one kind of refusal, which it writes to its console; what it must act on is the close
code. Decides nothing about who may what. Source: PROTOCOL.md §4, §5 and §9.
"""

from __future__ import annotations

import base64
import json
from enum import Enum
from typing import TYPE_CHECKING

from collab_server.core.effects import Announce, Door, Level, Send
from collab_server.core.permissions import WRITE
from collab_server.protocol import documents as frames
from collab_server.protocol import yjs_frames
from collab_server.protocol.awareness import EMPTY_AWARENESS
from collab_server.protocol.close_codes import CloseCode
from collab_server.protocol.errors import ErrorCode
from collab_server.protocol.names import room_of

if TYPE_CHECKING:
    from collab_server.core.context import Context
    from collab_server.core.states import Client
    from collab_server.protocol.names import DocumentName


class Shut(Enum):
    """Why a document is taken from one client: the word of the main door, the code of `/yjs`."""

    MALFORMED = ("malformed", CloseCode.YJS_BAD_MESSAGE)
    TOO_LARGE = ("too_large", CloseCode.YJS_TOO_LARGE)
    FORBIDDEN = ("permission_denied", CloseCode.YJS_FORBIDDEN)
    DISABLED = ("feature_disabled", CloseCode.YJS_FORBIDDEN)
    CLOSED = ("room_closed", CloseCode.YJS_FORBIDDEN)
    FULL = ("room_full", CloseCode.TRY_AGAIN_LATER)
    DELETED = ("deleted", CloseCode.YJS_DELETED)
    EPOCH = ("epoch", CloseCode.YJS_EPOCH)
    LIMIT = ("limit_exceeded", CloseCode.YJS_FLOOD)
    FOREIGN = ("foreign", CloseCode.YJS_FORBIDDEN)
    CHANGED = ("changed_elsewhere", CloseCode.TRY_AGAIN_LATER)
    EARLY = ("insufficient_state", CloseCode.TRY_AGAIN_LATER)
    UNAVAILABLE = ("unavailable", CloseCode.TRY_AGAIN_LATER)
    INTERNAL = ("internal", CloseCode.TRY_AGAIN_LATER)

    def __init__(self, word: str, yjs_code: CloseCode) -> None:
        self.word = word
        self.yjs_code = yjs_code

    @property
    def is_temporary(self) -> bool:
        """Whether opening it again may help."""
        return self.yjs_code is CloseCode.TRY_AGAIN_LATER


_REFUSALS = {
    Shut.FORBIDDEN: ErrorCode.PERMISSION_DENIED,
    Shut.DISABLED: ErrorCode.FEATURE_DISABLED,
    Shut.FULL: ErrorCode.ROOM_FULL,
}


class Answers:
    """Says things about documents; every door hears them its own way."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def greet(
        self, client: Client, name: DocumentName, epoch: str, perm: str, *, is_suspended: bool
    ) -> None:
        """Tell which history of a document this is, and what the client may in it.

        Args:
            client: who is told.
            name: the document.
            epoch: its history.
            perm: the client's letters.
            is_suspended: nobody may write for now, whatever the letters: nothing can be saved.
        """
        if client.door is Door.YJS:
            return
        hello = {"type": "document", "epoch": epoch, "perm": perm}
        if is_suspended:
            hello |= {"perm": perm.replace(WRITE, ""), "reason": "unavailable"}
        self._send(client, frames.stateless(name, json.dumps(hello)))

    def beacon(
        self, client: Client, name: DocumentName, state_vector: bytes, text_sha256: str
    ) -> None:
        """Say what the text is at a state; a stock client of `/yjs` has no word for it."""
        if client.door is not Door.YJS:
            state = base64.b64encode(state_vector).decode()
            says = {"type": "beacon", "state": state, "sha256": text_sha256}
            self._send(client, frames.stateless(name, json.dumps(says)))

    def nobody(self, client: Client, name: DocumentName) -> None:
        """Send an awareness message without entries: a sign of life that changes nothing."""
        frame = prefix_for(client, name) + yjs_frames.awareness(EMPTY_AWARENESS)
        self._context.effects.append(Send(client.id, frame, ephemeral=True))

    def deny(
        self, client: Client, name: DocumentName, now_s: float, shut: Shut = Shut.FORBIDDEN
    ) -> None:
        """Refuse a document that the client does not have."""
        if client.door is Door.YJS:
            self._context.close(client, shut.yjs_code, shut.word)
            return
        self._send(client, frames.auth_denied(name, shut.word))
        code = _REFUSALS.get(shut)
        if code is not None:
            self._context.refuse(client, code, room=room_of(name), now_s=now_s)

    def deny_token(self, client: Client, name: DocumentName, reason: str) -> None:
        """Refuse what a provider showed for a document; its socket stays."""
        self._send(client, frames.auth_denied(name, reason))
        text = f"denied a document: {reason}"
        self._context.effects.append(Announce(Level.INFO, text, client.id, room_of(name)))

    def shut(self, client: Client, name: DocumentName, shut: Shut) -> None:
        """Take a document from a client, which goes on with everything else it has.

        A stock provider does not open a document again by itself. Where that may help, its socket
        is closed, and it comes back with all of its documents.
        """
        if client.door is Door.YJS:
            self._context.close(client, shut.yjs_code, shut.word)
            return
        self._send(client, frames.close_document(name, shut.word))
        if shut.is_temporary and not client.hears_events:
            self._context.close(client, CloseCode.RECONNECT, shut.word)

    def refuse(
        self, client: Client, name: DocumentName, code: ErrorCode, text: str, now_s: float
    ) -> None:
        """Say what was wrong with what a client sent about a document; it keeps the document."""
        if client.door is Door.YJS:
            if code is ErrorCode.READ_ONLY:
                self._send(client, yjs_frames.refused("read-only"))
        elif not client.hears_events:
            error = {"type": "error", "code": int(code), "slug": code.slug, "message": text}
            self._send(client, frames.stateless(name, json.dumps(error)))
        self._context.refuse(client, code, text, room=room_of(name), now_s=now_s)

    def _send(self, client: Client, frame: bytes) -> None:
        self._context.effects.append(Send(client.id, frame))


def prefix_for(client: Client, name: DocumentName) -> bytes:
    """Return what stands before a document's messages on a client's door."""
    return b"" if client.door is Door.YJS else frames.frame_prefix(name)
