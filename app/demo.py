"""The main job, shown by itself: two windows, one file, and a server that is killed in the middle.

Everything is what a person would use: real windows, real key events, the embedded server, its
store. Nothing in the app depends on it. It prints what it did; the last line says whether both
windows and the stored document hold the same text.
"""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import signal
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QMessageLogContext, Qt, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication

import qasync  # after PySide6, whose binding it looks for  # isort: skip

from app.errors import notice_message, user_message
from app.model.connection import SavePhase
from app.model.text_edit import length_utf16
from app.paths import resources_dir
from app.services.collaboration import Collaboration
from app.services.garbage import GarbageCollector
from app.services.hosting import EmbeddedServer, HostingFailed
from app.storage.file_errors import FileError
from app.storage.files import load_text_file
from app.tasks import TaskOwner
from app.ui.editor.syntax_process import SyntaxProcess
from app.ui.editor_window import compose_window
from app.ui.theme import Appearance, ThemeChoice

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.model.notices import Notice
    from app.model.text_edit import TextEdit
    from app.services.shared_document import SharedDocument
    from app.ui.editor_window import EditorWindow

logger = logging.getLogger(__name__)

NAMES = ("Ada", "Grace")
KEY_EVERY_S = 0.03  # a fast typist's
DEADLINE_S = 90.0

_TYPED = (
    ("# Ada was here: naïve 😀 e\u0301\n", "# Grace was here: 中文 👩‍👩‍👧 n\u0303\n"),
    ("# Ada goes on while the server is gone\n", "# Grace goes on as well: 🧭 a\u030a\n"),
)
_OFFSCREEN_MESSAGES = ("This plugin does not support",)
_MISTAKE = "# a mistake of Ada's"


class DemoFailed(Exception):
    """The demonstration could not go on; the text is a sentence for people."""


class _Typist:
    """Somebody at one window's keys, and how long each took to show in the other window."""

    def __init__(self, window: EditorWindow, other: EditorWindow) -> None:
        self._window = window
        self._sent: list[tuple[int, float]] = []  # characters typed in all, and when
        self._typed = 0
        self._arrived = 0
        self.took_ms: list[float] = []
        self._counts = False
        other.binding.remote_edited.connect(self._on_shown)

    async def type(self, text: str, *, measure: bool = False) -> None:
        """Press the keys of a text, one after the other."""
        self._counts = measure
        if measure:
            self._sent, self._typed, self._arrived = [], 0, 0
        for char in text:
            before = self._window.replica.shadow.length_utf16
            pressed_s = time.perf_counter()
            press(self._window, char)
            self._typed += self._window.replica.shadow.length_utf16 - before
            self._sent.append((self._typed, pressed_s))
            await asyncio.sleep(KEY_EVERY_S)

    def _on_shown(self, edits: list[TextEdit]) -> None:
        if not self._counts:
            return
        self._arrived += sum(length_utf16(edit.text) - edit.removed_utf16 for edit in edits)
        now_s = time.perf_counter()
        while self._sent and self._sent[0][0] <= self._arrived:
            self.took_ms.append((now_s - self._sent.pop(0)[1]) * 1000)


def press(window: EditorWindow, char: str) -> None:
    """Press and release one key in a window's editor."""
    key = Qt.Key.Key_Return if char == "\n" else Qt.Key.Key_unknown
    text = "\r" if char == "\n" else char
    for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
        event = QKeyEvent(kind, key, Qt.KeyboardModifier.NoModifier, text)
        QApplication.sendEvent(window.editor, event)


async def eventually(is_so: Callable[[], bool], *, what: str, within_s: float = 30.0) -> None:
    """Wait for a fact.

    Raises:
        DemoFailed: it does not come true.
    """
    until_s = time.monotonic() + within_s
    while not is_so():
        if time.monotonic() > until_s:
            raise DemoFailed(f"Gave up waiting for: {what}.")
        await asyncio.sleep(0.005)


