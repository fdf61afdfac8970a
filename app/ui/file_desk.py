"""Files and the tabs they come in: new, open, save, close.

Decides nothing about sessions: whether something waits for a server it is told. Source: EDITOR.md
(files).
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QFileDialog

from app.collab.text_replica import TextReplica
from app.errors import user_message
from app.storage.encodings import UTF8
from app.storage.file_errors import (
    ChangedOnDisk,
    FileError,
    FileTooLarge,
    Undecodable,
    Unencodable,
)
from app.storage.files import load_text_file
from app.ui.dialogs.unsaved import Choice, UnsavedDialog
from app.ui.disk_desk import SAVE_AGAIN
from app.ui.open_text import OpenText
from app.ui.widgets.banner import Tone

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app.model.workspace import TabPlace
    from app.ui.main_window import MainWindow
    from app.ui.text_tabs import TextTabs
    from app.ui.theme import Appearance

_MOST_CLOSED = 50


class FileDesk(QObject):
    """What a person does with files.

    Invariant: no text goes away, by closing or by another in its place, before what would be lost
    with it was saved or given up.
    """

    text_removed = Signal(object)  # OpenText, without a tab; whoever hears it closes it
    file_opened = Signal(object)  # Path
    saved = Signal(object)  # OpenText, by a person's wish
    undecodable = Signal(object)  # Undecodable: a file that was not opened
    unencodable = Signal(object, object)  # OpenText, Unencodable: it was not saved
    conflict_found = Signal(object, str)  # OpenText that was not saved; why, in words
    too_large = Signal(object)  # FileTooLarge: a file that was not opened

    def __init__(
        self,
        *,
        tabs: TextTabs,
        window: MainWindow,
        appearance: Appearance,
        has_unsent: Callable[[OpenText], bool],
        parent: QObject | None = None,
    ) -> None:
        """Work on the tabs of a window.

        Args:
            tabs: where texts are.
            window: above which dialogs open.
            appearance: the theme.
            has_unsent: tells whether changes of a text are nowhere but here.
            parent: Qt's owner.
        """
        super().__init__(parent)
        self._tabs = tabs
        self._window = window
        self._appearance = appearance
        self._has_unsent = has_unsent
        self._closed: list[TabPlace] = []  # the newest last
        tabs.close_requested.connect(self.request_close)
        tabs.banner_action.connect(self._on_banner_action)

    def new_file(self) -> OpenText:
        """Start an empty text."""
        opened = OpenText(TextReplica(), theme=self._appearance.theme, parent=self._tabs)
        self.put(opened)
        return opened

    def open_file(self, path: Path, *, encoding: str = UTF8) -> bool:
        """Show a file; tell whether it could be opened as a text, a banner says why not.

        Args:
            path: of the file.
            encoding: an id as in `app.storage.encodings`.
        """
        path = path.absolute()
        found = self._tabs.of_path(path)
        if found is not None:
            self._tabs.bring_to_front(found)
            return True
        try:
            file = load_text_file(path, encoding=encoding)
        except Undecodable as error:
            self.undecodable.emit(error)
            return False
        except FileTooLarge as error:
            self.too_large.emit(error)
            return False
        except FileError as error:
            self._window.banner.show_message(user_message(error), tone=Tone.TROUBLE)
            return False
        self.put(
            OpenText(
                TextReplica(file.text),
                theme=self._appearance.theme,
                file=file,
                path=path,
                parent=self._tabs,
            )
        )
        self.file_opened.emit(path)
        return True

    def put(self, opened: OpenText) -> None:
        """Give a text a tab, in place of an untouched empty one if that is in front."""
        front = self._tabs.front
        self._tabs.add(opened)
        if front is not None and front.is_pristine:
            self._remove(front)

    def keep_copy(self, opened: OpenText, text: str) -> None:
        """Keep what stood in a text, before it became another, in a tab behind it."""
        name = Path(opened.name)
        copy = OpenText(
            TextReplica(text),
            theme=self._appearance.theme,
            name=self.tr("{name} (kept){suffix}").format(name=name.stem, suffix=name.suffix),
            parent=self._tabs,
        )
        copy.check_modified()
        self.put(copy)
        self._tabs.bring_to_front(opened)

    def ask_to_open(self) -> None:
        """Ask for files and show them."""
        dialog = self._file_dialog(self.tr("Open"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.filesSelected.connect(self._on_files_selected)
        dialog.open()

    def save(
        self, opened: OpenText, path: Path | None = None, then: Callable[[], object] | None = None
    ) -> bool:
        """Write a text to its file, or to another; tell whether it was written.

        Args:
            opened: the text.
            path: to write to; None: its own file, or the one that is asked for.
            then: done once it is written, perhaps after a question.
        """
        path = path or opened.path
        if path is None:
            self.save_as(opened, then)
            return False
        try:
            opened.save(path.absolute())
        except ChangedOnDisk as error:
            self._tabs.bring_to_front(opened)
            self.conflict_found.emit(opened, user_message(error))
            return False
        except Unencodable as error:
            self._tabs.bring_to_front(opened)
            self.unencodable.emit(opened, error)
            return False
        except FileError as error:
            self._tabs.bring_to_front(opened)
            opened.banner.show_message(user_message(error), tone=Tone.TROUBLE)
            return False
        self.file_opened.emit(opened.path)
        self.saved.emit(opened)
        if then is not None:
            then()
        return True

    def save_all(self) -> None:
        """Save every text that was changed."""
        self._save_all([text for text in self._tabs.texts if text.is_modified], _nothing)

    def save_as(self, opened: OpenText, then: Callable[[], object] | None = None) -> None:
        """Ask for a file and write a text to it."""
        self._tabs.bring_to_front(opened)
        dialog = self._file_dialog(self.tr("Save As"), opened)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.selectFile(str(opened.path or opened.name))
        dialog.fileSelected.connect(partial(self._on_save_file_selected, opened, then))
        dialog.open()

    def request_close(self, opened: OpenText) -> None:
        """Close a tab, after what would be lost was saved or given up."""
        self.ask_first([opened], partial(self._remove, opened))

    def ask_first(self, texts: Sequence[OpenText], then: Callable[[], object]) -> None:
        """Go on, after what would be lost of some texts was saved or given up."""
        unsaved = [text for text in texts if text.is_modified or self._has_unsent(text)]
        if not unsaved:
            then()
            return
        self._tabs.bring_to_front(unsaved[0])
        dialog = UnsavedDialog(
            names=[text.name for text in unsaved],
            is_unsent=not any(text.is_modified for text in unsaved),
            parent=self._window,
        )
        dialog.chosen.connect(partial(self._on_unsaved_chosen, unsaved, then))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def reopen_closed(self) -> None:
        """Open the file again whose tab was closed last, at its place."""
        while self._closed:
            place = self._closed.pop()
            if self._tabs.of_path(Path(place.path)) is None:
                self.open_at(place)
                return

    def open_at(self, place: TabPlace) -> bool:
        """Show a file at a place; tell whether it could be opened."""
        is_opened = self.open_file(Path(place.path), encoding=place.encoding)
        opened = self._tabs.of_path(Path(place.path))
        if is_opened and opened is not None:
            opened.go_to(place)
        return is_opened

    @Slot(object, str)
    def _on_banner_action(self, opened: OpenText | None, action_id: str) -> None:
        if action_id == SAVE_AGAIN and opened is not None:
            self.save(opened)

    def _on_files_selected(self, path_texts: Sequence[str]) -> None:
        for path_text in path_texts:
            self.open_file(Path(path_text))

    def _on_save_file_selected(
        self, opened: OpenText, then: Callable[[], object] | None, path_text: str
    ) -> None:
        self.save(opened, Path(path_text), then)

    def _on_unsaved_chosen(
        self, unsaved: Sequence[OpenText], then: Callable[[], object], choice: Choice
    ) -> None:
        if choice is Choice.DISCARD:
            then()
        elif choice is Choice.SAVE:
            self._save_all(list(unsaved), then)

    def _save_all(self, texts: list[OpenText], then: Callable[[], object]) -> None:
        """Save one after the other; the first that is not saved ends it."""
        if not texts:
            then()
            return
        self.save(texts[0], then=partial(self._save_all, texts[1:], then))

    def _remove(self, opened: OpenText) -> None:
        place = opened.place
        if place is not None:
            self._closed = [*self._closed[-_MOST_CLOSED:], place]
        self._tabs.remove(opened)
        self.text_removed.emit(opened)

    def _file_dialog(self, title: str, opened: OpenText | None = None) -> QFileDialog:
        text = opened or self._tabs.front
        has_path = text is not None and text.path is not None
        folder = text.path.parent if text is not None and has_path and text.path else Path.cwd()
        dialog = QFileDialog(self._window, title, str(folder))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return dialog


def _nothing() -> None:
    """Stand for nothing to be done afterwards."""
