"""What others put into a text that no editor of ours would."""

import pycrdt
import pytest

from app.collab.errors import ForeignContent, ReplicaBroken
from app.collab.replica_delta import EMBED
from app.model.text_edit import TextEdit
from tests.unit.app.collab.replicas import pair, typed
from tests.unit.collab_server.protocol.update_bytes import identity, item, one, var


def browser_update(change, *, state: bytes | None = None) -> bytes:
    """Return what somebody with any Yjs editor sends, who has this state first."""
    doc = pycrdt.Doc()
    text = doc.get("content", type=pycrdt.Text)
    if state is not None:
        doc.apply_update(state)
    before = doc.get_state()
    with doc.transaction():
        change(text)
    return doc.get_update(before)


def test_an_object_in_the_text_is_shown_as_one_character_and_can_be_deleted() -> None:
    ada, _ = pair("ab")
    update = browser_update(
        lambda text: text.insert_embed(1, {"image": "x"}), state=ada.ledger.history()[0]
    )

    assert ada.apply([update]) == [TextEdit(1, 0, EMBED)]
    typed(ada, 3, "!")
    typed(ada, 1, "", removed=1)

    assert ada.text == "ab!"
    assert ada.verify()


def test_windows_line_ends_of_a_browser_become_line_feeds_for_everybody() -> None:
    ada, grace = pair("ab")
    sent: list[bytes] = []
    ada.ledger.attach(sent.append)
    update = browser_update(
        lambda text: text.insert(1, "1\r\n2\r\n"), state=ada.ledger.history()[0]
    )

    assert ada.apply([update]) == [TextEdit(1, 0, "1\n2\n")]
    grace.is_writable = False
    assert grace.apply([update]) == [TextEdit(1, 0, "1\n\n2\n\n")]
    grace.apply(sent)

    assert ada.text == grace.text == "a1\n2\nb"
    assert ada.verify()
    assert grace.verify()


def test_taking_out_carriage_returns_is_not_one_s_own_edit() -> None:
    ada, _ = pair("ab")
    ada.apply([browser_update(lambda text: text.insert(1, "\r\n"), state=ada.ledger.history()[0])])

    assert not ada.can_undo


def test_types_that_many_updates_nest_are_refused_when_they_stand_too_deep() -> None:
    ada, _ = pair("ab")
    levels = [item(7, var(0), root="other")]
    levels += [b"\x07\x00" + identity(7, at) + var(0) for at in range(16)]
    ada.apply([one(level, author=7, clock=at) for at, level in enumerate(levels[:16])])

    with pytest.raises(ForeignContent):
        ada.apply([one(levels[16], author=7, clock=16)])

    assert ada.ledger.known.state[7] == 16
    assert ada.text == "ab"


def test_what_takes_up_room_without_being_text_is_refused() -> None:
    ada, _ = pair("ab")
    typed(ada, 2, "c")
    hidden = bytes([1, 1, 5, 0, 8, 1, 7]) + b"content" + bytes([1, 0x77, 1, 0x61, 0])

    with pytest.raises(ForeignContent):
        ada.apply([hidden])

    assert ada.text == "abc"
    typed(ada, 3, "d")
    assert ada.text == "abcd"
    assert ada.verify()


def test_an_update_that_the_library_takes_half_of_is_undone_by_a_rebuild() -> None:
    ada, grace = pair("ab")
    # A child of a text's character: the parser cannot know, the library finds out too late.
    author = ada.author_id
    out = bytearray([1, 1, 9, 0, 4, 0])
    crdt_write(out, author)
    out += bytes([0, 1, 0x78, 0])

    with pytest.raises(ReplicaBroken):
        ada.apply([bytes(out)])

    assert ada.text == "ab"
    assert grace.apply([typed(ada, 2, "!")]) == [TextEdit(2, 0, "!")]


def crdt_write(out: bytearray, number: int) -> None:
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
