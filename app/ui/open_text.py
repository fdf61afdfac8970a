"""The text in a window: where it is from, how it is written, and who else is in it.

Ties a replica, the widget's document and, while it is shared, the session's document together.
Knows no dialog, no menu and no socket. Source: EDITOR.md, binding rules; files.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from app.collab.text_replica import TextReplica
from app.model.languages import LANGUAGE_NAMES, PLAIN_TEXT, language_of
from app.model.text_edit import Selection, TextEdit
from app.storage.files import TextFile, load_text_file, save_text_file
from app.ui.editor.highlighting import Highlighter
from app.ui.editor.raw_text import plain_document
from app.ui.editor.replica_binding import ReplicaBinding

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from PySide6.QtGui import QColor

    from app.model.participants import RemoteCaret
    from app.services.shared_document import SharedDocument
    from app.ui.editor.code_editor import CodeEditor


class OpenText(QObject):
    """One text, from when it is opened until another takes its place.

    Invariant: the text is the replica's; a file on disk and a session only take from it.
    """

    modified_changed = Signal()
    access_changed = Signal()
    edit_refused = Signal()  # somebody typed where only reading is allowed
    rebuilt = Signal(str)  # the text that stood in the widget before
    highlighting_limited = Signal(str)  # why nothing is coloured; empty when colours are back

    def __init__(
        self,
        replica: TextReplica,
        *,
        editor: CodeEditor,
        colors: Mapping[str, QColor],
        file: TextFile | None = None,
        path: Path | None = None,
        name: str = "",
        parent: QObject | None = None,
    ) -> None:
        """Show a replica's text in the editor.

        Args:
            replica: the text.
            editor: shows it from now on.
            colors: of the syntax, by the names of captures.
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
        self._name = name
        self._editor = editor
        self._shared: SharedDocument | None = None
        self._saved_text = file.text if file is not None and path is not None else ""
        self._is_modified = False
        self.document = plain_document(self)
        self.binding = ReplicaBinding(document=self.document, replica=replica, parent=self)
        editor.bind(self.binding)
        editor.caret_moved.connect(self._on_caret_moved)
        self.binding.edited.connect(self._on_text_changed)
        self.binding.remote_edited.connect(self._on_text_changed)
        self.binding.composing_changed.connect(self._on_composing_changed)
        self.binding.edit_refused.connect(self.edit_refused)
        self.binding.rebuilt.connect(self.rebuilt)
        self._highlighter = Highlighter(
            editor=editor, language=self.language, colors=colors, parent=self
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
    def language(self) -> str:
        """The language's id."""
        if self._shared is not None and self._shared.entry.language is not None:
            told = self._shared.entry.language
            return told if told in LANGUAGE_NAMES else PLAIN_TEXT
        return language_of(self.name)

    def set_colors(self, colors: Mapping[str, QColor]) -> None:
        """Show the syntax in other colours."""
        self._highlighter.set_colors(colors)

    def save(self, path: Path) -> None:
        """Write the text to a file, which is its own from now on.

        Raises:
            FileError: the file is as it was.
        """
        self.binding.check()
        text = self.replica.text
        self.file = save_text_file(path, replace(self.file, text=text))
        language, self.path = self.language, path
        if self.language != language:
            self._highlighter.set_language(self.language)
        self._saved_text = text
        self.replica.cut_undo_group()
        self._set_modified(is_modified=False)

    def take_session(self, shared: SharedDocument, *, is_guest: bool) -> None:
        """Go on as a text of a session; the document's replica is this text's."""
        assert shared.replica is self.replica
        language, self._shared = self.language, shared
        self.is_guest = is_guest
        if self.language != language:
            self._highlighter.set_language(self.language)
        shared.remote_edited.connect(self._on_remote_edited)
        shared.carets_changed.connect(self._on_carets_changed)
        shared.access_changed.connect(self._on_access_changed)
        selection = self._editor.textCursor()
        shared.move_caret(Selection(selection.anchor(), selection.position()))
        self._editor.set_remote_carets(list(shared.carets))
        self._on_access_changed()

    def leave_session(self) -> None:
        """Go on as a text of one's own."""
        shared, self._shared = self._shared, None
        if shared is None:
            return
        shared.remote_edited.disconnect(self._on_remote_edited)
        shared.carets_changed.disconnect(self._on_carets_changed)
        shared.access_changed.disconnect(self._on_access_changed)
        self._editor.set_remote_carets([])
        self.replica.is_writable = True
        self._on_access_changed()
        if self.is_guest:
            self.is_guest = False
            self._set_modified(is_modified=self.replica.text != self._saved_text)

    def close(self) -> None:
        """Let go of everything; the editor shows another text by now, or goes away."""
        self._highlighter.stop()
        self.leave_session()
        self._editor.caret_moved.disconnect(self._on_caret_moved)
        self.binding.close()

    @Slot(int, int)
    def _on_caret_moved(self, anchor_utf16: int, position_utf16: int) -> None:
        if self._shared is not None:
            self._shared.move_caret(Selection(anchor_utf16, position_utf16))

    @Slot(object)
    def _on_text_changed(self, _edits: list[TextEdit]) -> None:
        if not (self.is_guest and self.path is None):
            self._set_modified(is_modified=True)

    @Slot(object)
    def _on_remote_edited(self, edits: list[TextEdit]) -> None:
        self.binding.apply_remote(edits)

    @Slot(object)
    def _on_carets_changed(self, carets: tuple[RemoteCaret, ...]) -> None:
        self._editor.set_remote_carets(list(carets))

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

    def _set_modified(self, *, is_modified: bool) -> None:
        if is_modified != self._is_modified:
            self._is_modified = is_modified
            self.modified_changed.emit()


def open_text(
    path: Path,
    *,
    editor: CodeEditor,
    colors: Mapping[str, QColor],
    parent: QObject | None = None,
) -> OpenText:
    """Show a file in the editor.

    Raises:
        FileError: it cannot be opened; the editor shows what it showed.
    """
    file = load_text_file(path)
    return OpenText(
        TextReplica(file.text), editor=editor, colors=colors, file=file, path=path, parent=parent
    )
