"""The commands of the menu Tools."""

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
        "tools.preview",
        _T(_CONTEXT, "&Preview"),
        _T(_CONTEXT, "Show a page in the browser, or Markdown beside the text, as it is now."),
        "preview",
        ("Ctrl+Shift+V",),
    ),
)

_ORDER = ("tools.preview",)

TOOLS_MENU = MenuSpec("tools", _T(_CONTEXT, "&Tools"), _ORDER, _SPECS)
