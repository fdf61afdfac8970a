"""What is done with the files of the folder's tree: made, renamed, moved to the trash.

Open texts go along with a rename. Source: EDITOR.md (project tree).
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QObject, QPoint, Qt, Slot
from PySide6.QtWidgets import QMenu

from app.errors import user_message
from app.qtmodels.folder_tree import IS_FOLDER_ROLE, PATH_ROLE
from app.services.trash import move_to_trash
from app.storage.file_errors import FileError
from app.storage.folder_changes import make_file, make_folder, path_of, rename
from app.ui.dialogs.name import NameDialog
from app.ui.dialogs.trash import TrashDialog
from app.ui.widgets.banner import Tone

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.ui.file_desk import FileDesk
    from app.ui.main_window import MainWindow
    from app.ui.project_desk import ProjectDesk
    from app.ui.text_tabs import TextTabs

COMMANDS = ("file.new_in_folder", "file.new_folder", "file.rename", "file.trash")
"""Of the tree's menu; they are for what is marked in the tree."""


class TreeDesk(QObject):
    """Changes what the folder holds.

    Invariant: what cannot be done is said in a sentence, and nothing is written over.
    """

    def __init__(
        self,
        *,
        tabs: TextTabs,
        files: FileDesk,
        project: ProjectDesk,
        window: MainWindow,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._tabs = tabs
        self._files = files
        self._project = project
        self._window = window
        view = window.project.view
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(self._on_menu_requested)
        project.folder_changed.connect(self._show_actions)
        self._show_actions()

    @property
    def marked(self) -> Path | None:
        """What is marked in the tree; the folder itself when nothing is, None without one."""
        index = self._window.project.view.currentIndex()
        path = index.data(PATH_ROLE) if index.isValid() else None
        return path if isinstance(path, Path) else self._project.folder

    @property
    def place(self) -> Path | None:
        """The folder in which something new is made: the marked one, or that of the marked file."""
        index = self._window.project.view.currentIndex()
        marked = self.marked
        is_file = marked is not None and index.isValid() and not index.data(IS_FOLDER_ROLE)
        return marked.parent if is_file and marked is not None else marked

    def new_file(self) -> None:
        """Ask for a name, make an empty file, and open it."""
        folder = self.place
        if folder is not None:
            self._ask(
                self.tr("New File"),
                self._in(folder),
                self.tr("Make File"),
                "",
                partial(self._make_file, folder),
            )

    def new_folder(self) -> None:
        """Ask for a name and make an empty folder."""
        folder = self.place
        if folder is not None:
            self._ask(
                self.tr("New Folder"),
                self._in(folder),
                self.tr("Make Folder"),
                "",
                partial(self._make_folder, folder),
            )

    def rename(self) -> None:
        """Ask for another name for what is marked."""
        marked = self.marked
        if marked is not None and marked != self._project.folder:
            self._ask(
                self.tr("Rename"),
                self.tr("“{name}” in {folder}").format(name=marked.name, folder=marked.parent.name),
                self.tr("Rename"),
                marked.name,
                partial(self._rename, marked),
            )

    def trash(self) -> None:
        """Ask, and move what is marked to the trash."""
        marked = self.marked
        if marked is None or marked == self._project.folder:
            return
        is_folder = marked.is_dir() and not marked.is_symlink()
        dialog = TrashDialog(name=marked.name, is_folder=is_folder, parent=self._window)
        dialog.confirmed.connect(partial(self._trash, marked))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    @Slot(QPoint)
    def _on_menu_requested(self, place: QPoint) -> None:
        view = self._window.project.view
        if not view.indexAt(place).isValid():
            view.setCurrentIndex(QModelIndex())
        self._show_actions()
        menu = QMenu(view)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for action_id in COMMANDS:
            menu.addAction(self._window.actions_by_id[action_id])
        menu.popup(view.viewport().mapToGlobal(place))

    @Slot()
    def _show_actions(self) -> None:
        for action_id in COMMANDS:
            self._window.actions_by_id[action_id].setEnabled(self._project.folder is not None)

    def _in(self, folder: Path) -> str:
        return self.tr("In the folder “{name}”.").format(name=folder.name or str(folder))

    def _ask(
        self, title: str, explanation: str, verb: str, name: str, act: Callable[[str], None]
    ) -> None:
        """Ask for a name until it can be had, or nobody wants it any more."""
        dialog = NameDialog(
            title=title, explanation=explanation, verb=verb, name=name, parent=self._window
        )
        dialog.name_entered.connect(partial(self._try, dialog, act))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _try(self, dialog: NameDialog, act: Callable[[str], None], name: str) -> None:
        try:
            act(name)
        except FileError as error:
            dialog.show_error(user_message(error))
        else:
            dialog.accept()

    def _make_file(self, folder: Path, name: str) -> None:
        path = path_of(folder, name)
        make_file(path)
        self._show(path)
        self._files.open_file(path)

    def _make_folder(self, folder: Path, name: str) -> None:
        path = path_of(folder, name)
        make_folder(path)
        self._show(path)

    def _rename(self, path: Path, name: str) -> None:
        target = path_of(path.parent, name)
        if target == path:
            return
        below = [(opened, _below(path, opened.path)) for opened in self._tabs.texts]
        rename(path, target)
        for opened, relative in below:
            if relative is not None:
                opened.move_to(target / relative)
        self._show(target)

    def _trash(self, path: Path) -> None:
        try:
            move_to_trash(path)
        except FileError as error:
            self._window.banner.show_message(user_message(error), tone=Tone.TROUBLE)
        self._project.refresh(path.parent)

    def _show(self, path: Path) -> None:
        """Show something new in the tree at once, and mark it."""
        self._project.refresh(path.parent)
        self._project.mark(path)


def _below(place: Path, path: Path | None) -> Path | None:
    """Return where a path is below a place, also one that leads there by links; None: it is not."""
    if path is None:
        return None
    if path.is_relative_to(place):
        return path.relative_to(place)
    real, real_place = path.resolve(), place.parent.resolve() / place.name
    return real.relative_to(real_place) if real.is_relative_to(real_place) else None
