"""Which window shows what killed processes have left.

Source: EDITOR.md (safety).
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app.model.kept_text import SessionFacts
    from app.services.journals import RecoveredText
    from app.ui.editor_window import EditorWindow


def show_recovered(
    texts: Sequence[RecoveredText],
    windows: Sequence[EditorWindow],
    open_window: Callable[[], EditorWindow],
) -> None:
    """Show texts where their files are open already, and go on with their sessions.

    Args:
        texts: what was left.
        windows: what is open; at least one.
        open_window: opens one more, because a window has one session at most.
    """
    sessions: dict[SessionFacts, list[RecoveredText]] = {}
    for text in texts:
        session = text.facts.session
        if session is None:
            (_with_file_of([text], windows) or windows[0]).journals.put_recovered(text)
        else:
            sessions.setdefault(replace(session, document="", shared_as=""), []).append(text)
    free = list(windows)
    for left in sessions.values():
        window = _with_file_of(left, free) or (free[0] if free else open_window())
        if window in free:
            free.remove(window)
        for text in left:
            window.journals.put_recovered(text)
        window.session.resume(left)


def _with_file_of(
    texts: Sequence[RecoveredText], windows: Sequence[EditorWindow]
) -> EditorWindow | None:
    """Return the window in which a file of these is open."""
    paths = [Path(text.facts.path) for text in texts if text.facts.path is not None]
    for window in windows:
        if any(window.tabs.of_path(path) is not None for path in paths):
            return window
    return None
