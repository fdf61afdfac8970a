"""Who is in the session: the panel beside the text.

Shows a model and knows no session. Names come from others and are painted as they are. Source:
EDITOR.md (presence).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QActionGroup, QFont, QPainter, QPalette
from PySide6.QtWidgets import (
    QListView,
    QMenu,
    QStackedLayout,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from app.model.role_asks import Role, role_of
from app.qtmodels.participants import INITIALS_ROLE, PARTICIPANT_ROLE, PLACE_ROLE
from app.ui.theme import participant_colour
from app.ui.widgets.avatars import paint_avatar
from app.ui.widgets.plain_text import plain_paragraph

if TYPE_CHECKING:
    from app.model.participants import Participant
    from app.qtmodels.participants import ParticipantsModel

_AVATAR_PX = 28
_MARGIN_PX = 8
_ROW_PX = 44
_LINE_PX = 4  # above the name and below the place
_PLACE_SCALE = 0.9

_Index = QModelIndex | QPersistentModelIndex


class PersonDelegate(QStyledItemDelegate):
    """Paints a person as initials on the person's colour, and the name."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Return a row's size."""
        return QSize(super().sizeHint(option, index).width(), _ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Paint one row."""
        participant: Participant = index.data(PARTICIPANT_ROLE)
        area: QRect = option.rect  # pyright: ignore[reportAttributeAccessIssue] - not in the stubs
        palette: QPalette = option.palette  # pyright: ignore[reportAttributeAccessIssue]
        state: QStyle.StateFlag = option.state  # pyright: ignore[reportAttributeAccessIssue]
        is_selected = bool(state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if is_selected:
            painter.fillRect(area, palette.highlight())
        avatar = QRect(
            area.left() + _MARGIN_PX,
            area.center().y() - _AVATAR_PX // 2,
            _AVATAR_PX,
            _AVATAR_PX,
        )
        paint_avatar(
            painter,
            avatar,
            colour=participant_colour(participant.color),
            initials=str(index.data(INITIALS_ROLE)),
            is_away=participant.status != "active",
        )
        usual_font = painter.font()
        role = QPalette.ColorRole.HighlightedText if is_selected else QPalette.ColorRole.Text
        painter.setPen(palette.color(role))
        name_area = area.adjusted(2 * _MARGIN_PX + _AVATAR_PX, 0, -_MARGIN_PX, 0)
        place = str(index.data(PLACE_ROLE) or "")
        if place:
            half = name_area.height() // 2
            _draw_line(painter, name_area.adjusted(0, _LINE_PX, 0, -half), index.data())
            if not is_selected:
                painter.setPen(palette.color(QPalette.ColorRole.PlaceholderText))
            painter.setFont(_smaller(usual_font))
            _draw_line(painter, name_area.adjusted(0, half, 0, -_LINE_PX), place)
        else:
            _draw_line(painter, name_area, index.data())
        painter.restore()


def _draw_line(painter: QPainter, area: QRect, text: object) -> None:
    metrics = painter.fontMetrics()
    shown = metrics.elidedText(str(text), Qt.TextElideMode.ElideRight, area.width())
    aligned = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
    painter.drawText(area, aligned | Qt.TextFlag.TextSingleLine, shown)


def _smaller(font: QFont) -> QFont:
    smaller = QFont(font)
    smaller.setPointSizeF(font.pointSizeF() * _PLACE_SCALE)
    return smaller


class PeoplePanel(QWidget):
    """The list of people, or a sentence when nobody is there."""

    person_requested = Signal(str)  # a user's id: show where that person is
    follow_requested = Signal(str)  # a user's id: show it from now on
    role_requested = Signal(str, object)  # a user's id, Role
    removal_requested = Signal(str)  # a user's id: send out
    block_requested = Signal(str)  # a user's id: send out for good

    def __init__(self, *, model: ParticipantsModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._view = QListView()
        self._view.setModel(model)
        self._view.setItemDelegate(PersonDelegate(self._view))
        self._view.setUniformItemSizes(True)
        self._view.setSelectionMode(QListView.SelectionMode.SingleSelection)
        self._view.setAccessibleName(self.tr("People in this session"))
        self._view.clicked.connect(self._on_person_chosen)
        self._view.activated.connect(self._on_person_chosen)
        self._view.doubleClicked.connect(self._on_person_double_clicked)
        self._view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._view.customContextMenuRequested.connect(self._on_menu_requested)
        self._nobody = QWidget()
        alone = plain_paragraph(
            self.tr("Nobody is here yet. Press Share and send the link to somebody."), role="muted"
        )
        alone.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        inside = QVBoxLayout(self._nobody)
        inside.setContentsMargins(12, 12, 12, 12)
        inside.addWidget(alone, 1)
        self._count = plain_paragraph("", role="muted")
        self._count.setContentsMargins(12, 10, 12, 6)
        self._count.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._count)
        self._stack = QStackedLayout()
        layout.addLayout(self._stack, 1)
        self._stack.addWidget(self._nobody)
        self._stack.addWidget(self._view)
        model.rowsInserted.connect(self._on_rows_changed)
        model.rowsRemoved.connect(self._on_rows_changed)
        model.modelReset.connect(self._on_rows_changed)
        self._show_who_is_here()

    @property
    def view(self) -> QListView:
        """The list itself."""
        return self._view

    def sizeHint(self) -> QSize:
        """Return a width that shows most names."""
        return QSize(200, 240)

    @Slot(object)
    def show_count(self, users: int | None) -> None:
        """Say how many people there are, where the list names only some; None: it names all."""
        self._count.setVisible(users is not None)
        if users is not None:
            text = self.tr("{count} people. Some of them are listed here.")
            self._count.setText(text.format(count=self.locale().toString(users)))

    @property
    def count_text(self) -> str:
        """What is said of how many there are; empty while the list names all."""
        return "" if self._count.isHidden() else self._count.text()

    def menu_for(self, index: QModelIndex) -> QMenu | None:
        """Return what can be done about a person, as far as this user may; None for nothing."""
        person: Participant | None = index.data(PARTICIPANT_ROLE)
        if person is None or person.is_self:
            return None
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        go = menu.addAction(self.tr("Go to"))
        go.triggered.connect(partial(self.person_requested.emit, person.user_id))
        follow = menu.addAction(self.tr("Follow"))
        follow.triggered.connect(partial(self.follow_requested.emit, person.user_id))
        self._add_moderation(menu, person)
        return menu

    def _add_moderation(self, menu: QMenu, person: Participant) -> None:
        me = next((each for each in self._model.participants if each.is_self), None)
        if me is None or person.is_owner or not {"o", "m"} & set(me.perm):
            return
        if me.is_owner and person.perm:
            menu.addSeparator()
            either = QActionGroup(menu)
            names = {Role.EDITOR: self.tr("Can Edit"), Role.VIEWER: self.tr("Can Only View")}
            for role, name in names.items():
                action = menu.addAction(name)
                either.addAction(action)
                action.setCheckable(True)
                action.setChecked(role_of(person.perm) is role)
                wish = partial(self.role_requested.emit, person.user_id, role)
                action.triggered.connect(wish)
        menu.addSeparator()
        remove = menu.addAction(self.tr("Remove from Session"))
        remove.triggered.connect(partial(self.removal_requested.emit, person.user_id))
        block = menu.addAction(self.tr("Block"))
        block.triggered.connect(partial(self.block_requested.emit, person.user_id))

    @Slot(QPoint)
    def _on_menu_requested(self, at: QPoint) -> None:
        menu = self.menu_for(self._view.indexAt(at))
        if menu is not None:
            menu.popup(self._view.viewport().mapToGlobal(at))

    @Slot(QModelIndex)
    def _on_person_chosen(self, index: QModelIndex) -> None:
        participant: Participant = index.data(PARTICIPANT_ROLE)
        if not participant.is_self:
            self.person_requested.emit(participant.user_id)

    @Slot(QModelIndex)
    def _on_person_double_clicked(self, index: QModelIndex) -> None:
        participant: Participant = index.data(PARTICIPANT_ROLE)
        if not participant.is_self:
            self.follow_requested.emit(participant.user_id)

    @Slot()
    def _on_rows_changed(self) -> None:
        self._show_who_is_here()

    def _show_who_is_here(self) -> None:
        self._stack.setCurrentWidget(self._view if self._model.rowCount() else self._nobody)
