"""Leads through what others changed in the window's texts while the connection was away.

Knows no session: shared documents tell what was merged. Source: EDITOR.md (offline: "Merged 14
changes by Ana — Review").
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QTextCursor

from app.ui.editor.raw_text import length_of
from app.ui.status_texts import merged_text
from app.ui.widgets.banner import BannerAction

if TYPE_CHECKING:
    from app.model.outage import MergeReport
    from app.services.collaboration import Collaboration
    from app.services.shared_document import SharedDocument
    from app.ui.main_window import MainWindow
    from app.ui.open_text import OpenText
    from app.ui.text_tabs import TextTabs

REVIEW = "review"
NEXT = "review_next"
PREVIOUS = "review_previous"
DONE = "review_done"


class ReviewDesk(QObject):
    """The merged places of all texts, in the order of their tabs, to be gone through and round.

    Invariant: places follow every edit, because they are cursors of their documents; those of a tab
    go with it, and those of an earlier outage when a later one brings some to the same text.
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
            window: where it is said that there is nothing to go through.
            collaboration: the session.
            parent: Qt's owner.
        """
        super().__init__(parent)
        self._tabs = tabs
        self._window = window
        self._places: dict[OpenText, list[QTextCursor]] = {}
        self._current: QTextCursor | None = None
        tabs.banner_action.connect(self._on_banner_action)
        tabs.tab_removed.connect(self._on_tab_removed)
        collaboration.document_opened.connect(self._on_document_opened)

    def step(self, by: int) -> None:
        """Go to the next place, or with -1 to the one before; first to the first, or the last."""
        places = self._all()
        at = next((at for at, (_, place) in enumerate(places) if place is self._current), None)
        if not places:
            self._window.banner.show_message(
                self.tr("Nobody has changed these texts while the connection was away.")
            )
        elif at is None:
            self._show(places, 0 if by > 0 else len(places) - 1)
        else:
            self._show(places, (at + by) % len(places))

    @Slot(object, str)
    def _on_banner_action(self, opened: OpenText | None, action_id: str) -> None:
        if action_id == REVIEW:
            places = self._all()
            mine = [at for at, (text, _) in enumerate(places) if text is opened]
            if mine:
                self._show(places, mine[0])
        elif action_id in (NEXT, PREVIOUS):
            self.step(1 if action_id == NEXT else -1)
        elif action_id == DONE:
            self._withdraw()
            for reviewed in self._places:
                reviewed.editor.ruler.show_merged(())
            self._places.clear()
            self._current = None

    @Slot(object)
    def _on_tab_removed(self, opened: OpenText) -> None:
        self._places.pop(opened, None)

    @Slot(object)
    def _on_document_opened(self, shared: SharedDocument) -> None:
        shared.merged.connect(partial(self._say_merged, shared))

    def _say_merged(self, shared: SharedDocument, report: MergeReport) -> None:
        opened = self._tabs.of_document(shared)
        if opened is not None:
            self._places[opened] = [_cursor(opened, *place) for place in report.places]
            opened.editor.ruler.show_merged(self._places[opened])
            review = BannerAction(REVIEW, self.tr("Review"))
            opened.banner.show_message(merged_text(report), review)

    def _all(self) -> list[tuple[OpenText, QTextCursor]]:
        """Return all places in the order in which they are gone through."""
        texts = self._tabs.texts
        return [(opened, place) for opened in texts for place in self._places.get(opened, ())]

    def _show(self, places: list[tuple[OpenText, QTextCursor]], at: int) -> None:
        opened, self._current = places[at]
        self._withdraw()
        self._tabs.bring_to_front(opened)
        opened.editor.select(self._current.anchor(), self._current.position())
        opened.editor.setFocus()
        text = self.tr("Change {number} of {count} that others made while you were away.")
        opened.banner.show_message(
            text.format(number=at + 1, count=len(places)),
            BannerAction(PREVIOUS, self.tr("Previous")),
            BannerAction(NEXT, self.tr("Next")),
            BannerAction(DONE, self.tr("Done")),
        )

    def _withdraw(self) -> None:
        for opened in self._tabs.texts:
            for action_id in (REVIEW, NEXT):
                opened.banner.withdraw(action_id)


def _cursor(opened: OpenText, start_utf16: int, stop_utf16: int) -> QTextCursor:
    """Return a cursor that selects a place, and goes along with it."""
    cursor = QTextCursor(opened.document)
    last = length_of(opened.document)
    cursor.setPosition(min(start_utf16, last))
    cursor.setPosition(min(stop_utf16, last), QTextCursor.MoveMode.KeepAnchor)
    return cursor
