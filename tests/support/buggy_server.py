"""A server with bugs that raise what is at hand: `python -m tests.support.buggy_server serve …`.

A text frame, a document's update, the store and an event of the loop each fail with what they were
given in the words of the error, and a frame that holds `crash` ends the process by a signal that
nothing catches.
"""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
from typing import NoReturn

from collab_server import cli
from collab_server.core.document import LiveDocument
from collab_server.core.hub import Hub
from collab_server.storage.entry_store import EntryStore


def _fail(what: object) -> NoReturn:
    try:
        raise KeyError(what)
    except KeyError as error:
        message = f"something about {what!r}"
        raise RuntimeError(message, what) from error


def _plant_bugs() -> None:
    hear = Hub.receive_text

    def receive_text(self: Hub, client: object, data: str, *rest: object) -> None:
        if "crash" in data:
            os.kill(os.getpid(), signal.SIGABRT)
        if '"type":"auth"' in data or '"type":"join"' in data:
            hear(self, client, data, *rest)  # pyright: ignore[reportArgumentType]
        else:
            _fail(data)

    def offer(self: LiveDocument, *arguments: object, **named: object) -> NoReturn:
        _fail((arguments, named))

    def begin_bind_nonce(self: EntryStore, *arguments: object) -> NoReturn:
        _fail(arguments)

    Hub.receive_text = receive_text  # pyright: ignore[reportAttributeAccessIssue]
    LiveDocument.offer = offer  # pyright: ignore[reportAttributeAccessIssue]
    if "BUGGY_STORE" in os.environ:
        EntryStore.begin_bind_nonce = begin_bind_nonce  # pyright: ignore[reportAttributeAccessIssue]


if __name__ == "__main__":
    os.environ.pop("PYTHONFAULTHANDLER", None)
    faulthandler.enable()
    _plant_bugs()
    sys.exit(cli.main())
