"""The editor's command line, its start and its end.

The one place that knows everybody; who talks to whom in a window stands in
`app.ui.editor_window`. Source: SETUP.md (qasync), DESIGN.md.
"""

from __future__ import annotations

import argparse
import asyncio
import getpass
import logging
import os
import shutil
import signal
import sys
import time
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QSettings, Qt, Signal, Slot
from PySide6.QtWidgets import QApplication

import qasync  # after PySide6, whose binding it looks for  # isort: skip

from app.logs import log_to_stderr
from app.paths import data_dir, resources_dir
from app.services.chosen_server import ChosenServer, is_socket_url
from app.services.credential_keeper import CredentialKeeper
from app.services.garbage import GarbageCollector
from app.services.hosting import EmbeddedServer
from app.services.identities import Identities
from app.services.journals import Journals
from app.services.unsent_messages import UnsentMessages
from app.storage.session_databases import new_session_database
from app.storage.workspace_store import WorkspaceStore
from app.tasks import TaskOwner
from app.ui.editor.syntax_process import SyntaxProcess
from app.ui.editor_window import EditorWindow, compose_window
from app.ui.recovered_texts import show_recovered
from app.ui.theme import Appearance, ThemeChoice
from app.ui.workspace_keeper import WorkspaceKeeper

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType, TracebackType

    from app.model.workspace import WindowPlace

logger = logging.getLogger(__name__)

EXIT_USAGE = 2
SAMPLE = "hello.py"
PAIR = ("Ada", "Grace")

_LINK = "codexpro://"
_NO_ADDRESS = (
    "the server's address (--server, or CODEXPRO_SERVER) must begin with ws:// or wss://, "
    "as wss://collab.example.org/ws does"
)
_NO_DISPLAY = (
    "codexpro: there is no display to open a window on; set DISPLAY or WAYLAND_DISPLAY, "
    "or run `codexpro --demo`, which needs none."
)


