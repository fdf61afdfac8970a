"""A person signs in to a server in the window, and shares on it."""

from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication, QDialogButtonBox

from app.services.credential_keeper import CredentialKeeper
from app.services.identities import Identities
from app.storage.credentials import KeyringCredentials
from app.ui.dialogs.server import ServerDialog
from app.ui.editor_window import EditorWindow, compose_window
from tests.e2e.conftest import Desk
from tests.eventually import eventually
from tests.support.keyrings import MemoryKeyring
from tests.support.server_process import running_server

pytestmark = pytest.mark.e2e


def open_window(desk: Desk, folder: Path) -> EditorWindow:
    """Open a window of somebody whose keyring works and whose settings are kept."""
    keeper = CredentialKeeper(open_store=lambda: KeyringCredentials(MemoryKeyring()))
    window = compose_window(
        tasks=desk.tasks,
        appearance=desk.appearance,
        hosting=desk.server,
        identities=Identities(keeper, folder / "identities"),
        person="Ada",
        settings=QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat),
    )
    window.show()
    desk.windows.append(window)
    return window


def asked(window: EditorWindow) -> ServerDialog:
    window.window.actions_by_id["session.server"].trigger()
    dialogs = window.window.findChildren(ServerDialog)
    return next(dialog for dialog in dialogs if dialog.isVisible())


async def test_a_person_signs_in_shares_there_and_goes_back_to_this_computer(
    desk: Desk, tmp_path: Path
) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    with running_server(folder) as server:
        window = open_window(desk, tmp_path)
        dialog = asked(window)
        dialog.enter(server.url, "nonsense")
        dialog.findChildren(QDialogButtonBox)[0].accepted.emit()
        await eventually(lambda: "does not know this token" in dialog.error_text, what="a refusal")

        secret = server.token("7")
        dialog.enter(server.url, secret)
        dialog.findChildren(QDialogButtonBox)[0].accepted.emit()
        await eventually(lambda: window.server.server == server.url, what="a sign-in")
        assert window.window.banner.message.startswith("Signed in")
        window.share()
        await eventually(lambda: window.link_text != "", what="an invitation")
        assert f":{server.port}/" in window.link_text

        window.window.actions_by_id["session.server"].trigger()
        assert "Leave the session first" in window.window.banner.message
        window.leave()
        await eventually(lambda: not window.is_in_session, what="the session's end")
        later = open_window(desk, tmp_path)
        assert later.server.server == server.url
        again = asked(window)
        again.choose_own()
        again.findChildren(QDialogButtonBox)[0].accepted.emit()
        assert window.server.server == ""

        QApplication.clipboard().clear()
        window.share()
        await eventually(lambda: window.link_text != "", what="another invitation")
        assert f":{server.port}/" not in window.link_text
        assert secret not in (tmp_path / "settings.ini").read_text()
        for opened in (window, later):
            await opened.close()
            desk.windows.remove(opened)
