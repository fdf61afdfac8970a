"""How a window shows its connection: a moment away is nothing, then the dot, then a banner.

And what came of it: what waits, and what others changed meanwhile. Knows no socket; the stages come
from `app.model.outage`. Source: EDITOR.md (offline).
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Slot

from app.model.connection import OFFLINE, SAVED, LinkPhase, SavePhase
from app.model.outage import OutageStage
from app.ui.status_texts import merged_text
from app.ui.widgets.banner import BannerAction

if TYPE_CHECKING:
    from app.model.connection import Link, SaveState
    from app.model.outage import MergeReport
    from app.services.collaboration import Collaboration
    from app.services.shared_document import SharedDocument
    from app.ui.main_window import MainWindow
    from app.ui.open_text import OpenText
    from app.ui.text_tabs import TextTabs

RETRY = "retry"
REVIEW = "review"

_SETTLE_MS = 250
"""How long nothing may wait before it is called saved: else the word would change at each key."""

_AWAY = (LinkPhase.OFFLINE, LinkPhase.CONNECTING)


class LinkDesk(QObject):
    """Shows the connection of a window's session.

    Invariant: of an outage that is over within its first stage nothing is seen. What is not saved
    is said at once, and that all is saved a moment later.
    """

    def __init__(
        self,
        *,
        tabs: TextTabs,
        window: MainWindow,
        collaboration: Collaboration,
        parent: QObject | None = None,
    ) -> None:
        """Listen to a session.

        Args:
            tabs: where its texts are.
            window: whose status bar says how things stand.
            collaboration: the session.
            parent: Qt's owner.
        """
        super().__init__(parent)
        self._tabs = tabs
        self._window = window
        self._collaboration = collaboration
        self._link = OFFLINE
        self._save_state = SAVED
        self._shown_phase = SavePhase.SAVED
        # A child of the window: it must not outlive its widgets.
        self._settle_timer = QTimer(window, singleShot=True, interval=_SETTLE_MS)
        self._settle_timer.timeout.connect(self._on_settled)
        self._stage = OutageStage.NOTHING
        self._is_settled = False  # whether a connection was there
        self._merged: dict[OpenText, int] = {}  # where the first of others' changes is
        tabs.banner_action.connect(self._on_banner_action)
        collaboration.link_changed.connect(self._on_link_changed)
        collaboration.outage_changed.connect(self._on_outage_changed)
        collaboration.save_state_changed.connect(self._on_save_state_changed)
        collaboration.document_opened.connect(self._on_document_opened)

    @Slot(object, str)
    def _on_banner_action(self, opened: OpenText | None, action_id: str) -> None:
        if action_id == RETRY:
            self._withdraw_retry()
            self._collaboration.retry_now()
        elif action_id == REVIEW and opened is not None:
            at_utf16 = min(self._merged.pop(opened, 0), opened.replica.shadow.length_utf16)
            opened.editor.select(at_utf16, at_utf16)
            opened.editor.setFocus()

    @Slot(object)
    def _on_link_changed(self, link: Link) -> None:
        self._link = link
        if link.phase is LinkPhase.CLOSED:
            self._stage = OutageStage.NOTHING
            self._withdraw_retry()
        self._show_link()

    @Slot(object)
    def _on_outage_changed(self, stage: OutageStage) -> None:
        self._stage = stage
        self._show_link()
        self._withdraw_retry()
        if stage is OutageStage.BANNER:
            self._show_banner()

    @Slot(object)
    def _on_save_state_changed(self, save_state: SaveState) -> None:
        self._save_state = save_state
        self._show_save_state()

    @Slot()
    def _on_settled(self) -> None:
        self._say_save_state(self._save_state)

    @Slot(object)
    def _on_document_opened(self, shared: SharedDocument) -> None:
        shared.merged.connect(partial(self._say_merged, shared))

    def _say_merged(self, shared: SharedDocument, report: MergeReport) -> None:
        opened = self._tabs.of_document(shared)
        if opened is not None:
            self._merged[opened] = report.first_utf16
            review = BannerAction(REVIEW, self.tr("Review"))
            opened.banner.show_message(merged_text(report), review)

    def _show_banner(self) -> None:
        for opened in self._tabs.texts:
            if opened.shared is not None:
                opened.banner.show_message(
                    self.tr("No connection. Go on typing: your changes are kept and sent later."),
                    BannerAction(RETRY, self.tr("Retry Now")),
                )

    def _withdraw_retry(self) -> None:
        for opened in self._tabs.texts:
            opened.banner.withdraw(RETRY)

    @property
    def _is_hidden(self) -> bool:
        """Whether what is away is taken to come back in a moment."""
        is_away = self._link.phase in _AWAY
        return is_away and self._is_settled and self._stage is OutageStage.NOTHING

    def _show_link(self) -> None:
        if not self._is_hidden:
            is_live = self._link.phase is LinkPhase.LIVE
            self._is_settled = is_live or (self._is_settled and self._link.phase in _AWAY)
            self._window.show_link(self._link)
        self._show_save_state()

    def _show_save_state(self) -> None:
        state = self._save_state
        if state.phase is SavePhase.WAITING and self._is_hidden:
            state = replace(state, phase=SavePhase.SAVING)
        was_saving = self._shown_phase is SavePhase.SAVING
        if was_saving and state.phase is SavePhase.SAVED:
            self._settle_timer.start()
            return
        self._settle_timer.stop()
        if not (was_saving and state.phase is SavePhase.SAVING):  # it says no number
            self._say_save_state(state)

    def _say_save_state(self, state: SaveState) -> None:
        self._shown_phase = state.phase
        self._window.show_save_state(state)
