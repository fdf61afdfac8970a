"""Pictures of the windows, to be looked at: python -m tests.screenshots DIR."""

import asyncio
import os
import shutil
import sys
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication

import qasync  # after PySide6, whose binding it looks for  # isort: skip

from app.ui.editor.syntax_process import SyntaxProcess
from app.ui.theme import Appearance, ThemeChoice
from tests.screenshots import alone, together
from tests.screenshots.studio import Show, Studio, new_folder

SETTLE_S = 0.6

SHOWS: tuple[Show, ...] = (
    alone.welcome,
    alone.folder_with_tabs,
    alone.quick_open,
    alone.palette,
    alone.find_bar,
    alone.find_in_folder,
    alone.sign_in,
    alone.history,
    alone.new_file,
    alone.trash,
    together.review,
    together.ruler,
    alone.bidi,
    alone.external_change,
    alone.compare,
    alone.deleted,
    alone.encoding,
    alone.large_file,
    alone.share_dialog,
    alone.join_error,
    alone.unsaved,
    together.live,
    together.following,
    together.offline,
    together.merged,
    alone.recovered,
    together.unsent,
    together.trouble,
    together.chat,
    together.chat_narrow,
    together.chat_empty,
    together.notices,
    together.notices_narrow,
    together.notices_empty,
)


async def take(application: QApplication, into: Path, wanted: list[str]) -> None:
    """Take the pictures whose names are wanted, or all."""
    appearance = Appearance(application, choice=ThemeChoice.LIGHT)
    syntax = SyntaxProcess()
    for choice in (ThemeChoice.LIGHT, ThemeChoice.DARK, ThemeChoice.CONTRAST):
        appearance.choose(choice)
        for number, show in enumerate(SHOWS, start=1):
            name = f"{choice.value}-{number:02}-{show.__name__}"
            if wanted and not any(word in name for word in wanted):
                continue
            studio = Studio(appearance, syntax, new_folder())
            shown = await show(studio)
            await asyncio.sleep(SETTLE_S)  # colours and the caret's place come a little later
            shown.grab().save(str(into / f"{name}.png"))
            await studio.close()
            shutil.rmtree(studio.folder.parent)
    syntax.stop()


def main() -> None:
    """Take the pictures into the folder that was named; further words choose which."""
    into = Path(sys.argv[1])
    into.mkdir(parents=True, exist_ok=True)
    application = QApplication([])
    application.setQuitOnLastWindowClosed(False)
    qasync.run(take(application, into, sys.argv[2:]))
    print("\n".join(sorted(str(path) for path in into.glob("*.png"))))


main()
