"""Every command of a window, in one table that menus, tool bar and tests read.

Knows no window and does nothing: an action only tells that it was triggered. Source: EDITOR.md
(habits).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtGui import QAction, QActionGroup, QKeySequence

from app.ui.theme import ThemeChoice
from app.ui.widgets.plain_text import set_plain_tool_tip

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.ui.theme import Theme

_CONTEXT = "Actions"


def QT_TRANSLATE_NOOP(_context: str, text: str) -> str:  # noqa: N802 - lupdate looks for it
    """Mark a text for translation and return it as it is."""
    return text


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """One command."""

    id: str  # `<menu>.<verb>`
    text: str  # as in the menu, with its mnemonic
    tip: str  # one sentence
    icon: str = ""  # a file of resources/icons; empty: none
    shortcuts: tuple[str, ...] = ()  # portable; the first one is shown
    is_checkable: bool = False


SEPARATOR = ""

_T = QT_TRANSLATE_NOOP

ACTIONS: tuple[ActionSpec, ...] = (
    ActionSpec(
        "file.new",
        _T(_CONTEXT, "&New"),
        _T(_CONTEXT, "Start an empty file."),
        "file-new",
        ("Ctrl+N",),
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
        False,
    ),
    ActionSpec(
        "file.open_recent",
        _T(_CONTEXT, "Open &Recent…"),
        _T(_CONTEXT, "Open a file or folder again that was opened lately."),
        "",
        ("Ctrl+R",),
        False,
    ),
    ActionSpec(
        "file.close_folder",
        _T(_CONTEXT, "Close Folder"),
        _T(_CONTEXT, "Show no folder beside the text any more."),
        "",
        (),
        False,
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
        False,
    ),
    ActionSpec(
        "file.reload",
        _T(_CONTEXT, "Reload from Dis&k"),
        _T(_CONTEXT, "Take what stands in the file on the disk now."),
        "",
        (),
        False,
    ),
    ActionSpec(
        "file.encoding",
        _T(_CONTEXT, "&Encoding…"),
        _T(_CONTEXT, "Read or write the file in another encoding."),
        "",
        (),
        False,
    ),
    ActionSpec(
        "file.line_ending",
        _T(_CONTEXT, "L&ine Ends…"),
        _T(_CONTEXT, "Choose the line ends of the file."),
        "",
        (),
        False,
    ),
    ActionSpec(
        "file.reopen_closed",
        _T(_CONTEXT, "Reopen Close&d Tab"),
        _T(_CONTEXT, "Open the file again whose tab was closed last."),
        "",
        ("Ctrl+Shift+T",),
        False,
    ),
    ActionSpec(
        "file.new_window",
        _T(_CONTEXT, "New &Window"),
        _T(_CONTEXT, "Open one more window."),
        "",
        ("Ctrl+Shift+N",),
    ),
    ActionSpec(
        "file.close_tab",
        _T(_CONTEXT, "Close &Tab"),
        _T(_CONTEXT, "Close the text in front."),
        "",
        ("Ctrl+W",),
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
        False,
    ),
    ActionSpec(
        "edit.replace",
        _T(_CONTEXT, "R&eplace…"),
        _T(_CONTEXT, "Replace something in this text."),
        "",
        ("Ctrl+H",),
        False,
    ),
    ActionSpec(
        "edit.find_next",
        _T(_CONTEXT, "Find &Next"),
        _T(_CONTEXT, "Go to the next match."),
        "",
        ("F3",),
        False,
    ),
    ActionSpec(
        "edit.find_previous",
        _T(_CONTEXT, "Find Pre&vious"),
        _T(_CONTEXT, "Go to the match before."),
        "",
        ("Shift+F3",),
        False,
    ),
    ActionSpec(
        "edit.duplicate",
        _T(_CONTEXT, "&Duplicate Lines"),
        _T(_CONTEXT, "Put a copy of the selected lines above them."),
        "",
        ("Ctrl+Shift+D",),
        False,
    ),
    ActionSpec(
        "edit.move_up",
        _T(_CONTEXT, "Move Lines Up"),
        _T(_CONTEXT, "Change the selected lines with the one above."),
        "",
        ("Alt+Up",),
        False,
    ),
    ActionSpec(
        "edit.move_down",
        _T(_CONTEXT, "Move Lines Down"),
        _T(_CONTEXT, "Change the selected lines with the one below."),
        "",
        ("Alt+Down",),
        False,
    ),
    ActionSpec(
        "edit.join",
        _T(_CONTEXT, "&Join Lines"),
        _T(_CONTEXT, "Make one line of the selected lines, or of this and the next."),
        "",
        ("Ctrl+J",),
        False,
    ),
    ActionSpec(
        "edit.delete_lines",
        _T(_CONTEXT, "Delete &Lines"),
        _T(_CONTEXT, "Delete the selected lines."),
        "",
        ("Ctrl+Shift+K",),
        False,
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
        "view.theme_contrast",
        _T(_CONTEXT, "Hig&h Contrast"),
        _T(_CONTEXT, "The strongest contrast, for eyes that need it."),
        "",
        (),
        True,
    ),
    ActionSpec(
        "view.theme_dark", _T(_CONTEXT, "&Dark"), _T(_CONTEXT, "Light text on dark."), "", (), True
    ),
    ActionSpec(
        "view.language",
        _T(_CONTEXT, "Langua&ge…"),
        _T(_CONTEXT, "Choose what the text is coloured as."),
        "",
        (),
        False,
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
        ("Ctrl+Shift+U",),
        True,
    ),
    ActionSpec(
        "go.file",
        _T(_CONTEXT, "&File…"),
        _T(_CONTEXT, "Go to a file by some letters of its name."),
        "",
        ("Ctrl+P",),
        False,
    ),
    ActionSpec(
        "go.person",
        _T(_CONTEXT, "&Person…"),
        _T(_CONTEXT, "Go where somebody else is."),
        "",
        (),
        False,
    ),
    ActionSpec(
        "go.command",
        _T(_CONTEXT, "&Command…"),
        _T(_CONTEXT, "Find a command by some letters of its name."),
        "",
        ("Ctrl+Shift+P", "F1"),
        False,
    ),
    ActionSpec(
        "go.back",
        _T(_CONTEXT, "&Back"),
        _T(_CONTEXT, "Go where you were before."),
        "",
        ("Alt+Left",),
        False,
    ),
    ActionSpec(
        "go.forward",
        _T(_CONTEXT, "Fo&rward"),
        _T(_CONTEXT, "Go where you came back from."),
        "",
        ("Alt+Right",),
        False,
    ),
    ActionSpec(
        "go.next_region",
        _T(_CONTEXT, "Ne&xt Region"),
        _T(_CONTEXT, "Move from the text to what is beside it, and round."),
        "",
        ("F6",),
        False,
    ),
    ActionSpec(
        "go.previous_region",
        _T(_CONTEXT, "Previous Re&gion"),
        _T(_CONTEXT, "The same the other way round."),
        "",
        ("Shift+F6",),
        False,
    ),
    ActionSpec(
        "go.next_tab",
        _T(_CONTEXT, "&Next Tab"),
        _T(_CONTEXT, "Bring the text right of this one to the front."),
        "",
        ("Ctrl+Tab", "Ctrl+PgDown"),
        False,
    ),
    ActionSpec(
        "go.previous_tab",
        _T(_CONTEXT, "Pre&vious Tab"),
        _T(_CONTEXT, "Bring the text left of this one to the front."),
        "",
        ("Ctrl+Shift+Tab", "Ctrl+PgUp"),
        False,
    ),
    ActionSpec(
        "go.line",
        _T(_CONTEXT, "Go to &Line…"),
        _T(_CONTEXT, "Put the caret into a line by its number."),
        "",
        ("Ctrl+G",),
        False,
    ),
    ActionSpec(
        "session.share",
        _T(_CONTEXT, "&Share…"),
        _T(_CONTEXT, "Invite others to edit this text with you."),
        "share",
        ("Ctrl+Shift+L",),
    ),
    ActionSpec(
        "session.join",
        _T(_CONTEXT, "&Join…"),
        _T(_CONTEXT, "Join a session by its invitation link."),
        "join",
        ("Ctrl+Shift+J",),
    ),
    ActionSpec(
        "session.copy_link",
        _T(_CONTEXT, "&Copy Link"),
        _T(_CONTEXT, "Copy the invitation link to the clipboard."),
        "link",
        (),
    ),
    ActionSpec(
        "session.leave",
        _T(_CONTEXT, "&Leave"),
        _T(_CONTEXT, "Leave the session and keep the text in this window."),
        "leave",
        (),
    ),
    ActionSpec(
        "help.welcome",
        _T(_CONTEXT, "&Welcome"),
        _T(_CONTEXT, "Show what one can begin with."),
        "",
        (),
        False,
    ),
    ActionSpec(
        "help.about", _T(_CONTEXT, "&About CodeXPro"), _T(_CONTEXT, "Say which version this is.")
    ),
)
"""Every command there is; a menu holds nothing else."""

MENUS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "file",
        _T(_CONTEXT, "&File"),
        (
            "file.new",
            "file.new_window",
            "file.open",
            "file.open_folder",
            "file.open_recent",
            SEPARATOR,
            "file.save",
            "file.save_as",
            "file.save_all",
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
        ),
    ),
    (
        "edit",
        _T(_CONTEXT, "&Edit"),
        (
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
        ),
    ),
    (
        "view",
        _T(_CONTEXT, "&View"),
        (
            "view.zoom_in",
            "view.zoom_out",
            "view.zoom_reset",
            SEPARATOR,
            "view.wrap",
            "view.language",
            SEPARATOR,
            "view.project",
            "view.people",
            SEPARATOR,
            "view.theme_system",
            "view.theme_light",
            "view.theme_dark",
            "view.theme_contrast",
        ),
    ),
    (
        "go",
        _T(_CONTEXT, "&Go"),
        (
            "go.file",
            "go.line",
            "go.person",
            "go.command",
            SEPARATOR,
            "go.back",
            "go.forward",
            SEPARATOR,
            "go.next_tab",
            "go.previous_tab",
            SEPARATOR,
            "go.next_region",
            "go.previous_region",
        ),
    ),
    (
        "session",
        _T(_CONTEXT, "&Session"),
        ("session.share", "session.join", SEPARATOR, "session.copy_link", "session.leave"),
    ),
    ("help", _T(_CONTEXT, "&Help"), ("help.welcome", "help.about")),
)
"""A menu's id, title and commands, in order."""

