"""Asking for an invitation's link, and what comes of it while the dialog is open.

Knows no session: it tells the wish. Source: EDITOR.md (pairing, join).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication

from app.ui.dialogs.join import JoinDialog

if TYPE_CHECKING:
    from app.services.invitations import Invitations
    from app.ui.main_window import MainWindow


class JoinDesk(QObject):
    """Opens the dialog. Invariant: at most one is open, and what is told of a join goes there."""

    join_requested = Signal(str, str)  # the link, this person's name

    def __init__(
        self, *, window: MainWindow, invitations: Invitations, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._window = window
        self._invitations = invitations
        self._dialog: JoinDialog | None = None

    @property
    def is_asking(self) -> bool:
        """Whether the dialog is open."""
        return self._dialog is not None

    def ask(self, link_text: str, *, name: str) -> None:
        """Ask for a link, unless it is given or on the clipboard, and a name."""
        dialog = JoinDialog(
            clipboard_text=link_text or QGuiApplication.clipboard().text(),
            name=name,
            parent=self._window,
        )
        dialog.join_requested.connect(self.join_requested)
        dialog.watch(self._invitations)
        dialog.finished.connect(self._on_finished)
        self._dialog = dialog
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def accept(self) -> None:
        """Close the dialog, if it is open: it worked."""
        if self._dialog is not None:
            self._dialog.accept()

    def show_error(self, text: str) -> None:
        """Say in the open dialog why it did not work."""
        if self._dialog is not None:
            self._dialog.show_error(text)

    @Slot()
    def _on_finished(self) -> None:
        self._dialog = None
