"""The messages of one session that its server may not have, on their way to a disk.

Knows no disk: lines go to a sink, as a journal's records do. A line is JSON: whose messages these
are, a message, or that one need not be kept any more. A crash cuts the last line, which is then
left out. Source: issue "it keeps what you type"; PROTOCOL.md §3 (`mid`: sent again it is the same).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec

from app.collab.outgoing import MOST_WAITING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.collab.journal import JournalSink

_MOST_LINES = 4 * MOST_WAITING
"""Then the file is written anew, with what is in it."""

Mid = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9._:-]{1,64}\Z")]


class UnsentMessage(msgspec.Struct, frozen=True, tag="message"):
    """What this user said."""

    mid: Mid
    text: str
    at_s: float  # unix time
    reply_to: int | None = None
    mentions: tuple[str, ...] = ()  # user ids


class _Owner(msgspec.Struct, frozen=True, tag="owner"):
    key: str


class _Settled(msgspec.Struct, frozen=True, tag="settled"):
    mid: str


_Line = _Owner | UnsentMessage | _Settled
_DECODER: msgspec.json.Decoder[_Line] = msgspec.json.Decoder(_Line)


class UnsentLog:
    """The messages of one session.

    Invariant: each is in the sink before it is sent, until the server has stored it or its author
    gave it up; without any there is no file. Beyond `MOST_WAITING` nothing more is kept.
    """

    def __init__(self, sink: JournalSink, key: str) -> None:
        """Prepare; nothing is written before there is a message.

        Args:
            sink: where the lines go.
            key: which session's messages these are.
        """
        self._sink = sink
        self._key = key
        self._messages: dict[str, UnsentMessage] = {}
        self._lines = 0

    @property
    def messages(self) -> list[UnsentMessage]:
        """What may not be sent, oldest first."""
        return list(self._messages.values())

    @property
    def is_whole(self) -> bool:
        """Whether everything that was given is in the sink."""
        return self._sink.is_whole

    def add(self, message: UnsentMessage) -> None:
        """Keep a message; one that is kept already stays as it is."""
        if message.mid in self._messages or len(self._messages) >= MOST_WAITING:
            return
        is_first = not self._messages
        self._messages[message.mid] = message
        self._write([_Owner(self._key), message] if is_first else [message])

    def settle(self, mid: str) -> None:
        """Forget a message: it is stored, or was given up."""
        if self._messages.pop(mid, None) is None:
            return
        if self._messages:
            self._write([_Settled(mid)])
        else:
            self._sink.discard()
            self._lines = 0

    def close(self) -> None:
        """Let go, and leave what was written."""
        self._sink.close()

    def _write(self, lines: Sequence[_Line]) -> None:
        self._lines += len(lines)
        if self._sink.is_whole and self._lines <= _MOST_LINES:
            self._sink.append(_encode(lines))
            return
        everything = [_Owner(self._key), *self._messages.values()]
        self._lines = len(everything)
        self._sink.replace([_encode(everything)])


def read_unsent(data: bytes) -> tuple[str, list[UnsentMessage]]:
    """Return whose messages a file holds, and those; what cannot be read is left out.

    The key is empty when not even that can be read.
    """
    key, messages = "", dict[str, UnsentMessage]()
    for line in data.split(b"\n"):
        try:
            read = _DECODER.decode(line)
        except msgspec.DecodeError:
            continue
        match read:
            case _Owner():
                key = read.key
            case UnsentMessage():
                messages[read.mid] = read
            case _:  # settled
                messages.pop(read.mid, None)
    return key, list(messages.values())


def _encode(lines: Sequence[_Line]) -> bytes:
    return b"".join(msgspec.json.encode(line) + b"\n" for line in lines)
