"""What every benchmark with windows stands in: Qt without a screen, its loop, the app's parts."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

import qasync  # after PySide6, whose binding it looks for  # isort: skip

from app.services.garbage import GarbageCollector
from app.tasks import TaskOwner
from app.ui.editor.syntax_process import SyntaxProcess
from app.ui.theme import Appearance, ThemeChoice

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


@dataclass(frozen=True)
class Desk:
    """What `app.main` would hand to its windows."""

    tasks: TaskOwner
    appearance: Appearance
    syntax: SyntaxProcess


def run_at_desk(measure: Callable[[Desk], Awaitable[None]]) -> None:
    """Run a benchmark in Qt's loop, and end what it has started."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    logging.disable(logging.WARNING)
    qInstallMessageHandler(_ignore)
    application = QApplication.instance() or QApplication(["bench"])
    assert isinstance(application, QApplication)
    application.setQuitOnLastWindowClosed(False)
    garbage = GarbageCollector()
    qasync.run(_run(application, measure))
    garbage.stop()


def _ignore(_kind: QtMsgType, _context: QMessageLogContext, _message: str) -> None:
    """Leave out what Qt says of having no screen."""


async def _run(application: QApplication, measure: Callable[[Desk], Awaitable[None]]) -> None:
    appearance = Appearance(application, choice=ThemeChoice.LIGHT)
    desk = Desk(TaskOwner(), appearance, SyntaxProcess())
    await measure(desk)
    await desk.tasks.stop()
    desk.syntax.stop()
