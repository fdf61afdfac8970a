"""Leaving the editor: its process ends with 0, whatever was done in it before."""

from pathlib import Path

import pytest

from tests.support.driven_app import DrivenApp

pytestmark = pytest.mark.e2e


async def test_an_editor_that_has_copied_and_shared_ends_with_0(tmp_path: Path) -> None:
    (tmp_path / "hello.py").write_text("print('né\u00a0😀')\n")
    app = DrivenApp(tmp_path / "ada")
    await app.start()
    await app.ask("open", str(tmp_path / "hello.py"))
    await app.ask("share")
    await app.until("state", is_so=lambda state: state["invitation"], what="an invitation")

    copied = await app.ask("copy")  # last, for the clipboard keeps what came last

    assert copied == "print('né\u00a0😀')\n"
    assert await app.quit() == 0, app.log
