"""Where texts are shared: on this computer, or on a server that one signs in to.

Knows no session and no keyring: it checks the form of what is entered, tells the wish, and shows
what came of it. Source: EDITOR.md (pairing, start); issue "it keeps what you type", sign-in.
"""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QDialogButtonBox,
    QFormLayout,
    QLineEdit,
    QWidget,
)

from app.model.server_address import InvalidAddress, host_of, socket_url_of
from app.ui.dialogs.asking import AskingDialog
from app.ui.dialogs.join import is_link
from app.ui.widgets.plain_text import field_label, plain_paragraph

_WIDTH_PX = 480


class ServerDialog(AskingDialog):
    """Asks for a server and a token.

    Invariant: a token is shown to nobody: what was kept does not come back into the field.
    """

    own_requested = Signal()  # share on this computer
    sign_in_requested = Signal(str, str)  # where a session connects; the token
    sign_out_requested = Signal()
    join_requested = Signal(str)  # what was given as a token is an invitation link

    def __init__(self, *, server: str = "", parent: QWidget | None = None) -> None:
        """Prepare.

        Args:
            server: the one that is signed in to; empty: this computer.
            parent: Qt's owner.
        """
        super().__init__(title=self.tr("Choose Server"), width_px=_WIDTH_PX, parent=parent)
        self._server = server
        self._place = QComboBox()
        self._place.addItem(self.tr("this computer"), False)
        self._place.addItem(self.tr("a server by its address"), True)
        self._address = QLineEdit(server)
        self._address.setPlaceholderText("wss://collab.example.org/ws")
        self._token = QLineEdit()
        self._token.setEchoMode(QLineEdit.EchoMode.Password)
        self._token.setPlaceholderText(
            self.tr("Signed in; another one replaces it") if server else ""
        )
        self._explanation = plain_paragraph(role="muted")
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self._accept = self._buttons.addButton("", QDialogButtonBox.ButtonRole.AcceptRole)
        self._accept.setDefault(True)
        self._sign_out = self._buttons.addButton(
            self.tr("Sign Out"), QDialogButtonBox.ButtonRole.ResetRole
        )
        self._sign_out.setVisible(bool(server))
        self._lay_out()
        self._connect()
        self._place.setCurrentIndex(self._place.findData(bool(server)))
        self._show_what_is_possible()

    @property
    def can_accept(self) -> bool:
        """Whether the button may be pressed."""
        return self._accept.isEnabled()

    @property
    def button_text(self) -> str:
        """What the button would do."""
        return self._accept.text().replace("&", "")

    def enter(self, address: str, token: str) -> None:
        """Choose a server and fill in the fields."""
        self._place.setCurrentIndex(self._place.findData(True))
        self._address.setText(address)
        self._token.setText(token)

    def choose_own(self) -> None:
        """Choose this computer."""
        self._place.setCurrentIndex(self._place.findData(False))

    @Slot()
    def _on_changed(self) -> None:
        self._error.hide()
        self._show_what_is_possible()

    @Slot()
    def _on_accepted(self) -> None:
        if not self._place.currentData():
            self.own_requested.emit()
            self.accept()
        elif self._invitation:
            self.join_requested.emit(self._invitation)
            self.accept()
        else:
            self._sign_in()

    @Slot()
    def _on_sign_out_clicked(self) -> None:
        self.sign_out_requested.emit()
        self.accept()

    @property
    def _invitation(self) -> str:
        """An invitation link in one of the fields; empty for none."""
        texts = (field.text().strip() for field in (self._token, self._address))
        return next((text for text in texts if is_link(text)), "")

    def _sign_in(self) -> None:
        try:
            server = socket_url_of(self._address.text())
        except InvalidAddress:
            self.show_error(
                self.tr("This is not the address of a server, such as wss://collab.example.org/ws.")
            )
            return
        self._begin()
        self.sign_in_requested.emit(server, self._token.text().strip())

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setVerticalSpacing(10)
        form.addRow(field_label(self.tr("Share &on"), self._place), self._place)
        form.addRow(field_label(self.tr("&Address"), self._address), self._address)
        form.addRow(field_label(self.tr("&Token"), self._token), self._token)
        self._form = form
        layout = self._column(self.tr("Where texts are shared"))
        layout.addLayout(form)
        layout.addWidget(self._explanation)
        layout.addWidget(self._error)
        layout.addStretch(1)
        layout.addWidget(self._buttons)

    def _connect(self) -> None:
        self._buttons.accepted.connect(self._on_accepted)
        self._buttons.rejected.connect(self.reject)
        self._sign_out.clicked.connect(self._on_sign_out_clicked)
        self._place.currentIndexChanged.connect(self._on_changed)
        self._address.textChanged.connect(self._on_changed)
        self._token.textChanged.connect(self._on_changed)

    def _show_what_is_possible(self) -> None:
        is_elsewhere = bool(self._place.currentData())
        is_filled = bool(self._address.text().strip() and self._token.text().strip())
        is_possible = not is_elsewhere or is_filled or bool(self._invitation)
        self._accept.setEnabled(is_possible and not self._is_busy)
        self._accept.setText(self._verb(is_elsewhere=is_elsewhere))
        for row in (self._address, self._token):
            self._form.setRowVisible(row, is_elsewhere)
            row.setReadOnly(self._is_busy)
        self._place.setEnabled(not self._is_busy)
        self._sign_out.setEnabled(not self._is_busy)
        self._explanation.setText(self._what_it_means(is_elsewhere=is_elsewhere))

    def _verb(self, *, is_elsewhere: bool) -> str:
        if not is_elsewhere:
            return self.tr("Use This Computer")
        if self._invitation:
            return self.tr("Join…")
        return self.tr("Signing In…") if self._is_busy else self.tr("Sign In")

    def _what_it_means(self, *, is_elsewhere: bool) -> str:
        if not is_elsewhere:
            return self.tr(
                "The editor starts a server of its own, which programs on this computer reach."
            )
        if self._invitation:
            return self.tr("This is an invitation: with it you join a session of somebody else's.")
        if self._server and not self._token.text():
            return self.tr("You are signed in to {host}.").format(host=host_of(self._server))
        return self.tr(
            "The server's operator gives you the token. It is kept in the system's keyring and "
            "never in a file."
        )
