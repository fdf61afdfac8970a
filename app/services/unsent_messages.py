"""What was said in chats and is not known to be stored: it outlives the app.

Ties the lines of `app.collab.unsent_log` to files, in a folder of each process, as journals are.
Knows no session. Source: issue "it keeps what you type".
"""

from __future__ import annotations

import hashlib
import logging
import time
from typing import TYPE_CHECKING

from app.collab.unsent_log import UnsentLog, read_unsent
from app.storage.journal_files import JournalFolder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from app.collab.unsent_log import UnsentMessage
    from app.model.kept_text import SessionFacts

logger = logging.getLogger(__name__)

KEPT_S = 14 * 24 * 3600
"""So long after it was written a message is still sent; as long as an own session is kept."""


class UnsentMessages:
    """The messages of all sessions of this process, and those that killed ones have left.

    Invariant: where nothing can be written, chats work as before.
    """

    def __init__(self, root: Path, *, unix_clock: Callable[[], float] = time.time) -> None:
        """Take over what processes have left that are gone.

        Args:
            root: the folder of all processes.
            unix_clock: seconds.
        """
        self._logs: dict[str, UnsentLog] = {}
        self._folder: JournalFolder | None = None
        try:
            self._folder = JournalFolder(root, on_trouble=_log_trouble)
            found = self._folder.take_over()
        except OSError as error:
            _log_trouble(error.strerror or "")
            return
        oldest_s = unix_clock() - KEPT_S
        for file in found:
            key, messages = read_unsent(file.data)
            wanted = [each for each in messages if key and each.at_s > oldest_s]
            for message in wanted:
                self.keep(key, message)
            if not wanted or self._logs[key].is_whole:  # written again by now, in one of our own
                self._folder.file(file.name).discard()

    def of(self, key: str) -> list[UnsentMessage]:
        """Return what is kept of a session, oldest first."""
        log = self._logs.get(key)
        return log.messages if log is not None else []

    def keep(self, key: str, message: UnsentMessage) -> None:
        """Keep a message, so that it outlives this process."""
        if self._folder is None:
            return
        log = self._logs.get(key)
        if log is None:
            log = self._logs[key] = UnsentLog(self._folder.new_file(), key)
        log.add(message)

    def settle(self, key: str, mid: str) -> None:
        """Forget a message: it is stored, or was given up."""
        log = self._logs.get(key)
        if log is not None:
            log.settle(mid)

    def close(self) -> None:
        """Bring everything to the disk and let go."""
        for log in self._logs.values():
            log.close()
        self._logs.clear()
        if self._folder is not None:
            self._folder.close()
            self._folder = None


def key_of(facts: SessionFacts) -> str:
    """Return what tells a session and its user from others: no server hears another's messages."""
    whose = (facts.database or facts.server, facts.room, facts.user_id)
    return hashlib.sha256("\n".join(whose).encode()).hexdigest()


def _log_trouble(reason: str) -> None:
    logger.info("messages that wait are in memory only: %s", reason)
