"""Find in folder: one search at a time, a part after the other, and going to what was found.

Knows no disk: `FolderSearch` reads it, in a worker. Source: EDITOR.md (find in project).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from app.model.search import PatternInvalid, SearchFailed, SearchTooSlow
from app.storage.folder_search import FolderSearch

if TYPE_CHECKING:
    from app.model.line_matches import LineMatch
    from app.model.search import SearchQuery
    from app.storage.folder_search import FileMatches
    from app.tasks import TaskOwner
    from app.ui.file_desk import FileDesk
    from app.ui.go_desk import GoDesk
    from app.ui.main_window import MainWindow
    from app.ui.project_desk import ProjectDesk
    from app.ui.text_tabs import TextTabs

_PART_S = 0.1  # of a search, before what was found is shown


class SearchDesk(QObject):
    """A window's search through its folder.

    Invariant: what is shown is of the newest query only; an older search makes no further part.
    """

    counted = Signal(str)  # what a search that is over came to

    def __init__(
        self,
        *,
        tabs: TextTabs,
        files: FileDesk,
        project: ProjectDesk,
        go: GoDesk,
        window: MainWindow,
        tasks: TaskOwner,
        parent: QObject | None = None,
    ) -> None:
        """Listen to the panel.

        Args:
            tabs: whose texts count instead of the disk.
            files: opens what was found.
            project: whose folder is searched.
            go: goes to what was found.
            window: has the panel and what it shows.
            tasks: owns the search.
            parent: Qt's owner.
        """
        super().__init__(parent)
        self._tabs = tabs
        self._files = files
        self._project = project
        self._go = go
        self._window = window
        self._found = window.found
        self._tasks = tasks
        self._search: FolderSearch | None = None  # the newest
        panel = window.search
        panel.query_changed.connect(self._on_query_changed)
        panel.place_requested.connect(self._on_place_requested)
        project.folder_changed.connect(self._on_folder_changed)

    def ask(self) -> None:
        """Ask what to look for; what is selected is, unless it spans lines."""
        front = self._tabs.front
        selected = front.editor.textCursor().selectedText() if front is not None else ""
        self._window.show_search()
        self._window.search.ask("" if "\u2029" in selected else selected)

    def stop(self) -> None:
        """Search no further."""
        self._search = None

    @Slot(object)
    def _on_query_changed(self, query: SearchQuery) -> None:
        self._found.clear()
        self._search = None
        panel, folder = self._window.search, self._project.folder
        if folder is None:
            panel.show_status(self.tr("Open a folder to search in it."))
        elif not query.text:
            panel.show_status("")
        else:
            texts = {  # also those that were opened by a link, by what the folder calls them
                path: text.replica.text
                for text in self._tabs.texts
                if text.path is not None
                for path in (text.path, text.path.resolve())
            }
            self._search = FolderSearch(folder, query, open_texts=texts)
            panel.show_status(self.tr("Searching…"))
            self._tasks.start(self._run(self._search), name="find in folder")

    @Slot()
    def _on_folder_changed(self) -> None:
        self._on_query_changed(self._window.search.query)

    @Slot(object, object)
    def _on_place_requested(self, file: FileMatches, line: LineMatch) -> None:
        if self._files.open_file(file.path) and self._tabs.front is not None:
            self._go.select(self._tabs.front, line.line, line.column, line.length_utf16)

    async def _run(self, search: FolderSearch) -> None:
        while search is self._search and not search.is_over:
            try:
                found = await asyncio.to_thread(search.step, _PART_S)
            except SearchFailed as error:
                if search is self._search:
                    self._window.search.show_status(self._words(error), is_trouble=True)
                    self.counted.emit(self._words(error))
                return
            if search is self._search:
                self._found.add(found)
                self._window.search.show_status(self._said(search))
                if search.is_over:
                    self.counted.emit(self._said(search))

    def _said(self, search: FolderSearch) -> str:
        if not search.matches:
            if not search.is_over:
                return self.tr("Searching…")
            files = self._files_text(search.searched)
            return self.tr("Nothing found in {files}.").format(files=files)
        count = f"{search.matches}+" if search.is_cut else str(search.matches)
        results = self.tr("1 result") if count == "1" else self.tr("{count} results")
        text = (
            self.tr("{results} in {files}")
            if search.is_over
            else self.tr("{results} in {files}, searching…")
        )
        files = self._files_text(self._found.rowCount())
        return text.format(results=results.format(count=count), files=files)

    def _files_text(self, count: int) -> str:
        text = self.tr("1 file") if count == 1 else self.tr("{count} files")
        return text.format(count=count)

    def _words(self, error: SearchFailed) -> str:
        match error:
            case PatternInvalid(reason=reason):
                return self.tr("No valid pattern: {reason}").format(reason=reason)
            case SearchTooSlow():
                return self.tr("This pattern takes too long.")
            case _:
                return self.tr("The search failed.")
