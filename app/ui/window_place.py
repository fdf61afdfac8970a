"""What a window had open, taken down and brought back.

Source: EDITOR.md (safety: session file), issue 4.3.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray

from app.model.workspace import WindowPlace

if TYPE_CHECKING:
    from app.ui.editor_window import EditorWindow


def place_of(window: EditorWindow) -> WindowPlace:
    """Return what is open in a window."""
    places = [(text, text.place) for text in window.tabs.texts]
    tabs = tuple([place for _, place in places if place is not None])
    with_file = [text for text, place in places if place is not None]
    front = window.tabs.front
    geometry, state = window.window.saved_places()
    return WindowPlace(
        tabs,
        with_file.index(front) if front in with_file else None,
        str(window.project.folder or ""),
        bytes(geometry.data()),
        bytes(state.data()),
    )


def bring_back(window: EditorWindow, place: WindowPlace) -> None:
    """Open what was open; a file that has gone is left out, and so is one that cannot be opened."""
    if place.geometry and place.state:
        window.window.restore_places(QByteArray(place.geometry), QByteArray(place.state))
    if place.folder and Path(place.folder).is_dir():
        window.project.open_folder(Path(place.folder))
    for tab in place.tabs:
        if Path(tab.path).is_file():
            window.files.open_at(tab)
    if place.front is not None:
        front = window.tabs.of_path(Path(place.tabs[place.front].path))
        if front is not None:
            window.tabs.bring_to_front(front)
    if all(text.is_pristine for text in window.tabs.texts):
        window.show_welcome()
