"""Following somebody: the window shows what that person looks at, until one does something oneself.

Knows no session: carets are those that the texts show. Source: EDITOR.md (presence: follow ends on
a local edit, caret move, click, scroll or Esc, and on nothing else).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtGui import QColor, QKeyEvent

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from app.model.participants import RemoteCaret
    from app.qtmodels.participants import ParticipantsModel
    from app.ui.main_window import MainWindow
    from app.ui.open_text import OpenText
    from app.ui.text_tabs import TextTabs

_ENDING = (QEvent.Type.MouseButtonPress, QEvent.Type.Wheel)


class FollowDesk(QObject):
    """Follows one person, or nobody.

    Invariant: the own caret is never moved by it, so that others see where one really is; while
    somebody is followed the text in front has a frame in that person's colour.
    """

    def __init__(
        self,
        *,
        tabs: TextTabs,
        window: MainWindow,
        participants: ParticipantsModel,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._tabs = tabs
        self._window = window
        self._participants = participants
        self._user_id = ""  # empty: nobody
        self._is_showing = False  # what is scrolled now is scrolled from here
        self._action = window.actions_by_id["session.follow"]
        tabs.text_added.connect(self._on_text_added)
        tabs.front_changed.connect(self._on_front_changed)
        window.follow_requested.connect(self.follow)
        participants.rowsRemoved.connect(self._on_people_changed)

    @property
    def user_id(self) -> str:
        """Who is followed; empty for nobody."""
        return self._user_id

    def toggle(self) -> None:
        """Follow whoever is in a text here, the next one if one is followed; nobody after all."""
        ids = list(dict.fromkeys(caret.user_id for _, caret in self._carets()))
        if self._user_id in ids:
            ids = ids[ids.index(self._user_id) + 1 :]
        elif not ids:
            self._window.banner.show_message(
                self.tr("Nobody else has the caret in a text that is open here.")
            )
        self._action.setChecked(False)
        self.stop()
        if ids:
            self.follow(ids[0])

    @Slot(str)
    def follow(self, user_id: str) -> None:
        """Show what somebody looks at from now on."""
        found = [caret for _, caret in self._carets() if caret.user_id == user_id]
        if not found:
            return
        if not self._user_id:
            for opened in self._tabs.texts:
                self._watch(opened)
        self._user_id = user_id
        self._action.setChecked(True)
        text = self.tr("Following {name}").format(name=found[0].name or self.tr("somebody"))
        self._window.status.show_follow(text)
        self._show()

    @Slot()
    def stop(self) -> None:
        """Follow nobody any more."""
        if self._user_id:
            self._user_id = ""
            for opened in self._tabs.texts:
                self._unwatch(opened)
            self._action.setChecked(False)
            self._window.status.show_follow("")
            self._show_frames(None)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Hear what one does oneself; nothing of it is taken away."""
        is_escape = (
            event.type() == QEvent.Type.KeyPress
            and isinstance(event, QKeyEvent)
            and event.key() == Qt.Key.Key_Escape
        )
        if is_escape or event.type() in _ENDING:
            self.stop()
        return super().eventFilter(watched, event)

    @Slot(object)
    def _on_text_added(self, opened: OpenText) -> None:
        if self._user_id:
            self._watch(opened)
        opened.page.chips.follow_requested.connect(self.follow)
        opened.people_changed.connect(self._on_people_changed)
        opened.people_moved.connect(self._on_people_changed)

    @Slot(object)
    def _on_edited(self, _edits: object) -> None:
        self.stop()

    @Slot()
    def _on_caret_set(self) -> None:
        if not self._is_showing:
            self.stop()

    @Slot()
    def _on_front_changed(self) -> None:
        if not self._is_showing:
            self.stop()

    @Slot()
    def _on_people_changed(self) -> None:
        if self._user_id:
            self._show()

    def _watch(self, opened: OpenText) -> None:
        """Hear what one does oneself in a text; not while nobody is followed, keys would wait."""
        for widget in _widgets_of(opened):
            widget.installEventFilter(self)
        opened.binding.edited.connect(self._on_edited)
        opened.editor.caret_set.connect(self._on_caret_set)

    def _unwatch(self, opened: OpenText) -> None:
        for widget in _widgets_of(opened):
            widget.removeEventFilter(self)
        opened.binding.edited.disconnect(self._on_edited)
        opened.editor.caret_set.disconnect(self._on_caret_set)

    def _carets(self) -> list[tuple[OpenText, RemoteCaret]]:
        """Return where the others are; those in the text in front come first."""
        front = self._tabs.front
        texts = sorted(self._tabs.texts, key=lambda text: text is not front)
        return [(text, caret) for text in texts for caret in text.people]

    def _show(self) -> None:
        found = [each for each in self._carets() if each[1].user_id == self._user_id]
        if not found:
            self.stop()
            return
        opened, caret = found[0]
        self._is_showing = True
        try:
            if opened is not self._tabs.front:
                self._tabs.bring_to_front(opened)
            opened.editor.show_place(caret.head_utf16)
        finally:
            self._is_showing = False
        self._show_frames(opened, caret.color)

    def _show_frames(self, framed: OpenText | None, color: str = "") -> None:
        for opened in self._tabs.texts:
            opened.page.set_frame(QColor(color) if opened is framed else None)


def _widgets_of(opened: OpenText) -> tuple[QWidget, ...]:
    """Return where keys, the wheel and the mouse go in a text."""
    editor = opened.editor
    return editor, editor.viewport(), editor.verticalScrollBar(), editor.ruler