class Application(QObject):
    """The windows of this process.

    Invariant: `over` is set when the last window has gone, and only then.
    """

    window_gone = Signal()

    def __init__(
        self,
        application: QApplication,
        *,
        settings: QSettings,
        store: WorkspaceStore | None = None,
        server: ChosenServer | None = None,
        credentials: CredentialKeeper | None = None,
    ) -> None:
        """Prepare; no window is open yet.

        Args:
            application: Qt's.
            settings: the user's.
            store: where it is kept what is open; None: nowhere.
            server: to share on; None: each window starts one of its own.
            credentials: what lets into sessions again; None: the system's keyring has it.
        """
        super().__init__()
        self._server = server
        self._is_quitting = False
        self.tasks = TaskOwner()
        self.over = asyncio.Event()
        self._settings = settings
        self._windows: list[EditorWindow] = []
        self._syntax = SyntaxProcess(parent=self)
        self._journals = Journals(data_dir() / "journals", parent=self)
        self._unsent = UnsentMessages(data_dir() / "unsent")
        self._identities = Identities(credentials or CredentialKeeper(), data_dir() / "identities")
        self.keeper = WorkspaceKeeper(store, tasks=self.tasks, parent=self)
        self.keeper.gather_from(self._places)
        self._appearance = Appearance(application, choice=_chosen_theme(settings), parent=self)
        application.setWindowIcon(self._appearance.theme.icon("codexpro"))

    @property
    def windows(self) -> tuple[EditorWindow, ...]:
        """The windows that are open."""
        return tuple(self._windows)

    def open_window(self, *, person: str = "") -> EditorWindow:
        """Show one more window, with an empty text."""
        name = self._settings.value("person/name")
        database = new_session_database(data_dir() / "sessions", now_s=time.time())
        window = compose_window(
            tasks=self.tasks,
            appearance=self._appearance,
            syntax=self._syntax,
            hosting=self._server or EmbeddedServer(database=database, tasks=self.tasks),
            identities=self._identities,
            person=person or (name if isinstance(name, str) else "") or _user_name(),
            settings=None if person else self._settings,
            keeper=None if person else self.keeper,
            journals=self._journals,
            unsent=self._unsent,
        )
        window.setParent(self)
        self._windows.append(window)
        window.closing.connect(self._on_window_closing)
        window.closed.connect(self._on_window_closed)
        window.quit_requested.connect(self.request_quit)
        window.window_requested.connect(self._on_window_requested)
        window.show()
        return window

    def restore(self) -> None:
        """Show the windows that were open, or one that says what one can begin with."""
        places = self.keeper.workspace.windows
        for place in places:
            self.open_window().restore(place)
        if not places:
            self.open_window().show_first_steps()
        if self.keeper.set_aside is not None:
            self.windows[0].window.banner.show_message(
                self.tr(
                    "The list of what was open could not be read. It is kept as “{name}”, and the "
                    "one before was taken."
                ).format(name=self.keeper.set_aside.name)
            )

    def recover(self) -> None:
        """Show what processes have left that are gone, in the windows that are open."""
        show_recovered(self._journals.recover(), self.windows, self.open_window)
        for notice in self._journals.take_notices():
            self.windows[0].journals.say(notice)

    @Slot()
    def request_quit(self) -> None:
        """Close all windows; each asks about what would be lost."""
        self._is_quitting = True
        for window in self.windows:
            window.request_close()

    def quit_now(self) -> None:
        """Close all windows without asking: the system wants the process to end."""
        self._is_quitting = True
        for window in self.windows:
            self.tasks.start(window.close(), name="close window")

    def stop(self) -> None:
        """End what the windows shared; they are closed."""
        self._journals.close()
        self._unsent.close()
        self._syntax.stop()

    @Slot()
    def _on_window_requested(self) -> None:
        self.open_window().show_welcome()

    @Slot()
    def _on_window_closing(self) -> None:
        if self._is_quitting or len(self._windows) == 1:
            self.keeper.freeze()

    def _places(self) -> tuple[WindowPlace, ...]:
        return tuple(window.place for window in self._windows)

    @Slot()
    def _on_window_closed(self) -> None:
        window = self.sender()
        if isinstance(window, EditorWindow) and window in self._windows:
            self._windows.remove(window)
            window.deleteLater()
            self.window_gone.emit()
        if not self._windows:
            self.over.set()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the editor and return its exit code."""
    options = _options(arguments)
    log_to_stderr(logging.INFO if options.verbose else logging.WARNING)
    sys.excepthook = _log_uncaught
    if options.demo:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        from app import demo  # only then: it is not needed to edit

        return demo.run(options.keep, Path(options.targets[0]) if options.targets else None)
    if _lacks_display():
        sys.stderr.write(f"{_NO_DISPLAY}\n")
        return EXIT_USAGE
    application = QApplication([sys.argv[0]])
    application.setApplicationName("CodeXPro")
    application.setOrganizationName("CodeXPro")
    application.setDesktopFileName("codexpro")
    application.setQuitOnLastWindowClosed(False)
    qasync.run(  # pyright: ignore[reportUnknownMemberType] - qasync has no types for it
        _run(
            application,
            targets=options.targets,
            is_pair=options.pair,
            server=None if options.pair else _chosen_server(options.server),
        )
    )
    return 0


async def _run(
    application: QApplication,
    *,
    targets: Sequence[str],
    is_pair: bool,
    server: ChosenServer | None,
) -> None:
    """Open the first windows and wait until the last one has gone."""
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(_log_loop_trouble)
    path = data_dir() / "settings.ini"
    settings = QSettings(str(path), QSettings.Format.IniFormat)
    store = WorkspaceStore(data_dir() / "session.json") if not is_pair else None
    running = Application(application, settings=settings, store=store, server=server)
    garbage = GarbageCollector(running)
    running.window_gone.connect(garbage.collect_all)
    for number in (signal.SIGTERM, signal.SIGINT):
        if sys.platform != "win32":
            loop.add_signal_handler(number, running.quit_now)
        else:
            signal.signal(number, partial(_quit_from_signal, loop, running))
    try:
        if is_pair:
            _open_pair(running, Path(targets[0]) if targets else _sample_copy())
        else:
            running.restore()
            running.recover()
            for target in targets:
                _open_target(running.windows[-1], target)
        await running.over.wait()
    finally:
        await running.tasks.stop()
        running.stop()
        garbage.stop()


def _quit_from_signal(
    loop: asyncio.AbstractEventLoop, running: Application, _number: int, _frame: FrameType | None
) -> None:
    loop.call_soon_threadsafe(running.quit_now)


def _open_target(window: EditorWindow, target: str) -> None:
    if target.startswith(_LINK):
        window.ask_to_join(target)
    elif Path(target).is_dir():
        window.project.open_folder(Path(target))
    else:
        window.open_file(Path(target))


def _open_pair(running: Application, path: Path) -> None:
    """Open two windows side by side, the first one's text shared with the second."""
    host, guest = (running.open_window(person=name) for name in PAIR)
    area = QApplication.primaryScreen().availableGeometry()
    for place, window in enumerate((host, guest)):
        half_px = area.width() // 2
        window.window.setGeometry(area.x() + place * half_px, area.y(), half_px, area.height())
    if host.open_file(path):
        once = Qt.ConnectionType.SingleShotConnection
        host.collaboration.invitation_ready.connect(guest.join, once)
        host.share()


