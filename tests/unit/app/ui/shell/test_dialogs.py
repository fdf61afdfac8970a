"""Dialogs: what they fill in, say and tell."""

from dataclasses import replace

import pytest
from PySide6.QtWidgets import QDialogButtonBox, QLabel, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from app.model.invitation import InvitationCard
from app.ui.dialogs.about import AboutDialog
from app.ui.dialogs.join import JoinDialog
from app.ui.dialogs.server import ServerDialog
from app.ui.dialogs.share import ShareDialog, ShareOffer, size_text
from app.ui.dialogs.unsaved import Choice, UnsavedDialog

LINK = "codexpro://join/127.0.0.1:8080/abcdefghijklmnopqrst"


def press_main_button(dialog: JoinDialog | ServerDialog | ShareDialog) -> None:
    dialog.findChildren(QDialogButtonBox)[0].accepted.emit()


@pytest.mark.parametrize(
    ("clipboard", "filled"),
    [(LINK, LINK), (f"  {LINK}\n", LINK), ("a shopping list", ""), ("", ""), ("https://e.org", "")],
)
def test_only_a_link_is_taken_from_the_clipboard(qtbot: QtBot, clipboard: str, filled: str) -> None:
    dialog = JoinDialog(clipboard_text=clipboard)
    qtbot.addWidget(dialog)

    assert dialog.link_text == filled


def test_joining_needs_a_link_and_a_name(qtbot: QtBot) -> None:
    dialog = JoinDialog()
    qtbot.addWidget(dialog)
    assert not dialog.can_join

    dialog.enter(LINK, "Ada")

    assert dialog.can_join


def test_what_is_no_link_is_told_in_words_and_not_tried(qtbot: QtBot) -> None:
    dialog = JoinDialog(name="Ada")
    qtbot.addWidget(dialog)
    dialog.enter("codexpro://join", "Ada")

    with qtbot.assertNotEmitted(dialog.join_requested):
        press_main_button(dialog)

    assert "Copy the whole link" in dialog.error_text


def test_a_join_is_told_once_and_can_be_tried_again_after_an_error(qtbot: QtBot) -> None:
    dialog = JoinDialog(clipboard_text=LINK, name=" Ada ")
    qtbot.addWidget(dialog)

    with qtbot.waitSignal(dialog.join_requested) as told:
        press_main_button(dialog)

    assert told.args == [LINK, "Ada"]
    assert not dialog.can_join
    dialog.show_error("The invitation has expired.")
    assert dialog.can_join
    assert dialog.error_text == "The invitation has expired."


def test_sharing_says_what_exactly_is_shared(qtbot: QtBot) -> None:
    offer = ShareOffer("<b>hello</b>.py", 1630, 61)
    dialog = ShareDialog(offer=offer, name="Ada")
    qtbot.addWidget(dialog)

    assert dialog.offer_text == "<b>hello</b>.py: 61 lines, 1.6 KB"
    assert set(dialog.button_texts) == {"Share and Copy Link", "Cancel"}


def test_sharing_into_a_session_names_what_is_shared_already(qtbot: QtBot) -> None:
    offer = ShareOffer("b.py", 1, 1, already=tuple(f"<b>{number}" for number in range(7)))
    dialog = ShareDialog(offer=offer, name="Ada")
    qtbot.addWidget(dialog)

    texts = " ".join(label.text() for label in dialog.findChildren(QLabel))

    assert "<b>0, <b>1, <b>2, <b>3, <b>4 and 2 more" in texts


@pytest.mark.parametrize(("name", "is_warned"), [(".env", True), ("main.py", False)])
def test_sharing_what_looks_secret_is_warned_of(qtbot: QtBot, name: str, is_warned: bool) -> None:
    dialog = ShareDialog(offer=ShareOffer(name, 1, 1), name="Ada")
    qtbot.addWidget(dialog)

    texts = " ".join(label.text() for label in dialog.findChildren(QLabel))

    assert ("passwords or keys" in texts) is is_warned


def test_sharing_tells_the_name_without_its_margins_and_who_may_edit(qtbot: QtBot) -> None:
    dialog = ShareDialog(offer=ShareOffer("a.py", 1, 1), name="")
    qtbot.addWidget(dialog)
    assert not dialog.can_share
    dialog.enter_name("  Grace ")
    dialog.choose_role(is_for_editing=False)

    with qtbot.waitSignal(dialog.share_requested) as told:
        press_main_button(dialog)

    assert told.args == ["Grace", False]


@pytest.mark.parametrize("choice", list(Choice))
def test_an_unsaved_text_gets_exactly_one_answer(qtbot: QtBot, choice: Choice) -> None:
    dialog = UnsavedDialog(names=["a.py"])
    qtbot.addWidget(dialog)
    told: list[Choice] = []
    dialog.chosen.connect(told.append)
    dialog.open()

    dialog.press(choice)

    assert told == [choice]


def test_several_unsaved_texts_are_named(qtbot: QtBot) -> None:
    dialog = UnsavedDialog(names=[f"<b>{n}" for n in range(10)])
    qtbot.addWidget(dialog)

    texts = "\n".join(label.text() for label in dialog.findChildren(QLabel))

    assert "10 texts" in texts
    assert "• <b>7" in texts
    assert "<b>8" not in texts


