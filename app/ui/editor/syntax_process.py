"""The one syntax process of the app, and what becomes of it when it dies.

A child, not a thread: tree-sitter holds the interpreter's lock for a whole parse, and with a thread
each call into Qt that gives the lock away had to wait for it. Knows no editor and no text; speaks
`app.syntax.messages`. Source: https://doc.qt.io/qt-6/qprocess.html
"""

from __future__ import annotations

import logging
import sys
import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QProcess, Signal, Slot

from app.paths import resources_dir
from app.syntax.messages import (
    LARGEST_FRAME_BYTES,
    Answer,
    BadFrame,
    FrameReader,
    Request,
    answer_of,
    frame_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

logger = logging.getLogger(__name__)

STARTS_AGAIN = 2
"""How often within a minute a process that died is started again."""

_MINUTE_S = 60.0
_STOP_TIMEOUT_MS = 1_000


def syntax_command() -> list[str]:
    """Return program and arguments of the syntax process.

    `-P`: in a folder that somebody else has filled, its `app` must not be taken for ours.
    """
    return [sys.executable, "-P", "-m", "app.syntax", str(resources_dir() / "queries")]


class SyntaxProcess(QObject):
    """Started when it is first asked; at most one child at a time, and none that outlives the app.

    What was asked of a child that died is not answered: who asked hears `restarted`, and sends its
    whole text again. The child sees its input end when this process does, and ends too.
    """

    answered = Signal(object)  # Answer
    restarted = Signal()  # a new child knows no text
    gave_up = Signal()  # it died too often: nothing is answered any more

    def __init__(
        self,
        *,
        command: Sequence[str] | None = None,
        clock: Callable[[], float] = time.monotonic,
        parent: QObject | None = None,
    ) -> None:
        """Prepare.

        Args:
            command: program and arguments.
            clock: seconds, monotonic.
            parent: Qt's owner.
        """
        super().__init__(parent)
        self._command = list(command or syntax_command())
        self._clock = clock
        self._child: QProcess | None = None
        self._reader = FrameReader()
        self._died_s: list[float] = []  # when children died, within the last minute
        self._has_given_up = False
        self._is_stopped = False

    @property
    def has_given_up(self) -> bool:
        """Whether the child has died too often."""
        return self._has_given_up

    @property
    def process_id(self) -> int | None:
        """The child's; None while there is none."""
        return (self._child.processId() or None) if self._child is not None else None

    def send(self, request: Request) -> None:
        """Ask; the answer comes as `answered`, unless the child dies.

        PySide leaves half characters out of every text, so what comes from Qt can be sent.
        """
        if self._has_given_up or self._is_stopped:
            return
        frame = frame_of(request)
        if len(frame) > LARGEST_FRAME_BYTES:
            logger.error("a request of %d bytes is too large to be sent", len(frame))
            return
        if self._child is None:
            self._child = self._start()
        self._child.write(frame)

    def stop(self) -> None:
        """End the child and wait for it, a second at most."""
        self._is_stopped = True
        child, self._child = self._child, None
        if child is None:
            return
        self._let_go(child)
        child.closeWriteChannel()
        if not child.waitForFinished(_STOP_TIMEOUT_MS):
            child.kill()  # in the middle of a long parse, of which nobody wants to know any more
            child.waitForFinished(_STOP_TIMEOUT_MS)
        child.deleteLater()

    def _start(self) -> QProcess:
        self._reader = FrameReader()
        child = QProcess(self)
        child.setProgram(self._command[0])
        child.setArguments(self._command[1:])
        child.readyReadStandardOutput.connect(self._on_output)
        child.readyReadStandardError.connect(self._on_error_output)
        child.finished.connect(self._on_finished)
        child.errorOccurred.connect(self._on_error)
        child.start()
        return child

    def _let_go(self, child: QProcess) -> None:
        child.readyReadStandardOutput.disconnect(self._on_output)
        child.readyReadStandardError.disconnect(self._on_error_output)
        child.finished.disconnect(self._on_finished)
        child.errorOccurred.disconnect(self._on_error)

    @Slot()
    def _on_output(self) -> None:
        assert self._child is not None
        try:
            bodies = self._reader.feed(bytes(self._child.readAllStandardOutput().data()))
            answers: list[Answer] = [answer_of(body) for body in bodies]
        except BadFrame as error:
            logger.warning("the syntax process does not speak as it should: %s", error)
            self._child.kill()
            return
        for answer in answers:
            self.answered.emit(answer)

    @Slot()
    def _on_error_output(self) -> None:
        """Keep the pipe empty; a fault's lines name functions, and are for who looks for them."""
        assert self._child is not None
        said = bytes(self._child.readAllStandardError().data())
        for line in said.decode(errors="replace").splitlines():
            logger.debug("syntax process: %s", line)

    @Slot()
    def _on_finished(self) -> None:
        assert self._child is not None
        self._die(f"ended with code {self._child.exitCode()}")

    @Slot(QProcess.ProcessError)
    def _on_error(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart and self._child is not None:
            self._die(f"does not start: {self._child.errorString()}")

    def _die(self, how: str) -> None:
        child, self._child = self._child, None
        assert child is not None
        self._let_go(child)
        child.deleteLater()
        now_s = self._clock()
        self._died_s = [died_s for died_s in self._died_s if now_s - died_s < _MINUTE_S]
        if len(self._died_s) >= STARTS_AGAIN:
            self._has_given_up = True
            logger.error("no more syntax colours: the syntax process %s, too often", how)
            self.gave_up.emit()
            return
        self._died_s.append(now_s)
        logger.info("the syntax process %s; starting it again", how)
        self.restarted.emit()
