"""Which server a window shares on, and signing in to it.

Knows no socket: `SignIns` tries a token. The server's address is in the settings, its token in the
keyring. Source: issue "it keeps what you type", sign-in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Slot

from app.errors import sign_in_message
from app.model.server_address import host_of
from app.services.chosen_server import ChosenServer
from app.services.sign_in import SignInFailed
from app.ui.dialogs.server import ServerDialog
from app.ui.widgets.banner import Tone

if TYPE_CHECKING:
    import asyncio

    from PySide6.QtCore import QSettings

    from app.services.chosen_server import SharingServer
    from app.services.collaboration import Collaboration
    from app.services.sign_in import SignIns
    from app.tasks import TaskOwner
    from app.ui.main_window import MainWindow
    from app.ui.session_desk import SessionDesk

_SETTING = "server/address"


class ServerDesk(QObject):
    """A window's choice of a server.

    Invariant: the choice changes between sessions only, and only to a server that took the token.
    """

    def __init__(
        self,
        *,
        window: MainWindow,
        session: SessionDesk,
        collaboration: Collaboration,
        own: SharingServer | None,
        sign_ins: SignIns | None,
        tasks: TaskOwner,
        settings: QSettings | None,
        parent: QObject | None = None,
    ) -> None:
        """Take up the choice of last time.

        Args:
            window: above which the dialog opens.
            session: the window's.
            collaboration: shares on what is chosen.
            own: the server without a choice; None: the window only joins.
            sign_ins: try and keep tokens; None: there is no choice.
            tasks: owns what runs.
            settings: where the choice is kept; None: nowhere.
            parent: Qt's owner.
        """
        super().__init__(parent)
        self._window = window
        self._session = session
        self._collaboration = collaboration
        self._own = own
        self._sign_ins = sign_ins
        self._tasks = tasks
        self._settings = settings
        self._server = ""  # empty: one's own
        self._dialog: ServerDialog | None = None
        self._trial: asyncio.Task[None] | None = None
        named = own if isinstance(own, ChosenServer) else None  # on the command line
        has_choice = sign_ins is not None and (named is None or not named.token)
        window.actions_by_id["session.server"].setEnabled(has_choice)
        kept = settings.value(_SETTING) if settings is not None else None
        if named is not None:
            self._server = named.socket_url
        elif has_choice and isinstance(kept, str) and kept:
            self._choose(kept)

    @property
    def server(self) -> str:
        """Where sessions of one's own connect; empty: to a server of this editor's."""
        return self._server

    def ask(self) -> None:
        """Ask where to share; not while something is shared."""
        if self._session.is_in_session:
            self._window.banner.show_message(
                self.tr("Leave the session first: what is shared stays on its server.")
            )
            return
        dialog = ServerDialog(server=self._server, parent=self._window)
        dialog.own_requested.connect(self._on_own_requested)
        dialog.sign_in_requested.connect(self._on_sign_in_requested)
        dialog.sign_out_requested.connect(self._on_sign_out_requested)
        dialog.join_requested.connect(self._session.ask_to_join)
        dialog.finished.connect(self._on_dialog_finished)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._dialog = dialog
        dialog.open()

    @Slot()
    def _on_own_requested(self) -> None:
        self._choose("")

    @Slot(str, str)
    def _on_sign_in_requested(self, server: str, token: str) -> None:
        self._trial = self._tasks.start(self._sign_in(server, token), name="sign in")

    @Slot()
    def _on_sign_out_requested(self) -> None:
        server = self._server
        self._choose("")
        if self._sign_ins is not None:
            self._tasks.start(self._sign_ins.sign_out(server), name="sign out")

    @Slot()
    def _on_dialog_finished(self) -> None:
        self._dialog = None
        if self._trial is not None:
            self._trial.cancel()

    def _choose(self, server: str) -> None:
        self._server = server
        if self._settings is not None:
            self._settings.setValue(_SETTING, server)
        hosting = ChosenServer(server) if server else self._own
        if hosting is not None:
            self._collaboration.share_on(hosting)

    async def _sign_in(self, server: str, token: str) -> None:
        assert self._sign_ins is not None
        try:
            kept = await self._sign_ins.sign_in(server, token)
        except SignInFailed as error:
            if self._dialog is not None:
                self._dialog.show_error(sign_in_message(error))
            return
        self._trial = None  # the dialog's end must not stop what is left to do
        self._choose(kept.server)
        if self._dialog is not None:
            self._dialog.accept()
        text = self.tr("Signed in: texts are shared on {host} from now on.")
        if not kept.is_lasting:
            text += self.tr(
                " This system has no keyring to trust, so the sign-in is forgotten when the "
                "editor ends."
            )
        tone = Tone.GOOD if kept.is_lasting else Tone.NOTICE
        self._window.banner.show_message(text.format(host=host_of(kept.server)), tone=tone)
