"""What the window says of the text in front: title, status bar, role, commands that can be given.

Knows no file on disk and no socket. Source: EDITOR.md (window: status bar).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtGui import QFont

from app.errors import notice_message
from app.model.languages import LANGUAGE_NAMES
from app.model.notices import NoticeKind
from app.storage.encodings import encoding_name
from app.ui.theme import editor_font
from app.ui.view_settings import ViewSettings

if TYPE_CHECKING:
    from PySide6.QtCore import QSettings

    from app.ui.main_window import MainWindow
    from app.ui.open_text import OpenText
    from app.ui.session_desk import SessionDesk
    from app.ui.text_tabs import TextTabs
    from app.ui.theme import Appearance, Theme

_REFRESH_MS = 16  # what stands in the status bar of the caret; the text tells of a step late

_OF_A_TEXT = (
    "file.save",
    "file.save_as",
    "file.encoding",
    "file.line_ending",
    "edit.undo",
    "edit.redo",
    "edit.cut",
    "edit.copy",
    "edit.paste",
    "edit.select_all",
    "edit.find",
    "edit.replace",
    "edit.find_next",
    "edit.find_previous",
    "edit.duplicate",
    "edit.move_up",
    "edit.move_down",
    "edit.join",
    "edit.delete_lines",
    "edit.comment",
    "edit.indent",
    "edit.outdent",
    "view.language",
    "go.line",
)
"""Commands that need a text in front."""


class FrontDesk(QObject):
    """Shows the text in front, and gives every text the view that was chosen for all.

    Invariant: what the window says is of the text that is in front now.
    """

    def __init__(
        self,
        *,
        tabs: TextTabs,
        window: MainWindow,
        session: SessionDesk,
        appearance: Appearance,
        settings: QSettings | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._tabs = tabs
        self._window = window
        self._session = session
        self._view = ViewSettings(settings)  # kept for the next window
        self._font = editor_font()
        self._font.setPointSizeF(self._view.points(self._font.pointSizeF()))
        # A child of the window: it must not outlive its widgets.
        self._refresh_timer = QTimer(window, singleShot=True, interval=_REFRESH_MS)
        self._refresh_timer.timeout.connect(self._on_refresh_due)
        tabs.text_added.connect(self._on_text_added)
        tabs.front_changed.connect(self.show_front)
        session.changed.connect(self.show_front)
        appearance.theme_changed.connect(self._on_theme_changed)
        for action_id, toggled in (
            ("view.wrap", self._on_wrap_toggled),
            ("view.whitespace", self._on_whitespace_toggled),
        ):
            window.actions_by_id[action_id].setChecked(self._view.is_on(action_id))
            window.actions_by_id[action_id].toggled.connect(toggled)

    def zoom_by(self, steps: int) -> None:
        """Make all texts larger, or smaller with a negative number."""
        if self._tabs.front is not None:
            self._tabs.front.editor.zoom_by(steps)

    def reset_zoom(self) -> None:
        """Show all texts in the usual size."""
        self._on_zoomed(editor_font().pointSizeF())

    @Slot()
    def show_front(self) -> None:
        """Say what is in front, and what can be done with it."""
        opened, window = self._tabs.front, self._window
        for action_id in _OF_A_TEXT:
            window.actions_by_id[action_id].setEnabled(opened is not None)
        has_file = opened is not None and opened.path is not None
        window.actions_by_id["file.reload"].setEnabled(has_file)
        if opened is None:
            window.show_document(self._tabs.front_title, is_modified=False)
            window.status.show_no_text()
        else:
            window.show_document(opened.name, is_modified=opened.is_modified)
            name = encoding_name(opened.file.encoding)
            window.status.show_file(
                encoding=self.tr("{name} with BOM").format(name=name)
                if opened.file.has_bom
                else name,
                line_ending=self._line_ending_of(opened),
                language=LANGUAGE_NAMES[opened.language],
            )
            self._refresh_timer.start()
        window.status.show_role(self._role_of(opened))
        self._show_session()

    @Slot(object)
    def _on_text_added(self, opened: OpenText) -> None:
        opened.editor.set_font(QFont(self._font))
        opened.editor.set_wrapping(self._window.actions_by_id["view.wrap"].isChecked())
        opened.editor.set_whitespace(self._window.actions_by_id["view.whitespace"].isChecked())
        opened.modified_changed.connect(self.show_front)
        opened.renamed.connect(self.show_front)
        opened.access_changed.connect(self.show_front)
        opened.caret_moved.connect(self._on_caret_moved)
        opened.rebuilt.connect(partial(self._say_rebuilt, opened))
        opened.highlighting_limited.connect(partial(self._say_limit, opened))
        opened.editor.zoomed.connect(self._on_zoomed)

    @Slot(object)
    def _on_theme_changed(self, theme: Theme) -> None:
        self._window.show_theme(theme)
        for opened in self._tabs.texts:
            opened.show_theme(theme)

    @Slot()
    def _on_caret_moved(self) -> None:
        # Not connected to `start`, which would take the caret's place for its interval.
        if not self._refresh_timer.isActive():
            self._refresh_timer.start()

    @Slot()
    def _on_refresh_due(self) -> None:
        opened = self._tabs.front
        if opened is None:
            return
        cursor = opened.editor.textCursor()
        selected = cursor.selectionEnd() - cursor.selectionStart()
        self._window.status.show_place(
            cursor.blockNumber() + 1, cursor.positionInBlock() + 1, selected=selected
        )
        last = opened.document.lastBlock()
        self._window.status.show_final_newline(is_there=last.length() == 1 or opened.is_empty)

    @Slot(float)
    def _on_zoomed(self, points: float) -> None:
        if points != self._font.pointSizeF():
            self._font.setPointSizeF(points)
            self._view.keep_points(points)
            for opened in self._tabs.texts:
                opened.editor.set_font(QFont(self._font))

    @Slot(bool)
    def _on_wrap_toggled(self, is_wrapped: bool) -> None:
        for opened in self._tabs.texts:
            opened.editor.set_wrapping(is_wrapped)
        self._view.keep("view.wrap", is_wrapped)

    @Slot(bool)
    def _on_whitespace_toggled(self, is_shown: bool) -> None:
        for opened in self._tabs.texts:
            opened.editor.set_whitespace(is_shown)
        self._view.keep("view.whitespace", is_shown)

    def _line_ending_of(self, opened: OpenText) -> str:
        shown = opened.file.eol.upper()
        if not opened.file.has_mixed_eol:
            return shown
        return self.tr("{eol}, were mixed").format(eol=shown)  # a save writes them all alike

    def _role_of(self, opened: OpenText | None) -> str:
        shared = opened.shared if opened is not None else None
        if opened is None or shared is None:
            return ""
        if not opened.is_guest:
            return self.tr("Owner")
        return self.tr("Editor") if shared.is_writable else self.tr("Viewer")

    def _show_session(self) -> None:
        actions, session, front = self._window.actions_by_id, self._session, self._tabs.front
        is_shared = front is not None and front.shared is not None
        is_live = bool(session.shared_texts)
        actions["session.copy_link"].setEnabled(is_live and not session.is_guest)
        actions["session.leave"].setEnabled(session.is_in_session)
        actions["session.share"].setEnabled(not session.is_starting and not session.is_guest)
        actions["session.join"].setEnabled(not session.is_in_session)
        self._window.show_session(
            is_starting=session.is_starting, is_shared=is_shared or (is_live and session.is_guest)
        )

    def _say_rebuilt(self, opened: OpenText, _text_before: str) -> None:
        opened.banner.show_message(notice_message(NoticeKind.TEXT_REBUILT))

    def _say_limit(self, opened: OpenText, reason: str) -> None:
        if reason:
            opened.banner.show_message(reason)
