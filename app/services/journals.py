"""The journals of the open texts, and what killed processes have left in theirs.

Ties the records of `app.collab.journal` to the files of `app.storage.journal_files`. Knows neither
widget nor session. Source: EDITOR.md (safety).
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.collab.errors import ReplicaError
from app.collab.journal import TextJournal
from app.collab.journal_records import JournalUnreadable, read_journal
from app.collab.text_replica import TextReplica
from app.model.notices import Notice, NoticeKind
from app.storage.journal_files import JournalFolder
from collab_server.protocol.errors import RemoteProtocolError

if TYPE_CHECKING:
    from pathlib import Path

    from app.collab.journal_records import JournalContent
    from app.model.kept_text import TextFacts
    from app.storage.journal_files import FoundJournal

logger = logging.getLogger(__name__)

_MEND_MS = 2_000


@dataclass(frozen=True, slots=True)
class RecoveredText:
    """A text that a process left which is gone; its journal goes on."""

    replica: TextReplica
    journal: TextJournal

    @property
    def facts(self) -> TextFacts:
        """Where it is from."""
        return self.journal.facts


class Journals(QObject):
    """The journals of this process.

    Invariant: where journals cannot be written, everything else works, and the person was told.
    """

    notice_raised = Signal(object)  # Notice
    _trouble_met = Signal(str)  # in any thread

    def __init__(self, root: Path, *, parent: QObject | None = None) -> None:
        """Prepare; nothing is written before a text changes.

        Args:
            root: the folder of all processes' journals.
            parent: Qt's owner.
        """
        super().__init__(parent)
        self._journals: list[TextJournal] = []
        self._notices: list[Notice] = []  # of before anybody listened
        self._mend_timer = QTimer(self, interval=_MEND_MS)
        self._mend_timer.timeout.connect(self._on_mend_due)
        self._trouble_met.connect(self._on_trouble_met)
        self._folder: JournalFolder | None = None
        try:
            self._folder = JournalFolder(root, on_trouble=self._trouble_met.emit)
        except OSError as error:
            logger.info("no journals: %s", error.strerror)
            self._notices.append(Notice(NoticeKind.JOURNAL_FAILED, error.strerror or ""))

    def take_notices(self) -> list[Notice]:
        """Return what happened before anybody could listen, and forget it."""
        notices, self._notices = self._notices, []
        return notices

    def keep(self, replica: TextReplica, facts: TextFacts) -> TextJournal | None:
        """Keep a journal of a text, from its first change on; None where there can be none."""
        if self._folder is None:
            return None
        journal = TextJournal(replica.ledger, self._folder.new_file(), facts)
        self._journals.append(journal)
        return journal

    def forget(self, journal: TextJournal) -> None:
        """Remove the journal of a text that is closed: nothing of it is only here."""
        self._journals.remove(journal)
        journal.forget()
        journal.close()

    def put_by(self, journal: TextJournal) -> None:
        """Keep the journal of a text that is closed as it stands, for the next start."""
        self._journals.remove(journal)
        journal.close()

    def park(self, journal: TextJournal) -> None:
        """Keep of a text that is closed what the server has not; without that, remove it."""
        self._journals.remove(journal)
        journal.park()

    def recover(self) -> list[RecoveredText]:
        """Return the texts that processes have left which are gone, oldest first.

        What was saved to its file and is not shared needs no recovery, and is forgotten.
        """
        if self._folder is None:
            return []
        try:
            found = self._folder.take_over()
        except OSError as error:
            logger.info("journals cannot be taken over: %s", error.strerror)
            return []
        recovered = [self._recover(self._folder, journal) for journal in found]
        return [text for text in recovered if text is not None]

    def close(self) -> None:
        """Bring everything to the disk and let go."""
        self._mend_timer.stop()
        for journal in self._journals:
            journal.close()
        self._journals.clear()
        if self._folder is not None:
            self._folder.close()
            self._folder = None

    def _recover(self, folder: JournalFolder, found: FoundJournal) -> RecoveredText | None:
        file = folder.file(found.name)
        try:
            content = read_journal(found.data)
        except JournalUnreadable:
            self._set_aside(folder, found.name)
            file.discard()
            return None
        replica, is_whole = _replica_of(content)
        is_whole = is_whole and not content.is_damaged
        if not is_whole:
            self._set_aside(folder, found.name)
        if content.is_saved and content.facts.session is None and is_whole:
            file.discard()
            return None
        is_untouched = is_whole and content.size_bytes == len(found.data)
        journal = TextJournal(
            replica.ledger,
            file,
            content.facts,
            written_bytes=content.size_bytes if is_untouched else 0,
            is_saved=content.is_saved and is_whole,
        )
        journal.begin()
        self._journals.append(journal)
        return RecoveredText(replica, journal)

    def _set_aside(self, folder: JournalFolder, name: str) -> None:
        try:
            copy = folder.set_aside(name)
        except OSError as error:
            logger.info("a broken journal cannot be kept aside: %s", error.strerror)
            self._notices.append(Notice(NoticeKind.JOURNAL_BROKEN))
            return
        self._notices.append(Notice(NoticeKind.JOURNAL_BROKEN, str(copy)))

    @Slot(str)
    def _on_trouble_met(self, reason: str) -> None:
        logger.info("a journal cannot be written: %s", reason)
        self.notice_raised.emit(Notice(NoticeKind.JOURNAL_FAILED, reason))
        self._mend_timer.start()

    @Slot()
    def _on_mend_due(self) -> None:
        for journal in self._journals:
            journal.mend()
        if all(journal.is_whole for journal in self._journals):
            self._mend_timer.stop()
            self.notice_raised.emit(Notice(NoticeKind.JOURNAL_MENDED))


def _replica_of(content: JournalContent) -> tuple[TextReplica, bool]:
    """Return the replica that a journal tells of, and whether all of it could be taken in.

    What a journal says passes the same checks as what the network says: the file may be anybody's.
    """
    replica = TextReplica()
    replica.is_writable = False  # what was to be put right in it has been, in the history
    try:
        for update in content.history:
            replica.apply([update])
        if content.facts.session is not None:
            replica.ledger.restore(content.pending, epoch=content.epoch)
    except (ReplicaError, RemoteProtocolError) as error:
        logger.warning("a journal holds what cannot be taken in: %s", error)
        return replica, False
    finally:
        replica.is_writable = True
    return replica, True
