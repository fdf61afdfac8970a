"""How a window shows its connection: a moment away is nothing, then the dot, then a banner.

And what waits. Knows no socket; the stages come from `app.model.outage`. Source: EDITOR.md
(offline).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Slot

from app.model.connection import OFFLINE, SAVED, LinkPhase, SavePhase
from app.model.outage import OutageStage
from app.ui.widgets.banner import BannerAction

if TYPE_CHECKING:
    from app.model.connection import Link, SaveState
    from app.services.collaboration import Collaboration
    from app.ui.main_window import MainWindow
    from app.ui.open_text import OpenText
    from app.ui.text_tabs import TextTabs

RETRY = "retry"

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
        tabs.banner_action.connect(self._on_banner_action)
        collaboration.link_changed.connect(self._on_link_changed)
        collaboration.outage_changed.connect(self._on_outage_changed)
        collaboration.save_state_changed.connect(self._on_save_state_changed)

    @Slot(object, str)
    def _on_banner_action(self, _opened: OpenText | None, action_id: str) -> None:
        if action_id == RETRY:
            self._withdraw_retry()
            self._collaboration.retry_now()

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
