"""The app of `driven_app`: composed as `app.main` does, with two differences.

Commands come by standard input, and secrets are in a file of the test's instead of a keyring, so
that they outlive the process as a keyring's do. Each command is a JSON list, and is answered by one
JSON line; `type` tells each key once the editor has it.
"""

import asyncio
import json
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSettings
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

import qasync  # after PySide6, whose binding it looks for  # isort: skip

from app.demo import press
from app.main import Application
from app.services.chosen_server import ChosenServer
from app.services.credential_keeper import CredentialKeeper
from app.storage.workspace_store import WorkspaceStore
from app.ui.dialogs.unsaved import Choice, UnsavedDialog


class FileSecrets:
    """What a keyring is to an app: it outlives it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def get(self, name: str) -> str | None:
        return self._all().get(name)

    def put(self, name: str, secret: str) -> None:
        self._write(self._all() | {name: secret})

    def remove(self, name: str) -> None:
        self._write({key: value for key, value in self._all().items() if key != name})

    def _all(self) -> dict[str, str]:
        return json.loads(self._path.read_text()) if self._path.exists() else {}

    def _write(self, secrets: dict[str, str]) -> None:
        new = self._path.with_suffix(".new")
        new.write_text(json.dumps(secrets))
        new.replace(self._path)


class Driver:
    """Does in the app what the test says."""

    def __init__(self, app: Application) -> None:
        self._app = app
        self._loop = asyncio.get_running_loop()
        self._commands: asyncio.Queue[list[Any]] = asyncio.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    async def run(self) -> None:
        while True:
            await self._obey(await self._commands.get())

    def _read(self) -> None:
        """Read in a thread: qasync cannot wait for a pipe."""
        for line in sys.stdin:
            self._loop.call_soon_threadsafe(self._commands.put_nowait, json.loads(line))

    async def _obey(self, command: list[Any]) -> None:
        window = self._app.windows[-1]
        match command:
            case ["type", text]:
                for char in text:
                    press(window, char)
                    say(char)
                    await asyncio.sleep(0)
                return
            case ["open", path]:
                answer = window.open_file(Path(path))
            case ["share"]:
                answer = window.share("Ada")
            case ["join", link]:
                answer = window.join(link, "Grace")
            case ["copy"]:
                window.editor.selectAll()
                window.editor.copy()
                answer = QGuiApplication.clipboard().text()
            case ["say", text]:
                answer = window.collaboration.chat.can_write
                window.collaboration.chat.post(text)
            case ["chat"]:
                answer = [
                    [row.payload, row.id > 0] for row in window.collaboration.chat.conversation.rows
                ]
            case ["save"]:
                answer = window.save()
            case ["close"]:
                answer = window.request_close()
            case ["choose", choice]:
                dialog = window.window.findChild(UnsavedDialog)
                answer = dialog is not None
                if dialog is not None:
                    dialog.press(Choice(choice))
            case ["texts"]:
                texts = [text for window in self._app.windows for text in window.tabs.texts]
                answer = [[text.name, text.replica.text, text.is_modified] for text in texts]
            case ["state"]:
                answer = self._state()
            case _:
                raise AssertionError(command)
        say(answer)

    def _state(self) -> dict[str, object]:
        window = self._app.windows[-1]
        return {
            "text": window.text,
            "widget": window.editor.toPlainText(),
            "document": window.document_name,
            "link": window.collaboration.link.phase.value,
            "invitation": window.link_text,
            "save": window.save_state.phase.value,
            "waiting": window.save_state.unsaved,
            "banner": window.front.banner.message or window.window.banner.message,
        }


def say(answer: object) -> None:
    print(json.dumps(answer), flush=True)


async def run(application: QApplication, folder: Path) -> None:
    url, token = os.environ["CODEXPRO_TEST_SERVER"], os.environ["CODEXPRO_TEST_TOKEN"]
    app = Application(
        application,
        settings=QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat),
        server=ChosenServer(url, token) if url else None,
        store=WorkspaceStore(folder / "session.json"),
        credentials=CredentialKeeper(open_store=lambda: FileSecrets(folder / "secrets.json")),
    )
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, app.quit_now)
    app.restore()
    app.recover()
    if not any(window.tabs.texts for window in app.windows):
        app.windows[-1].files.new_file()
    app.tasks.start(Driver(app).run(), name="driver")
    say("ready")
    await app.over.wait()
    await app.tasks.stop()
    app.stop()


def main() -> None:
    application = QApplication(sys.argv[:1])
    application.setQuitOnLastWindowClosed(False)
    qasync.run(run(application, Path(sys.argv[1])))


if __name__ == "__main__":
    main()
