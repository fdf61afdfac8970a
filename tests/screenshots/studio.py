"""A window to take pictures of, its folder, and who is in the pictures."""

import shutil
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from PySide6.QtWidgets import QWidget

from app.model.participants import Participant
from app.model.workspace import Workspace
from app.paths import resources_dir
from app.storage.workspace_store import WorkspaceStore
from app.tasks import TaskOwner
from app.ui.editor.syntax_process import SyntaxProcess
from app.ui.editor_window import EditorWindow, compose_window
from app.ui.theme import Appearance
from app.ui.workspace_keeper import WorkspaceKeeper

PEOPLE = (
    Participant("c1", "u1", "Ada Lovelace", "#0072b2", is_self=True),
    Participant("c2", "u2", "Grace Hopper", "#b34a00"),
    Participant("c3", "u3", "李 雷", "#007a5a"),
)

Show = Callable[["Studio"], Awaitable[QWidget]]


class Studio:
    """A window with a folder to take pictures of."""

    def __init__(self, appearance: Appearance, syntax: SyntaxProcess, folder: Path) -> None:
        self.tasks = TaskOwner()
        self.appearance = appearance
        self.folder = folder
        store = WorkspaceStore(folder.parent / "session.json")
        recent = Workspace().with_file(str(folder / "src" / "hello.py"))
        store.save(recent.with_file(str(folder / "notes.md")).with_folder(str(folder)))
        self.window: EditorWindow = compose_window(
            tasks=self.tasks,
            appearance=appearance,
            syntax=syntax,
            person="Ada Lovelace",
            keeper=WorkspaceKeeper(store),
        )
        self.window.show()

    def trigger(self, action_id: str) -> None:
        self.window.window.actions_by_id[action_id].trigger()

    def dialog(self, kind: type[QWidget]) -> QWidget:
        return self.window.window.findChildren(kind)[-1]

    async def close(self) -> None:
        await self.window.close()
        await self.tasks.stop()


def new_folder() -> Path:
    """Return a fresh folder with a few files."""
    folder = Path(tempfile.mkdtemp(prefix="codexpro-pictures-")) / "greeting"
    (folder / "src").mkdir(parents=True)
    (folder / "build").mkdir()
    shutil.copy(resources_dir() / "sample" / "hello.py", folder / "src" / "hello.py")
    (folder / "src" / "util.js").write_text("export const half = (x) => x / 2;\n")
    (folder / "notes.md").write_text("# Notes\n\nSay hello to everybody.\n")
    (folder / ".gitignore").write_text("build/\n")
    return folder
