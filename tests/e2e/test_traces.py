"""Recorded editing sessions, replayed through a window and the server to the text they ended with.

`traces/own.json` is ours. Real ones, in the format of the collection `editing-traces` (Kleppmann,
Gentle; CC BY 4.0), are looked for in the folder that CODEXPRO_TRACES names.
"""

import gzip
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from app.collab.text_replica import EditKind
from app.model.connection import LinkPhase, SavePhase
from app.model.text_composition import compose
from app.model.text_edit import TextEdit, length_utf16
from app.services.chosen_server import ChosenServer
from app.tasks import TaskOwner
from app.ui.editor_window import EditorWindow, compose_window
from app.ui.theme import Appearance, ThemeChoice
from tests.e2e.test_killed_editors import stored_text
from tests.eventually import eventually
from tests.support.server_process import running_server

pytestmark = pytest.mark.e2e

FOLDER = Path(os.environ.get("CODEXPRO_TRACES", Path(__file__).parents[3] / "shared" / "data"))
OWN = Path(__file__).parent / "traces" / "own.json"
CHUNK = 64  # patches a transaction
RAISED = {
    "COLLAB_LIMITS__UPDATES_A_S": "unlimited",
    "COLLAB_LIMITS__UPDATES_BURST": "unlimited",
}
TRACES = [
    "own",
    "sveltecomponent",
    "friendsforever_flat",
    pytest.param("automerge-paper", marks=pytest.mark.slow),
]


def load(name: str) -> dict[str, Any]:
    if name == "own":
        return json.loads(OWN.read_text(encoding="utf-8"))
    path = FOLDER / f"{name}.json.gz"
    if not path.exists():
        pytest.skip(f"{path.name} is not in {FOLDER}: CODEXPRO_TRACES names another folder")
    with gzip.open(path) as file:
        return json.load(file)


def transactions(trace: dict[str, Any]) -> Iterator[list[TextEdit]]:
    """Yield some patches at a time, as one list of edits; positions become UTF-16."""
    text: str = trace["startContent"]
    is_ascii = json.dumps(trace["txns"], ensure_ascii=False).isascii() and text.isascii()
    edits: list[TextEdit] = []
    count = 0
    for transaction in trace["txns"]:
        for at, removed, inserted in transaction["patches"]:
            edit = TextEdit(at, removed, inserted)
            if not is_ascii:
                gone = text[at : at + removed]
                edit = TextEdit(length_utf16(text[:at]), length_utf16(gone), inserted)
                text = text[:at] + inserted + text[at + removed :]
            edits = compose(edits, [edit])
            count += 1
            if count % CHUNK == 0:
                yield edits
                edits = []
    if edits:
        yield edits


async def replay(window: EditorWindow, trace: dict[str, Any]) -> None:
    for edits in transactions(trace):
        window.binding.edit(edits, EditKind.PROGRAM)
        # The window and its connection get their turn, as between keys.
        await eventually(lambda: window.save_state.unsaved < 200, timeout_s=60)


@pytest.mark.parametrize("name", TRACES)
async def test_a_recorded_session_ends_everywhere_with_its_text(
    qapp: QApplication, tmp_path: Path, name: str
) -> None:
    trace, tasks = load(name), TaskOwner()
    appearance = Appearance(qapp, choice=ThemeChoice.LIGHT)
    with running_server(tmp_path, settings=RAISED) as server:
        chosen = ChosenServer(server.url, server.token("ada"))
        ada = compose_window(tasks=tasks, appearance=appearance, hosting=chosen, person="Ada")
        grace = compose_window(tasks=tasks, appearance=appearance, person="Grace")
        ada.show()
        grace.show()
        if trace["startContent"]:
            ada.binding.edit([TextEdit(0, 0, trace["startContent"])], EditKind.PROGRAM)
        ada.share()
        await eventually(lambda: ada.link_text != "", timeout_s=60, what="an invitation")
        grace.join(ada.link_text)
        await eventually(lambda: grace.tabs.front and grace.document_name, timeout_s=60)
        document = ada.document_name

        began_s = time.monotonic()
        await replay(ada, trace)
        await eventually(
            lambda: (
                (ada.save_state.phase, ada.collaboration.link.phase)
                == (SavePhase.SAVED, LinkPhase.LIVE)
            ),
            timeout_s=120,
            what="everything in the store",
        )
        await eventually(lambda: grace.text == ada.text, timeout_s=120, what="the same text")
        print(f"{name}: {time.monotonic() - began_s:.1f} s")

        shown = ada.editor.toPlainText()
        texts = (ada.text, grace.text, shown, grace.editor.toPlainText())
        await grace.close()
        await ada.close()
        await tasks.stop()
        server.stop()
        assert texts == (trace["endContent"],) * 4
        assert await stored_text(server, document) == trace["endContent"]
