"""A window's texts and their journals: what is kept of each, and when it need not be any more.

Knows no disk and no record. Source: EDITOR.md (safety).
"""

from __future__ import annotations

import contextlib
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from app.errors import notice_message
from app.model.kept_text import TextFacts
from app.model.notices import Notice, NoticeKind
from app.storage.file_errors import FileError
from app.storage.files import TextFile, load_text_file
from app.ui.open_text import OpenText
from app.ui.widgets.banner import Tone

if TYPE_CHECKING:
    from app.collab.journal import TextJournal
    from app.services.journals import Journals, RecoveredText
    from app.ui.file_desk import FileDesk
    from app.ui.main_window import MainWindow
    from app.ui.text_tabs import TextTabs
    from app.ui.theme import Appearance


class JournalDesk(QObject):
    """What a window does so that no text is lost.

    Invariant: each text of the window has a journal that knows its file and its session, unless
    there are no journals at all.
    """

    def __init__(
        self,
        *,
        tabs: TextTabs,
        files: FileDesk,
        window: MainWindow,
        appearance: Appearance,
        journals: Journals | None,
        parent: QObject | None = None,
    ) -> None:
        """Keep the texts of a window.

        Args:
            tabs: where texts are.
            files: puts a recovered text into a tab.
            window: where it is said that nothing can be kept.
            appearance: the theme.
            journals: the process's; None: nothing is kept.
            parent: Qt's owner.
        """
        super().__init__(parent)
        self._files = files
        self._window = window
        self._appearance = appearance
        self._tabs = tabs
        self._journals = journals
        self._kept: dict[OpenText, TextJournal] = {}
        tabs.text_added.connect(self._on_text_added)
        if journals is not None:
            journals.notice_raised.connect(self._on_notice_raised)

    def put_recovered(self, recovered: RecoveredText) -> OpenText:
        """Show a text that an earlier process left, as what it was: changed, and not saved."""
        facts = recovered.facts
        path = Path(facts.path) if facts.path is not None else None
        found = self._tabs.of_path(path) if path is not None else None
        opened = OpenText(
            recovered.replica,
            theme=self._appearance.theme,
            file=_file_of(facts),
            path=path,
            name=facts.name,
            parent=self._tabs,
        )
        opened.is_guest = facts.is_guest
        self._kept[opened] = recovered.journal
        self._files.put(opened)
        if found is not None:
            self._files.request_close(found)  # as the file is on the disk
        if not facts.is_guest:
            opened.check_modified()
        if facts.session is None and opened.is_modified:
            opened.banner.show_message(
                self.tr("This was not saved when the editor ended. Nothing of it is lost.")
            )
        return opened

    def say(self, notice: Notice) -> None:
        """Say what concerns the journals as such."""
        text = notice_message(notice.kind, notice.detail)
        is_good = notice.kind is NoticeKind.JOURNAL_MENDED
        self._window.banner.show_message(text, tone=Tone.GOOD if is_good else Tone.TROUBLE)

    def release(self, opened: OpenText) -> None:
        """Let go of a text that is closed with the user's consent: only what waits is kept."""
        journal = self._kept.pop(opened, None)
        if journal is None or self._journals is None:
            return
        if opened.shared is not None:
            self._journals.park(journal)
        else:
            self._journals.forget(journal)

    def put_by(self) -> None:
        """Keep all texts as they stand: nobody was asked about them."""
        for opened, journal in self._kept.items():
            if self._journals is not None and (opened.is_modified or opened.shared is not None):
                self._journals.put_by(journal)
            elif self._journals is not None:
                self._journals.forget(journal)
        self._kept.clear()

    @Slot(object)
    def _on_text_added(self, opened: OpenText) -> None:
        if opened not in self._kept and self._journals is not None:
            journal = self._journals.keep(opened.replica, facts_of(opened))
            if journal is None:
                return
            self._kept[opened] = journal
            if opened.is_modified:
                journal.begin()  # it came with a text that is nowhere else
        opened.renamed.connect(partial(self._describe, opened))
        opened.saved.connect(partial(self._look_at_file, opened))
        opened.modified_changed.connect(partial(self._look_at_file, opened))
        opened.session_changed.connect(partial(self._describe, opened))

    @Slot(object)
    def _on_notice_raised(self, notice: Notice) -> None:
        self.say(notice)

    def _describe(self, opened: OpenText) -> None:
        journal = self._kept.get(opened)
        if journal is not None:
            journal.describe(facts_of(opened))
            if opened.shared is not None:
                journal.begin()  # what the session is, too, is to come back

    def _look_at_file(self, opened: OpenText) -> None:
        """Write down that the file has the text, after a save, or after it was read again."""
        journal = self._kept.get(opened)
        if journal is not None and not opened.is_modified and opened.path is not None:
            journal.mark_saved(facts_of(opened))


def facts_of(opened: OpenText) -> TextFacts:
    """Return what is written down of a text beside its content."""
    return TextFacts(
        name=opened.name,
        path=str(opened.path.absolute()) if opened.path is not None else None,
        eol=opened.file.eol,
        has_bom=opened.file.has_bom,
        has_mixed_eol=opened.file.has_mixed_eol,
        encoding=opened.file.encoding,
        digest=opened.file.digest.hex(),
        is_guest=opened.is_guest,
        language=opened.language,
        session=opened.shared.facts if opened.shared is not None else None,
    )


def _file_of(facts: TextFacts) -> TextFile:
    """Return the text's file as it was when it was last read or written.

    If there is another text in it by now, what was in it is not known: then the text counts as
    changed, and whoever compares digests sees that the file was too.
    """
    file = TextFile(
        "",
        has_bom=facts.has_bom,
        eol=facts.eol,
        has_mixed_eol=facts.has_mixed_eol,
        encoding=facts.encoding,
        digest=bytes.fromhex(facts.digest),
    )
    if facts.path is None:
        return file
    with contextlib.suppress(FileError):
        found = load_text_file(Path(facts.path), encoding=facts.encoding)
        if found.digest == file.digest:
            return replace(file, text=found.text)
    return file
