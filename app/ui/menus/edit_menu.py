"""The commands of the menu Edit."""

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
        "edit.undo",
        _T(_CONTEXT, "&Undo"),
        _T(_CONTEXT, "Take back your own last change, and nobody else’s."),
        "undo",
        ("Ctrl+Z",),
    ),
    ActionSpec(
        "edit.redo",
        _T(_CONTEXT, "&Redo"),
        _T(_CONTEXT, "Make the change again that you took back."),
        "redo",
        ("Ctrl+Shift+Z", "Ctrl+Y"),
    ),
    ActionSpec(
        "edit.cut",
        _T(_CONTEXT, "Cu&t"),
        _T(_CONTEXT, "Move the selected text to the clipboard."),
        "",
        ("Ctrl+X",),
    ),
    ActionSpec(
        "edit.copy",
        _T(_CONTEXT, "&Copy"),
        _T(_CONTEXT, "Copy the selected text to the clipboard."),
        "",
        ("Ctrl+C",),
    ),
    ActionSpec(
        "edit.paste",
        _T(_CONTEXT, "&Paste"),
        _T(_CONTEXT, "Insert the clipboard’s text."),
        "",
        ("Ctrl+V",),
    ),
    ActionSpec(
        "edit.select_all",
        _T(_CONTEXT, "Select &All"),
        _T(_CONTEXT, "Select the whole text."),
        "",
        ("Ctrl+A",),
    ),
    ActionSpec(
        "edit.find",
        _T(_CONTEXT, "&Find…"),
        _T(_CONTEXT, "Find something in this text."),
        "search",
        ("Ctrl+F",),
    ),
    ActionSpec(
        "edit.replace",
        _T(_CONTEXT, "R&eplace…"),
        _T(_CONTEXT, "Replace something in this text."),
        "",
        ("Ctrl+H",),
    ),
    ActionSpec(
        "edit.find_in_folder",
        _T(_CONTEXT, "Find in Folder…"),
        _T(_CONTEXT, "Find something in all files of the folder."),
        "search",
        ("Ctrl+Shift+F",),
    ),
    ActionSpec(
        "edit.find_next",
        _T(_CONTEXT, "Find &Next"),
        _T(_CONTEXT, "Go to the next match."),
        "",
        ("F3",),
    ),
    ActionSpec(
        "edit.find_previous",
        _T(_CONTEXT, "Find Pre&vious"),
        _T(_CONTEXT, "Go to the match before."),
        "",
        ("Shift+F3",),
    ),
    ActionSpec(
        "edit.comment",
        _T(_CONTEXT, "Toggle Co&mment"),
        _T(_CONTEXT, "Make the selected lines a comment, or text again."),
        "",
        ("Ctrl+/",),
    ),
    ActionSpec(
        "edit.indent",
        _T(_CONTEXT, "&Indent"),
        _T(_CONTEXT, "Move the selected lines to the right."),
        "",
        ("Ctrl+]",),
    ),
    ActionSpec(
        "edit.outdent",
        _T(_CONTEXT, "&Outdent"),
        _T(_CONTEXT, "Move the selected lines to the left."),
        "",
        ("Ctrl+[",),
    ),
    ActionSpec(
        "edit.duplicate",
        _T(_CONTEXT, "&Duplicate Lines"),
        _T(_CONTEXT, "Put a copy of the selected lines above them."),
        "",
        ("Ctrl+Shift+D",),
    ),
    ActionSpec(
        "edit.move_up",
        _T(_CONTEXT, "Move Lines Up"),
        _T(_CONTEXT, "Change the selected lines with the one above."),
        "",
        ("Alt+Up",),
    ),
    ActionSpec(
        "edit.move_down",
        _T(_CONTEXT, "Move Lines Down"),
        _T(_CONTEXT, "Change the selected lines with the one below."),
        "",
        ("Alt+Down",),
    ),
    ActionSpec(
        "edit.join",
        _T(_CONTEXT, "&Join Lines"),
        _T(_CONTEXT, "Make one line of the selected lines, or of this and the next."),
        "",
        ("Ctrl+J",),
    ),
    ActionSpec(
        "edit.delete_lines",
        _T(_CONTEXT, "Delete &Lines"),
        _T(_CONTEXT, "Delete the selected lines."),
        "",
        ("Ctrl+Shift+K",),
    ),
)

_ORDER = (
    "edit.undo",
    "edit.redo",
    SEPARATOR,
    "edit.cut",
    "edit.copy",
    "edit.paste",
    "edit.select_all",
    SEPARATOR,
    "edit.find",
    "edit.replace",
    "edit.find_next",
    "edit.find_previous",
    "edit.find_in_folder",
    SEPARATOR,
    "edit.comment",
    "edit.indent",
    "edit.outdent",
    SEPARATOR,
    "edit.duplicate",
    "edit.move_up",
    "edit.move_down",
    "edit.join",
    "edit.delete_lines",
)

EDIT_MENU = MenuSpec("edit", _T(_CONTEXT, "&Edit"), _ORDER, _SPECS)
