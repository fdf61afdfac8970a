"""The small widgets: texts of others stay texts, and banners answer once."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from app.ui.widgets.banner import Banner, BannerAction, Tone
from app.ui.widgets.plain_text import plain_label, plain_tool_tip
from app.ui.widgets.status_segment import StatusSegment

PIXEL = "<img src=file:///etc/passwd>"


def test_a_label_shows_a_name_character_by_character(qtbot: QtBot) -> None:
    label = plain_label(PIXEL)
    qtbot.addWidget(label)

    assert label.textFormat() is Qt.TextFormat.PlainText
    assert label.text() == PIXEL


def test_a_tool_tip_shows_a_name_character_by_character() -> None:
    assert plain_tool_tip("Ada") == "Ada"
    assert plain_tool_tip(PIXEL) == "<span>&lt;img src=file:///etc/passwd&gt;</span>"


def test_a_banner_is_hidden_until_there_is_something_to_say(qtbot: QtBot) -> None:
    banner = Banner()
    qtbot.addWidget(banner)
    assert banner.message == ""

    banner.show_message("Something", BannerAction("retry", "Retry"))

    assert banner.message == "Something"
    assert banner.button_texts == ("Retry",)


def test_a_banner_tells_what_was_pressed_and_goes(qtbot: QtBot) -> None:
    banner = Banner()
    qtbot.addWidget(banner)
    banner.show_message("Something", BannerAction("retry", "Retry"))

    with qtbot.waitSignal(banner.action_requested) as told:
        banner.findChildren(QPushButton)[0].click()

    assert told.args == ["retry"]
    assert banner.message == ""


def test_only_the_newest_message_stands(qtbot: QtBot) -> None:
    banner = Banner()
    qtbot.addWidget(banner)
    banner.show_message("First", BannerAction("retry", "Retry"))

    banner.show_message("Second", tone=Tone.TROUBLE)
    banner.withdraw("retry")
    banner.withdraw_good_news()

    assert (banner.message, banner.button_texts) == ("Second", ())


def test_good_news_goes_by_itself(qtbot: QtBot) -> None:
    banner = Banner()
    qtbot.addWidget(banner)
    banner.show_message("Done", tone=Tone.GOOD)

    banner.withdraw_good_news()

    assert banner.message == ""


def test_a_segment_without_a_word_is_hidden(qtbot: QtBot) -> None:
    segment = StatusSegment("role")
    qtbot.addWidget(segment)
    segment.show_text("R&D", tip=PIXEL)
    assert (segment.text(), segment.isHidden()) == ("R&&D", False)

    segment.show_text("")

    assert segment.isHidden()
