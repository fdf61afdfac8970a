import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest
from PySide6.QtWidgets import QApplication

from app.services.hosting import EmbeddedServer
from app.services.journals import Journals
from app.tasks import TaskOwner
from app.ui.editor.syntax_process import SyntaxProcess
from app.ui.editor_window import EditorWindow, compose_window
from app.ui.theme import Appearance, ThemeChoice
from tests.eventually import eventually


@dataclass
class Desk:
    """Windows of one process and the server they share."""

    server: EmbeddedServer
    tasks: TaskOwner
    appearance: Appearance
    database: Path
    syntax: SyntaxProcess = field(default_factory=SyntaxProcess)
    windows: list[EditorWindow] = field(default_factory=list)
    journals: Journals | None = None  # of windows that are opened from now on

    def open_window(self, person: str, *, is_host: bool = False) -> EditorWindow:
        window = compose_window(
            tasks=self.tasks,
            appearance=self.appearance,
            hosting=self.server if is_host else None,
            syntax=self.syntax,
            person=person,
            journals=self.journals,
        )
        window.show()
        self.windows.append(window)
        return window

    async def pair(self, path: Path) -> tuple[EditorWindow, EditorWindow]:
        """Open a file in one window, share it, and join in another."""
        ada = self.open_window("Ada", is_host=True)
        assert ada.open_file(path)
        ada.share()
        await eventually(lambda: ada.link_text != "", timeout_s=60, what="an invitation")
        grace = self.open_window("Grace")
        grace.join(ada.link_text)
        await eventually(
            lambda: grace.document_name != "" and grace.text == ada.text, what="the shared text"
        )
        return ada, grace

    async def close(self) -> None:
        # The guests first: the host's end is the server's.
        while self.windows:
            await self.windows.pop().close()
        await self.server.stop()
        self.syntax.stop()
        await self.tasks.stop()


@pytest.fixture
async def desk(qapp: QApplication, tmp_path: Path) -> AsyncIterator[Desk]:
    tasks = TaskOwner()
    database = tmp_path / "collab.db"
    server = EmbeddedServer(database=database, tasks=tasks)
    desk = Desk(server, tasks, Appearance(qapp, choice=ThemeChoice.LIGHT), database)
    yield desk
    await desk.close()
    assert tasks.running == ()
    assert [widget for widget in qapp.topLevelWidgets() if widget.isVisible()] == []
    assert [
        command for command in child_commands() if {"collab_server", "app.syntax"} & command
    ] == []


def child_commands() -> list[set[str]]:
    """Return the arguments of each process below this one that has not ended."""
    commands: list[set[str]] = []
    for child in psutil.Process().children(recursive=True):
        # A zombie is another library's, and has ended.
        with contextlib.suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
            commands.append(set(child.cmdline()))
    return commands
