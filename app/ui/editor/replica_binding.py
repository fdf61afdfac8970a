"""Binds a widget's document to a replica: keys go in, others' edits come out, and both stay equal.

Knows neither session nor file. A key costs as much as the lines it touches; the whole text is read
only when nobody types. Source: EDITOR.md, binding rules 1–6, 9 and 10.
"""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from app.collab.errors import ReplicaBroken
from app.collab.text_replica import EditKind
from app.model.text_composition import compose
from app.model.text_diff import minimal_edits
from app.model.text_edit import PositionError, TextEdit, length_utf16, normalise
from app.ui.editor.edit_carrying import carried
from app.ui.editor.pause import Pause
from app.ui.editor.raw_text import half_characters, length_of, make_edits, raw_text, text_of_blocks
from app.ui.editor.typed_text import typed_at
from app.ui.editor.view_place import ViewPlace, select
from collab_server.protocol.errors import LocalProtocolError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from PySide6.QtGui import QTextDocument
    from PySide6.QtWidgets import QPlainTextEdit

    from app.collab.text_replica import TextReplica, Undone
    from app.model.text_edit import Selection

logger = logging.getLogger(__name__)

_IDLE_MS = 1000


class ReplicaBinding(QObject):
    """The one that writes from a widget into a replica, and back.

    Invariant: between two events the document's text is the replica's, except that edits of others
    wait in `_waiting` while an input method composes. Views of one document share its binding.
    """

    edited = Signal(object)  # list[TextEdit]: a local edit, undo or redo changed the text
    remote_edited = Signal(object)  # list[TextEdit]: others changed the text
    rebuilt = Signal(str)  # the widget's text before it was made anew, to be kept for recovery
    composing_changed = Signal(bool)  # whether an input method composes: others' edits should wait
    read_only_changed = Signal(bool)
    edit_refused = Signal()  # somebody tried to edit what is read-only

    def __init__(
        self,
        *,
        document: QTextDocument,
        replica: TextReplica,
        clock: Callable[[], float] = time.monotonic,
        parent: QObject | None = None,
    ) -> None:
        """Show the replica's text in the document and keep them equal from now on.

        Args:
            document: see `raw_text.plain_document`.
            replica: whose edits by others are handed to `apply_remote` as soon as they are made.
            clock: seconds, monotonic; undo groups by it.
            parent: owns the binding.
        """
        super().__init__(parent)
        self.document = document
        self.replica = replica
        self._clock = clock
        self._views: list[QPlainTextEdit] = []
        self._active: QPlainTextEdit | None = None
        self._is_read_only = False
        self._applying = 0
        self._kind = EditKind.TYPING
        self._composing: set[int] = set()  # ids of the views where an input method composes
        self._waiting: list[TextEdit] = []  # edits the replica has and the widget does not
        self._widget_text = ""  # of the widget while something waits
        self._told: list[TextEdit] = []  # made in the replica, to be told when Qt is done
        self._put_back: list[TextEdit] | None = None  # to be made in the widget when Qt is done
        self._must_rebuild = False
        self._idle = Pause(_IDLE_MS, parent=self)
        self._idle.over.connect(self.check)
        document.setUndoRedoEnabled(False)
        if raw_text(document) != replica.text:
            document.setPlainText(replica.text)
        document.contentsChange.connect(self._on_contents_change)
        document.contentsChanged.connect(self._on_contents_changed)

    @property
    def is_read_only(self) -> bool:
        """Whether local edits are refused, by the window or by the session."""
        return self._is_read_only or not self.replica.is_writable

    @property
    def can_undo(self) -> bool:
        """Whether `undo` may do something; it changes with every edit."""
        return self.replica.can_undo and not self.is_read_only

    @property
    def can_redo(self) -> bool:
        """Whether `redo` may do something; it changes with every edit."""
        return self.replica.can_redo and not self.is_read_only

    @property
    def is_applying(self) -> bool:
        """Whether the widget is being changed from here; carets that move now are nobody's move."""
        return self._applying > 0

    @property
    def is_telling(self) -> bool:
        """Whether an edit was made in the widget that `edited` will tell when Qt is done."""
        return bool(self._told)

    @property
    def views(self) -> tuple[QPlainTextEdit, ...]:
        """The widgets that show the document."""
        return tuple(self._views)

    def attach(self, view: QPlainTextEdit) -> None:
        """Keep a view's selection and scroll through others' edits; it shows `document`."""
        self._views.append(view)
        if self._active is None:
            self._active = view

    def detach(self, view: QPlainTextEdit) -> None:
        """Forget a view."""
        self.end_composition(view)
        self._views.remove(view)
        if self._active is view:
            self._active = self._views[0] if self._views else None

    def activate(self, view: QPlainTextEdit) -> None:
        """Take a view for the one that somebody works in; undo restores its selection."""
        self._active = view

    def close(self) -> None:
        """Let go of document and replica, which both stay as they are."""
        self._idle.stop()
        self.document.contentsChange.disconnect(self._on_contents_change)
        self.document.contentsChanged.disconnect(self._on_contents_changed)
        self._views.clear()
        self._active = None

    def set_read_only(self, is_read_only: bool) -> None:
        """Refuse local edits or take them again; also to be called when the session's word changed.

        Without the session's leave they are refused in either case.
        """
        self._is_read_only = is_read_only
        self.read_only_changed.emit(self.is_read_only)

    def note_selection(self, view: QPlainTextEdit, selection: Selection) -> None:
        """Take in where the caret is; of the view in use only, and nobody else's doing."""
        if view is self._active and not self.is_applying:
            self.replica.note_selection(selection)

    @contextmanager
    def taking(self, kind: EditKind) -> Generator[None]:
        """Take what the widget edits within for this kind, and not for typing."""
        self._kind = kind
        try:
            yield
        finally:
            self._kind = EditKind.TYPING

    def edit(self, edits: Sequence[TextEdit], kind: EditKind = EditKind.PROGRAM) -> None:
        """Edit the text: one transaction, one item of undo; nothing when it is read-only.

        Args:
            edits: as `TextEdit` says, of the text in the widget; their texts are normalised here.
            kind: how undo groups them.

        Raises:
            LocalProtocolError: a position outside the text or inside a character. Nothing changed.
        """
        if self.is_read_only and kind is not EditKind.RELOAD:
            self.edit_refused.emit()
            return
        edits = carried(edits, self._waiting)
        self._show_waiting()
        edits = [
            TextEdit(edit.at_utf16, edit.removed_utf16, normalise(edit.text))
            for edit in edits
            if edit.removed_utf16 or edit.text
        ]
        if edits and self._make_in_replica(edits, kind):
            self._make_in_widget(edits)
            self.edited.emit(edits)

    def undo(self) -> None:
        """Undo the newest own group, if there is one."""
        self._replay(self.replica.undo)

    def redo(self) -> None:
        """Redo what was undone last, if anything."""
        self._replay(self.replica.redo)

    def apply_remote(self, edits: Sequence[TextEdit]) -> None:
        """Show what the replica has just taken in from others."""
        if not edits:
            return
        if self._composing:
            if not self._waiting:
                self._widget_text = raw_text(self.document)
            self._waiting = compose(self._waiting, edits)
            return
        self._make_in_widget(edits)
        self.remote_edited.emit(list(edits))

    def is_composing(self, view: QPlainTextEdit) -> bool:
        """Tell whether an input method composes in a view."""
        return id(view) in self._composing

    def begin_composition(self, view: QPlainTextEdit) -> None:
        """Let others' edits wait: an input method composes in a view."""
        was_composing = bool(self._composing)
        self._composing.add(id(view))
        if not was_composing:
            self.composing_changed.emit(True)

    def end_composition(self, view: QPlainTextEdit) -> None:
        """Show the edits that waited; to be called before what was composed is inserted."""
        if id(view) not in self._composing:
            return
        self._composing.remove(id(view))
        if not self._composing:
            self._show_waiting()
            self.composing_changed.emit(False)

    def check(self) -> bool:
        """Tell whether widget, shadow and CRDT are equal, and make them so; reads everything.

        While an input method composes nothing is compared.
        """
        if self._composing:
            return True
        text = raw_text(self.document)
        is_shown = length_of(self.document) == self.replica.shadow.length_utf16
        if is_shown and text == self.replica.text and self.replica.verify():
            return True
        logger.error("widget, shadow and replica differ: the widget is made anew")
        self._rebuild(text)
        return False

    @Slot(int, int, int)
    def _on_contents_change(self, at_utf16: int, removed_utf16: int, added_utf16: int) -> None:
        if self._applying:
            return
        typed = None
        if not self._waiting and not self.is_read_only:
            before_utf16 = self.replica.shadow.length_utf16
            typed = typed_at(self.document, before_utf16, at_utf16, removed_utf16, added_utf16)
        if typed is None:
            self._take_in(at_utf16, added_utf16)
        else:
            self._make_what_was_typed([TextEdit(at_utf16, 0, typed)])

    @Slot()
    def _on_contents_changed(self) -> None:
        """Do what had to wait until Qt was done with a change, and tell of the change."""
        if self._applying or not (self._told or self._put_back or self._must_rebuild):
            return
        put_back, self._put_back = self._put_back, None
        must_rebuild, self._must_rebuild = self._must_rebuild, False
        told, self._told = self._told, []
        if must_rebuild:
            self._rebuild(raw_text(self.document))
        elif put_back:
            self._make_in_widget(put_back)
            if self.is_read_only:
                self.edit_refused.emit()
        if told:
            self.edited.emit(told)

    def _take_in(self, at_utf16: int, added_utf16: int) -> None:
        """Find out what a change in the widget was, and make it in the replica."""
        if self._waiting:
            self._take_in_while_waiting()
            return
        shadow = self.replica.shadow
        length = length_of(self.document)
        first = self.document.findBlock(min(at_utf16, length))
        last = self.document.findBlock(min(at_utf16 + added_utf16, length))
        start, end = first.position(), last.position() + last.length() - 1
        raw = text_of_blocks(first, last)
        try:
            old = shadow.slice(start, shadow.length_utf16 - (length - end))
            at = shadow.whole_character_at(at_utf16) - start
        except PositionError:
            self._must_rebuild = True
            return
        is_whole = length_utf16(raw) == end - start
        if raw == old and is_whole:
            return
        new = normalise(raw)
        wanted = old if self.is_read_only else new
        if is_whole:
            self._put_back = minimal_edits(raw, wanted, offset_utf16=start)
        elif raw == wanted:
            halves = half_characters(self.document, start, end)
            self._put_back = [TextEdit(at, 1, "") for at in halves]
        else:
            self._put_back = [TextEdit(start, end - start, wanted)]
        if not self.is_read_only:
            edits = minimal_edits(old, new, at_utf16=max(0, at), offset_utf16=start)
            self._make_what_was_typed(edits)
            if not self._put_back and shadow.length_utf16 != length_of(self.document):
                self._must_rebuild = True

    def _take_in_while_waiting(self) -> None:
        """Make a change in the replica, which is ahead of the widget."""
        text = raw_text(self.document)
        length = length_of(self.document)
        if length_utf16(text) != length:
            halves = half_characters(self.document, 0, length)
            self._put_back = [TextEdit(at, 1, "") for at in halves]
        if text == self._widget_text:
            return
        edits = minimal_edits(self._widget_text, normalise(text))
        if edits and not self.is_read_only:
            self._make_what_was_typed(carried(edits, self._waiting))
        self._widget_text = text
        self._waiting = minimal_edits(text, self.replica.text)

    def _make_what_was_typed(self, edits: Sequence[TextEdit]) -> None:
        """Make in the replica what the widget has done; if that fails the widget is made anew."""
        try:
            is_made = self._make_in_replica(edits, self._kind)
        except LocalProtocolError as error:
            logger.error("the widget made an edit that cannot be: %s", error)
            is_made = False
        if is_made:
            self._told = compose(self._told, edits)
        else:
            self._must_rebuild = True

    def _make_in_replica(self, edits: Sequence[TextEdit], kind: EditKind) -> bool:
        """Tell whether the replica made the edits; if not, its text is the one before."""
        self._idle.touch()
        try:
            self.replica.edit(edits, kind=kind, now_ms=self._clock() * 1000)
        except ReplicaBroken as error:
            logger.error("a local edit was lost: %s", error.reason)
            return False
        return True

    def _make_in_widget(self, edits: Sequence[TextEdit]) -> None:
        places = [ViewPlace.of(view) for view in self._views]
        self._applying += 1
        try:
            make_edits(self.document, edits)
            for place in places:
                place.restore(edits)
        finally:
            self._applying -= 1
        self._idle.touch()

    def _replay(self, replay: Callable[[], Undone | None]) -> None:
        if self.is_read_only:
            self.edit_refused.emit()
            return
        self._show_waiting()
        try:
            undone = replay()
        except ReplicaBroken as error:
            logger.error("undo failed: %s", error.reason)
            self._rebuild(raw_text(self.document))
            return
        if undone is None:
            return
        self._make_in_widget(undone.edits)
        if undone.selection is not None and self._active is not None:
            select(self._active, undone.selection)
            self._active.ensureCursorVisible()
        self.edited.emit(undone.edits)

    def _show_waiting(self) -> None:
        waiting, self._waiting, self._widget_text = self._waiting, [], ""
        if waiting:
            self._make_in_widget(waiting)
            self.remote_edited.emit(waiting)

    def _rebuild(self, old_text: str) -> None:
        """Let the widget show the replica's text again, and hand out what it showed."""
        self._waiting, self._widget_text = [], ""
        text = self.replica.text
        edits = minimal_edits(old_text, text)
        if length_utf16(old_text) != length_of(self.document):
            edits = [TextEdit(0, length_of(self.document), text)]
        if edits:
            self._make_in_widget(edits)
        self._idle.stop()
        self.rebuilt.emit(old_text)
        self.remote_edited.emit(edits)
