"""The themes can be read, and the application shows the one that was chosen."""

from dataclasses import fields

import pytest
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from app.ui.editor_window import EditorWindow
from app.ui.theme import (
    READABLE_CONTRAST,
    Appearance,
    BrokenTheme,
    Theme,
    ThemeChoice,
    contrast,
    load_theme,
    participant_colour,
    style_sheet,
    text_colour_on,
)

THEMES = ["light", "dark", "contrast-light", "contrast-dark"]


def pairs(theme: Theme) -> dict[str, tuple[QColor, QColor]]:
    """Return every text colour with what is behind it."""
    colours, status, editor = theme.colours, theme.status, theme.editor
    around = {
        "window": (colours.window_text, colours.window),
        "text": (colours.text, colours.base),
        "alternate": (colours.text, colours.alternate_base),
        "muted": (colours.muted_text, colours.window),
        "muted on base": (colours.muted_text, colours.base),
        "button": (colours.button_text, colours.button),
        "hover": (colours.button_text, colours.hover),
        "highlight": (colours.highlighted_text, colours.highlight),
        "link": (colours.link, colours.window),
        "tool tip": (colours.tool_tip_text, colours.tool_tip),
        "live": (status.live, colours.window),
        "on live": (status.live_text, status.live),
        "connecting": (status.connecting, colours.window),
        "error": (status.error, colours.window),
        "notice": (status.notice_text, status.notice),
        "trouble": (status.trouble_text, status.trouble),
        "good": (status.good_text, status.good),
        "editor": (editor.text, editor.background),
        "editor selection": (editor.text, editor.selection),
        "bracket": (editor.text, editor.bracket),
        "line numbers": (editor.gutter_text, editor.gutter_background),
        "current number": (editor.gutter_current, editor.gutter_background),
    }
    for name, colour in theme.syntax.items():
        around[f"{name} in the text"] = (colour, editor.background)
        around[f"{name} in the current line"] = (colour, editor.current_line)
    return around


@pytest.mark.parametrize("name", THEMES)
def test_every_text_of_a_theme_can_be_read(name: str) -> None:
    ratios = {what: contrast(*pair) for what, pair in pairs(load_theme(name)).items()}

    assert {what: ratio for what, ratio in ratios.items() if ratio < READABLE_CONTRAST} == {}


@pytest.mark.parametrize("name", THEMES)
def test_every_colour_of_a_theme_is_one(name: str) -> None:
    theme = load_theme(name)

    parts = (theme.colours, theme.status, theme.editor)
    colours = [getattr(part, field.name) for part in parts for field in fields(part)]
    colours += [*theme.syntax.values(), *theme.presence]
    assert all(colour.isValid() for colour in colours)


@pytest.mark.parametrize("name", THEMES)
def test_the_style_sheet_has_no_colour_left_to_fill_in(name: str) -> None:
    assert "@" not in style_sheet(load_theme(name))


def test_both_themes_name_the_same_colours() -> None:
    light, dark = load_theme("light"), load_theme("dark")

    assert light.syntax.keys() == dark.syntax.keys()
    assert len(light.presence) == len(dark.presence) == len({c.name() for c in light.presence})
    assert (light.is_dark, dark.is_dark) == (False, True)


def test_a_theme_that_is_not_there_is_our_own_fault() -> None:
    with pytest.raises(BrokenTheme):
        load_theme("no such theme")


def test_choosing_a_theme_changes_the_application(qapp: QApplication) -> None:
    appearance = Appearance(qapp, choice=ThemeChoice.LIGHT)
    told: list[Theme] = []
    appearance.theme_changed.connect(told.append)

    appearance.choose(ThemeChoice.DARK)
    appearance.choose(ThemeChoice.DARK)

    assert told == [load_theme("dark")]
    window = qapp.palette().color(QPalette.ColorRole.Window)
    assert window == load_theme("dark").colours.window


def test_text_on_a_colour_is_black_or_white() -> None:
    assert text_colour_on(QColor("yellow")).name() == "#000000"
    assert text_colour_on(QColor("navy")).name() == "#ffffff"


def test_a_colour_that_is_none_is_grey() -> None:
    assert participant_colour("no colour").isValid()


def test_an_icon_has_the_colour_it_was_asked_for(qapp: QApplication) -> None:
    image = load_theme("dark").icon("close", QColor("red")).pixmap(24, 24).toImage()

    seen = {
        image.pixelColor(x, y).name()
        for x in range(24)
        for y in range(24)
        if image.pixelColor(x, y).alpha() == 255
    }
    assert seen == {"#ff0000"}


async def test_an_open_text_takes_the_background_of_another_theme(window: EditorWindow) -> None:
    seen: list[str] = []
    for choice in (ThemeChoice.DARK, ThemeChoice.LIGHT):
        window.window.theme_requested.emit(choice)
        text = window.editor.viewport()
        picture = window.window.grab().toImage()
        place = text.mapTo(window.window, text.rect().center())
        seen.append(picture.pixelColor(place).name())

    wanted = [load_theme(name).editor.background.name() for name in ("dark", "light")]
    assert seen == wanted
