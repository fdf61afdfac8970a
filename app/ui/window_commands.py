"""Which command of a window does what: the table of actions, joined to the desks.

Source: EDITOR.md (habits: every command in one table).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from app.ui.editor import line_commands
from app.ui.editor.code_editor import CodeEditor

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.ui.editor_window import EditorWindow
    from app.ui.open_text import OpenText


def connect_commands(window: EditorWindow) -> None:
    """Let every action of a window do what it says."""
    actions = window.window.actions_by_id
    for action_id, act in _commands(window).items():
        actions[action_id].triggered.connect(partial(_act, act))
    for action_id, with_text in _text_commands(window).items():
        act = partial(_with_front, window, with_text)
        actions[action_id].triggered.connect(partial(_act, act))
    for action_id, with_editor in _EDITOR_COMMANDS.items():
        act = partial(_with_front_editor, window, with_editor)
        actions[action_id].triggered.connect(partial(_act, act))


def _commands(window: EditorWindow) -> dict[str, Callable[[], object]]:
    """Return what needs no text in front."""
    return {
        "file.new": window.files.new_file,
        "file.new_from": window.pages.ask_for_template,
        "file.open": window.files.ask_to_open,
        "file.open_folder": window.project.ask_to_open,
        "file.open_recent": window.pages.ask_for_recent,
        "file.close_folder": window.project.close_folder,
        "file.new_in_folder": window.tree.new_file,
        "file.new_folder": window.tree.new_folder,
        "file.rename": window.tree.rename,
        "file.trash": window.tree.trash,
        "file.save_all": window.files.save_all,
        "file.close_tab": window.pages.close_front,
        "file.reopen_closed": window.files.reopen_closed,
        "file.new_window": window.window_requested.emit,
        "file.close": window.request_close,
        "file.quit": window.quit_requested.emit,
        "edit.find_in_folder": window.search.ask,
        "view.zoom_in": partial(window.front_desk.zoom_by, 1),
        "view.zoom_out": partial(window.front_desk.zoom_by, -1),
        "view.zoom_reset": window.front_desk.reset_zoom,
        "go.file": window.go.ask,
        "go.line": partial(window.go.ask, ":"),
        "go.person": partial(window.go.ask, "@"),
        "go.command": partial(window.go.ask, ">"),
        "go.back": window.go.back,
        "go.forward": window.go.forward,
        "go.next_merged": partial(window.review.step, 1),
        "go.previous_merged": partial(window.review.step, -1),
        "go.next_tab": partial(window.tabs.step, 1),
        "go.previous_tab": partial(window.tabs.step, -1),
        "go.next_region": partial(window.regions.step, 1),
        "go.previous_region": partial(window.regions.step, -1),
        "session.share": window.session.ask_to_share,
        "session.join": window.session.ask_to_join,
        "session.copy_link": window.session.copy_link,
        "session.write": window.chat.write,
        "session.send_place": window.chat.send_place,
        "session.leave": window.session.leave,
        "session.follow": window.follow.toggle,
        "session.server": window.server.ask,
        "tools.preview": window.preview.preview,
        "help.welcome": window.pages.show_welcome,
        "help.about": window.show_about,
    }


def _text_commands(window: EditorWindow) -> dict[str, Callable[[OpenText], object]]:
    """Return what is done with the text in front."""
    return {
        "file.save": window.files.save,
        "file.save_as": window.files.save_as,
        "file.reload": window.disk.reload,
        "file.encoding": window.writing.choose_encoding,
        "file.line_ending": window.writing.choose_line_ending,
        "session.history": window.history.ask,
        "edit.find": window.find.find,
        "edit.replace": window.find.replace,
        "edit.find_next": window.find.find_next,
        "edit.find_previous": window.find.find_previous,
        "view.language": window.writing.choose_language,
    }


_EDITOR_COMMANDS: dict[str, Callable[[CodeEditor], object]] = {
    "edit.undo": CodeEditor.undo,
    "edit.redo": CodeEditor.redo,
    "edit.cut": CodeEditor.cut,
    "edit.copy": CodeEditor.copy,
    "edit.paste": CodeEditor.paste,
    "edit.select_all": CodeEditor.selectAll,
    "edit.comment": line_commands.toggle_comment,
    "edit.indent": line_commands.indent,
    "edit.outdent": line_commands.outdent,
    "edit.duplicate": line_commands.duplicate,
    "edit.move_up": line_commands.move_up,
    "edit.move_down": line_commands.move_down,
    "edit.join": line_commands.join,
    "edit.delete_lines": line_commands.delete,
}


def _act(act: Callable[[], object], _is_checked: bool = False) -> None:
    """Do what an action is for, without saying whether it is checked."""
    act()


def _with_front(window: EditorWindow, act: Callable[[OpenText], object]) -> None:
    if window.tabs.front is not None:
        act(window.tabs.front)


def _with_front_editor(window: EditorWindow, act: Callable[[CodeEditor], object]) -> None:
    if window.tabs.front is not None:
        act(window.tabs.front.editor)
