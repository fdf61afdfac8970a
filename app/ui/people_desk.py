"""Where the others are: said in the list of people, and gone to by a click there.

Knows no session: people are where the texts say. Source: EDITOR.md (presence: roster with
`file:line`; jump).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Slot

if TYPE_CHECKING:
    from app.qtmodels.participants import ParticipantsModel
    from app.services.chat import Chat
    from app.ui.go_desk import GoDesk
    from app.ui.main_window import MainWindow
    from app.ui.open_text import OpenText
    from app.ui.text_tabs import TextTabs

_SOON_MS = 120  # carets move with every key of the others


class PeopleDesk(QObject):
    """Keeps the places in the list of people up to date.

    Invariant: a place is said only of somebody whose caret is in a text that is open here.
    """

    def __init__(
        self,
        *,
        tabs: TextTabs,
        window: MainWindow,
        participants: ParticipantsModel,
        go: GoDesk,
        chat: Chat,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._tabs = tabs
        self._participants = participants
        self._go = go
        self._chat = chat
        chat.changed.connect(self._show_role)
        # A child of the window: it must not outlive its widgets.
        self._timer = QTimer(window, singleShot=True, interval=_SOON_MS)
        self._timer.timeout.connect(self._on_due)
        tabs.text_added.connect(self._on_text_added)
        tabs.tab_removed.connect(self._show_soon)
        participants.rowsInserted.connect(self._show_soon)
        window.person_requested.connect(self.go_to)

    @Slot(str)
    def go_to(self, user_id: str) -> None:
        """Show where somebody's caret is; who is in no text that is open here is not gone to."""
        for opened in self._tabs.texts:
            for caret in opened.people:
                if caret.user_id == user_id:
                    self._go.go_to(opened, caret.head_utf16)
                    return

    @Slot()
    def _show_role(self) -> None:
        perm = self._chat.perm
        role = self.tr("Owner") if "o" in perm else self.tr("Editor")
        role = role if "w" in perm or "o" in perm else self.tr("Viewer")
        self._participants.show_own_role(role if perm else "")

    @Slot(object)
    def _on_text_added(self, opened: OpenText) -> None:
        opened.people_moved.connect(self._show_soon)
        opened.page.chips.caret_requested.connect(partial(self._go.go_to, opened))

    @Slot()
    def _show_soon(self) -> None:
        if not self._timer.isActive():
            self._timer.start()

    @Slot()
    def _on_due(self) -> None:
        places: dict[str, str] = {}
        for opened in self._tabs.texts:
            for caret in opened.people:
                line = opened.document.findBlock(caret.head_utf16).blockNumber() + 1
                places.setdefault(caret.user_id, f"{opened.name}:{line}")
        self._participants.show_places(places)
