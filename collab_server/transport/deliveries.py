"""What is put into the outboxes of connections, serialised once for everybody who gets it.

Does not know what frames say, or who should get them: that the hub has said.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from collab_server.protocol.documents import FrameType
from collab_server.protocol.sync import step_2_head
from collab_server.protocol.yjs_frames import sync_update
from collab_server.transport.compression import MOST_BYTES
from collab_server.transport.frames import compact_frame, data_frame, head_of_binary

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from collab_server.admin.figures import Tally
    from collab_server.core.effects import AnswerSync, CatchUp, ClientId, Relay, Send
    from collab_server.protocol.names import DocumentName
    from collab_server.transport.socket import WebSocketConnection

SYNC = bytes((FrameType.SYNC,))  # on every door


class Deliveries:
    """Carries out the effects by which clients hear something.

    Invariant: who has left hears nothing; each outbox gets its frames in the order of the effects.
    """

    def __init__(
        self,
        members: Mapping[ClientId, WebSocketConnection],
        tally: Tally,
        *,
        diff: Callable[[DocumentName, bytes], bytes],
        has_open: Callable[[ClientId, DocumentName], bool],
        not_told: Callable[[AnswerSync | CatchUp, Exception], None],
    ) -> None:
        """Deliver to the members, which may change.

        Args:
            members: the connections that have not left.
            tally: where frames are counted.
            diff: tells what a committed document has beyond a state.
            has_open: tells whether a client still has a document.
            not_told: hears that it could not.
        """
        self._members = members
        self._tally = tally
        self._diff = diff
        self._has_open = has_open
        self._not_told = not_told

    def send(self, effect: Send) -> None:
        """Put one frame into one outbox, as often as it is to be said."""
        if connection := self._members.get(effect.client):
            self._tally.frames_out += effect.times
            frame = compact_frame(effect.frame, connection.window_bits)
            connection.outbox.put(frame * effect.times, is_ephemeral=effect.ephemeral)

    def relay(self, effect: Relay) -> None:
        """Serialise each frame once, join them once, and share the bytes."""
        wires = [data_frame(frame) for _, frame in effect.frames]
        senders = [sender for sender, _ in effect.frames]
        apart = {sender for sender in senders if sender is not None}
        everything = wires[0] if len(wires) == 1 else b"".join(wires)
        own = len(senders) - senders.count(None)
        self._tally.frames_out += len(wires) * len(effect.members) - own
        connections, is_ephemeral = self._members, effect.ephemeral
        for member in effect.members:
            connection = connections.get(member)
            if connection is None:
                continue
            wire = everything
            if member in apart:
                wire = b"".join(
                    [wire for sender, wire in zip(senders, wires, strict=True) if sender != member]
                )
                if not wire:
                    continue
            connection.outbox.put(wire, is_ephemeral=is_ephemeral)

    def answer_sync(self, effect: AnswerSync) -> None:
        """Answer a step 1 as soon as the client's outbox has room."""
        if connection := self._members.get(effect.client):
            connection.when_there_is_room(functools.partial(self._answer, connection, effect))

    def catch_up(self, effect: CatchUp) -> None:
        """Send what a client has missed."""
        connection = self._members.get(effect.client)
        if connection is None:
            return
        try:
            missed = self._diff(effect.document, effect.state_vector)
        except Exception as error:  # noqa: BLE001  the boundary of one client's update
            self._not_told(effect, error)
            return
        self._tally.frames_out += 1
        message = effect.prefix + sync_update(missed)
        connection.outbox.put(compact_frame(message, connection.window_bits))

    def _answer(self, connection: WebSocketConnection, effect: AnswerSync) -> None:
        if not self._has_open(effect.client, effect.document):
            return  # it was taken away while the answer waited
        try:
            missing = self._diff(effect.document, effect.state_vector)
        except Exception as error:  # noqa: BLE001  the boundary of one client's answer
            self._not_told(effect, error)
            return
        head = effect.prefix + SYNC + step_2_head(len(missing))
        if connection.window_bits is not None and len(missing) <= MOST_BYTES:
            connection.outbox.put(compact_frame(head + missing, connection.window_bits))
        else:
            frame_head = head_of_binary(len(head) + len(missing))
            connection.outbox.put(frame_head + head, body=missing)
        self._tally.frames_out += 1 + len(effect.then)
        for frame in effect.then:
            connection.outbox.put(data_frame(frame))
