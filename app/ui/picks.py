"""Opening lists to pick from over a window.

Knows how a list is opened and closed, and not what stands in it. Source: EDITOR.md (go).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from app.model.fuzzy import fuzzy_ranked
from app.ui.widgets.pick import Pick

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app.qtmodels.picks import PickItem
    from app.ui.main_window import MainWindow
    from app.ui.text_tabs import TextTabs
    from app.ui.widgets.pick import Source

OnPicked = "Callable[[PickItem], object]"


class Picks(QObject):
    """The list that is open over a window, or none.

    Invariant: at most one is open, and when it goes away the page in front has the keys again.
    """

    def __init__(
        self, *, tabs: TextTabs, window: MainWindow, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._tabs = tabs
        self._window = window
        self._open: Pick | None = None

    @property
    def open_pick(self) -> Pick | None:
        """What is open."""
        return self._open

    def show(
        self,
        source: Source,
        then: Callable[[PickItem], object],
        *,
        hint: str,
        empty_text: str = "",
        text: str = "",
    ) -> None:
        """Open a list in place of the one that is open.

        Args:
            source: gives the items for what was typed.
            then: what to do with what was picked.
            hint: what is picked, in a few words.
            empty_text: said when nothing fits.
            text: typed already.
        """
        if self._open is not None:
            self._open.close_unpicked()
        pick = Pick(
            source=source,
            hint=hint,
            empty_text=empty_text or self.tr("Nothing fits."),
            over=self._window,
            text=text,
        )
        pick.picked.connect(partial(self._on_picked, pick, then))
        pick.cancelled.connect(partial(self._on_over, pick))
        self._open = pick
        pick.open()

    def show_items(
        self,
        items: Sequence[PickItem],
        then: Callable[[PickItem], object],
        *,
        hint: str,
        empty_text: str = "",
    ) -> None:
        """Open a list of some items, by how well their texts fit."""
        self.show(partial(ranked, items), then, hint=hint, empty_text=empty_text)

    @Slot()
    def refresh(self) -> None:
        """Ask for the items again, if a list is open."""
        if self._open is not None:
            self._open.refresh()

    def _on_picked(self, pick: Pick, then: Callable[[PickItem], object], item: PickItem) -> None:
        self._on_over(pick)
        then(item)

    def _on_over(self, pick: Pick) -> None:
        if self._open is pick:
            self._open = None
            page = self._tabs.currentWidget()
            page.setFocus()


def ranked(items: Sequence[PickItem], query: str) -> list[PickItem]:
    """Return the items that fit a query, the best first."""
    return fuzzy_ranked(query, items, _text_of)


def _text_of(item: PickItem) -> str:
    if item.search:
        return item.search
    return f"{item.text} {item.detail}" if item.detail else item.text
