"""The commands of the menu View."""

from __future__ import annotations

from app.ui.menus.action_spec import (
    CONTEXT,
    QT_TRANSLATE_NOOP,
    SEPARATOR,
    ActionSpec,
    MenuSpec,
)

_T, _CONTEXT = QT_TRANSLATE_NOOP, CONTEXT

_SPECS = (
    ActionSpec(
        "view.zoom_in",
        _T(_CONTEXT, "Zoom &In"),
        _T(_CONTEXT, "Make the text larger."),
        "",
        ("Ctrl++", "Ctrl+="),
    ),
    ActionSpec(
        "view.zoom_out",
        _T(_CONTEXT, "Zoom &Out"),
        _T(_CONTEXT, "Make the text smaller."),
        "",
        ("Ctrl+-",),
    ),
    ActionSpec(
        "view.zoom_reset",
        _T(_CONTEXT, "&Reset Zoom"),
        _T(_CONTEXT, "Show the text in its usual size."),
        "",
        ("Ctrl+0",),
    ),
    ActionSpec(
        "view.wrap",
        _T(_CONTEXT, "&Wrap Lines"),
        _T(_CONTEXT, "Break long lines at the window’s edge."),
        "",
        ("Alt+Z",),
        True,
    ),
    ActionSpec(
        "view.whitespace",
        _T(_CONTEXT, "Show &Blanks"),
        _T(_CONTEXT, "Show blanks and tabs as signs."),
        "",
        (),
        True,
    ),
    ActionSpec(
        "view.language",
        _T(_CONTEXT, "Langua&ge…"),
        _T(_CONTEXT, "Choose what the text is coloured as."),
    ),
    ActionSpec(
        "view.project",
        _T(_CONTEXT, "Pro&ject"),
        _T(_CONTEXT, "Show the folder that is open."),
        "folder",
        ("Ctrl+B",),
        True,
    ),
    ActionSpec(
        "view.people",
        _T(_CONTEXT, "&People"),
        _T(_CONTEXT, "Show who is in the session."),
        "people",
        ("Ctrl+Alt+P",),
        True,
    ),
    ActionSpec(
        "view.search",
        _T(_CONTEXT, "&Search"),
        _T(_CONTEXT, "Show the search through the folder."),
        "search",
        (),
        True,
    ),
    ActionSpec(
        "view.chat",
        _T(_CONTEXT, "&Chat"),
        _T(_CONTEXT, "Show what is said in the session."),
        "chat",
        ("Ctrl+Alt+C",),
        True,
    ),
    ActionSpec(
        "view.notices",
        _T(_CONTEXT, "&Notices"),
        _T(_CONTEXT, "Show what products told you."),
        "bell",
        ("Ctrl+Alt+N",),
        True,
    ),
    ActionSpec(
        "view.markdown",
        _T(_CONTEXT, "&Markdown Preview"),
        _T(_CONTEXT, "Show beside the text how Markdown reads."),
        "",
        (),
        True,
    ),
    ActionSpec(
        "view.theme_system",
        _T(_CONTEXT, "As the Desk&top"),
        _T(_CONTEXT, "Light or dark as the desktop is."),
        "",
        (),
        True,
    ),
    ActionSpec(
        "view.theme_light",
        _T(_CONTEXT, "&Light"),
        _T(_CONTEXT, "Dark text on white."),
        "",
        (),
        True,
    ),
    ActionSpec(
        "view.theme_dark", _T(_CONTEXT, "&Dark"), _T(_CONTEXT, "Light text on dark."), "", (), True
    ),
    ActionSpec(
        "view.theme_contrast",
        _T(_CONTEXT, "Hig&h Contrast"),
        _T(_CONTEXT, "The strongest contrast, for eyes that need it."),
        "",
        (),
        True,
    ),
)

_ORDER = (
    "view.zoom_in",
    "view.zoom_out",
    "view.zoom_reset",
    SEPARATOR,
    "view.wrap",
    "view.whitespace",
    "view.language",
    SEPARATOR,
    "view.project",
    "view.search",
    "view.people",
    "view.chat",
    "view.notices",
    "view.markdown",
    SEPARATOR,
    "view.theme_system",
    "view.theme_light",
    "view.theme_dark",
    "view.theme_contrast",
)

VIEW_MENU = MenuSpec("view", _T(_CONTEXT, "&View"), _ORDER, _SPECS)
