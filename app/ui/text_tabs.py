"""The tabs of a window: which texts are open, in which order, and which is in front.

Knows neither files nor sessions: whoever closes a tab decides. Source: EDITOR.md (files: tabs with
modified mark and presence dots).
"""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QTabBar, QTabWidget, QToolButton, QWidget

from app.ui.open_text import OpenText
from app.ui.theme import participant_colour
from app.ui.widgets.plain_text import plain_tool_tip

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from app.collab.text_replica import TextReplica
    from app.model.participants import RemoteCaret
    from app.services.shared_document import SharedDocument
    from app.ui.editor.syntax_process import SyntaxProcess
    from app.ui.tab_page import TabPage

MOST_DOTS = 3
_DOT_PX = 8
_ICON_HEIGHT_PX = 16
_MODIFIED = "● "


class TextTabs(QTabWidget):
    """The open texts, a tab each, and pages without a text.

    Invariant: `front` is the text whose page is shown, and None while a page without a text is.
    """

    text_added = Signal(object)  # OpenText
    tab_removed = Signal(object)  # OpenText
    front_changed = Signal()
    close_requested = Signal(object)  # OpenText
    page_close_requested = Signal(object)  # QWidget without a text
    order_changed = Signal()
    banner_action = Signal(object, str)  # OpenText, None for another page; a BannerAction's id
    banner_said = Signal(str, object)  # what any page's banner says now, and its Tone

    def __init__(
        self, *, syntax: SyntaxProcess | None = None, parent: QWidget | None = None
    ) -> None:
        """Make room for texts.

        Args:
            syntax: reads the texts for their colours; None: they have none.
            parent: Qt's owner.
        """
        super().__init__(parent)
        self._syntax = syntax
        self.setObjectName("tabs")
        self.setAccessibleName(self.tr("Open texts"))
        self.setDocumentMode(True)
        self.setMovable(True)
        self.setUsesScrollButtons(True)
        self.setElideMode(Qt.TextElideMode.ElideMiddle)
        self.setIconSize(QSize(MOST_DOTS * (_DOT_PX + 2), _ICON_HEIGHT_PX))
        self.tabBar().setExpanding(False)
        self._texts: dict[QWidget, OpenText] = {}  # by their pages
        self._front: OpenText | None = None
        self.currentChanged.connect(self._on_current_changed)
        self.tabBar().tabMoved.connect(self._on_tab_moved)

    @property
    def texts(self) -> tuple[OpenText, ...]:
        """The open texts, from left to right."""
        pages = [self.widget(index) for index in range(self.count())]
        return tuple(self._texts[page] for page in pages if page in self._texts)

    @property
    def front(self) -> OpenText | None:
        """The text in front; None while a page without a text is."""
        return self._front

    @property
    def front_title(self) -> str:
        """What the tab in front says."""
        return self.tabText(self.currentIndex()).replace("&&", "&")

    @property
    def titles(self) -> tuple[str, ...]:
        """What the tabs say, from left to right."""
        return tuple(self.tabText(index).replace("&&", "&") for index in range(self.count()))

    def add(self, opened: OpenText) -> None:
        """Give a text a tab right of the one in front, and bring it there."""
        self._texts[opened.page] = opened
        opened.modified_changed.connect(self._on_title_changed)
        opened.renamed.connect(self._on_title_changed)
        opened.people_changed.connect(self._on_people_changed)
        opened.banner.action_requested.connect(partial(self.banner_action.emit, opened))
        opened.banner.said.connect(self.banner_said)
        if self._syntax is not None:
            opened.read_with(self._syntax)
        at = self.insertTab(self.currentIndex() + 1, opened.page, opened.name)
        self._add_close_button(opened.page)
        self.text_added.emit(opened)
        self._show_titles()
        self.setCurrentIndex(at)

    def add_page(self, page: TabPage, title: str, *, at: int | None = None) -> None:
        """Give a page without a text a tab, and bring it to the front.

        Args:
            page: belongs to the tabs from now on.
            title: of its tab.
            at: where, counted from the left; None: right of the one in front.
        """
        page.banner.action_requested.connect(partial(self.banner_action.emit, None))
        page.banner.said.connect(self.banner_said)
        place = self.currentIndex() + 1 if at is None else at
        at = self.insertTab(place, page, title.replace("&", "&&"))
        self._add_close_button(page)
        self.setCurrentIndex(at)

    def remove(self, opened: OpenText) -> None:
        """Take a text's tab away; the text is closed by whoever removes it."""
        at = self.indexOf(opened.page)
        if at >= 0:
            del self._texts[opened.page]
            if self._front is opened:
                self._front = None
            self.removeTab(at)
            self._show_titles()
            self.tab_removed.emit(opened)

    def bring_to_front(self, opened: OpenText) -> None:
        """Show a text."""
        self.setCurrentWidget(opened.page)

    def step(self, by: int) -> None:
        """Show the page so many tabs to the right, round and round."""
        self.setCurrentIndex((self.currentIndex() + by) % self.count())

    def of_path(self, path: Path) -> OpenText | None:
        """Return the text of a file; None when it is not open. Links are followed."""
        wanted = path.resolve()
        found = [t for t in self.texts if t.path is not None and t.path.resolve() == wanted]
        return found[0] if found else None

    def of_replica(self, replica: TextReplica) -> OpenText | None:
        """Return the text with this replica."""
        return next((text for text in self.texts if text.replica is replica), None)

    def of_document(self, shared: SharedDocument) -> OpenText | None:
        """Return the text that is this document of the session."""
        return next((text for text in self.texts if text.shared is shared), None)

    @Slot(int)
    def _on_current_changed(self, _index: int) -> None:
        before = self._front
        self._front = self._texts.get(self.currentWidget())
        if before is self._front:
            return
        if before is not None:
            before.set_front(False)
        if self._front is not None:
            self._front.set_front(True)
        self.front_changed.emit()

    def _on_close_clicked(self, page: QWidget, _is_checked: bool = False) -> None:
        if page in self._texts:
            self.close_requested.emit(self._texts[page])
        else:
            self.page_close_requested.emit(page)

    @Slot(int, int)
    def _on_tab_moved(self, _from: int, _to: int) -> None:
        self.order_changed.emit()

    @Slot()
    def _on_title_changed(self) -> None:
        self._show_titles()

    @Slot()
    def _on_people_changed(self) -> None:
        opened = self.sender()
        if isinstance(opened, OpenText):
            self._show_people(opened)

    def _add_close_button(self, page: QWidget) -> None:
        button = QToolButton()
        button.setObjectName("close_tab")
        button.setText("×")
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # Ctrl+W closes with the keyboard
        button.setToolTip(self.tr("Close"))
        button.setAccessibleName(self.tr("Close this tab"))
        button.clicked.connect(partial(self._on_close_clicked, page))
        at = self.indexOf(page)
        self.tabBar().setTabButton(at, QTabBar.ButtonPosition.RightSide, button)

    def _show_titles(self) -> None:
        """Name the tabs; of two with one name each says its folder too."""
        counts = Counter(opened.name for opened in self.texts)
        for opened in self.texts:
            title = opened.name
            if counts[title] > 1 and opened.path is not None:
                title = f"{title} — {opened.path.parent.name}"
            if opened.is_modified:
                title = _MODIFIED + title
            at = self.indexOf(opened.page)
            shown = title.replace("&", "&&")
            if self.tabText(at) != shown:
                self.setTabText(at, shown)
            self._show_tip(opened)

    def _show_people(self, opened: OpenText) -> None:
        at = self.indexOf(opened.page)
        people = _one_a_user(opened.people)
        self.setTabIcon(at, QIcon(_dots(people[:MOST_DOTS])) if people else QIcon())
        self._show_tip(opened)

    def _show_tip(self, opened: OpenText) -> None:
        lines = [str(opened.path) if opened.path is not None else opened.name]
        if opened.is_modified:
            lines.append(self.tr("Changed since it was saved"))
        names = [person.name or self.tr("Somebody") for person in _one_a_user(opened.people)]
        if names:
            lines.append(self.tr("Here: {names}").format(names=", ".join(names)))
        self.setTabToolTip(self.indexOf(opened.page), plain_tool_tip("\n".join(lines)))


def _one_a_user(carets: Sequence[RemoteCaret]) -> list[RemoteCaret]:
    """Return one caret of each user, in order."""
    return list({caret.user_id: caret for caret in reversed(carets)}.values())[::-1]


def _dots(people: Sequence[RemoteCaret]) -> QPixmap:
    """Paint a dot in the colour of each; the names stand in the tool tip."""
    size = QSize(len(people) * (_DOT_PX + 2), _ICON_HEIGHT_PX)
    pixmap = QPixmap(size)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    for place, person in enumerate(people):
        painter.setBrush(participant_colour(person.color))
        top = (_ICON_HEIGHT_PX - _DOT_PX) // 2
        painter.drawEllipse(1 + place * (_DOT_PX + 2), top, _DOT_PX, _DOT_PX)
    painter.end()
    return pixmap