THEME_ACTIONS = {
    "view.theme_system": ThemeChoice.SYSTEM,
    "view.theme_light": ThemeChoice.LIGHT,
    "view.theme_dark": ThemeChoice.DARK,
    "view.theme_contrast": ThemeChoice.CONTRAST,
}


class Actions(QObject):
    """The commands of one window, by their ids.

    Invariant: there is one QAction for each row of the table, and none besides.
    """

    def __init__(self, *, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self._actions = {spec.id: self._make(spec) for spec in ACTIONS}
        themes = QActionGroup(self)
        for action_id in THEME_ACTIONS:
            themes.addAction(self._actions[action_id])
        self.show_theme(theme)

    def __getitem__(self, action_id: str) -> QAction:
        return self._actions[action_id]

    def __iter__(self) -> Iterator[QAction]:
        return iter(self._actions.values())

    def show_theme(self, theme: Theme) -> None:
        """Draw the icons in the colours of a theme."""
        for spec in ACTIONS:
            if spec.icon:
                self._actions[spec.id].setIcon(theme.icon(spec.icon))

    def _make(self, spec: ActionSpec) -> QAction:
        action = QAction(translated(spec.text), self)
        action.setObjectName(spec.id)
        action.setCheckable(spec.is_checkable)
        action.setShortcuts([QKeySequence(text) for text in spec.shortcuts])
        action.setStatusTip(translated(spec.tip))
        tip = translated(spec.tip)
        if spec.shortcuts:
            keys = QKeySequence(spec.shortcuts[0]).toString(QKeySequence.SequenceFormat.NativeText)
            tip = f"{tip} ({keys})"
        set_plain_tool_tip(action, tip)
        return action


def translated(text: str) -> str:
    """Return a text of the tables in the user's language."""
    return QCoreApplication.translate(_CONTEXT, text)


def menu_title_of(action_id: str) -> str:
    """Return the title of the menu that a command stands in, without its mnemonic."""
    title = next(title for _, title, ids in MENUS if action_id in ids)
    return translated(title).replace("&", "")