def test_about_says_the_version(qtbot: QtBot) -> None:
    dialog = AboutDialog(version="1.2.3")
    qtbot.addWidget(dialog)

    assert "Version 1.2.3" in [label.text() for label in dialog.findChildren(QLabel)]


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KB"), (3 * 1024 * 1024, "3.0 MB")],
)
def test_sizes_are_said_as_people_say_them(size_bytes: int, text: str) -> None:
    assert size_text(size_bytes) == text


def test_signing_in_needs_an_address_and_a_token(qtbot: QtBot) -> None:
    dialog = ServerDialog()
    qtbot.addWidget(dialog)
    assert (dialog.button_text, dialog.can_accept) == ("Use This Computer", True)

    dialog.enter("collab.example.org", "")
    assert (dialog.button_text, dialog.can_accept) == ("Sign In", False)
    dialog.enter("collab.example.org", " a.b.c ")

    with qtbot.waitSignal(dialog.sign_in_requested) as told:
        press_main_button(dialog)
    assert told.args == ["wss://collab.example.org/ws", "a.b.c"]
    assert (dialog.button_text, dialog.can_accept) == ("Signing In…", False)
    dialog.show_error("No.")
    assert (dialog.error_text, dialog.can_accept) == ("No.", True)


def test_what_is_no_address_is_told_and_not_tried(qtbot: QtBot) -> None:
    dialog = ServerDialog()
    qtbot.addWidget(dialog)
    dialog.enter("ftp://example.org", "token")

    with qtbot.assertNotEmitted(dialog.sign_in_requested):
        press_main_button(dialog)

    assert "not the address of a server" in dialog.error_text


def test_an_invitation_given_as_a_token_is_joined_by(qtbot: QtBot) -> None:
    dialog = ServerDialog()
    qtbot.addWidget(dialog)
    dialog.enter("", LINK)
    assert dialog.button_text == "Join…"

    with qtbot.waitSignal(dialog.join_requested) as told:
        press_main_button(dialog)

    assert told.args == [LINK]


def test_a_kept_token_is_shown_to_nobody_and_can_be_forgotten(qtbot: QtBot) -> None:
    dialog = ServerDialog(server="wss://collab.example.org/ws")
    qtbot.addWidget(dialog)
    fields = {field.text(): field for field in dialog.findChildren(QLineEdit)}
    assert set(fields) == {"wss://collab.example.org/ws", ""}
    assert fields[""].echoMode() is QLineEdit.EchoMode.Password

    with qtbot.waitSignal(dialog.sign_out_requested):
        next(b for b in dialog.findChildren(QPushButton) if b.text() == "Sign Out").click()


def test_this_computer_can_be_chosen_again(qtbot: QtBot) -> None:
    dialog = ServerDialog(server="wss://collab.example.org/ws")
    qtbot.addWidget(dialog)
    dialog.choose_own()

    with qtbot.waitSignal(dialog.own_requested):
        press_main_button(dialog)


CARD = InvitationCard("example.org:443", "<b>Ada</b>", ("Bo", ""), True, 3_700, 3)


@pytest.mark.parametrize(
    ("card", "who"),
    [
        (CARD, "<b>Ada</b> invites you. Also there: Bo."),
        (replace(CARD, others=()), "<b>Ada</b> invites you, and is there alone."),
        (replace(CARD, host=""), "Who invited you is away. There now: Bo."),
        (replace(CARD, host="", others=()), "Nobody is there just now."),
        (
            replace(CARD, others=tuple("abcdefg")),
            "<b>Ada</b> invites you. Also there: a, b, c, d, e and 2 more.",
        ),
    ],
)
def test_a_card_says_what_the_invitation_opens(
    qtbot: QtBot, card: InvitationCard, who: str
) -> None:
    dialog = JoinDialog(clipboard_text=LINK, name="Grace")
    qtbot.addWidget(dialog)
    dialog.show()

    dialog.show_card(card)

    assert dialog.card_text.split("\n") == [
        who,
        "You may read and change what is shared. The link is good for 1 h 1 min. "
        "The text stays on the server at example.org:443.",
    ]


def test_a_card_goes_with_its_link(qtbot: QtBot) -> None:
    dialog = JoinDialog(clipboard_text=LINK, name="Grace")
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.show_card(replace(CARD, may_write=False, ends_in_s=60))
    before = dialog.card_text

    dialog.enter(LINK[:-1], "Grace")

    assert "read what is shared, and not change it. The link is good for 1 min." in before
    assert dialog.card_text == ""


def test_a_link_can_be_looked_at_once_at_a_time(qtbot: QtBot) -> None:
    dialog = JoinDialog(clipboard_text=LINK)
    qtbot.addWidget(dialog)
    dialog.show()
    (look,) = (each for each in dialog.findChildren(QPushButton) if "Who" in each.text())
    asked: list[str] = []
    dialog.look_requested.connect(asked.append)

    look.click()
    look.click()

    assert asked == [LINK]
    assert look.text() == "Asking…"
    dialog.show_card(CARD)
    assert look.isEnabled()


def test_what_went_wrong_is_said_at_once(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[tuple[str, bool]] = []
    monkeypatch.setattr(
        "app.ui.dialogs.asking.announce",
        lambda _speaker, text, *, is_urgent: said.append((text, is_urgent)),
    )
    dialog = JoinDialog()
    qtbot.addWidget(dialog)

    dialog.show_error("The invitation has expired.")
    dialog.show_error("")

    assert said == [("The invitation has expired.", True)]
