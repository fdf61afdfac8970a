"""People as round initials: a row of those who are here, and how each is painted anywhere.

Shows a model and knows no session. Source: EDITOR.md (window: avatars in the tool bar).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QWidget

from app.qtmodels.participants import INITIALS_ROLE, PARTICIPANT_ROLE, PLACE_ROLE
from app.ui.theme import participant_colour, text_colour_on
from app.ui.widgets.plain_text import plain_label, set_plain_tool_tip

if TYPE_CHECKING:
    from PySide6.QtGui import QColor, QMouseEvent, QPaintEvent

    from app.model.participants import Participant
    from app.qtmodels.participants import ParticipantsModel

MOST_AVATARS = 5

_AVATAR_PX = 24
_FOCUS_PX = 2
_AWAY_OPACITY = 0.45
_INITIALS_SCALE = 0.85


def paint_avatar(
    painter: QPainter, area: QRect, *, colour: QColor, initials: str, is_away: bool
) -> None:
    """Paint initials on a round of a person's colour; pen, font and opacity are as before."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setOpacity(_AWAY_OPACITY if is_away else 1.0)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawEllipse(area)
    small = painter.font()
    small.setPointSizeF(small.pointSizeF() * _INITIALS_SCALE)
    small.setBold(True)
    painter.setFont(small)
    painter.setPen(text_colour_on(colour))
    painter.drawText(area, Qt.AlignmentFlag.AlignCenter, initials)
    painter.restore()


class Avatar(QAbstractButton):
    """One person: a click goes there, a double click follows."""

    double_clicked = Signal()

    def __init__(self, person: Participant, *, initials: str, place: str) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.show_person(person, initials=initials, place=place)

    def show_person(self, person: Participant, *, initials: str, place: str) -> None:
        """Show how a person is, and say where."""
        self._person = person
        self._initials = initials
        self.update()
        name = person.name or self.tr("Somebody")
        self.setAccessibleName(f"{name}, {place}" if place else name)
        tip = self.tr("Click: go there. Double click: follow.")
        set_plain_tool_tip(self, "\n".join(part for part in (name, place, tip) if part))

    def sizeHint(self) -> QSize:
        """Return the size of the round, and of the ring around it."""
        side = _AVATAR_PX + 2 * _FOCUS_PX
        return QSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the initials, and a ring while the keys come here."""
        del event
        painter = QPainter(self)
        area = QRect(0, 0, _AVATAR_PX, _AVATAR_PX)
        area.moveCenter(self.rect().center())
        paint_avatar(
            painter,
            area,
            colour=participant_colour(self._person.color),
            initials=self._initials,
            is_away=self._person.status != "active",
        )
        if self.hasFocus():
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(self.palette().color(self.foregroundRole()), 1))
            painter.drawEllipse(area.adjusted(-_FOCUS_PX + 1, -_FOCUS_PX + 1, 1, 1))
        painter.end()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Follow, and do not go there once more."""
        event.accept()
        self.double_clicked.emit()


class Avatars(QWidget):
    """The others who are here, at most so many, and how many more there are.

    Invariant: there is one avatar a person, in the order of the list of people; oneself has none.
    """

    person_requested = Signal(str)  # a user's id
    follow_requested = Signal(str)  # the same

    def __init__(self, *, model: ParticipantsModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._shown: list[tuple[Participant, str, str]] = []  # with initials and place
        self._avatars: list[Avatar] = []
        self._more: list[QWidget] = []  # how many more there are; empty: none
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(4, 0, 8, 0)
        self._row.setSpacing(2)
        for changed in (model.rowsInserted, model.rowsRemoved, model.modelReset, model.dataChanged):
            changed.connect(self._on_changed)

    @property
    def avatars(self) -> tuple[Avatar, ...]:
        """Those that are shown."""
        return tuple(self._avatars)

    @Slot()
    def _on_changed(self) -> None:
        others = [
            (person, str(index.data(INITIALS_ROLE)), str(index.data(PLACE_ROLE) or ""))
            for index, person in self._people()
            if not person.is_self
        ]
        if others == self._shown:
            return
        before, self._shown = self._shown, others
        if [person.user_id for person, *_ in before] == [person.user_id for person, *_ in others]:
            for avatar, (person, initials, place) in zip(self.avatars, others, strict=False):
                avatar.show_person(person, initials=initials, place=place)
            return  # the keys stay where they are
        for old in (*self._avatars, *self._more):
            self._row.removeWidget(old)
            old.hide()
            old.deleteLater()
        self._avatars, self._more = [], []
        for person, initials, place in others[:MOST_AVATARS]:
            avatar = Avatar(person, initials=initials, place=place)
            avatar.clicked.connect(partial(self._tell_clicked, person.user_id))
            avatar.double_clicked.connect(partial(self.follow_requested.emit, person.user_id))
            self._avatars.append(avatar)
            self._row.addWidget(avatar)
        if len(others) > MOST_AVATARS:
            self._more.append(plain_label(f"+{len(others) - MOST_AVATARS}", role="muted"))
            self._row.addWidget(self._more[0])

    def _people(self) -> list[tuple[QModelIndex, Participant]]:
        rows = (self._model.index(row) for row in range(self._model.rowCount()))
        return [(index, index.data(PARTICIPANT_ROLE)) for index in rows]

    def _tell_clicked(self, user_id: str, _is_checked: bool = False) -> None:
        self.person_requested.emit(user_id)
