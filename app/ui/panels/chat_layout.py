"""Where the parts of a message are in its row: measured once, painted and clicked by the same.

Texts come from others and are laid out character by character, never as rich text. Knows no model
and paints nothing. Source: EDITOR.md (chat).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetrics, QTextLayout, QTextOption

from app.model.room_messages import Delivery

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.model.chat_rows import ChatRow
    from app.model.code_links import CodeLink
    from app.model.mentions import Mention

SIDE_PX = 12
AVATAR_PX = 26
TEXT_LEFT_PX = SIDE_PX + AVATAR_PX + 10
PILL_PX = 22
DAY_PX = 34
LINE_PX = 24
MOST_LINES = 400
"""Of one message; the rest is cut, and copying takes all."""


@dataclass(frozen=True, slots=True)
class ChatFonts:
    """The sizes of a message."""

    text: QFont
    name: QFont
    small: QFont

    @classmethod
    def of(cls, font: QFont) -> ChatFonts:
        """Return the fonts that go with a widget's."""
        name, small = QFont(font), QFont(font)
        name.setBold(True)
        small.setPointSizeF(font.pointSizeF() * 0.86)
        return cls(QFont(font), name, small)


@dataclass(frozen=True, slots=True)
class Hit:
    """What is at a place: one of these, or nothing."""

    link: CodeLink | None = None
    reaction: str = ""
    quote_of: int = 0  # the message that is answered
    action: str = ""  # `retry`, `give_up` or `menu`


@dataclass(frozen=True, slots=True)
class Words:
    """What stands in a row besides what is said."""

    day: str = ""
    state: str = ""  # how an own message is on its way, or that it was edited
    retry: str = ""
    give_up: str = ""
    readers: str = ""
    deleted: str = ""  # instead of the text


