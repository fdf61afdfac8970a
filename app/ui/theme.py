"""Colours, fonts and icons: the themes, and which of them the application shows.

The only place that knows a colour. Knows no window. The style is Fusion with a palette of our own,
because platforms without a native one would ignore the scheme. Source: STYLE.md (Qt), EDITOR.md.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, fields
from enum import Enum
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QByteArray, QObject, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QIcon,
    QPainter,
    QPalette,
    QPixmap,
    QPixmapCache,
)
from PySide6.QtSvg import QSvgRenderer

from app.paths import resources_dir
from app.ui.editor.editor_colors import EditorColors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtWidgets import QApplication

READABLE_CONTRAST = 4.5
"""What WCAG 2 asks for, of text against what is behind it."""

_THEMES = ("light", "dark", "contrast-light", "contrast-dark")
_ICON_SIZES_PX = (16, 20, 24, 32, 48)
_FONT_POINTS = 11
_LUMINANCE_WEIGHTS = (0.2126, 0.7152, 0.0722)


class ThemeChoice(Enum):
    """What the user set."""

    SYSTEM = "system"  # as the desktop is, and along with it
    LIGHT = "light"
    DARK = "dark"
    CONTRAST = "contrast"  # the strongest there is, dark or light as the desktop is


class BrokenTheme(Exception):
    """A theme file that does not say what a theme must say: our own fault."""


@dataclass(frozen=True, slots=True)
class Colours:
    """The colours of everything around the text."""

    window: QColor
    window_text: QColor
    base: QColor
    alternate_base: QColor
    text: QColor
    muted_text: QColor
    disabled_text: QColor
    button: QColor
    button_text: QColor
    highlight: QColor
    highlighted_text: QColor
    link: QColor
    border: QColor
    hover: QColor
    pressed: QColor
    tool_tip: QColor
    tool_tip_text: QColor


@dataclass(frozen=True, slots=True)
class StatusColours:
    """The colours that say how things stand; a word always says it too."""

    live: QColor
    live_text: QColor  # on `live`
    connecting: QColor
    offline: QColor
    error: QColor
    notice: QColor
    notice_text: QColor
    notice_border: QColor
    trouble: QColor
    trouble_text: QColor
    trouble_border: QColor
    good: QColor
    good_text: QColor
    good_border: QColor


@dataclass(frozen=True, slots=True)
class Theme:
    """One look, as its file describes it."""

    name: str
    is_dark: bool
    colours: Colours
    status: StatusColours
    editor: EditorColors
    syntax: Mapping[str, QColor]  # by the name of a highlighting capture, its first part
    presence: tuple[QColor, ...]  # told apart by colour-blind people too

    def palette(self) -> QPalette:
        """Return the colours as Qt's widgets take them."""
        colours = self.colours
        palette = QPalette()
        roles = {
            QPalette.ColorRole.Window: colours.window,
            QPalette.ColorRole.WindowText: colours.window_text,
            QPalette.ColorRole.Base: colours.base,
            QPalette.ColorRole.AlternateBase: colours.alternate_base,
            QPalette.ColorRole.Text: colours.text,
            QPalette.ColorRole.PlaceholderText: colours.muted_text,
            QPalette.ColorRole.Button: colours.button,
            QPalette.ColorRole.ButtonText: colours.button_text,
            QPalette.ColorRole.Highlight: colours.highlight,
            QPalette.ColorRole.HighlightedText: colours.highlighted_text,
            QPalette.ColorRole.Accent: colours.highlight,
            QPalette.ColorRole.Link: colours.link,
            QPalette.ColorRole.ToolTipBase: colours.tool_tip,
            QPalette.ColorRole.ToolTipText: colours.tool_tip_text,
            QPalette.ColorRole.Light: colours.hover,
            QPalette.ColorRole.Midlight: colours.hover,
            QPalette.ColorRole.Mid: colours.border,
            QPalette.ColorRole.Dark: colours.border,
        }
        for role, colour in roles.items():
            palette.setColor(role, colour)
        for role in (
            QPalette.ColorRole.WindowText,
            QPalette.ColorRole.Text,
            QPalette.ColorRole.ButtonText,
        ):
            palette.setColor(QPalette.ColorGroup.Disabled, role, colours.disabled_text)
        return palette

    def icon(self, name: str, colour: QColor | None = None) -> QIcon:
        """Return one of our icons in the colours of this theme."""
        path = resources_dir() / "icons" / f"{name}.svg"
        source = path.read_text(encoding="utf-8")
        icon = QIcon()
        for mode, of_mode in (
            (QIcon.Mode.Normal, colour or self.colours.button_text),
            (QIcon.Mode.Disabled, self.colours.disabled_text),
        ):
            svg = QByteArray(source.replace("currentColor", of_mode.name()).encode())
            renderer = QSvgRenderer(svg)
            for size_px in _ICON_SIZES_PX:
                pixmap = QPixmap(QSize(size_px, size_px))
                pixmap.fill(Qt.GlobalColor.transparent)
                painter = QPainter(pixmap)
                renderer.render(painter)
                painter.end()
                icon.addPixmap(pixmap, mode)
        return icon


