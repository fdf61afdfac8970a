"""Saves changed files by itself, a moment after the last key, if a person wants that.

Only texts that have a file: others are in the journal. Knows no disk. Source: EDITOR.md (safety:
autosave).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Slot

from app.errors import user_message
from app.storage.file_errors import ChangedOnDisk, FileError
from app.ui.widgets.banner import Tone

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtCore import QSettings

    from app.ui.file_desk import FileDesk
    from app.ui.main_window import MainWindow
    from app.ui.open_text import OpenText
    from app.ui.text_tabs import TextTabs

PAUSE_MS = 1500
"""After the last change, one's own or another's."""

_SETTING = "files/autosave"


class AutosaveDesk(QObject):
    """Saves what was changed.

    Invariant: what could not be saved once is not tried again by itself, so that what was asked
    about it is not asked again at every key; a save by hand makes it as others are.
    """

    def __init__(
        self,
        *,
        tabs: TextTabs,
        files: FileDesk,
        window: MainWindow,
        settings: QSettings | None,
        parent: QObject | None = None,
    ) -> None:
        """Take up what was chosen last time.

        Args:
            tabs: where texts are.
            files: whose questions about a file are asked here, too.
            window: has the command.
            settings: where the choice is kept; None: nowhere.
            parent: Qt's owner.
        """
        super().__init__(parent)
        self._tabs = tabs
        self._files = files
        self._settings = settings
        self._failed: set[OpenText] = set()
        self._action = window.actions_by_id["file.autosave"]
        # A child of the window: it must not outlive its widgets.
        self._timer = QTimer(window, singleShot=True, interval=PAUSE_MS)
        self._timer.timeout.connect(self._on_due)
        self._action.setChecked(settings is not None and settings.value(_SETTING) == "on")
        self._action.toggled.connect(self._on_toggled)
        tabs.text_added.connect(self._on_text_added)
        tabs.tab_removed.connect(self._failed.discard)

    def stop(self) -> None:
        """Save nothing more by itself."""
        self._timer.stop()

    @Slot(bool)
    def _on_toggled(self, is_on: bool) -> None:
        if self._settings is not None:
            self._settings.setValue(_SETTING, "on" if is_on else "off")
        self._failed.clear()
        for opened in self._tabs.texts:
            self._listen(opened, is_on=is_on)
        if is_on:
            self._timer.start()
        else:
            self._timer.stop()

    @Slot(object)
    def _on_text_added(self, opened: OpenText) -> None:
        if self._action.isChecked():
            self._listen(opened, is_on=True)
        opened.saved.connect(partial(self._failed.discard, opened))

    @Slot(object)
    def _on_changed(self, _edits: object) -> None:
        self._timer.start()

    @Slot()
    def _on_due(self) -> None:
        for opened in self._tabs.texts:
            if opened in self._failed or opened.is_gone:
                continue  # that a file was deleted is answered by a person
            if opened.path is not None and opened.is_modified:
                self._save(opened, opened.path)

    def _listen(self, opened: OpenText, *, is_on: bool) -> None:
        """Hear of a text's edits, or no longer: no key waits for what is not wanted."""
        for told in (opened.binding.edited, opened.binding.remote_edited):
            if is_on:
                told.connect(self._on_changed)
            else:
                told.disconnect(self._on_changed)

    def _save(self, opened: OpenText, path: Path) -> None:
        """Save a text; what is to be said of it is said in its tab, which may be behind."""
        try:
            opened.save(path)
        except ChangedOnDisk as error:
            self._failed.add(opened)
            self._files.conflict_found.emit(opened, user_message(error))
        except FileError as error:
            self._failed.add(opened)
            opened.banner.show_message(user_message(error), tone=Tone.TROUBLE)
