"""A card that says what an invitation opens, before one joins.

Knows no session. What a server says is shown as plain text. Source: EDITOR.md (pairing, join).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from app.model.invitation import hours_and_minutes
from app.ui.widgets.plain_text import plain_paragraph

if TYPE_CHECKING:
    from app.model.invitation import InvitationCard

_MOST_NAMES = 5
_MOST_NAME_CHARACTERS = 40


class InvitationCardView(QFrame):
    """The card, hidden until there is something to say."""

    def __init__(self, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self._who = plain_paragraph()
        self._what = plain_paragraph(role="muted")
        inside = QVBoxLayout(self)
        inside.setContentsMargins(14, 12, 14, 12)
        inside.setSpacing(4)
        inside.addWidget(self._who)
        inside.addWidget(self._what)
        self.hide()

    @property
    def text(self) -> str:
        """What it says; empty while it is hidden."""
        return "" if self.isHidden() else f"{self._who.text()}\n{self._what.text()}"

    def show_card(self, card: InvitationCard) -> None:
        """Say who is there, what one may do, and for how long the link is good."""
        self._who.setText(self._who_of(card))
        may = (
            self.tr("You may read and change what is shared.")
            if card.may_write
            else self.tr("You may read what is shared, and not change it.")
        )
        hours, minutes = hours_and_minutes(card.ends_in_s)
        good = (
            self.tr("The link is good for {hours} h {minutes} min.")
            if hours
            else self.tr("The link is good for {minutes} min.")
        ).format(hours=hours, minutes=minutes)
        at = self.tr("The text stays on the server at {server}.").format(server=card.server)
        self._what.setText(f"{may} {good} {at}")
        self.show()

    def _who_of(self, card: InvitationCard) -> str:
        others = [name[:_MOST_NAME_CHARACTERS] for name in card.others if name]
        names = ", ".join(others[:_MOST_NAMES])
        if len(others) > _MOST_NAMES:
            count = len(others) - _MOST_NAMES
            names = self.tr("{names} and {count} more").format(names=names, count=count)
        host = card.host[:_MOST_NAME_CHARACTERS]
        if host and names:
            return self.tr("{host} invites you. Also there: {names}.").format(
                host=host, names=names
            )
        if host:
            return self.tr("{host} invites you, and is there alone.").format(host=host)
        if names:
            return self.tr("Who invited you is away. There now: {names}.").format(names=names)
        return self.tr("Nobody is there just now.")
