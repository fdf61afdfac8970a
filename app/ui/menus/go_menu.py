"""The commands of the menu Go."""

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
        "go.file",
        _T(_CONTEXT, "&File…"),
        _T(_CONTEXT, "Go to a file by some letters of its name."),
        "",
        ("Ctrl+P",),
    ),
    ActionSpec(
        "go.line",
        _T(_CONTEXT, "Go to &Line…"),
        _T(_CONTEXT, "Put the caret into a line by its number."),
        "",
        ("Ctrl+G",),
    ),
    ActionSpec(
        "go.person",
        _T(_CONTEXT, "&Person…"),
        _T(_CONTEXT, "Go where somebody else is."),
    ),
    ActionSpec(
        "go.command",
        _T(_CONTEXT, "&Command…"),
        _T(_CONTEXT, "Find a command by some letters of its name."),
        "",
        ("Ctrl+Shift+P", "F1"),
    ),
    ActionSpec(
        "go.back",
        _T(_CONTEXT, "&Back"),
        _T(_CONTEXT, "Go where you were before."),
        "",
        ("Alt+Left",),
    ),
    ActionSpec(
        "go.forward",
        _T(_CONTEXT, "Fo&rward"),
        _T(_CONTEXT, "Go where you came back from."),
        "",
        ("Alt+Right",),
    ),
    ActionSpec(
        "go.next_merged",
        _T(_CONTEXT, "Next &Merged Change"),
        _T(_CONTEXT, "Go through what others changed while the connection was away."),
        "",
        ("Alt+F5",),
    ),
    ActionSpec(
        "go.previous_merged",
        _T(_CONTEXT, "Previo&us Merged Change"),
        _T(_CONTEXT, "The same backwards."),
        "",
        ("Alt+Shift+F5",),
    ),
    ActionSpec(
        "go.next_tab",
        _T(_CONTEXT, "&Next Tab"),
        _T(_CONTEXT, "Bring the text right of this one to the front."),
        "",
        ("Ctrl+Tab", "Ctrl+PgDown"),
    ),
    ActionSpec(
        "go.previous_tab",
        _T(_CONTEXT, "Pre&vious Tab"),
        _T(_CONTEXT, "Bring the text left of this one to the front."),
        "",
        ("Ctrl+Shift+Tab", "Ctrl+PgUp"),
    ),
    ActionSpec(
        "go.next_region",
        _T(_CONTEXT, "Ne&xt Region"),
        _T(_CONTEXT, "Move from the text to what is beside it, and round."),
        "",
        ("F6",),
    ),
    ActionSpec(
        "go.previous_region",
        _T(_CONTEXT, "Previous Re&gion"),
        _T(_CONTEXT, "The same the other way round."),
        "",
        ("Shift+F6",),
    ),
)

_ORDER = (
    "go.file",
    "go.line",
    "go.person",
    "go.command",
    SEPARATOR,
    "go.back",
    "go.forward",
    "go.next_merged",
    "go.previous_merged",
    SEPARATOR,
    "go.next_tab",
    "go.previous_tab",
    SEPARATOR,
    "go.next_region",
    "go.previous_region",
)

GO_MENU = MenuSpec("go", _T(_CONTEXT, "&Go"), _ORDER, _SPECS)
