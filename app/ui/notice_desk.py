"""A window's bell: notices and jobs in a list, short notes on the screen, and being left alone.

Knows no socket and paints nothing. Source: EDITOR.md (notices).
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtWidgets import QApplication

from app.model.idle import IdleWatch
from app.model.toasts import Toasts
from app.qtmodels.notices import NoticesModel
from app.ui.panels.notices import NoticesPanel
from app.ui.side_docks import side_dock
from app.ui.widgets.toast import ToastStack

if TYPE_CHECKING:
    from PySide6.QtCore import QSettings

    from app.model.notifications import Notification, OcrJob
    from app.model.participants import Status
    from app.model.room_messages import RoomMessage
    from app.qtmodels.notices import NoticeRow
    from app.services.collaboration import Collaboration
    from app.ui.chat_desk import ChatDesk
    from app.ui.file_desk import FileDesk
    from app.ui.main_window import MainWindow
    from app.ui.open_text import OpenText
    from app.ui.text_tabs import TextTabs
    from app.ui.theme import Appearance, Theme

DND_KEY = "notices/dnd"
_SHOW_CHAT = "chat"
_SHOW_NOTICES = "notices"


class NoticeDesk(QObject):
    """Shows what products tell, and what others say while nobody looks.

    Invariant: while this user does not want to be disturbed, no note comes up and all is in the
    list; a note never takes the keys.
    """

    dnd_changed = Signal(bool)
    noted = Signal(str)  # what a short note says that comes up

    def __init__(
        self,
        *,
        tabs: TextTabs,
        files: FileDesk,
        window: MainWindow,
        chat: ChatDesk,
        collaboration: Collaboration,
        appearance: Appearance,
        settings: QSettings | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._files = files
        self._window = window
        self._chat = chat
        self._collaboration = collaboration
        self._settings = settings
        self._is_dnd = settings is not None and settings.value(DND_KEY, False, bool) is True
        self._idle = IdleWatch(time.monotonic())
        self.model = NoticesModel(parent=self)
        self.panel = NoticesPanel(model=self.model, theme=appearance.theme)
        self.dock = side_dock(
            window,
            self.panel,
            name="notices",
            title=self.tr("Notices"),
            toggle=window.actions_by_id["view.notices"],
        )
        self.toasts = Toasts()
        self.stack = ToastStack(over=window.centre)
        # Children of the window: they must not outlive its widgets.
        self._toast_timer = QTimer(window, singleShot=True)
        self._toast_timer.timeout.connect(self._on_toast_due)
        self._idle_timer = QTimer(window, singleShot=True)
        self._idle_timer.timeout.connect(self._show_status)
        self._connect(tabs, appearance)
        self._show_status()
        self._on_changed()

    @property
    def is_dnd(self) -> bool:
        """Whether this user does not want to be disturbed."""
        return self._is_dnd

    def set_dnd(self, is_on: bool) -> None:
        """Be left alone, or not any more; the others see it."""
        if is_on == self._is_dnd:
            return
        self._is_dnd = is_on
        if self._settings is not None:
            self._settings.setValue(DND_KEY, is_on)
        if is_on:
            self.toasts.clear()
            self._show_toasts()
        self._show_status()
        self._on_changed()
        self.dnd_changed.emit(is_on)

    def toast(self, title: str, text: str = "", *, action_id: str = "") -> None:
        """Show a short note, unless this user does not want to be disturbed."""
        if not self._is_dnd:
            self.toasts.add(title, text, time.monotonic(), action_id=action_id)
            self._show_toasts()
            self.noted.emit(". ".join(part for part in (title, text) if part))

    def _connect(self, tabs: TextTabs, appearance: Appearance) -> None:
        told, stack, panel = self._collaboration.notifications, self.stack, self.panel
        told.changed.connect(self._on_changed)
        told.news_came.connect(self._on_news)
        told.job_ended.connect(self._on_job_ended)
        self._collaboration.chat.news_came.connect(self._on_said)
        appearance.theme_changed.connect(self._on_theme_changed)
        panel.read_all_requested.connect(told.read_all)
        panel.dnd_toggled.connect(self.set_dnd)
        panel.job_followed.connect(self._on_job_followed)
        panel.row_activated.connect(self._on_row_activated)
        self._window.actions_by_id["session.dnd"].toggled.connect(self.set_dnd)
        stack.hovered.connect(self._on_hovered)
        stack.clicked.connect(self._on_toast_clicked)
        stack.dismissed.connect(self._on_dismissed)
        self._window.activated.connect(self._note_presence)
        self._chat.panel.typing_changed.connect(self._note_presence)
        tabs.text_added.connect(self._on_text_added)
        for opened in tabs.texts:
            self._on_text_added(opened)

    @Slot()
    def _on_changed(self) -> None:
        told, window = self._collaboration.notifications, self._window
        self.model.show(told.told, told.jobs.values())
        unread = told.told.unread
        self.panel.show_state(is_connected=told.is_connected)
        self.panel.show_unread(unread)
        self.panel.show_dnd(is_on=self._is_dnd)
        window.actions_by_id["session.dnd"].setChecked(self._is_dnd)
        title = self.tr("Notices ({count})").format(count=unread) if unread else self.tr("Notices")
        self.dock.setWindowTitle(title)
        is_shown = told.is_connected or bool(self.model.rowCount())
        window.status.show_notices(unread, is_dnd=self._is_dnd, is_shown=is_shown)

    @Slot(object)
    def _on_news(self, entry: Notification) -> None:
        row = self.model.row_of(entry)
        self.toast(row.title, row.detail, action_id=_SHOW_NOTICES)

    @Slot(object)
    def _on_job_ended(self, job: OcrJob) -> None:
        row = self.model.row_of_job(job)
        self.toast(row.title, row.detail, action_id=_SHOW_NOTICES)

    @Slot(object)
    def _on_said(self, news: tuple[RoomMessage, ...]) -> None:
        """Tell of what names this user, and of a first message that nobody sees come."""
        conversation = self._collaboration.chat.conversation
        if not conversation.unread:
            return
        for message in news:
            if conversation.is_for_me(message):
                title = self.tr("{name} speaks to you").format(name=message.name)
                self.toast(title, message.text, action_id=_SHOW_CHAT)
                QApplication.alert(self._window)
        is_first = conversation.unread == len(news) and not self._chat.panel.isVisible()
        if is_first and not conversation.unread_mentions:
            self.toast(news[0].name, news[0].text, action_id=_SHOW_CHAT)

    @Slot(str)
    def _on_job_followed(self, job_id: str) -> None:
        if self._collaboration.notifications.follow(job_id):
            self.panel.job.clear()
        else:
            self._window.banner.show_message(self.tr("No job has such a number."))

    @Slot(object)
    def _on_row_activated(self, row: NoticeRow) -> None:
        if row.result:
            opened = self._files.new_file()
            opened.editor.insertPlainText(row.result)

    @Slot(object)
    def _on_theme_changed(self, theme: Theme) -> None:
        self.panel.show_theme(theme)

    @Slot(object)
    def _on_text_added(self, opened: OpenText) -> None:
        opened.caret_moved.connect(self._note_presence)

    @Slot()
    def _note_presence(self) -> None:
        now_s = time.monotonic()
        was_idle = self._idle.is_idle(now_s)
        self._idle.note(now_s)
        if was_idle:
            self._show_status()

    @Slot()
    def _show_status(self) -> None:
        now_s = time.monotonic()
        is_idle = self._idle.is_idle(now_s)
        status: Status = "dnd" if self._is_dnd else "idle" if is_idle else "active"
        self._collaboration.notifications.set_status(status)
        if not is_idle:
            self._idle_timer.start(max(1, round((self._idle.due_s() - now_s) * 1000) + 1))

    @Slot(int)
    def _on_hovered(self, toast_id: int) -> None:
        self.toasts.hover(toast_id or None, time.monotonic())
        self._show_toasts()

    @Slot(int)
    def _on_toast_clicked(self, toast_id: int) -> None:
        [action_id] = [each.action_id for each in self.toasts.shown if each.id == toast_id] or [""]
        self._on_dismissed(toast_id)
        if action_id == _SHOW_CHAT:
            self._chat.show()
        elif action_id == _SHOW_NOTICES:
            self.dock.show()
            self.dock.raise_()

    @Slot(int)
    def _on_dismissed(self, toast_id: int) -> None:
        self.toasts.dismiss(toast_id, time.monotonic())
        self._show_toasts()

    @Slot()
    def _on_toast_due(self) -> None:
        self.toasts.tick(time.monotonic())
        self._show_toasts()

    def _show_toasts(self) -> None:
        self.stack.show(self.toasts.shown)
        due_s = self.toasts.due_s()
        if due_s is None:
            self._toast_timer.stop()
        else:
            self._toast_timer.start(max(1, round((due_s - time.monotonic()) * 1000) + 1))