class RowLayout:
    """One row at one width. Invariant: nothing of it changes once it is made."""

    def __init__(
        self,
        row: ChatRow,
        *,
        width_px: int,
        fonts: ChatFonts,
        words: Words,
        links: Sequence[CodeLink] = (),
        mentions: Sequence[Mention] = (),
        is_last: bool = False,
    ) -> None:
        """Measure a row.

        Args:
            row: the message and what stands around it.
            width_px: of the view.
            fonts: the sizes.
            words: what is said besides.
            links: the places in the message's text.
            mentions: the names in it.
            is_last: whether nothing stands below.
        """
        self.row, self.words, self.links = row, words, tuple(links)
        self.mentions = tuple(mentions)
        self.width_px, self.is_last = width_px, is_last
        self._fonts = fonts
        text, name = QFontMetrics(fonts.text), QFontMetrics(fonts.name)
        small = QFontMetrics(fonts.small)
        self.day = self.new = self.gap = self.avatar = self.name = self.quote = QRect()
        self.state = self.readers = self.retry = self.give_up = QRect()
        self.pills: list[tuple[str, int, bool, QRect]] = []  # emoji, how many, mine, where
        y = self._put_lines(row, words)
        y += 8 if row.is_first else 2
        inner_px = max(40, width_px - TEXT_LEFT_PX - SIDE_PX)
        self.body_top_px = y
        if row.is_first:
            self.avatar = QRect(SIDE_PX, y, AVATAR_PX, AVATAR_PX)
            self.name = QRect(TEXT_LEFT_PX, y, inner_px, name.height())
            y += name.height() + 2
        if row.quoted:
            self.quote = QRect(TEXT_LEFT_PX, y, inner_px, small.height() + 4)
            y += self.quote.height() + 3
        self.text_at = QPointF(TEXT_LEFT_PX, y)
        self.layout = self._laid_out(inner_px)
        y += max(text.height(), round(self.layout.boundingRect().height()))
        y = self._put_pills(y, inner_px, small)
        y = self._put_state(y, inner_px, small)
        if row.is_first:
            y = max(y, self.avatar.bottom())
        self.body = QRect(0, self.body_top_px - 3, width_px, y - self.body_top_px + 6)
        self.height_px = y + 4 + (6 if is_last else 0)
        self.menu = QRect(width_px - SIDE_PX - 26, self.body_top_px - 2, 26, 20)

    def hit(self, at: QPointF) -> Hit:
        """Return what is at a place of the row."""
        point = at.toPoint()
        for emoji, _, _, area in self.pills:
            if area.contains(point):
                return Hit(reaction=emoji)
        actions = (("menu", self.menu), ("retry", self.retry), ("give_up", self.give_up))
        for action, area in actions:
            if area.contains(point):
                return Hit(action=action)
        if self.quote.contains(point):
            return Hit(quote_of=self.row.message.reply_to or 0)
        for link in self.links:
            if any(area.contains(at) for area in self.areas_of(link.start, link.end)):
                return Hit(link=link)
        return Hit()

    def areas_of(self, start: int, end: int) -> list[QRectF]:
        """Return where a part of the text is, a rectangle a line.

        Args:
            start: in code points of the message's text.
            end: after `start`.
        """
        text = self.row.message.text
        first, last = _utf16(text, start), _utf16(text, end)
        areas: list[QRectF] = []
        for number in range(self.layout.lineCount()):
            line = self.layout.lineAt(number)
            left, right = (
                max(first, line.textStart()),
                min(last, line.textStart() + line.textLength()),
            )
            if left < right:
                ends = sorted([_x(line.cursorToX(left)), _x(line.cursorToX(right))])
                areas.append(
                    QRectF(ends[0], line.y(), ends[1] - ends[0], line.height()).translated(
                        self.text_at
                    )
                )
        return areas

    def _put_lines(self, row: ChatRow, words: Words) -> int:
        """Put what stands above a message; return where it ends."""
        y = 0
        if words.day:
            self.day = QRect(0, y, self.width_px, DAY_PX)
            y += DAY_PX
        if row.is_after_gap:
            self.gap = QRect(0, y, self.width_px, LINE_PX)
            y += LINE_PX
        if row.is_first_new:
            self.new = QRect(0, y, self.width_px, LINE_PX)
            y += LINE_PX
        return y

    def _laid_out(self, inner_px: int) -> QTextLayout:
        shown = self.words.deleted or self.row.message.text
        font = QFont(self._fonts.text)
        font.setItalic(bool(self.words.deleted))
        layout = QTextLayout(shown.replace("\n", "\u2028"), font)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        option.setTextDirection(Qt.LayoutDirection.LayoutDirectionAuto)
        layout.setTextOption(option)
        layout.setCacheEnabled(True)
        layout.beginLayout()
        y = 0.0
        for _ in range(MOST_LINES):
            line = layout.createLine()
            if not line.isValid():
                break
            line.setLineWidth(inner_px)
            line.setPosition(QPointF(0, y))
            y += line.height()
        layout.endLayout()
        return layout

    def _put_pills(self, y: int, inner_px: int, small: QFontMetrics) -> int:
        reactions = self.row.message.reactions
        if not reactions:
            return y
        x, top = TEXT_LEFT_PX, y + 4
        for emoji, users in reactions.items():
            width_px = min(inner_px, small.horizontalAdvance(f"{emoji} {len(users)}") + 16)
            if x > TEXT_LEFT_PX and x + width_px > TEXT_LEFT_PX + inner_px:
                x, top = TEXT_LEFT_PX, top + PILL_PX + 4
            is_mine = emoji in self.row.my_reactions
            self.pills.append((emoji, len(users), is_mine, QRect(x, top, width_px, PILL_PX)))
            x += width_px + 4
        return top + PILL_PX

    def _put_state(self, y: int, inner_px: int, small: QFontMetrics) -> int:
        words, height_px = self.words, small.height()
        if words.state:
            width_px = min(inner_px, small.horizontalAdvance(words.state) + 4)
            self.state = QRect(TEXT_LEFT_PX, y + 2, width_px, height_px)
            y += height_px + 2
        if self.row.message.delivery is Delivery.FAILED:
            retry_px = small.horizontalAdvance(words.retry) + 4
            self.retry = QRect(TEXT_LEFT_PX, y + 2, retry_px, height_px + 2)
            give_up_px = small.horizontalAdvance(words.give_up) + 4
            self.give_up = QRect(TEXT_LEFT_PX + retry_px + 14, y + 2, give_up_px, height_px + 2)
            y += height_px + 4
        if words.readers:
            self.readers = QRect(TEXT_LEFT_PX, y + 2, inner_px, height_px)
            y += height_px + 2
        return y


def _utf16(text: str, at: int) -> int:
    return len(text[:at].encode("utf-16-le", "surrogatepass")) // 2


def _x(found: object) -> float:
    """Return the place on the line: the binding gives it with the position, or alone."""
    return float(found[0] if isinstance(found, tuple) else found)  # pyright: ignore[reportArgumentType, reportUnknownArgumentType]
