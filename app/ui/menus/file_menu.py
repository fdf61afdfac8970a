"""The commands of the menu File."""

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
        "file.new",
        _T(_CONTEXT, "&New"),
        _T(_CONTEXT, "Start an empty file."),
        "file-new",
        ("Ctrl+N",),
    ),
    ActionSpec(
        "file.new_from",
        _T(_CONTEXT, "New from Tem&plate…"),
        _T(_CONTEXT, "Start a web page, a script or a Markdown text that is begun already."),
        "",
        ("Ctrl+Alt+T",),
    ),
    ActionSpec(
        "file.new_window",
        _T(_CONTEXT, "New &Window"),
        _T(_CONTEXT, "Open one more window."),
        "",
        ("Ctrl+Shift+N",),
    ),
    ActionSpec(
        "file.open",
        _T(_CONTEXT, "&Open…"),
        _T(_CONTEXT, "Open a file from this disk."),
        "folder-open",
        ("Ctrl+O",),
    ),
    ActionSpec(
        "file.open_folder",
        _T(_CONTEXT, "Open &Folder…"),
        _T(_CONTEXT, "Show a folder of this disk beside the text."),
        "folder-open",
        ("Ctrl+Shift+O",),
    ),
    ActionSpec(
        "file.open_recent",
        _T(_CONTEXT, "Open &Recent…"),
        _T(_CONTEXT, "Open a file or folder again that was opened lately."),
        "",
        ("Ctrl+R",),
    ),
    ActionSpec(
        "file.save",
        _T(_CONTEXT, "&Save"),
        _T(_CONTEXT, "Write the text to its file."),
        "save",
        ("Ctrl+S",),
    ),
    ActionSpec(
        "file.save_as",
        _T(_CONTEXT, "Save &As…"),
        _T(_CONTEXT, "Write the text to another file."),
        "",
        ("Ctrl+Shift+S",),
    ),
    ActionSpec(
        "file.save_all",
        _T(_CONTEXT, "Save A&ll"),
        _T(_CONTEXT, "Write every changed text to its file."),
        "",
        ("Ctrl+Alt+S",),
    ),
    ActionSpec(
        "file.new_in_folder",
        _T(_CONTEXT, "New File in Folder…"),
        _T(_CONTEXT, "Make an empty file where the folder's tree is marked."),
    ),
    ActionSpec(
        "file.new_folder",
        _T(_CONTEXT, "New Folder…"),
        _T(_CONTEXT, "Make an empty folder where the folder's tree is marked."),
    ),
    ActionSpec(
        "file.rename",
        _T(_CONTEXT, "Rename…"),
        _T(_CONTEXT, "Give what is marked in the folder's tree another name."),
        "",
        ("F2",),
    ),
    ActionSpec(
        "file.trash",
        _T(_CONTEXT, "Move to Trash…"),
        _T(_CONTEXT, "Move what is marked in the folder's tree to the trash."),
    ),
    ActionSpec(
        "file.autosave",
        _T(_CONTEXT, "A&utosave"),
        _T(_CONTEXT, "Write changed files by itself, a moment after the last key."),
        "",
        (),
        True,
    ),
    ActionSpec(
        "file.reload",
        _T(_CONTEXT, "Reload from Dis&k"),
        _T(_CONTEXT, "Take what stands in the file on the disk now."),
    ),
    ActionSpec(
        "file.encoding",
        _T(_CONTEXT, "&Encoding…"),
        _T(_CONTEXT, "Read or write the file in another encoding."),
    ),
    ActionSpec(
        "file.line_ending",
        _T(_CONTEXT, "L&ine Ends…"),
        _T(_CONTEXT, "Choose the line ends of the file."),
    ),
    ActionSpec(
        "file.close_tab",
        _T(_CONTEXT, "Close &Tab"),
        _T(_CONTEXT, "Close the text in front."),
        "",
        ("Ctrl+W",),
    ),
    ActionSpec(
        "file.reopen_closed",
        _T(_CONTEXT, "Reopen Close&d Tab"),
        _T(_CONTEXT, "Open the file again whose tab was closed last."),
        "",
        ("Ctrl+Shift+T",),
    ),
    ActionSpec(
        "file.close_folder",
        _T(_CONTEXT, "Close Folder"),
        _T(_CONTEXT, "Show no folder beside the text any more."),
    ),
    ActionSpec(
        "file.close",
        _T(_CONTEXT, "&Close Window"),
        _T(_CONTEXT, "Close this window."),
        "",
        ("Ctrl+Shift+W",),
    ),
    ActionSpec(
        "file.quit", _T(_CONTEXT, "&Quit"), _T(_CONTEXT, "Close all windows."), "", ("Ctrl+Q",)
    ),
)

_ORDER = (
    "file.new",
    "file.new_from",
    "file.new_window",
    "file.open",
    "file.open_folder",
    "file.open_recent",
    SEPARATOR,
    "file.new_in_folder",
    "file.new_folder",
    "file.rename",
    "file.trash",
    SEPARATOR,
    "file.save",
    "file.save_as",
    "file.save_all",
    "file.autosave",
    "file.reload",
    SEPARATOR,
    "file.encoding",
    "file.line_ending",
    SEPARATOR,
    "file.close_tab",
    "file.reopen_closed",
    "file.close_folder",
    "file.close",
    "file.quit",
)

FILE_MENU = MenuSpec("file", _T(_CONTEXT, "&File"), _ORDER, _SPECS)
