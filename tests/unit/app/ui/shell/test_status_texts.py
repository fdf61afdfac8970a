"""What the status bar says."""

import pytest

from app.model.connection import (
    OFFLINE,
    SAVED,
    ClosedReason,
    Link,
    LinkPhase,
    SavePhase,
    SaveState,
)
from app.ui.status_texts import closed_text, link_text, link_tone, save_text

LIVE = Link(LinkPhase.LIVE)
WAITS = Link(LinkPhase.OFFLINE, retry_at_s=5.0)


@pytest.mark.parametrize(
    ("link", "text", "tone"),
    [
        (OFFLINE, "", ""),
        (WAITS, "Offline", ""),
        (Link(LinkPhase.CONNECTING), "Connecting…", "connecting"),
        (LIVE, "● Live", "live"),
        (Link(LinkPhase.CLOSED, ClosedReason.LEFT), "", "error"),
        (Link(LinkPhase.CLOSED, ClosedReason.KICKED), "Disconnected", "error"),
    ],
)
def test_the_connection_has_a_word(link: Link, text: str, tone: str) -> None:
    assert (link_text(link), link_tone(link)) == (text, tone)


@pytest.mark.parametrize(
    ("state", "link", "text"),
    [
        (SAVED, OFFLINE, ""),
        (SAVED, LIVE, "Saved"),
        (SaveState(SavePhase.SAVING, 3), LIVE, "Saving…"),
        (SaveState(SavePhase.WAITING, 1), WAITS, "1 change waiting"),
        (SaveState(SavePhase.WAITING, 12), WAITS, "12 changes waiting"),
        (SaveState(SavePhase.REFUSED, 1), LIVE, "1 change refused"),
        (SaveState(SavePhase.REFUSED, 2), LIVE, "2 changes refused"),
    ],
)
def test_saved_is_said_only_of_what_the_server_has(state: SaveState, link: Link, text: str) -> None:
    assert save_text(state, link) == text


def test_every_end_that_was_not_wished_says_why_and_what_to_do() -> None:
    texts = {reason: closed_text(reason) for reason in ClosedReason}

    assert texts.pop(ClosedReason.LEFT) == ""
    assert all(text.endswith(".") and len(text) > 20 for text in texts.values())
    assert len(set(texts.values())) == len(texts)