class Demo:
    """One run. Invariant: whatever happens, the server it started is stopped."""

    def __init__(
        self,
        *,
        appearance: Appearance,
        tasks: TaskOwner,
        folder: Path,
        file: Path,
        say: Callable[[str], None],
    ) -> None:
        self._appearance = appearance
        self._tasks = tasks
        self._folder = folder
        self._file = file
        self._say = say
        self._server = EmbeddedServer(database=folder / "collab.db", tasks=tasks)
        self._syntax = SyntaxProcess()
        self._windows: list[EditorWindow] = []
        self._typists: tuple[_Typist, ...] = ()
        self._link = ""
        self._notices: list[str] = []

    async def run(self) -> bool:
        """Do it all; tell whether both windows and the store are equal.

        Raises:
            DemoFailed: something did not work at all.
        """
        try:
            async with asyncio.timeout(DEADLINE_S):
                first, second = await self._pair()
                await self._type_together(first, second)
                await self._undo_in_one(first, second)
                await self._kill_the_server(first, second)
                return await self._compare(first, second)
        except TimeoutError:
            raise DemoFailed(f"Gave up after {DEADLINE_S:.0f} s.") from None
        finally:
            # The guest first: the host's end is the server's.
            for window in reversed(self._windows):
                await window.close()
            await self._server.stop()
            self._syntax.stop()

    async def _pair(self) -> tuple[EditorWindow, EditorWindow]:
        first = self._window(NAMES[0], self._server)
        first.open_file(self._file)
        self._say(f"window 1 opened {self._file.name}, {len(first.text)} characters")
        first.collaboration.invitation_ready.connect(self._on_invitation)
        first.share()
        await self._unless_noticed(lambda: self._link != "", "an invitation link")
        self._say("window 1 shared it; the embedded server runs")
        second = self._window(NAMES[1], None)
        second.join(self._link)
        await self._unless_noticed(
            lambda: second.document_name != "" and second.text == first.text,
            "the text in window 2",
        )
        self._say("window 2 joined by the link and shows the same text")
        return first, second

    async def _type_together(self, first: EditorWindow, second: EditorWindow) -> None:
        move_to_end(second)
        move_to_line(first, 1)
        typists = (_Typist(first, second), _Typist(second, first))
        async with asyncio.TaskGroup() as group:
            for typist, text in zip(typists, _TYPED[0], strict=True):
                group.create_task(typist.type(text * 3, measure=True), name="a typist")
        await eventually(lambda: first.text == second.text, what="equal texts after typing")
        for number, typist in enumerate(typists, start=1):
            self._say(_latency_line(number, typist.took_ms))
        self._typists = typists

    async def _undo_in_one(self, first: EditorWindow, second: EditorWindow) -> None:
        await self._typists[0].type(_MISTAKE)
        await eventually(lambda: _MISTAKE in second.text, what="the mistake in window 2")
        theirs = second.text.count("Grace")
        first.undo()
        await eventually(lambda: _MISTAKE not in second.text, what="the undo in window 2")
        if second.text.count("Grace") != theirs:
            raise DemoFailed("The undo of window 1 took something of window 2's.")
        self._say("window 1 undid its last typing; what window 2 had typed stayed")

    async def _kill_the_server(self, first: EditorWindow, second: EditorWindow) -> None:
        async with asyncio.TaskGroup() as group:
            for typist, text in zip(self._typists, _TYPED[1], strict=True):
                group.create_task(typist.type(text * 2), name="a typist")
            group.create_task(self._kill_soon(), name="the killer")
        await eventually(
            lambda: all(w.save_state.phase is SavePhase.SAVED for w in (first, second)),
            what="Saved in both windows after the restart",
        )
        await eventually(lambda: first.text == second.text, what="equal texts after the restart")
        self._say("the server was started again on the same port; both windows say Saved")

    async def _kill_soon(self) -> None:
        await asyncio.sleep(KEY_EVERY_S * 12)
        process_id = self._server.process_id
        if process_id is None:
            raise DemoFailed("The server was not running when it was to be killed.")
        os.kill(process_id, signal.SIGKILL)
        self._say(f"killed the server (process {process_id}) with SIGKILL; typing goes on")

    async def _compare(self, first: EditorWindow, second: EditorWindow) -> bool:
        name = first.document_name
        if not name:
            raise DemoFailed("Window 1 no longer shares its document.")
        stored = await self._stored_text()
        (self._folder / "window-1.txt").write_bytes(first.text.encode())
        (self._folder / "window-2.txt").write_bytes(second.text.encode())
        (self._folder / "document.txt").write_text(name + "\n")
        secret = self._folder / "secret"
        secret.touch(mode=0o600)
        secret.write_text(self._server.secret + "\n")
        await self._show_carets(first, second)
        for number, window in enumerate((first, second), start=1):
            window.window.grab().save(str(self._folder / f"window-{number}.png"))
        self._say(
            f"window 1 holds {len(first.text)} characters, window 2 {len(second.text)}, "
            f"the stored document {len(stored)}"
        )
        return first.text == second.text == stored

    async def _show_carets(self, *windows: EditorWindow) -> None:
        """Let both look at the end of the text, so that the pictures show both carets."""
        end_utf16 = windows[0].replica.shadow.length_utf16
        for place, window in enumerate(windows):
            window.editor.select(end_utf16, end_utf16 - place)
            window.editor.ensureCursorVisible()
        for window in windows:
            shared = window.collaboration.documents[0]
            await eventually(
                lambda shared=shared: any(c.head_utf16 >= end_utf16 - 1 for c in shared.carets),
                what="the other person's caret",
            )

    async def _stored_text(self) -> str:
        """Return what a client gets that was never here before."""
        reader = Collaboration(tasks=self._tasks)
        opened: list[SharedDocument] = []
        reader.document_opened.connect(opened.append)
        reader.join(self._link, name="a fresh reader")
        try:
            await eventually(lambda: bool(opened), what="the stored document")
            return opened[0].replica.text
        finally:
            await reader.shutdown()

    def _window(self, person: str, hosting: EmbeddedServer | None) -> EditorWindow:
        window = compose_window(
            tasks=self._tasks,
            appearance=self._appearance,
            hosting=hosting,
            syntax=self._syntax,
            person=person,
        )
        window.collaboration.notice_raised.connect(self._on_notice)
        window.show()
        self._windows.append(window)
        return window

    async def _unless_noticed(self, is_so: Callable[[], bool], what: str) -> None:
        await eventually(lambda: bool(self._notices) or is_so(), what=what)
        if self._notices and not is_so():
            raise DemoFailed(self._notices[0])

    def _on_invitation(self, link: str) -> None:
        self._link = link

    def _on_notice(self, notice: Notice) -> None:
        self._notices.append(notice_message(notice.kind, notice.detail))


