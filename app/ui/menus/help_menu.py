"""The commands of the menu Help."""

from __future__ import annotations

from app.ui.menus.action_spec import (
    CONTEXT,
    QT_TRANSLATE_NOOP,
    ActionSpec,
    MenuSpec,
)

_T, _CONTEXT = QT_TRANSLATE_NOOP, CONTEXT

_SPECS = (
    ActionSpec(
        "help.welcome",
        _T(_CONTEXT, "&Welcome"),
        _T(_CONTEXT, "Show what one can begin with."),
    ),
    ActionSpec(
        "help.about", _T(_CONTEXT, "&About CodeXPro"), _T(_CONTEXT, "Say which version this is.")
    ),
)

_ORDER = (
    "help.welcome",
    "help.about",
)

HELP_MENU = MenuSpec("help", _T(_CONTEXT, "&Help"), _ORDER, _SPECS)
