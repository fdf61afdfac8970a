"""Preview: pages in the system's browser, kept up to date; Markdown beside the text.

What others of a session wrote, and may go on writing, is run only after one has agreed, once a
session. A key costs nothing while no page is previewed. Knows no socket. Source: EDITOR.md
(preview).
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, QUrl, Slot
from PySide6.QtGui import QDesktopServices

from app.model.preview import (
    INDEX,
    Held,
    PreviewFile,
    PreviewText,
    is_page,
    kind_of,
    names_in_words,
    preview_path,
    wait_ms,
)
from app.ui.previewed_files import PreviewedFiles
from app.ui.widgets.banner import BannerAction, Tone

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from app.model.preview import Found
    from app.qtmodels.participants import ParticipantsModel
    from app.services.preview_server import PreviewServer
    from app.tasks import TaskOwner
    from app.ui.main_window import MainWindow
    from app.ui.markdown_desk import MarkdownDesk
    from app.ui.open_text import OpenText
    from app.ui.project_desk import ProjectDesk
    from app.ui.session_desk import SessionDesk
    from app.ui.text_tabs import TextTabs

RUN = "run_preview"

_MOST_FETCHED = 20  # texts of a session that are opened because a page may need them
_MS = 1000


class PreviewDesk(QObject):
    """Previews the text in front.

    Invariant: while a text of the session is among what a page may ask for, nothing is handed out
    before this person has agreed in this session.
    """

    def __init__(
        self,
        *,
        tabs: TextTabs,
        window: MainWindow,
        project: ProjectDesk,
        session: SessionDesk,
        participants: ParticipantsModel,
        markdown: MarkdownDesk,
        tasks: TaskOwner,
        clock: Callable[[], float] = time.monotonic,
        parent: QObject | None = None,
    ) -> None:
        """Work on the tabs of a window; nothing listens until somebody previews a page.

        Args:
            tabs: whose texts are previewed, as they stand there.
            window: where one is asked.
            project: the folder whose files a page may ask for.
            session: whether others write in these texts.
            participants: who the others are.
            markdown: shows Markdown.
            tasks: owns the start of the server.
            clock: monotonic seconds.
            parent: Qt's owner.
        """
        super().__init__(parent)
        self.open_url: Callable[[QUrl], object] = QDesktopServices.openUrl
        self._tabs = tabs
        self._window = window
        self._project = project
        self._session = session
        self._participants = participants
        self._markdown = markdown
        self._tasks = tasks
        self._clock = clock
        self._server: PreviewServer | None = None
        self._is_starting = False
        self._page: OpenText | None = None  # what was previewed last
        self._page_path = ""  # the same, from where its project begins
        self._has_agreed = False  # in this session
        self._is_asking = False
        self._met: dict[str, str] = {}  # the names, by id, of the others in this session so far
        self._fetching: frozenset[str] = frozenset()  # documents that were asked for
        self._first_change_s: float | None = None  # the oldest that no page shows yet
        self._on_disk = PreviewedFiles(tasks=tasks, parent=self)
        self._on_disk.changed.connect(self._on_disk_changed)
        # A child of the window: it must not outlive its widgets.
        self._timer = QTimer(window, singleShot=True)
        self._timer.timeout.connect(self._on_due)
        tabs.text_added.connect(self._on_text_added)
        tabs.tab_removed.connect(self._on_tab_removed)
        tabs.banner_action.connect(self._on_banner_action)
        session.changed.connect(self._on_session_changed)
        participants.rowsInserted.connect(self._on_people_came)

    @property
    def address(self) -> str:
        """Where a browser finds the page; empty while none is previewed. Secret: never logged."""
        return self._server.address_of(self._page_path) if self._server is not None else ""

    def preview(self) -> None:
        """Show the text in front as it is meant to be seen."""
        self._withdraw()  # if it was asked before, and dismissed
        opened = self._tabs.front
        if opened is None:
            self._say(self.tr("Open a web page or a Markdown text to preview it."))
        elif opened.language == "markdown":
            self._markdown.show(opened)
        else:
            page = opened if opened.language == "html" else self._page_for(opened)
            self._page = page or self._page
            path = self._path_of(self._page) if self._page is not None else self._index()
            if not path:
                self._say(self.tr("Only web pages and Markdown texts can be previewed."))
            elif preview_path(path) is None:
                self._say(self.tr("“{name}” is hidden: no browser gets it.").format(name=path))
            else:
                self._page_path = path
                self._fetch()
                self._run()

    async def stop(self) -> None:
        """Preview nothing any more; to be awaited before the window goes."""
        self._timer.stop()
        self._on_disk.stop()
        server, self._server = self._server, None
        if server is not None:
            await server.stop()

    @Slot(object)
    def _on_text_added(self, opened: OpenText) -> None:
        opened.binding.edited.connect(self._on_edited)
        opened.binding.remote_edited.connect(self._on_remote_edited)

    @Slot(object)
    def _on_tab_removed(self, opened: OpenText) -> None:
        if opened is self._page:
            self._page = None

    @Slot(object)
    def _on_edited(self, _edits: object) -> None:
        if self._server is not None:
            self._reload_soon()

    @Slot()
    def _on_disk_changed(self) -> None:
        if self._server is not None:
            self._reload_soon()

    @Slot(object)
    def _on_remote_edited(self, _edits: object) -> None:
        if self._server is not None:
            self._reload_soon()
            if not self._may_run():
                self._ask()

    @Slot()
    def _on_due(self) -> None:
        self._first_change_s = None
        if self._server is not None:
            self._server.tell_changed()

    @Slot(object, str)
    def _on_banner_action(self, _opened: OpenText | None, action_id: str) -> None:
        if action_id == RUN:
            self._has_agreed = True
            self._withdraw()
            self._run()

    @Slot()
    def _on_session_changed(self) -> None:
        if not self._session.is_in_session:
            self._has_agreed = False
            self._fetching = frozenset()
            self._met.clear()
            self._withdraw()
        shown = {text.shared.name for text in self._session.shared_texts if text.shared is not None}
        if self._fetching & shown:
            self._fetching -= shown
            if self._page is not None:
                self._tabs.bring_to_front(self._page)
            self._reload_soon()

    @Slot()
    def _on_people_came(self) -> None:
        for person in self._participants.participants:
            if not person.is_self:
                self._met[person.user_id] = self._participants.shown_name(person)

    def _withdraw(self) -> None:
        self._is_asking = False
        for opened in self._tabs.texts:
            opened.banner.withdraw(RUN)

    def _run(self) -> None:
        """Show the page in the browser, once one may."""
        if not self._may_run():
            self._ask()
        elif self._server is not None:
            self._server.tell_changed()
            self.open_url(QUrl(self.address))
        elif not self._is_starting:
            self._is_starting = True
            self._tasks.start(self._start(), name="start the preview")

    async def _start(self) -> None:
        from app.services.preview_server import PreviewServer  # only now: it takes half a second

        server = PreviewServer(self._find)
        try:
            await server.start()
        except OSError as error:
            reason = error.strerror or ""
            text = self.tr("The preview cannot be started: {reason}").format(reason=reason)
            self._window.banner.show_message(text, tone=Tone.TROUBLE)
            return
        finally:
            self._is_starting = False
        self._server = server
        self._run()

    def _find(self, path: str) -> Found:
        """Return what there is at a path: a text as it stands in its tab, or a file."""
        if not self._may_run():
            return Held.UNASKED
        for opened in self._tabs.texts:
            if self._path_of(opened) == path:
                return PreviewText(opened.replica.text)
        folder = self._folder()
        if folder is None:
            return None
        self._on_disk.note(folder / path)
        return PreviewFile(folder, path)

    def _folder(self) -> Path | None:
        """Return the folder that files are handed out from; None: the page lies in none."""
        page, folder = self._page, self._project.folder
        if page is None or folder is None:
            return folder
        is_inside = page.path is not None and page.path.resolve().is_relative_to(folder)
        return folder if is_inside else None

    def _path_of(self, opened: OpenText) -> str:
        """Return where a text lies in the project of the page; empty: outside."""
        folder = self._folder()
        if opened.path is not None and folder is not None:
            path = opened.path.resolve()
            return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else ""
        page = self._page
        if opened.shared is not None:
            return opened.shared.entry.path
        if opened is page:
            return opened.name if is_page(opened.name) else f"{opened.name}.html"
        if page is not None and page.path is not None and opened.path is not None:
            beside = opened.path.resolve()
            around = page.path.resolve().parent
            return beside.relative_to(around).as_posix() if beside.is_relative_to(around) else ""
        return ""

    def _page_for(self, opened: OpenText) -> OpenText | None:
        """Return the page that a style sheet or a script probably belongs to."""
        if not kind_of(opened.name):
            return None
        pages = [text for text in self._tabs.texts if text.language == "html"]
        if self._page in pages:
            return self._page
        return next((page for page in pages if page.name == INDEX), pages[0] if pages else None)

    def _index(self) -> str:
        """Return the first page of the folder that is open; empty: there is none."""
        return INDEX if INDEX in self._project.files else ""

    def _fetch(self) -> None:
        """Open what the session shares besides and a page may ask for: it is on no disk here."""
        wanted = [
            file.document
            for file in self._session.files_elsewhere[:_MOST_FETCHED]
            if kind_of(file.entry.path)
        ]
        self._fetching |= set(wanted)
        for document in wanted:
            self._session.open_shared(document)

    def _may_run(self) -> bool:
        return self._has_agreed or not self._session.shared_texts

    def _ask(self) -> None:
        """Ask once a session whether to run what others wrote."""
        if self._is_asking:
            return
        self._is_asking = True
        names, more = names_in_words(tuple(self._met.values()))
        said = ", ".join(names)
        if more:
            said = self.tr("{names} and {count} more").format(names=said, count=more)
        text = (
            self.tr("{names} and you wrote this, and it is run again when one of you changes it.")
            if names
            else self.tr("Others of this session may write in this, and it is run again then.")
        )
        question = self.tr("Run it in your browser?")
        action = BannerAction(RUN, self.tr("Run in Browser"))
        self._window.banner.show_message(f"{text.format(names=said)} {question}", action)

    def _reload_soon(self) -> None:
        now_s = self._clock()
        if self._first_change_s is None:
            self._first_change_s = now_s
        self._timer.start(wait_ms(int((now_s - self._first_change_s) * _MS)))

    def _say(self, text: str) -> None:
        self._window.banner.show_message(text)
