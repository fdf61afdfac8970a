"""Files that other programs change while they are open here.

A clean text takes the change, a changed one asks. Reading and comparing is done in workers; each
look belongs to a task. Source: EDITOR.md (files: external change).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Slot

from app.errors import user_message
from app.model.disk_change import DiskVerdict, judge
from app.model.line_difference import line_difference
from app.model.text_diff import minimal_edits
from app.model.text_edit import normalise
from app.services.documents import FolderWatch
from app.storage.file_errors import FileError
from app.storage.files import TextFile, digest_on_disk, load_text_file
from app.ui.dialogs.compare import CompareDialog
from app.ui.widgets.banner import BannerAction, Tone

if TYPE_CHECKING:
    from pathlib import Path

    from app.model.text_edit import TextEdit
    from app.tasks import TaskOwner
    from app.ui.main_window import MainWindow
    from app.ui.open_text import OpenText
    from app.ui.text_tabs import TextTabs
    from app.ui.theme import Appearance

COMPARE, RELOAD, KEEP, SAVE_AGAIN = "disk_compare", "disk_reload", "disk_keep", "disk_save"

_SETTLE_S = 0.15
"""A file that is written anew may be away, empty or half there for a moment."""


_MOST_LOOKS = 10
"""Then what is there is taken: a log never comes to rest."""


@dataclass(frozen=True, slots=True)
class _Found:
    """A file as it is on the disk, and what makes its text of the one here."""

    file: TextFile
    mine: str
    edits: list[TextEdit]


class DiskDesk(QObject):
    """Looks at the files of the tabs when their folders change, or when it is asked to.

    Invariant: of one text at most one look is under way, and nothing is taken into a text that was
    changed during the look.
    """

    def __init__(
        self,
        *,
        tabs: TextTabs,
        window: MainWindow,
        tasks: TaskOwner,
        appearance: Appearance,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._tabs = tabs
        self._window = window
        self._tasks = tasks
        self._appearance = appearance
        self._gone: set[OpenText] = set()  # whose file was missing at the last look
        self._is_stopped = False
        self._looking: dict[OpenText, bool] = {}  # whether to look again afterwards
        self._watch = FolderWatch(tasks=tasks, parent=self)
        self._watch.changed.connect(self._on_changed)
        tabs.banner_action.connect(self._on_banner_action)
        tabs.text_added.connect(self._on_text_added)
        tabs.tab_removed.connect(self._on_tab_removed)
        window.activated.connect(self.look_at_all)

    def look_at(self, opened: OpenText) -> None:
        """Find out whether a text's file is still the one that was read or written here."""
        if opened.path is None or not opened.file.digest:
            return
        if opened in self._looking:
            self._looking[opened] = True
        else:
            self._looking[opened] = False
            self._tasks.start(self._look(opened), name="look at a file")

    @Slot()
    def look_at_all(self) -> None:
        """Look at every file, because something may have been missed."""
        for opened in self._tabs.texts:
            self.look_at(opened)

    def reload(self, opened: OpenText) -> None:
        """Take what is on the disk, whatever was changed here; it can be undone."""
        if opened.path is not None:
            self._tasks.start(self._reload(opened, opened.path), name="reload")

    def ask(self, opened: OpenText, text: str = "") -> None:
        """Say that the file is another one, and ask what is to become of the text here."""
        self._gone.discard(opened)
        opened.banner.withdraw(SAVE_AGAIN)
        opened.banner.show_message(
            text
            or self.tr("“{name}” was changed by another program, and here too.").format(
                name=opened.name
            ),
            BannerAction(COMPARE, self.tr("Compare")),
            BannerAction(RELOAD, self.tr("Reload")),
            BannerAction(KEEP, self.tr("Keep Mine")),
        )

    def stop(self) -> None:
        """Watch nothing any more; the tabs may be gone from now on."""
        self._is_stopped = True
        self._watch.stop()

    @Slot(object)
    def _on_text_added(self, opened: OpenText) -> None:
        opened.renamed.connect(self._on_files_changed)
        opened.saved.connect(partial(self._on_saved, opened))
        self._on_files_changed()

    @Slot(object)
    def _on_tab_removed(self, opened: OpenText) -> None:
        self._gone.discard(opened)
        self._on_files_changed()

    @Slot()
    def _on_files_changed(self) -> None:
        paths = [text.path for text in self._tabs.texts if text.path is not None]
        self._watch.set_folders(folder for path in paths for folder in _folders_of(path))

    @Slot(object)
    def _on_changed(self, changed: frozenset[Path]) -> None:
        for opened in self._tabs.texts:
            if opened.path is not None and not changed.isdisjoint(_places_of(opened.path)):
                self.look_at(opened)

    def _on_saved(self, opened: OpenText) -> None:
        self._gone.discard(opened)
        opened.banner.withdraw(RELOAD)
        opened.banner.withdraw(SAVE_AGAIN)

    @Slot(object, str)
    def _on_banner_action(self, opened: OpenText | None, action_id: str) -> None:
        if opened is None or opened.path is None:
            return
        if action_id == RELOAD:
            self.reload(opened)
        elif action_id == KEEP:
            self._tasks.start(self._keep(opened, opened.path), name="keep a text")
        elif action_id == COMPARE:
            self._tasks.start(self._compare(opened, opened.path), name="compare")

    async def _look(self, opened: OpenText) -> None:
        try:
            while True:
                self._looking[opened] = False
                await self._look_once(opened)
                if not self._looking[opened] or not self._is_open(opened):
                    return
        finally:
            del self._looking[opened]

    async def _look_once(self, opened: OpenText) -> None:
        path, known = opened.path, opened.file.digest
        if path is None:
            return
        on_disk = await _settled_digest(path, known)
        if not self._is_open(opened) or (opened.path, opened.file.digest) != (path, known):
            self._looking[opened] = True  # it was saved meanwhile
            return
        was_gone = opened in self._gone
        verdict = judge(known, on_disk, is_modified=opened.is_modified, was_gone=was_gone)
        match verdict:
            case DiskVerdict.GONE:
                self._say_gone(opened)
            case DiskVerdict.BACK:
                self._say_back(opened)
            case DiskVerdict.TAKE | DiskVerdict.ASK:
                await self._take_or_ask(opened, path)
            case DiskVerdict.NOTHING:
                if on_disk == known:
                    opened.banner.withdraw(RELOAD)

    async def _take_or_ask(self, opened: OpenText, path: Path) -> None:
        try:
            found = await _find(path, opened)
        except FileError as error:
            self.ask(opened, user_message(error))
            return
        if not self._is_open(opened) or opened.path != path:
            return
        if opened.replica.text != found.mine:
            self._looking[opened] = True
        elif opened.binding.is_read_only:
            return  # the session's text; the file is a copy of it
        elif found.edits and opened.is_modified and opened not in self._gone:
            self.ask(opened)
        else:
            self._take(opened, found)

    def _take(self, opened: OpenText, found: _Found) -> None:
        opened.take_file(found.file, found.edits)
        self._gone.discard(opened)
        opened.banner.withdraw(RELOAD)
        opened.banner.withdraw(SAVE_AGAIN)

    def _say_gone(self, opened: OpenText) -> None:
        self._gone.add(opened)
        opened.set_gone(is_gone=True)
        text = self.tr("“{name}” was deleted or moved. The text is kept here.")
        opened.banner.withdraw(RELOAD)
        opened.banner.show_message(
            text.format(name=opened.name),
            BannerAction(SAVE_AGAIN, self.tr("Save Again")),
            tone=Tone.TROUBLE,
        )

    def _say_back(self, opened: OpenText) -> None:
        self._gone.discard(opened)
        opened.set_gone(is_gone=False)
        opened.banner.withdraw(SAVE_AGAIN)

    async def _reload(self, opened: OpenText, path: Path) -> None:
        try:
            found = await _find(path, opened)
        except FileError as error:
            opened.banner.show_message(user_message(error), tone=Tone.TROUBLE)
            return
        if self._is_open(opened) and not opened.binding.is_read_only:
            if opened.replica.text == found.mine:
                self._take(opened, found)
            else:
                await self._reload(opened, path)  # somebody typed meanwhile

    async def _keep(self, opened: OpenText, path: Path) -> None:
        on_disk = await asyncio.to_thread(digest_on_disk, path)
        if self._is_open(opened) and opened.path == path:
            opened.keep_mine(on_disk or opened.file.digest)

    async def _compare(self, opened: OpenText, path: Path) -> None:
        self.ask(opened)  # it is not answered yet
        try:
            file = await asyncio.to_thread(load_text_file, path, encoding=opened.file.encoding)
        except FileError as error:
            opened.banner.show_message(user_message(error), tone=Tone.TROUBLE)
            return
        mine = opened.replica.text
        difference = await asyncio.to_thread(line_difference, mine, file.text)
        if not self._is_open(opened):
            return
        dialog = CompareDialog(
            name=opened.name,
            difference=difference,
            theme=self._appearance.theme,
            parent=self._window,
        )
        dialog.reload_requested.connect(partial(self._answer, opened, RELOAD))
        dialog.keep_requested.connect(partial(self._answer, opened, KEEP))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _answer(self, opened: OpenText, action_id: str) -> None:
        if self._is_open(opened):
            opened.banner.withdraw(action_id)
            self._on_banner_action(opened, action_id)

    def _is_open(self, opened: OpenText) -> bool:
        return not self._is_stopped and opened in self._tabs.texts


async def _settled_digest(path: Path, known: bytes) -> bytes | None:
    """Return a file's digest, as `digest_on_disk` does, once nobody seems to write it any more."""
    before: bytes | None = known
    on_disk = await asyncio.to_thread(digest_on_disk, path)
    for _ in range(_MOST_LOOKS):
        if on_disk == before:
            break
        before = on_disk
        await asyncio.sleep(_SETTLE_S)
        on_disk = await asyncio.to_thread(digest_on_disk, path)
    return on_disk


async def _find(path: Path, opened: OpenText) -> _Found:
    """Read a file and compare it with its text, in a worker.

    Raises:
        FileError: it cannot be read as the text it was.
    """
    mine, encoding = opened.replica.text, opened.file.encoding

    def read() -> _Found:
        file = load_text_file(path, encoding=encoding)
        return _Found(file, mine, minimal_edits(mine, normalise(file.text), is_by_lines=True))

    return await asyncio.to_thread(read)


def _folders_of(path: Path) -> set[Path]:
    """Return the folders in which a change may be one of the file: its own, and its target's."""
    return {path.absolute().parent, path.resolve().parent}


def _places_of(path: Path) -> set[Path]:
    return {path.absolute(), path.resolve(), *_folders_of(path)}
