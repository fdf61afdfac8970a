"""Pictures of the windows, to be looked at: python -m tests.screenshots DIR."""

import asyncio
import os
import sys
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication, QWidget

import qasync  # after PySide6, whose binding it looks for  # isort: skip

from app.model.connection import Link, LinkPhase, SavePhase, SaveState
from app.model.notices import Notice, NoticeKind
from app.model.participants import Participant, RemoteCaret
from app.paths import resources_dir
from app.tasks import TaskOwner
from app.ui.dialogs.join import JoinDialog
from app.ui.dialogs.share import ShareDialog
from app.ui.dialogs.unsaved import UnsavedDialog
from app.ui.editor.syntax_process import SyntaxProcess
from app.ui.editor_window import EditorWindow, compose_window
from app.ui.theme import Appearance, ThemeChoice

COLOURS_S = 0.6
PEOPLE = (
    Participant("c1", "u1", "Ada Lovelace", "#0072b2", is_self=True),
    Participant("c2", "u2", "Grace Hopper", "#b34a00"),
    Participant("c3", "u3", "李 雷", "#007a5a"),
)


def go_live(window: EditorWindow) -> None:
    """Show a session without having one."""
    session = window.collaboration
    session.link_changed.emit(Link(LinkPhase.LIVE))
    window.window.show_session(is_starting=False, is_shared=True)
    session.save_state_changed.emit(SaveState(SavePhase.SAVED))
    session.participants_changed.emit(PEOPLE)
    at = window.text.index("class Greeting")
    end = window.text.index("return f")
    window.editor.set_remote_carets(
        [
            RemoteCaret(2, "u2", "Grace Hopper", "#b34a00", at, at + 80),
            RemoteCaret(3, "u3", "李 雷", "#007a5a", end, end),
        ]
    )


def go_offline(window: EditorWindow) -> None:
    """Show a session that lost its server."""
    session = window.collaboration
    session.link_changed.emit(Link(LinkPhase.OFFLINE, retry_at_s=1.0))
    session.save_state_changed.emit(SaveState(SavePhase.WAITING, 12))
    session.notice_raised.emit(Notice(NoticeKind.SERVER_GOES))
    window.window.show_session(is_starting=False, is_shared=True)


def say_closed(window: EditorWindow) -> None:
    """Show trouble."""
    window.collaboration.notice_raised.emit(Notice(NoticeKind.CANNOT_SYNC))


def top_dialog(window: EditorWindow, kind: type[QWidget]) -> QWidget:
    """Return the newest dialog of a kind."""
    return window.window.findChildren(kind)[-1]


async def picture(widget: QWidget, folder: Path, name: str) -> None:
    """Wait until the colours are there, and save a picture."""
    await asyncio.sleep(COLOURS_S)
    widget.grab().save(str(folder / f"{name}.png"))


async def take(application: QApplication, folder: Path) -> None:
    """Take all pictures."""
    tasks = TaskOwner()
    appearance = Appearance(application, choice=ThemeChoice.LIGHT)
    syntax = SyntaxProcess()
    for choice in (ThemeChoice.LIGHT, ThemeChoice.DARK):
        appearance.choose(choice)
        window = compose_window(
            tasks=tasks, appearance=appearance, syntax=syntax, person="Ada Lovelace"
        )
        window.show()
        window.open_file(resources_dir() / "sample" / "hello.py")
        await picture(window.window, folder, f"{choice.value}-1-window")
        window.window.share_requested.emit()
        await picture(top_dialog(window, ShareDialog), folder, f"{choice.value}-2-share")
        top_dialog(window, ShareDialog).close()
        window.ask_to_join("codexpro://join/127.0.0.1:8080/abcdefghijklmnopqrst")
        join = top_dialog(window, JoinDialog)
        await picture(join, folder, f"{choice.value}-3-join")
        window.collaboration.notice_raised.emit(Notice(NoticeKind.LINK_INVALID))
        await picture(join, folder, f"{choice.value}-4-join-error")
        join.close()
        window.editor.insertPlainText("# new\n")
        window.request_close()
        await picture(top_dialog(window, UnsavedDialog), folder, f"{choice.value}-5-unsaved")
        top_dialog(window, UnsavedDialog).close()
        go_live(window)
        window.editor.select(60, 60)
        await picture(window.window, folder, f"{choice.value}-6-live")
        go_offline(window)
        await picture(window.window, folder, f"{choice.value}-7-offline")
        say_closed(window)
        await picture(window.window, folder, f"{choice.value}-8-trouble")
        await window.close()
    await tasks.stop()


def main() -> None:
    """Take the pictures into the folder that was named."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    application = QApplication([])
    application.setQuitOnLastWindowClosed(False)
    qasync.run(take(application, folder))
    print("\n".join(sorted(str(path) for path in folder.glob("*.png"))))


main()
