"""After an outage a person goes through everything that others changed meanwhile."""

from pathlib import Path

import pytest

from app.model.connection import LinkPhase
from app.ui.editor_window import EditorWindow
from tests.e2e.conftest import Desk
from tests.e2e.test_tabs import share_next
from tests.eventually import eventually
from tests.support.loopback_proxy import LoopbackProxy

pytestmark = pytest.mark.e2e


def press(window: EditorWindow, text: str) -> None:
    """Press a button of the banner in front."""
    banner = window.window.banner
    banner.buttons[banner.button_texts.index(text)].click()


def seen(window: EditorWindow) -> tuple[str, str]:
    """Return the file in front and what is selected there."""
    return window.name, window.editor.textCursor().selectedText()


async def test_review_goes_through_all_places_in_all_texts_and_round(
    desk: Desk, tmp_path: Path
) -> None:
    paths = [tmp_path / name for name in ("one.py", "two.py")]
    for path in paths:
        path.write_text("a = 1\nb = 2\nc = 3\n")
    ada = desk.open_window("Ada", is_host=True)
    for path in paths:
        await share_next(ada, path)
    port = int(ada.link_text.split(":")[2].split("/")[0])
    async with LoopbackProxy(port) as way:
        grace = desk.open_window("Grace")
        grace.join(ada.link_text.replace(f":{port}/", f":{way.port}/"))
        await eventually(lambda: grace.document_name != "", what="a shared text")
        await eventually(lambda: grace.session.files_elsewhere != (), what="the other text")
        for file in grace.session.files_elsewhere:
            grace.session.open_shared(file.document)
        await eventually(lambda: len(grace.session.shared_texts) == 2, what="both texts")
        texts = {text.name: text for text in grace.tabs.texts}

        way.is_open = False
        way.cut()
        for opened, places in zip(ada.tabs.texts, ((0, 6, 12), (6,)), strict=True):
            for at in reversed(places):
                opened.editor.select(at, at)
                opened.editor.insertPlainText("ада_")
        texts["one.py"].editor.select(18, 18)
        texts["one.py"].editor.insertPlainText("# mine\n")
        await eventually(
            lambda: grace.window.status_texts.get("connection") == "Offline", what="the dot"
        )
        way.is_open = True
        grace.collaboration.retry_now()
        await eventually(
            lambda: (
                texts["one.py"].banner.message == "Merged 3 changes by Ada."
                and texts["two.py"].banner.message == "Merged 1 change by Ada."
            ),
            what="what was merged",
        )

        grace.tabs.bring_to_front(texts["one.py"])
        press(grace, "Review")
        first = seen(grace), grace.editor.selection.anchor_utf16, grace.window.banner.message
        order = [text.name for text in grace.tabs.texts]
        names = []
        for _ in range(4):
            press(grace, "Next")
            names.append(seen(grace))
        press(grace, "Previous")
        grace.window.actions_by_id["go.next_merged"].trigger()
        after_all = seen(grace)
        grace.editor.select(0, 0)
        grace.editor.insertPlainText("# before\n")
        grace.window.actions_by_id["go.next_merged"].trigger()
        press(grace, "Previous")
        followed = seen(grace)
        press(grace, "Done")
        grace.window.actions_by_id["go.next_merged"].trigger()

        assert first[:2] == (("one.py", "ада_"), 0)
        assert first[2].endswith("of 4 that others made while you were away.")
        expected = [name for name in order for _ in range(3 if name == "one.py" else 1)]
        begin = expected.index("one.py")
        rounds = [expected[(begin + step) % 4] for step in range(1, 5)]
        assert names == [(name, "ада_") for name in rounds]
        assert after_all == ("one.py", "ада_")
        assert followed == ("one.py", "ада_")
        assert grace.window.banner.message.startswith("Nobody has changed")
        assert grace.collaboration.link.phase is LinkPhase.LIVE
        await desk.windows.pop().close()