def run(keep: Path | None, file: Path | None) -> int:
    """Run the demonstration; return the process's exit code.

    Args:
        keep: the folder that keeps the store, the texts and the pictures; None: nothing is kept.
        file: is copied, never written; None: the sample.
    """
    qInstallMessageHandler(_on_qt_message)
    application = QApplication(["codexpro"])
    application.setQuitOnLastWindowClosed(False)
    sample = resources_dir() / "sample" / "hello.py"
    exit_codes: list[int] = []
    # Not its result: qasync's own `run` has no types.
    qasync.run(  # pyright: ignore[reportUnknownMemberType]
        _run(application, keep, file or sample, say=_print, exit_codes=exit_codes)
    )
    return exit_codes[0]


async def _run(
    application: QApplication,
    keep: Path | None,
    file: Path,
    *,
    say: Callable[[str], None],
    exit_codes: list[int],
) -> None:
    with tempfile.TemporaryDirectory(prefix="codexpro-demo-") as scratch:
        tasks = TaskOwner()
        garbage = GarbageCollector()
        try:
            load_text_file(file)
            folder = keep or Path(scratch) / "kept"
            folder.mkdir(parents=True, exist_ok=True)
            copy = Path(scratch) / file.name
            shutil.copyfile(file, copy)
            appearance = Appearance(application, choice=ThemeChoice.LIGHT)
            demo = Demo(appearance=appearance, tasks=tasks, folder=folder, file=copy, say=say)
            is_equal = await demo.run()
        except (FileError, HostingFailed) as error:
            say(user_message(error))
            is_equal = False
        except DemoFailed as error:
            say(str(error))
            is_equal = False
        except OSError as error:
            say(f"The folder for the results cannot be used: {error.strerror}.")
            is_equal = False
        finally:
            await tasks.stop()
            garbage.stop()
    if keep is not None and is_equal:
        say(f"kept in {keep}: the texts, the pictures, collab.db, secret and document.txt")
    say(f"equal: {'yes' if is_equal else 'no'}")
    exit_codes.append(0 if is_equal else 1)


def _on_qt_message(_kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
    """Leave out what Qt says of having no screen and few fonts; log the rest."""
    if message.startswith(_OFFSCREEN_MESSAGES) or context.category == "qt.text.font.db":
        return
    logger.warning("Qt: %s", message)


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def move_to_end(window: EditorWindow) -> None:
    """Put a window's caret behind the last line, on a line of its own."""
    cursor = window.editor.textCursor()
    cursor.movePosition(cursor.MoveOperation.End)
    window.editor.setTextCursor(cursor)
    press(window, "\n")


def move_to_line(window: EditorWindow, line: int) -> None:
    """Put a window's caret at the beginning of a line, counted from 1."""
    cursor = window.editor.textCursor()
    cursor.movePosition(cursor.MoveOperation.Start)
    cursor.movePosition(cursor.MoveOperation.Down, cursor.MoveMode.MoveAnchor, line - 1)
    window.editor.setTextCursor(cursor)


def _latency_line(number: int, took_ms: list[float]) -> str:
    if not took_ms:
        return f"keystrokes of window {number}: none was measured"
    ordered = sorted(took_ms)
    p99 = ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))]
    return (
        f"keystroke in window {number} → other window: {len(ordered)} keys, "
        f"p50 {statistics.median(ordered):.1f} ms, p99 {p99:.1f} ms"
    )
