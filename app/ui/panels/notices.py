"""The list behind the bell: notices, and jobs with how far they are.

Shows a model and tells what a person wishes; knows no session. Texts of others are painted as they
are. Source: EDITOR.md (notices).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLineEdit,
    QListView,
    QPushButton,
    QStackedWidget,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from app.qtmodels.notices import NOTICE_ROLE
from app.ui.panels.chat_layout import ChatFonts
from app.ui.widgets.plain_text import plain_paragraph
from app.ui.widgets.wrapped_text import draw_lines, wrapped_lines

if TYPE_CHECKING:
    from app.qtmodels.notices import NoticeRow, NoticesModel
    from app.ui.theme import Theme

_Index = QModelIndex | QPersistentModelIndex
_SIDE_PX = 22
_GAP_PX = 8
_BAR_PX = 5
_DOT_PX = 8
_MOST_LINES = 3


class NoticeDelegate(QStyledItemDelegate):
    """Paints an entry: what happened, what of it, when, and how far it is."""

    def __init__(self, *, theme: Theme, view: QListView) -> None:
        super().__init__(view)
        self._view = view
        self.theme = theme

    def sizeHint(self, _option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Return a row's size."""
        width_px = self._view.viewport().width()
        row: NoticeRow = index.data(NOTICE_ROLE)
        return QSize(width_px, _Laid(row, width_px, self._view.font()).height_px)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Paint one row."""
        area: QRect = option.rect  # pyright: ignore[reportAttributeAccessIssue] - not in the stubs
        state: QStyle.StateFlag = option.state  # pyright: ignore[reportAttributeAccessIssue]
        row: NoticeRow = index.data(NOTICE_ROLE)
        colours, fonts = self.theme.colours, ChatFonts.of(self._view.font())
        laid = _Laid(row, area.width(), self._view.font())
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(area.topLeft())
        painter.setPen(QPen(colours.border, 1))
        painter.drawLine(0, area.height() - 1, area.width(), area.height() - 1)
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(colours.highlight, 1))
            painter.drawRoundedRect(QRect(3, 2, area.width() - 7, area.height() - 6), 4, 4)
        if row.is_unread:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colours.highlight)
            painter.drawEllipse(QRect(8, laid.title.top() + 5, _DOT_PX, _DOT_PX))
        painter.setPen(colours.text)
        painter.setFont(fonts.name if row.is_unread else fonts.text)
        draw_lines(painter, laid.title, laid.title_lines)
        painter.setFont(fonts.small)
        painter.setPen(colours.muted_text)
        painter.drawText(laid.when, int(Qt.AlignmentFlag.AlignRight), row.when)
        painter.setPen(self.theme.status.error if row.is_trouble else colours.muted_text)
        draw_lines(painter, laid.detail, laid.detail_lines)
        if row.progress is not None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colours.border)
            painter.drawRoundedRect(laid.bar, 2, 2)
            width_px = laid.bar.width() * row.progress // 100
            done = QRect(laid.bar.topLeft(), QSize(width_px, laid.bar.height()))
            painter.setBrush(self.theme.status.live)
            painter.drawRoundedRect(done, 2, 2)
        painter.restore()


class _Laid:
    """Where the parts of an entry are, at a width."""

    def __init__(self, row: NoticeRow, width_px: int, font: QFont) -> None:
        fonts = ChatFonts.of(font)
        of_title = fonts.name if row.is_unread else fonts.text
        bold, small = QFontMetrics(of_title), QFontMetrics(fonts.small)
        when_px = small.horizontalAdvance(row.when) + 4
        inner_px = max(60, width_px - _SIDE_PX - 12)
        title_px = max(40, inner_px - when_px - 8)
        self.title_lines = wrapped_lines(
            row.title, of_title, width_px=title_px, most_lines=_MOST_LINES
        )
        self.detail_lines = wrapped_lines(
            row.detail, fonts.small, width_px=inner_px, most_lines=_MOST_LINES
        )
        high = len(self.title_lines) * bold.lineSpacing()
        self.title = QRect(_SIDE_PX, _GAP_PX, title_px, high)
        self.when = QRect(width_px - 12 - when_px, _GAP_PX + 1, when_px, small.height())
        high = len(self.detail_lines) * small.lineSpacing()
        self.detail = QRect(_SIDE_PX, self.title.bottom() + 3, inner_px, high)
        bar_px = _BAR_PX if row.progress is not None else 0
        top = self.detail.top() + high + (5 if bar_px else 0)
        self.bar = QRect(_SIDE_PX, top, inner_px, bar_px)
        self.height_px = top + bar_px + _GAP_PX


class NoticesPanel(QWidget):
    """The list, or a sentence; above it what can be done with all of it."""

    read_all_requested = Signal()
    dnd_toggled = Signal(bool)
    job_followed = Signal(str)
    row_activated = Signal(object)  # NoticeRow

    def __init__(self, *, model: NoticesModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.view = QListView()
        self._delegate = NoticeDelegate(theme=theme, view=self.view)
        self.read_all = QPushButton(self.tr("Mark All Read"))
        self.dnd = QCheckBox(self.tr("Do not disturb"))
        self.job = QLineEdit()
        self._nothing = plain_paragraph("", role="muted")
        self._stack = QStackedWidget()
        self._lay_out()
        model.modelReset.connect(self._on_reset)
        self.show_state(is_connected=False)

    def show_theme(self, theme: Theme) -> None:
        """Show other colours."""
        self._delegate.theme = theme
        self.view.viewport().update()

    def show_state(self, *, is_connected: bool) -> None:
        """Say whether notices can come."""
        self.job.setEnabled(is_connected)
        self._nothing.setText(
            self.tr("No notices. Downloads of your files, and texts read from pictures, come here.")
            if is_connected
            else self.tr("Notices come while you are in a session.")
        )
        self._on_reset()

    def show_unread(self, count: int) -> None:
        """Say how many are unread."""
        self.read_all.setEnabled(count > 0)

    def show_dnd(self, *, is_on: bool) -> None:
        """Say whether this user wants to be left alone."""
        self.dnd.setChecked(is_on)

    def sizeHint(self) -> QSize:
        """Return a width in which most notices need two lines."""
        return QSize(300, 420)

    def minimumSizeHint(self) -> QSize:
        """Return the least that can be read."""
        return QSize(180, 160)

    def _lay_out(self) -> None:
        view = self.view
        view.setModel(self._model)
        view.setItemDelegate(self._delegate)
        view.setSelectionMode(QListView.SelectionMode.NoSelection)
        view.setResizeMode(QListView.ResizeMode.Adjust)
        view.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.setAccessibleName(self.tr("Notices"))
        view.activated.connect(self._on_activated)
        self.dnd.toggled.connect(self.dnd_toggled)
        self.read_all.clicked.connect(self.read_all_requested)
        self.job.setPlaceholderText(self.tr("Follow a picture: its job’s number"))
        self.job.setAccessibleName(self.tr("Job to follow"))
        self.job.returnPressed.connect(self._on_job_entered)
        buttons = QVBoxLayout()
        buttons.setContentsMargins(12, 8, 12, 8)
        buttons.setSpacing(8)
        buttons.addWidget(self.dnd)
        buttons.addWidget(self.read_all, 0, Qt.AlignmentFlag.AlignLeft)
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        nothing = QWidget()
        inside = QVBoxLayout(nothing)
        inside.setContentsMargins(12, 12, 12, 12)
        inside.addWidget(self._nothing, 1)
        self._stack.addWidget(nothing)
        self._stack.addWidget(view)
        following = QHBoxLayout()
        following.setContentsMargins(8, 6, 8, 8)
        following.addWidget(self.job)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(buttons)
        layout.addWidget(self._stack, 1)
        layout.addLayout(following)

    @Slot()
    def _on_reset(self) -> None:
        self._stack.setCurrentIndex(1 if self._model.rowCount() else 0)

    @Slot(QModelIndex)
    def _on_activated(self, index: QModelIndex) -> None:
        self.row_activated.emit(index.data(NOTICE_ROLE))

    @Slot()
    def _on_job_entered(self) -> None:
        job_id = self.job.text().strip()
        if job_id:
            self.job_followed.emit(job_id)