def _sample_copy() -> Path:
    """Return a fresh copy of the sample's file, for this user to change."""
    folder = data_dir() / "sample"
    shutil.copytree(resources_dir() / "sample", folder, dirs_exist_ok=True)
    return folder / SAMPLE


def _chosen_server(url: str | None) -> ChosenServer | None:
    """Return the server to share on; its token comes by the environment, never by an argument."""
    return ChosenServer(url, os.environ.pop("CODEXPRO_TOKEN", "")) if url else None


def _chosen_theme(settings: QSettings) -> ThemeChoice:
    value = settings.value("view/theme")
    known = {choice.value: choice for choice in ThemeChoice}
    return known.get(value, ThemeChoice.SYSTEM) if isinstance(value, str) else ThemeChoice.SYSTEM


def _user_name() -> str:
    """Return what the system calls this user, for want of a better name."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # an account without a name
        return "Me"


def _lacks_display() -> bool:
    if sys.platform in ("win32", "darwin") or os.environ.get("QT_QPA_PLATFORM"):
        return False
    return not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return what the command line says; what does not go together ends the process with 2."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.keep and not options.demo:
        parser.error("--keep goes with --demo")
    if (options.demo or options.pair) and len(options.targets) > 1:
        parser.error("--demo and --pair take one file")
    if options.server and not is_socket_url(options.server):
        parser.error(_NO_ADDRESS)
    return options


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="codexpro", description="A code editor for pairs.")
    parser.add_argument(
        "targets",
        nargs="*",
        metavar="FILE|FOLDER|LINK",
        help="files and folders to open, or codexpro://join/… to join",
    )
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--pair", action="store_true", help="two windows on one text, side by side")
    kind.add_argument(
        "--demo", action="store_true", help="the same without a display, by itself, with a report"
    )
    parser.add_argument(
        "--keep", type=Path, metavar="DIR", help="with --demo: leave texts, database and pictures"
    )
    parser.add_argument(
        "--server",
        metavar="URL",
        default=os.environ.get("CODEXPRO_SERVER"),
        help="share on this server (ws:// or wss://) instead of one of one's own; "
        "CODEXPRO_TOKEN in the environment holds its token",
    )
    parser.add_argument("--verbose", action="store_true", help="log what happens")
    parser.add_argument("--version", action="version", version=f"codexpro {version('codexpro')}")
    return parser


def _log_uncaught(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    """Log what a slot raised; Qt goes on after it."""
    logger.error("an error that nobody expected", exc_info=(kind, error, traceback))


def _log_loop_trouble(
    _loop: asyncio.AbstractEventLoop,
    context: dict[str, Any],  # asyncio's: anything
) -> None:
    error = context.get("exception")
    logger.error("the event loop: %s", context.get("message"), exc_info=error)


if __name__ == "__main__":
    sys.exit(main())
