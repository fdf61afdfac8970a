"""A text in a tab: where it is from, how it is written, and who else is in it.

Ties a replica, an editor with its document and, while it is shared, the session's document
together.
Knows no dialog, no menu and no socket. Source: EDITOR.md, binding rules; files.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.model.languages import LANGUAGE_NAMES, PLAIN_TEXT, language_of
from app.model.text_edit import TextEdit, length_utf16
from app.model.workspace import TabPlace
from app.storage.files import TextFile, save_text_file
from app.ui.editor.highlighting import Highlighter
from app.ui.editor.raw_text import plain_document
from app.ui.editor.replica_binding import ReplicaBinding
from app.ui.text_page import TextPage

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from app.collab.text_replica import TextReplica
    from app.model.participants import RemoteCaret
    from app.services.shared_document import SharedDocument
    from app.storage.files import Eol
    from app.ui.editor.syntax_process import SyntaxProcess
    from app.ui.theme import Theme

_STEP_UTF16 = 2
_SOON_MS = 30


class OpenText(QObject):
    """One text, from when it is opened until its tab is closed.

    Invariant: the text is the replica's; a file on disk and a session only take from it. The others
    of a session see the caret here only while this text is in front.
    """

    modified_changed = Signal()
    saved = Signal()  # to its file
    session_changed = Signal()  # it is shared now, or no longer
    renamed = Signal()  # another file, or another language
    caret_moved = Signal()  # told soon after a step, so that no key waits for it, else at once
    people_changed = Signal()  # who else is in this text
    people_moved = Signal()  # where they are; also told when somebody came or went
    access_changed = Signal()
    edit_refused = Signal()  # somebody typed where only reading is allowed
    rebuilt = Signal(str)  # the text that stood in the widget before
    highlighting_limited = Signal(str)  # why nothing is coloured; empty when colours are back

    def __init__(
        self,
        replica: TextReplica,
        *,
        theme: Theme,
        file: TextFile | None = None,
        path: Path | None = None,
        name: str = "",
        parent: QObject | None = None,
    ) -> None:
        """Make a page with an editor for a replica's text.

        Args:
            replica: the text.
            theme: the colours.
            file: how it stands on the disk; None: it is not on one.
            path: of the file; None: it has none.
            name: for a text without a file.
            parent: Qt's owner.
        """
        super().__init__(parent)
        self.replica = replica
        self.file = file or TextFile("")
        self.path = path
        self.is_guest = False  # whether the text is another person's, kept by the session
        self.is_starting = False  # whether it is about to be shared
        self.page = TextPage(theme=theme)
        self.editor = self.page.editor
        self.banner = self.page.banner
        self._name = name
        self._chosen_language = ""  # by the user, instead of what the name says
        self._shared: SharedDocument | None = None
        self._is_front = False
        self._people: tuple[RemoteCaret, ...] = ()
        self._is_gone = False  # whether another program deleted or moved the file
        self._caret_utf16 = 0
        self._soon = QTimer(self, singleShot=True, interval=_SOON_MS)
        self._soon.timeout.connect(self.caret_moved)
        self._note_saved(self.file if path is not None else replace(self.file, text=""))
        self._is_modified = False
        self.document = plain_document(self)
        self.binding = ReplicaBinding(document=self.document, replica=replica, parent=self)
        self.editor.bind(self.binding)
        self.editor.caret_moved.connect(self._on_caret_moved)
        self.binding.edited.connect(self._on_text_changed)
        self.binding.remote_edited.connect(self._on_text_changed)
        self.binding.composing_changed.connect(self._on_composing_changed)
        self.binding.edit_refused.connect(self.edit_refused)
        self.binding.rebuilt.connect(self.rebuilt)
        self._shown_language = self.language
        self.editor.language = self._shown_language
        self._highlighter = Highlighter(
            editor=self.editor, language=self._shown_language, colors=theme.syntax, parent=self
        )
        self._highlighter.limited.connect(self.highlighting_limited)

    @property
    def name(self) -> str:
        """What the window calls it."""
        return self.path.name if self.path is not None else self._name or self.tr("Untitled")

    @property
    def shared(self) -> SharedDocument | None:
        """The session's document; None while it is not shared."""
        return self._shared

    @property
    def is_modified(self) -> bool:
        """Whether something is in the window that a file or the session does not keep."""
        return self._is_modified

    @property
    def is_gone(self) -> bool:
        """Whether another program deleted or moved the file, and nobody has answered that."""
        return self._is_gone

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing in it."""
        return not self.replica.shadow.length_utf16

    @property
    def is_pristine(self) -> bool:
        """Whether nothing would be missed: an empty text without file and session."""
        is_own = self.path is None and self._shared is None and not self._name
        is_own = is_own and not self.is_starting
        return is_own and not self.is_modified and self.is_empty

    @property
    def place(self) -> TabPlace | None:
        """The file and where one is in it, to be brought back; None without a file of one's own."""
        if self.path is None:
            return None
        selection = self.editor.selection
        return TabPlace(
            str(self.path),
            selection.anchor_utf16,
            selection.head_utf16,
            self.editor.firstVisibleBlock().blockNumber(),
            self.file.encoding,
        )

    @property
    def people(self) -> tuple[RemoteCaret, ...]:
        """Who else has the caret in this text."""
        return self._people

    @property
    def language(self) -> str:
        """The language's id."""
        if self._chosen_language:
            return self._chosen_language
        if self._shared is not None and self._shared.entry.language is not None:
            told = self._shared.entry.language
            return told if told in LANGUAGE_NAMES else PLAIN_TEXT
        return language_of(self.name)

    def show_theme(self, theme: Theme) -> None:
        """Show the text in other colours."""
        self.editor.set_colors(theme.editor)
        self._highlighter.set_colors(theme.syntax)

    def read_with(self, process: SyntaxProcess) -> None:
        """Let a process read the text, and show its colours."""
        self._highlighter.read_with(process)

    def set_front(self, is_front: bool) -> None:
        """Take in whether this text is the one in front; elsewhere its caret is nobody's."""
        self._is_front = is_front
        self._tell_caret()

    def go_to(self, place: TabPlace) -> None:
        """Put caret and scroll where they were; the text may have become shorter since."""
        last = self.replica.shadow.length_utf16
        whole = self.replica.shadow.whole_character_at
        anchor, head = (whole(min(at, last)) for at in (place.anchor_utf16, place.head_utf16))
        self.editor.select(anchor, head)
        self.editor.verticalScrollBar().setValue(place.top_line)

    def choose_language(self, language: str) -> None:
        """Show the text in a language that its name does not say."""
        self._chosen_language = language
        self._show_language()

    def save(self, path: Path, *, is_over: bool = False) -> None:
        """Write the text to a file, which is its own from now on.

        Args:
            path: of the file.
            is_over: whether to write over what another program wrote there meanwhile.

        Raises:
            FileError: the file is as it was.
        """
        self.binding.check()
        text = self.replica.text
        expects = self.file.digest if path == self.path and not is_over else b""
        self.file = save_text_file(path, replace(self.file, text=text), expects=expects)
        self.path, self._is_gone = path, False
        self._show_language()
        self._note_saved(self.file)
        self.replica.cut_undo_group()
        self._set_modified(is_modified=False)
        self.saved.emit()

    def move_to(self, path: Path) -> None:
        """Go on with the file under another name, or in another folder: it was moved from here."""
        self.path, self._is_gone = path, False
        self._show_language()

    def take_file(self, file: TextFile, edits: Sequence[TextEdit]) -> None:
        """Take over what another program wrote to the file; it can be undone.

        Args:
            file: as it is on the disk.
            edits: that make its text of this one.
        """
        self.file, self._is_gone = file, False
        self._note_saved(file)
        self.binding.edit(edits)
        self._set_modified(is_modified=not self._is_as_saved())
        self.renamed.emit()

    def keep_mine(self, digest: bytes) -> None:
        """Go on with this text, knowing what is on the disk; the next save writes over it."""
        self.file = replace(self.file, digest=digest)
        self._set_modified(is_modified=True)

    def set_gone(self, *, is_gone: bool) -> None:
        """Take in that another program deleted or moved the file, or that it is as it was again."""
        self._is_gone = is_gone
        self._set_modified(is_modified=not self._is_as_saved())

    def write_as(
        self, *, eol: Eol | None = None, encoding: str | None = None, has_bom: bool | None = None
    ) -> None:
        """Write the file in another way from the next save on; what is None stays."""
        self.file = replace(
            self.file,
            eol=eol or self.file.eol,
            encoding=encoding or self.file.encoding,
            has_bom=self.file.has_bom if has_bom is None else has_bom,
        )
        self._set_modified(is_modified=not self._is_as_saved())
        self.renamed.emit()

    def take_session(self, shared: SharedDocument, *, is_guest: bool) -> None:
        """Go on as a text of a session; the document's replica is this text's."""
        assert shared.replica is self.replica
        self._shared = shared
        self.is_guest = is_guest
        self._show_language()
        shared.remote_edited.connect(self._on_remote_edited)
        shared.carets_changed.connect(self._on_carets_changed)
        shared.access_changed.connect(self._on_access_changed)
        self._tell_caret()
        self._on_carets_changed(shared.carets)
        self._on_access_changed()
        self.session_changed.emit()

    def leave_session(self) -> None:
        """Go on as a text of one's own."""
        shared, self._shared = self._shared, None
        if shared is None:
            return
        shared.remote_edited.disconnect(self._on_remote_edited)
        shared.carets_changed.disconnect(self._on_carets_changed)
        shared.access_changed.disconnect(self._on_access_changed)
        self._on_carets_changed(())
        self.replica.is_writable = True
        self._on_access_changed()
        if self.is_guest:
            self.is_guest = False
            self._name = shared.entry.path
            self.check_modified()
        self.session_changed.emit()

    def go_on_alone(self) -> None:
        """Become a text of one's own: the session that it was in is out of reach."""
        self.is_guest = False
        self.check_modified()
        self.session_changed.emit()

    def check_modified(self) -> None:
        """Find out whether the text is the file's: it did not come from there."""
        self._set_modified(is_modified=not self._is_as_saved())

    def close(self) -> None:
        """Let go of everything, the page too."""
        self._highlighter.stop()
        self._soon.stop()
        self.leave_session()
        self.editor.caret_moved.disconnect(self._on_caret_moved)
        self.editor.unbind()
        self.binding.close()
        self.page.hide()
        self.page.deleteLater()
        self.deleteLater()

    @Slot(int, int)
    def _on_caret_moved(self, _anchor_utf16: int, position_utf16: int) -> None:
        if self._shared is not None:
            self._tell_caret()
        is_step = abs(position_utf16 - self._caret_utf16) <= _STEP_UTF16
        self._caret_utf16 = position_utf16
        if not is_step:
            self._soon.stop()
            self.caret_moved.emit()
        elif not self._soon.isActive():
            self._soon.start()

    @Slot(object)
    def _on_text_changed(self, _edits: list[TextEdit]) -> None:
        if not (self.is_guest and self.path is None):
            self._set_modified(is_modified=not self._is_as_saved())

    @Slot(object)
    def _on_remote_edited(self, edits: list[TextEdit]) -> None:
        self.binding.apply_remote(edits)

    @Slot(object)
    def _on_carets_changed(self, carets: tuple[RemoteCaret, ...]) -> None:
        before, self._people = self._people, carets
        self.editor.set_remote_carets(carets)
        self.page.chips.show_soon()
        if [caret.person for caret in carets] != [caret.person for caret in before]:
            self.people_changed.emit()
        self.people_moved.emit()

    @Slot(bool)
    def _on_composing_changed(self, is_composing: bool) -> None:
        if self._shared is None:
            return
        if is_composing:
            self._shared.hold()
        else:
            self._shared.release()

    @Slot()
    def _on_access_changed(self) -> None:
        self.binding.set_read_only(False)
        self.access_changed.emit()

    def _tell_caret(self) -> None:
        if self._shared is not None:
            self._shared.move_caret(self.editor.selection if self._is_front else None)

    def _show_language(self) -> None:
        language = self.language
        if language != self._shown_language:
            self._shown_language = language
            self._highlighter.set_language(language)
            self.editor.language = language
        self.renamed.emit()

    def _note_saved(self, file: TextFile) -> None:
        self._saved, self._saved_utf16 = file, length_utf16(file.text)

    def _is_as_saved(self) -> bool:
        """Tell whether the text is the saved one; what is of another length is not read."""
        now, saved = self.file, self._saved
        is_written_so = (now.eol, now.encoding, now.has_bom) == (
            saved.eol,
            saved.encoding,
            saved.has_bom,
        )
        is_as_long = self.replica.shadow.length_utf16 == self._saved_utf16
        is_here = is_written_so and is_as_long and not self._is_gone
        return is_here and self.replica.text == saved.text

    def _set_modified(self, *, is_modified: bool) -> None:
        if is_modified != self._is_modified:
            self._is_modified = is_modified
            self.modified_changed.emit()
