"""Paints a conversation, a row at a time, from what `chat_layout` has measured.

Knows no session. Every text is drawn as it is. Source: EDITOR.md (chat).
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from PySide6.QtCore import QDate, QLocale, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QPainter,
    QPen,
    QTextCharFormat,
    QTextLayout,
)
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.model.code_links import find_code_links
from app.model.mentions import find_mentions
from app.model.participants import initials
from app.model.room_messages import Delivery
from app.qtmodels.chat import ROW_ROLE, time_text
from app.ui.panels.chat_layout import ChatFonts, RowLayout, Words
from app.ui.theme import text_colour_on

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.model.chat_rows import ChatRow
    from app.ui.theme import Theme

_Index = QModelIndex | QPersistentModelIndex

MOST_KEPT = 600
"""Measured rows; those that were not looked at for longest are measured anew."""

_MUTED_ALPHA = 150
_TINT_ALPHA = 34
_ROUND_PX = 4


class ChatDelegate(QStyledItemDelegate):
    """Invariant: what is painted and what is clicked was measured by the same `RowLayout`."""

    def __init__(
        self,
        *,
        theme: Theme,
        colour_of: Callable[[str], QColor],
        names: Callable[[], dict[str, str]],
        view: QListView,
    ) -> None:
        """Paint the rows of a view.

        Args:
            theme: the colours.
            colour_of: a person's, by user id.
            names: of whom a message may name, by user id, this user included.
            view: whose font and width hold.
        """
        super().__init__(view)
        self._view = view
        self._theme = theme
        self._colour_of = colour_of
        self._names = names
        self._paths: frozenset[str] = frozenset()
        self._kept: OrderedDict[tuple[str, str], RowLayout] = OrderedDict()
        self.today = QDate.currentDate
        self.hovered: tuple[str, str] | None = None  # the key of the row under the pointer

    def show_theme(self, theme: Theme) -> None:
        """Paint in other colours."""
        self._theme = theme
        self._kept.clear()

    def forget(self) -> None:
        """Measure everything anew: other names count now."""
        self._kept.clear()

    def show_paths(self, paths: frozenset[str]) -> None:
        """Take these for the files that a message can lead to."""
        self._paths = paths
        self._kept.clear()

    def layout_of(self, index: _Index, width_px: int) -> RowLayout:
        """Return a row as it is measured at a width."""
        row: ChatRow = index.data(ROW_ROLE)
        is_last = index.row() == index.model().rowCount() - 1
        key = row.message.key
        words = self._words(row)
        known = self._kept.get(key)
        if known is not None and (known.row, known.width_px, known.words, known.is_last) == (
            row,
            width_px,
            words,
            is_last,
        ):
            self._kept.move_to_end(key)
            return known
        text = row.message.text
        links = find_code_links(text, self._paths)
        made = RowLayout(
            row,
            width_px=width_px,
            fonts=ChatFonts.of(self._view.font()),
            words=words,
            links=links,
            mentions=find_mentions(text, self._names()) if "@" in text else (),
            is_last=is_last,
        )
        self._kept[key] = made
        self._kept.move_to_end(key)
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return made

    def sizeHint(self, _option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Return a row's size."""
        width_px = self._view.viewport().width()
        return QSize(width_px, self.layout_of(index, width_px).height_px)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Paint one row."""
        area: QRect = option.rect  # pyright: ignore[reportAttributeAccessIssue] - not in the stubs
        state: QStyle.StateFlag = option.state  # pyright: ignore[reportAttributeAccessIssue]
        laid = self.layout_of(index, area.width())
        is_current = bool(state & QStyle.StateFlag.State_HasFocus)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(area.topLeft())
        self._paint_lines(painter, laid)
        self._paint_back(painter, laid, is_current=is_current)
        self._paint_author(painter, laid)
        self._paint_text(painter, laid)
        self._paint_below(painter, laid)
        if is_current or self.hovered == laid.row.message.key:
            self._paint_menu(painter, laid)
        painter.restore()

    def _words(self, row: ChatRow) -> Words:
        message = row.message
        state = ""
        match message.delivery:
            case Delivery.WAITING:
                state = self.tr("Waiting to be sent")
            case Delivery.SENT:
                state = self.tr("Sending…")
            case Delivery.FAILED:
                state = self._failure(message.failure)
            case Delivery.STORED:
                if message.is_edited and not message.is_deleted:
                    state = self.tr("edited")
        readers = ""
        if row.readers:
            shown = ", ".join(row.readers[:3])
            readers = (
                self.tr("Read by {names}").format(names=shown)
                if len(row.readers) <= 3
                else self.tr("Read by {names} and {count} more").format(
                    names=shown, count=len(row.readers) - 3
                )
            )
        return Words(
            day=self._day(row),
            state=state,
            retry=self.tr("Retry"),
            give_up=self.tr("Discard"),
            readers=readers,
            deleted=self.tr("This message was deleted.") if message.is_deleted else "",
        )

    def _failure(self, slug: str) -> str:
        why = {
            "too_large": self.tr("it is too long"),
            "read_only": self.tr("you may only read here"),
            "permission_denied": self.tr("you may not write here"),
            "feature_disabled": self.tr("chat is switched off on this server"),
            "not_in_room": self.tr("you are not in this session any more"),
            "kicked": self.tr("you were sent out of this session"),
            "revoked": self.tr("you may not be in this session any more"),
            "closed": self.tr("this session was closed"),
            "room_closed": self.tr("this session was closed"),
            "too_many_waiting": self.tr("too many messages wait"),
        }.get(slug)
        return self.tr("Not sent: {why}").format(why=why) if why else self.tr("Not sent")

    def _day(self, row: ChatRow) -> str:
        if row.day is None:
            return ""
        day = QDate(row.day.year, row.day.month, row.day.day)
        ago = day.daysTo(self.today())
        if ago == 0:
            return self.tr("Today")
        if ago == 1:
            return self.tr("Yesterday")
        return QLocale().toString(day, QLocale.FormatType.LongFormat)

    def _paint_lines(self, painter: QPainter, laid: RowLayout) -> None:
        fonts = ChatFonts.of(self._view.font())
        muted, status = self._theme.colours.muted_text, self._theme.status
        border = self._theme.colours.border
        painter.setFont(fonts.small)
        for area, text, colour, line in (
            (laid.day, laid.words.day, muted, border),
            (laid.gap, self.tr("Some messages may be missing"), muted, border),
            (laid.new, self.tr("New"), status.error, status.error),
        ):
            if area.isNull():
                continue
            width_px = painter.fontMetrics().horizontalAdvance(text) + 20
            middle = area.center()
            painter.setPen(QPen(line, 1))
            painter.drawLine(12, middle.y(), middle.x() - width_px // 2, middle.y())
            painter.drawLine(middle.x() + width_px // 2, middle.y(), area.right() - 12, middle.y())
            painter.setPen(colour)
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_back(self, painter: QPainter, laid: RowLayout, *, is_current: bool) -> None:
        colours = self._theme.colours
        if laid.row.is_for_me:
            tint = QColor(colours.highlight)
            tint.setAlpha(_TINT_ALPHA)
            painter.fillRect(laid.body, tint)
            painter.fillRect(QRect(0, laid.body.top(), 3, laid.body.height()), colours.highlight)
        elif self.hovered == laid.row.message.key:
            painter.fillRect(laid.body, colours.alternate_base)
        if is_current:
            painter.setPen(QPen(colours.highlight, 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(laid.body.adjusted(3, 0, -4, -1), _ROUND_PX, _ROUND_PX)

    def _paint_author(self, painter: QPainter, laid: RowLayout) -> None:
        row, fonts = laid.row, ChatFonts.of(self._view.font())
        if not laid.name.isNull():
            message = row.message
            colour = self._colour_of(message.user_id or "")
            name = message.name or self.tr("The server")
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawEllipse(laid.avatar)
            small = QFont(fonts.small)
            small.setBold(True)
            painter.setFont(small)
            painter.setPen(text_colour_on(colour))
            painter.drawText(laid.avatar, Qt.AlignmentFlag.AlignCenter, initials(name))
            when = time_text(message.at_s)
            when_px = QFontMetrics(fonts.small).horizontalAdvance(when)
            painter.setFont(fonts.name)
            painter.setPen(self._theme.colours.text)
            metrics = painter.fontMetrics()
            room_px = max(20, laid.name.width() - when_px - 8)
            shown = metrics.elidedText(name, Qt.TextElideMode.ElideRight, room_px)
            _draw(painter, laid.name, shown)
            painter.setFont(fonts.small)
            painter.setPen(self._theme.colours.muted_text)
            at_px = metrics.horizontalAdvance(shown) + 8
            _draw(painter, laid.name.adjusted(at_px, 1, 0, 1), when)
        if not laid.quote.isNull():
            self._paint_quote(painter, laid, fonts)

    def _paint_quote(self, painter: QPainter, laid: RowLayout, fonts: ChatFonts) -> None:
        bar = QRect(laid.quote.left(), laid.quote.top(), 3, laid.quote.height())
        painter.fillRect(bar, self._theme.colours.border)
        painter.setFont(fonts.small)
        painter.setPen(self._theme.colours.muted_text)
        name = f"{laid.row.quoted_name}: " if laid.row.quoted_name else ""
        area = laid.quote.adjusted(9, 0, 0, 0)
        text = painter.fontMetrics().elidedText(
            f"{name}{laid.row.quoted}", Qt.TextElideMode.ElideRight, area.width()
        )
        _draw(painter, area, text)

    def _paint_text(self, painter: QPainter, laid: RowLayout) -> None:
        colours, message = self._theme.colours, laid.row.message
        colour = QColor(colours.muted_text if laid.words.deleted else colours.text)
        if message.delivery is not Delivery.STORED:
            colour.setAlpha(_MUTED_ALPHA)
        painter.setPen(colour)
        for link in laid.links:
            painter.save()
            painter.setPen(QPen(colours.border, 1))
            painter.setBrush(colours.alternate_base)
            for area in laid.areas_of(link.start, link.end):
                painter.drawRoundedRect(area.adjusted(-2, 0.5, 2, -0.5), _ROUND_PX, _ROUND_PX)
            painter.restore()
        formats = [] if laid.words.deleted else self._formats(laid)
        laid.layout.draw(painter, laid.text_at, formats)

    def _formats(self, laid: RowLayout) -> list[QTextLayout.FormatRange]:
        """Return the colours of links and names in a text."""
        colours, text = self._theme.colours, laid.row.message.text
        formats: list[QTextLayout.FormatRange] = []
        places = [(link.start, link.end, False) for link in laid.links]
        places += [(each.start, each.end, True) for each in laid.mentions]
        for start, end, is_name in places:
            found = QTextLayout.FormatRange()
            first = len(text[:start].encode("utf-16-le")) // 2
            found.start = first  # pyright: ignore[reportAttributeAccessIssue] - not in the stubs
            found.length = len(text[start:end].encode("utf-16-le")) // 2  # pyright: ignore[reportAttributeAccessIssue]
            shown = QTextCharFormat()
            shown.setForeground(colours.link)
            if is_name:
                shown.setFontUnderline(False)
                tint = QColor(colours.link)
                tint.setAlpha(_TINT_ALPHA)
                shown.setBackground(tint)
            found.format = shown  # pyright: ignore[reportAttributeAccessIssue]
            formats.append(found)
        return formats

    def _paint_below(self, painter: QPainter, laid: RowLayout) -> None:
        colours, status = self._theme.colours, self._theme.status
        painter.setFont(ChatFonts.of(self._view.font()).small)
        for emoji, count, is_mine, area in laid.pills:
            painter.setPen(QPen(colours.highlight if is_mine else colours.border, 1))
            tint = QColor(colours.highlight)
            tint.setAlpha(_TINT_ALPHA)
            painter.setBrush(tint if is_mine else colours.alternate_base)
            painter.drawRoundedRect(
                area.adjusted(0, 0, -1, -1), area.height() / 2, area.height() / 2
            )
            painter.setPen(colours.text)
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, f"{emoji} {count}")
        is_failed = laid.row.message.delivery is Delivery.FAILED
        painter.setPen(status.error if is_failed else colours.muted_text)
        for area, text in ((laid.state, laid.words.state), (laid.readers, laid.words.readers)):
            shown = painter.fontMetrics().elidedText(
                text, Qt.TextElideMode.ElideRight, max(40, area.width())
            )
            _draw(painter, area, shown)
        painter.setPen(colours.link)
        if is_failed:
            _draw(painter, laid.retry, laid.words.retry)
            _draw(painter, laid.give_up, laid.words.give_up)

    def _paint_menu(self, painter: QPainter, laid: RowLayout) -> None:
        """Paint the three dots that open a message's menu."""
        painter.setPen(QPen(self._theme.colours.border, 1))
        painter.setBrush(self._theme.colours.base)
        painter.drawRoundedRect(laid.menu, _ROUND_PX, _ROUND_PX)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colours.muted_text)
        middle = laid.menu.center()
        for offset in (-5, 0, 5):
            painter.drawEllipse(middle.x() + offset, middle.y(), 3, 3)


def _draw(painter: QPainter, area: QRect, text: str) -> None:
    if not area.isNull() and text:
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(area, flags | Qt.TextFlag.TextSingleLine, text)
