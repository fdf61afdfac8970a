from collections.abc import AsyncIterator

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.tasks import TaskOwner
from app.ui.editor_window import EditorWindow, compose_window
from app.ui.theme import Appearance, ThemeChoice


@pytest.fixture
async def window(qtbot: QtBot, qapp: QApplication) -> AsyncIterator[EditorWindow]:
    """A window that is shown and keeps nothing."""
    tasks = TaskOwner()
    appearance = Appearance(qapp, choice=ThemeChoice.LIGHT)
    made = compose_window(tasks=tasks, appearance=appearance, person="Ada")
    made.show()
    ends: list[bool] = []
    made.closed.connect(lambda: ends.append(True))
    yield made
    if not ends:
        await made.close()
    await tasks.stop()