def load_theme(name: str) -> Theme:
    """Read a theme of ours.

    Raises:
        BrokenTheme: it lacks a colour.
    """
    path = resources_dir() / "themes" / f"{name}.json"
    try:
        read: object = json.loads(path.read_text(encoding="utf-8"))
        described = cast("dict[str, dict[str, str]]", read)
        return Theme(
            name=name,
            is_dark=cast("object", described["scheme"]) == "dark",
            colours=Colours(
                **{f.name: QColor(described["palette"][f.name]) for f in fields(Colours)}
            ),
            status=StatusColours(
                **{f.name: QColor(described["status"][f.name]) for f in fields(StatusColours)}
            ),
            editor=EditorColors(
                **{f.name: QColor(described["editor"][f.name]) for f in fields(EditorColors)}
            ),
            syntax={key: QColor(value) for key, value in described["syntax"].items()},
            presence=tuple(QColor(value) for value in described["presence"]),
        )
    except (OSError, ValueError, KeyError) as error:
        raise BrokenTheme(f"the theme {name} cannot be used: {error}") from error


def contrast(one: QColor, other: QColor) -> float:
    """Return how well two colours are told apart: 1..21, as WCAG 2 counts it."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def text_colour_on(background: QColor) -> QColor:
    """Return black or white, whichever is read better."""
    black, white = QColor(Qt.GlobalColor.black), QColor(Qt.GlobalColor.white)
    return max(black, white, key=lambda colour: contrast(colour, background))


def participant_colour(text: str) -> QColor:
    """Return the colour that somebody else chose; grey when it is none."""
    colour = QColor(text)
    return colour if colour.isValid() else QColor(Qt.GlobalColor.gray)


def editor_font() -> QFont:
    """Return the font for code."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    font.setStyleHint(QFont.StyleHint.Monospace)
    font.setFixedPitch(True)
    font.setPointSize(max(font.pointSize(), _FONT_POINTS))
    return font


class Appearance(QObject):
    """The theme that the application shows.

    Invariant: `theme` is what the application's palette was made of last.
    """

    theme_changed = Signal(object)  # Theme

    def __init__(
        self,
        application: QApplication,
        *,
        choice: ThemeChoice = ThemeChoice.SYSTEM,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        # Else Qt fills areas of a window's size in threads that it wakes for each, and on a busy
        # machine the key that broke a line waits milliseconds for them. Read at the first fill.
        os.environ.setdefault("QT_NO_GUI_THREADPOOL", "1")
        self._application = application
        self._choice = choice
        self._themes = {name: load_theme(name) for name in _THEMES}
        application.setStyle("Fusion")
        self._theme = self._wanted()
        self._show()
        application.styleHints().colorSchemeChanged.connect(self._on_scheme_changed)

    @property
    def theme(self) -> Theme:
        """What is shown now."""
        return self._theme

    @property
    def choice(self) -> ThemeChoice:
        """What the user set."""
        return self._choice

    def choose(self, choice: ThemeChoice) -> None:
        """Show another theme from now on."""
        self._choice = choice
        self._apply()

    @Slot(Qt.ColorScheme)
    def _on_scheme_changed(self, _scheme: Qt.ColorScheme) -> None:
        self._apply()

    def _apply(self) -> None:
        theme = self._wanted()
        if theme is not self._theme:
            self._theme = theme
            self._show()
            self.theme_changed.emit(theme)

    def _wanted(self) -> Theme:
        is_dark = self._application.styleHints().colorScheme() == Qt.ColorScheme.Dark
        match self._choice:
            case ThemeChoice.SYSTEM:
                return self._themes["dark" if is_dark else "light"]
            case ThemeChoice.CONTRAST:
                return self._themes["contrast-dark" if is_dark else "contrast-light"]
            case _:
                return self._themes[self._choice.value]

    def _show(self) -> None:
        self._application.setPalette(self._theme.palette())
        self._application.setStyleSheet(style_sheet(self._theme))
        QPixmapCache.clear()  # what is in it has the colours of before


def style_sheet(theme: Theme) -> str:
    """Return what the palette cannot say: spacing, borders, and the parts with a role."""
    colours, status = theme.colours, theme.status
    names = {f.name: getattr(colours, f.name).name() for f in fields(Colours)}
    names |= {f.name: getattr(status, f.name).name() for f in fields(StatusColours)}
    sheet = (resources_dir() / "themes" / "window.qss").read_text(encoding="utf-8")
    for name in sorted(names, key=len, reverse=True):
        sheet = sheet.replace(f"@{name};", f"{names[name]};").replace(
            f"@{name} ", f"{names[name]} "
        )
    return sheet.replace("@icons/", f"{(resources_dir() / 'icons').as_posix()}/")


def _luminance(colour: QColor) -> float:
    parts = (colour.redF(), colour.greenF(), colour.blueF())
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(weight * part for weight, part in zip(_LUMINANCE_WEIGHTS, linear, strict=True))
