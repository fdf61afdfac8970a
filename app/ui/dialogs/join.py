"""Joining a session by the link that somebody sent.

Knows no session: it checks the link's form, tells the wish, and shows what came of it. Source:
EDITOR.md (pairing, join).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import (
    QDialogButtonBox,
    QFormLayout,
    QLineEdit,
    QWidget,
)

from app.errors import look_failed_message
from app.ui.dialogs.asking import AskingDialog
from app.ui.dialogs.share import MAX_NAME_CHARS
from app.ui.widgets.invitation_card import InvitationCardView
from app.ui.widgets.plain_text import field_label, plain_paragraph
from collab_server.protocol.errors import InvalidLink
from collab_server.protocol.links import parse_invitation_link

if TYPE_CHECKING:
    from app.model.invitation import InvitationCard, LookFailure
    from app.services.invitations import Invitations

_WIDTH_PX = 480


class JoinDialog(AskingDialog):
    """Asks for a link and a name."""

    join_requested = Signal(str, str)  # the link, this person's name
    look_requested = Signal(str)  # the link

    def __init__(
        self, *, clipboard_text: str = "", name: str = "", parent: QWidget | None = None
    ) -> None:
        """Prepare.

        Args:
            clipboard_text: filled in when it is a link.
            name: filled in.
            parent: Qt's owner.
        """
        super().__init__(title=self.tr("Join"), width_px=_WIDTH_PX, parent=parent)
        self._link = QLineEdit(clipboard_text.strip() if is_link(clipboard_text) else "")
        self._link.setPlaceholderText("codexpro://join/…")
        self._link.setAccessibleName(self.tr("Invitation link"))
        self._name = QLineEdit(name)
        self._name.setMaxLength(MAX_NAME_CHARS)
        form = QFormLayout()
        form.setVerticalSpacing(10)
        form.addRow(field_label(self.tr("&Link"), self._link), self._link)
        form.addRow(field_label(self.tr("Your &name"), self._name), self._name)
        self._card = InvitationCardView()
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self._look = self._buttons.addButton(
            self.tr("Who Is There?"), QDialogButtonBox.ButtonRole.ActionRole
        )
        self._look.clicked.connect(self._on_look_clicked)
        self._join = self._buttons.addButton(
            self.tr("Join"), QDialogButtonBox.ButtonRole.AcceptRole
        )
        self._join.setDefault(True)
        self._buttons.accepted.connect(self._on_accepted)
        self._buttons.rejected.connect(self.reject)
        self._link.textChanged.connect(self._on_text_changed)
        self._link.textChanged.connect(self._card.hide)
        self._name.textChanged.connect(self._on_text_changed)
        layout = self._column(self.tr("Join a session"))
        layout.addWidget(
            plain_paragraph(
                self.tr("Nothing is written to your disk unless you save a copy."), role="muted"
            )
        )
        layout.addLayout(form)
        layout.addWidget(self._card)
        layout.addWidget(self._error)
        layout.addStretch(1)
        layout.addWidget(self._buttons)
        self._is_looking = False
        self._show_what_is_possible()
        (self._name if self._link.text() else self._link).setFocus()

    @property
    def link_text(self) -> str:
        """What stands in the field of the link."""
        return self._link.text()

    @property
    def can_join(self) -> bool:
        """Whether the button may be pressed."""
        return self._join.isEnabled()

    def enter(self, link_text: str, name: str) -> None:
        """Fill in the fields."""
        self._link.setText(link_text)
        self._name.setText(name)

    @property
    def card_text(self) -> str:
        """What the card says; empty while there is none."""
        return self._card.text

    def watch(self, invitations: Invitations) -> None:
        """Show what comes of looking at an invitation."""
        self.look_requested.connect(invitations.look)
        invitations.looked.connect(self.show_card)
        invitations.look_failed.connect(self._on_look_failed)

    @Slot(object)
    def show_card(self, card: InvitationCard) -> None:
        """Say what the invitation opens."""
        self._is_looking = False
        self._card.show_card(card)
        self._show_what_is_possible()
        self.adjustSize()

    @Slot()
    def _on_text_changed(self) -> None:
        self._error.hide()
        self._show_what_is_possible()

    @Slot()
    def _on_look_clicked(self) -> None:
        self._is_looking = True
        self._error.hide()
        self._card.hide()
        self._show_what_is_possible()
        self.look_requested.emit(self._link.text().strip())

    @Slot(object)
    def _on_look_failed(self, failure: LookFailure) -> None:
        self._is_looking = False
        self.show_error(look_failed_message(failure))

    @Slot()
    def _on_accepted(self) -> None:
        if not is_link(self._link.text()):
            self.show_error(
                self.tr(
                    "This is not an invitation link. Copy the whole link, "
                    "beginning with codexpro://join/."
                )
            )
            return
        self._begin()
        self.join_requested.emit(self._link.text().strip(), self._name.text().strip())

    def _show_what_is_possible(self) -> None:
        filled = bool(self._link.text().strip() and self._name.text().strip())
        self._join.setEnabled(filled and not self._is_busy)
        self._join.setText(self.tr("Joining…") if self._is_busy else self.tr("Join"))
        is_idle = not (self._is_busy or self._is_looking)
        self._look.setEnabled(is_link(self._link.text()) and is_idle)
        self._look.setText(self.tr("Asking…") if self._is_looking else self.tr("Who Is There?"))
        for field in (self._link, self._name):
            field.setReadOnly(self._is_busy)


def is_link(text: str) -> bool:
    """Tell whether a text is an invitation link."""
    try:
        parse_invitation_link(text)
    except InvalidLink:
        return False
    return True
