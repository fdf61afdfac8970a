"""The folder of a window: its tree, its changes, and its files for going to.

Reads the disk in workers where that may take long. Source: EDITOR.md (project tree), issue 4.3.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QFileDialog

from app.errors import user_message
from app.qtmodels.folder_tree import FolderTree
from app.services.documents import FolderWatch
from app.storage.file_errors import NotAFile
from app.storage.folders import IgnoreRules, walk_files
from app.ui.widgets.banner import Tone

if TYPE_CHECKING:
    from PySide6.QtCore import QModelIndex

    from app.tasks import TaskOwner
    from app.ui.file_desk import FileDesk
    from app.ui.main_window import MainWindow
    from app.ui.open_text import OpenText
    from app.ui.text_tabs import TextTabs


class ProjectDesk(QObject):
    """Opens a folder and follows what changes in it.

    Invariant: at most one walk through the folder is under way, and what it found is of the folder
    that is open.
    """

    folder_changed = Signal()  # another folder, or none
    files_found = Signal()  # `files` are others

    def __init__(
        self,
        *,
        tabs: TextTabs,
        files: FileDesk,
        window: MainWindow,
        tasks: TaskOwner,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._tabs = tabs
        self._files = files
        self._window = window
        self._tasks = tasks
        self._tree: FolderTree | None = None
        self._found: tuple[str, ...] = ()
        self._cancel = Event()  # the walk that is under way
        self._watch = FolderWatch(tasks=tasks, parent=self)
        self._watch.changed.connect(self._on_changed)
        panel = window.project
        panel.open_folder_requested.connect(self.ask_to_open)
        panel.file_requested.connect(self._on_file_requested)
        panel.view.expanded.connect(self._on_expanded)
        tabs.text_added.connect(self._on_text_added)
        tabs.tab_removed.connect(self._on_people_changed)
        tabs.front_changed.connect(self._on_front_changed)

    @property
    def folder(self) -> Path | None:
        """The folder that is open."""
        return self._tree.root if self._tree is not None else None

    @property
    def files(self) -> tuple[str, ...]:
        """The folder's files, as paths parted by "/" from there; none until they are found."""
        return self._found

    def open_folder(self, path: Path) -> bool:
        """Open a folder in place of the one that is; tell whether it could be."""
        path = path.resolve()
        if not path.is_dir():
            self._window.banner.show_message(user_message(NotAFile(path)), tone=Tone.TROUBLE)
            return False
        before, self._tree = self._tree, FolderTree(path, parent=self)
        self._window.project.show_folder(self._tree)
        if before is not None:
            before.deleteLater()
        self._window.show_project(path.name or str(path))
        self._found = ()
        self._watch_read_folders()
        self.find_files()
        self._on_people_changed()
        self.folder_changed.emit()
        return True

    def ask_to_open(self) -> None:
        """Ask for a folder and open it."""
        start = str(self.folder or Path.cwd())
        dialog = QFileDialog(self._window, self.tr("Open Folder"), start)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self._on_folder_selected)
        dialog.open()

    def close_folder(self) -> None:
        """Show no folder any more; its texts stay."""
        before, self._tree = self._tree, None
        self._window.project.show_folder(None)
        if before is not None:
            before.deleteLater()
        self._cancel.set()
        self._found = ()
        self._watch.set_folders(())
        self.folder_changed.emit()

    def find_files(self) -> None:
        """Look for the folder's files anew."""
        self._cancel.set()
        if self._tree is not None:
            self._cancel = Event()
            self._tasks.start(self._find(self._tree.root, self._cancel), name="find files")

    def refresh(self, folder: Path) -> None:
        """Read a folder of the tree again at once, without waiting to be told."""
        if self._tree is not None:
            self._tree.refresh(folder)
            self.find_files()

    def mark(self, path: Path) -> None:
        """Mark something in the tree, if it is there."""
        if self._tree is not None:
            self._window.project.show_file(self._tree, path)

    def stop(self) -> None:
        """Watch and look for nothing any more."""
        self._cancel.set()
        self._watch.stop()

    @Slot(str)
    def _on_folder_selected(self, path_text: str) -> None:
        self.open_folder(Path(path_text))

    @Slot(object)
    def _on_file_requested(self, path: Path) -> None:
        self._files.open_file(path)

    @Slot(object)
    def _on_expanded(self, _index: QModelIndex) -> None:
        self._watch_read_folders()

    @Slot(object)
    def _on_changed(self, changed: frozenset[Path]) -> None:
        tree = self._tree
        if tree is None:
            return
        folders = {path if path in tree.read_folders else path.parent for path in changed}
        for folder in folders:
            tree.refresh(folder)
        self._watch_read_folders()

    @Slot(object)
    def _on_text_added(self, opened: OpenText) -> None:
        opened.people_changed.connect(self._on_people_changed)

    @Slot()
    def _on_people_changed(self) -> None:
        if self._tree is not None:
            people = {
                text.path: tuple(person.color for person in text.people)
                for text in self._tabs.texts
                if text.path is not None and text.people
            }
            self._tree.show_people(people)

    @Slot()
    def _on_front_changed(self) -> None:
        front = self._tabs.front
        if self._tree is not None and front is not None and front.path is not None:
            self._window.project.show_file(self._tree, front.path)

    def _watch_read_folders(self) -> None:
        if self._tree is not None:
            self._watch.set_folders(self._tree.read_folders | {self._tree.root})

    async def _find(self, folder: Path, cancel: Event) -> None:
        found = await asyncio.to_thread(
            walk_files, folder, IgnoreRules(folder), is_cancelled=cancel.is_set
        )
        if not cancel.is_set() and folder == self.folder:
            self._found = tuple(found)
            self.files_found.emit()
