"""What a screen reader says of a window without being asked: the one place that chooses.

Politely, when it is done with what it says now; at once only what is trouble. What banners say,
who comes and goes, the connection, a save, what was found, short notes. Knows no widget's contents:
it is told sentences. Source: EDITOR.md (people: polite announcements).
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.model.company import Company
from app.model.connection import LinkPhase
from app.model.outage import OutageStage
from app.ui.widgets.announcing import announce
from app.ui.widgets.banner import Tone

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.model.connection import Link
    from app.model.participants import Participant
    from app.services.collaboration import Collaboration
    from app.ui.file_desk import FileDesk
    from app.ui.find_desk import FindDesk
    from app.ui.main_window import MainWindow
    from app.ui.notice_desk import NoticeDesk
    from app.ui.open_text import OpenText
    from app.ui.search_desk import SearchDesk
    from app.ui.text_tabs import TextTabs

_AGAIN_S = 2.0
"""The same sentence within this time was said by several tabs at once."""

_SOON_MS = 300
"""After the last key of what is looked for, its count is said."""

_MOST_NAMES = 3


class AnnouncementDesk(QObject):
    """Announces for one window.

    Invariant: what several tabs say at once is said once, and nobody comes or goes for an outage
    of a moment.
    """

    announced = Signal(str, bool)  # what is said; whether at once

    def __init__(
        self,
        *,
        tabs: TextTabs,
        window: MainWindow,
        files: FileDesk,
        find: FindDesk,
        search: SearchDesk,
        notices: NoticeDesk,
        collaboration: Collaboration,
        clock: Callable[[], float] = time.monotonic,
        parent: QObject | None = None,
    ) -> None:
        """Listen to a window.

        Args:
            tabs: whose banners speak.
            window: which is said to speak.
            files: what is saved by hand.
            find: what is found in a text.
            search: what is found in the folder.
            notices: short notes, and whether this user wants to be left alone.
            collaboration: the session.
            clock: monotonic seconds.
            parent: Qt's owner.
        """
        super().__init__(parent)
        self._window = window
        self._notices = notices
        self._clock = clock
        self._said = ("", float("-inf"))  # the newest sentence, and when
        self._count = ""  # what was found, to be said soon
        self._company = Company()
        self._was_away = False  # whether it was said that the connection is lost
        # Children of the window: they must not outlive its widgets.
        self._count_timer = QTimer(window, singleShot=True, interval=_SOON_MS)
        self._count_timer.timeout.connect(self._on_count_due)
        self._company_timer = QTimer(window, singleShot=True)
        self._company_timer.timeout.connect(self._on_company_due)
        for told in (tabs.banner_said, window.banner_said):
            told.connect(self._on_banner_said)
        files.saved.connect(self._on_saved)
        for counted in (find.counted, search.counted):
            counted.connect(self._on_counted)
        notices.noted.connect(self._on_noted)
        collaboration.participants_changed.connect(self._on_participants_changed)
        collaboration.outage_changed.connect(self._on_outage_changed)
        collaboration.link_changed.connect(self._on_link_changed)

    def say(self, text: str, *, is_urgent: bool = False) -> None:
        """Let a screen reader say a sentence, unless it was said just now."""
        now_s = self._clock()
        before, before_s = self._said
        if not text or (text == before and now_s - before_s < _AGAIN_S):
            return
        self._said = text, now_s
        announce(self._window, text, is_urgent=is_urgent)
        self.announced.emit(text, is_urgent)

    @Slot(str, object)
    def _on_banner_said(self, text: str, tone: Tone) -> None:
        self.say(text, is_urgent=tone is Tone.TROUBLE)

    @Slot(object)
    def _on_saved(self, opened: OpenText) -> None:
        self.say(self.tr("“{name}” is saved.").format(name=opened.name))

    @Slot(str)
    def _on_counted(self, text: str) -> None:
        self._count = text
        self._count_timer.start()

    @Slot()
    def _on_count_due(self) -> None:
        self.say(self._count)

    @Slot(str)
    def _on_noted(self, text: str) -> None:
        self.say(text)

    @Slot(object)
    def _on_participants_changed(self, people: tuple[Participant, ...]) -> None:
        came = self._company.see(people, self._clock())
        self._say_of_people(self.tr("{names} joined."), came)
        self._wait_for_company()

    @Slot()
    def _on_company_due(self) -> None:
        self._say_of_people(self.tr("{names} left."), self._company.gone(self._clock()))
        self._wait_for_company()

    @Slot(object)
    def _on_outage_changed(self, stage: OutageStage) -> None:
        if stage is OutageStage.DOT:  # what follows it is said by a banner
            self._was_away = True
            self.say(self.tr("The connection is lost. Your changes are kept."))

    @Slot(object)
    def _on_link_changed(self, link: Link) -> None:
        if link.phase is LinkPhase.LIVE and self._was_away:
            self.say(self.tr("The connection is back."))
        if link.phase in (LinkPhase.LIVE, LinkPhase.CLOSED):
            self._was_away = False

    def _say_of_people(self, text: str, names: tuple[str, ...]) -> None:
        if not names or self._notices.is_dnd:
            return
        shown = [name or self.tr("Somebody") for name in names]
        if len(shown) > _MOST_NAMES:
            shown = [self.tr("{count} people").format(count=len(shown))]
        self.say(text.format(names=", ".join(shown)))

    def _wait_for_company(self) -> None:
        due_s = self._company.due_s()
        if due_s is None:
            self._company_timer.stop()
        else:
            self._company_timer.start(max(1, round((due_s - self._clock()) * 1000) + 1))
