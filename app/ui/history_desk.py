"""The history of a shared text: its versions are asked of the server, shown, and brought back.

Knows no event: `TextHistory` asks. Source: EDITOR.md (pairing: history with diff and restore).
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt

from app.errors import notice_message
from app.model.line_difference import line_difference
from app.model.notices import NoticeKind
from app.qtmodels.versions import VersionsModel
from app.services.live_session import RequestRefused, SessionEnded
from app.ui.dialogs.history import HistoryDialog
from app.ui.dialogs.name import NameDialog
from app.ui.widgets.banner import Tone
from collab_server.protocol.version_events import MAX_VERSION_NAME_CHARS

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from app.model.versions import TextVersion
    from app.services.collaboration import Collaboration
    from app.services.text_history import TextHistory
    from app.tasks import TaskOwner
    from app.ui.main_window import MainWindow
    from app.ui.open_text import OpenText
    from app.ui.theme import Appearance


class HistoryDesk(QObject):
    """Opens the history of texts.

    Invariant: what a dialog asked for is given up when it is closed.
    """

    def __init__(
        self,
        *,
        window: MainWindow,
        collaboration: Collaboration,
        appearance: Appearance,
        tasks: TaskOwner,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._window = window
        self._collaboration = collaboration
        self._appearance = appearance
        self._tasks = tasks

    def ask(self, opened: OpenText) -> None:
        """Show the history of a text, which must be shared."""
        shared = opened.shared
        history = self._collaboration.history_of(shared) if shared is not None else None
        if history is None:
            self._window.banner.show_message(
                self.tr("Only a shared text has a history: the server keeps it. Share it first.")
            )
            return
        model = VersionsModel()
        dialog = HistoryDialog(
            name=opened.name,
            model=model,
            theme=self._appearance.theme,
            is_writable=not opened.binding.is_read_only,
            parent=self._window,
        )
        model.setParent(dialog)
        dialog.version_requested.connect(partial(self._show, dialog, history, opened))
        dialog.restore_requested.connect(partial(self._restore, dialog, history, opened))
        dialog.keep_requested.connect(partial(self._ask_name, dialog, history, model))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()
        self._start(dialog, self._list(dialog, history, model), "find versions")

    def _show(
        self, dialog: HistoryDialog, history: TextHistory, opened: OpenText, version: TextVersion
    ) -> None:
        self._start(dialog, self._read(dialog, history, opened, version), "read a version")

    def _restore(
        self, dialog: HistoryDialog, history: TextHistory, opened: OpenText, version: TextVersion
    ) -> None:
        self._start(dialog, self._bring_back(dialog, history, opened, version), "restore a version")

    def _ask_name(self, dialog: HistoryDialog, history: TextHistory, model: VersionsModel) -> None:
        asked = NameDialog(
            title=self.tr("Keep This Text"),
            explanation=self.tr("The server keeps the text as it is now, under a name."),
            verb=self.tr("Keep"),
            parent=dialog,
        )
        asked.name_entered.connect(partial(self._keep, dialog, asked, history, model))
        asked.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        asked.open()

    def _keep(
        self,
        dialog: HistoryDialog,
        asked: NameDialog,
        history: TextHistory,
        model: VersionsModel,
        name: str,
    ) -> None:
        asked.accept()
        self._start(dialog, self._keep_and_list(dialog, history, model, name), "keep a version")

    def _start(self, dialog: HistoryDialog, act: Coroutine[Any, Any, None], name: str) -> None:
        """Do something for a dialog, until it is closed."""
        task = self._tasks.start(self._told(dialog, act), name=name)
        if task is not None:
            dialog.finished.connect(partial(_cancel, task))

    async def _told(self, dialog: HistoryDialog, act: Coroutine[Any, Any, None]) -> None:
        """Do something, and say in the dialog when it cannot be done."""
        try:
            await act
        except RequestRefused as error:
            dialog.show_trouble(notice_message(NoticeKind.REQUEST_FAILED, error.slug))
        except SessionEnded:
            dialog.show_trouble(self.tr("The session is over, so its versions cannot be had."))

    async def _list(
        self, dialog: HistoryDialog, history: TextHistory, model: VersionsModel
    ) -> None:
        versions = await history.versions()
        people = self._collaboration.participants
        model.show(versions, {person.user_id: person.name for person in people})
        dialog.show_versions(len(versions))

    async def _keep_and_list(
        self, dialog: HistoryDialog, history: TextHistory, model: VersionsModel, name: str
    ) -> None:
        await history.keep(name[:MAX_VERSION_NAME_CHARS])
        await self._list(dialog, history, model)

    async def _read(
        self, dialog: HistoryDialog, history: TextHistory, opened: OpenText, version: TextVersion
    ) -> None:
        text = await history.text_of(version.number)
        now = opened.replica.text
        dialog.show_version(version, text, await asyncio.to_thread(line_difference, text, now))

    async def _bring_back(
        self, dialog: HistoryDialog, history: TextHistory, opened: OpenText, version: TextVersion
    ) -> None:
        await history.restore(version.number)
        dialog.accept()
        opened.banner.show_message(
            self.tr("The version is restored. What stood there before is kept as a version, too."),
            tone=Tone.GOOD,
        )


def _cancel(task: asyncio.Task[None], _result: int) -> None:
    """Stop what was done for a dialog that is closed, unless it is that which closes it."""
    if task is not asyncio.current_task():
        task.cancel()
