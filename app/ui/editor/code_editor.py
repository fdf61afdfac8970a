"""The widget a text is edited in: keys, gutter, carets of the others.

It never edits on its own account what spans lines: that goes through its binding. Knows no session
and no file. Source: EDITOR.md, editor and binding rules; PITFALLS, PySide6 and Qt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import (
    QDragLeaveEvent,
    QFont,
    QFontMetricsF,
    QInputMethodEvent,
    QKeyEvent,
    QPalette,
    QTextCursor,
    QTextOption,
)
from PySide6.QtWidgets import QPlainTextEdit

from app.collab.text_replica import EditKind
from app.model.languages import PLAIN_TEXT
from app.model.text_edit import Selection, normalise
from app.ui.editor.caret_layer import CaretLayer
from app.ui.editor.composition import Composition
from app.ui.editor.context_menu import with_own_undo
from app.ui.editor.extra_selections import ExtraSelections
from app.ui.editor.line_edits import INDENT
from app.ui.editor.local_keys import LocalKeys, changes_text
from app.ui.editor.margins import Margins
from app.ui.editor.overview_ruler import OverviewRuler
from app.ui.editor.raw_text import copied_text
from app.ui.editor.text_drop import take_drop
from app.ui.editor.view_place import select, selection_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QMimeData
    from PySide6.QtGui import (
        QContextMenuEvent,
        QDropEvent,
        QFocusEvent,
        QHideEvent,
        QMouseEvent,
        QPaintEvent,
        QResizeEvent,
        QWheelEvent,
    )
    from PySide6.QtWidgets import QTextEdit, QWidget

    from app.model.participants import RemoteCaret
    from app.model.text_edit import TextEdit
    from app.ui.editor.editor_colors import EditorColors
    from app.ui.editor.replica_binding import ReplicaBinding

_SMALLEST_POINTS = 6
_LARGEST_POINTS = 72

_MODIFIERS = frozenset(
    {Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_AltGr, Qt.Key.Key_Meta}
)
_READING = (
    Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
)
_EDITING = Qt.TextInteractionFlag.TextEditorInteraction


class CodeEditor(QPlainTextEdit):
    """A view of a document; others may show the same one.

    Invariant: without a binding nothing can be edited, and with one Qt's own undo is never used.
    """

    caret_moved = Signal(int, int)  # anchor and caret, in UTF-16 units
    caret_set = Signal()  # the same, when it was not others' edits that moved it
    caret_line_changed = Signal()  # the caret is in another line
    zoomed = Signal(float)  # the font's size in points

    def __init__(self, *, colors: EditorColors, font: QFont, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.colors = colors
        self.language = PLAIN_TEXT  # an id: what a key adds depends on it
        self._binding: ReplicaBinding | None = None
        self._selection = Selection(0, 0)
        self._keys = LocalKeys(self)
        self.composition = Composition(self, super().inputMethodEvent)
        self._others = CaretLayer(self)
        self._selections = ExtraSelections(self)
        self.ruler = OverviewRuler(self, self._others)
        self._margins = Margins(self, self._others)
        self.setAccessibleName(self.tr("Text editor"))
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setTextInteractionFlags(_READING)
        self.setUndoRedoEnabled(False)
        self.viewport().setMouseTracking(True)
        self.cursorPositionChanged.connect(self._on_caret_changed)
        self.selectionChanged.connect(self._on_caret_changed)
        for bar in (self.verticalScrollBar(), self.horizontalScrollBar()):
            bar.valueChanged.connect(self._on_scrolled)
        self.set_colors(colors)
        self.set_font(font)

    @property
    def binding(self) -> ReplicaBinding | None:
        """What this view edits through."""
        return self._binding

    @property
    def is_editable(self) -> bool:
        """Whether what is typed here goes into the text."""
        return self._binding is not None and not self._binding.is_read_only

    @property
    def selection(self) -> Selection:
        """Where the caret is."""
        return selection_of(self)

    @property
    def remote_carets(self) -> Sequence[RemoteCaret]:
        """Where the others are, in the text as it is."""
        return self._others.carets

    def bind(self, binding: ReplicaBinding) -> None:
        """Show a binding's document and edit it."""
        self.unbind()
        self._binding = binding
        self._keys.forget()
        binding.document.setDefaultFont(self.font())
        self.setDocument(binding.document)
        self._set_tab_stops()
        self._margins.watch(binding.document)
        binding.attach(self)
        binding.edited.connect(self._on_edited)
        binding.remote_edited.connect(self._on_edited)
        binding.read_only_changed.connect(self._on_read_only_changed)
        self._on_read_only_changed(binding.is_read_only)
        self._selections.refresh(force=True)

    def unbind(self) -> None:
        """Let go of the binding; what is shown stays and cannot be edited."""
        binding, self._binding = self._binding, None
        if binding is not None:
            binding.edited.disconnect(self._on_edited)
            binding.remote_edited.disconnect(self._on_edited)
            binding.read_only_changed.disconnect(self._on_read_only_changed)
            self._margins.unwatch(binding.document)
            binding.detach(self)
            self.set_remote_carets([])
            self.setTextInteractionFlags(_READING)

    def set_colors(self, colors: EditorColors) -> None:
        """Take another theme's colours."""
        self.colors = colors
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Base, colors.background)
        palette.setColor(QPalette.ColorRole.Text, colors.text)
        palette.setColor(QPalette.ColorRole.Highlight, colors.selection)
        palette.setColor(QPalette.ColorRole.HighlightedText, colors.text)
        self.setPalette(palette)
        self.viewport().setPalette(palette)  # with a style sheet it keeps the one of before
        self._selections.refresh(force=True)
        self._margins.update()

    def set_font(self, font: QFont) -> None:
        """Take another font, or another size."""
        self.setFont(font)
        self.document().setDefaultFont(font)
        self._set_tab_stops()
        self._others.forget_font()
        self._margins.set_font(font)

    def zoom_by(self, steps: int) -> None:
        """Make the text larger, or smaller with a negative number."""
        font = QFont(self.font())
        points = min(max(font.pointSizeF() + steps, _SMALLEST_POINTS), _LARGEST_POINTS)
        font.setPointSizeF(points)
        self.set_font(font)
        self.zoomed.emit(points)

    def set_wrapping(self, is_wrapped: bool) -> None:
        """Break lines at the window's edge, or not."""
        modes = QPlainTextEdit.LineWrapMode
        self._others.is_wrapped = is_wrapped
        self.setLineWrapMode(modes.WidgetWidth if is_wrapped else modes.NoWrap)

    def set_whitespace(self, is_shown: bool) -> None:
        """Show blanks and tabs, or not; in every view of the document."""
        option = self.document().defaultTextOption()
        flag = QTextOption.Flag.ShowTabsAndSpaces
        flags = option.flags() | flag if is_shown else option.flags() & ~flag
        if flags != option.flags():
            option.setFlags(flags)
            self.document().setDefaultTextOption(option)

    def set_marks(self, marks: Sequence[QTextEdit.ExtraSelection]) -> None:
        """Show what was found; above what others selected."""
        self._selections.set_marks(marks)

    def set_remote_carets(self, carets: Sequence[RemoteCaret]) -> None:
        """Show where the others are, in the text as it is; who moved is named for a while."""
        if self._others.set_carets(carets):
            self.ruler.update()
            self._selections.set_carets(self._others.carets)

    def select(self, anchor_utf16: int, head_utf16: int) -> None:
        """Put the caret somewhere and show it."""
        self.composition.commit()
        select(self, Selection(anchor_utf16, head_utf16))
        self.ensureCursorVisible()

    def show_place(self, at_utf16: int) -> None:
        """Scroll to a place if it is out of sight; the caret stays where it is."""
        cursor = QTextCursor(self.document())
        cursor.setPosition(min(at_utf16, self.document().characterCount() - 1))
        place, seen = self.cursorRect(cursor), self.viewport().rect()
        if not seen.top() <= place.top() <= place.bottom() <= seen.bottom():
            bar = self.verticalScrollBar()
            bar.setValue(cursor.block().firstLineNumber() - bar.pageStep() // 2)
            place = self.cursorRect(cursor)
        if not seen.left() <= place.left() <= seen.right():
            across = self.horizontalScrollBar()
            across.setValue(across.value() + place.left() - seen.width() // 2)

    def undo(self) -> None:
        """Undo one's own newest edit."""
        if self._binding is not None:
            self.composition.close()
            self._binding.activate(self)
            self._binding.undo()

    def redo(self) -> None:
        """Redo what was undone last."""
        if self._binding is not None:
            self.composition.close()
            self._binding.activate(self)
            self._binding.redo()

    def cut(self) -> None:
        """Move the selection to the clipboard; one item of undo."""
        self.composition.commit()
        if self._binding is not None and not self._binding.is_read_only:
            with self._binding.taking(EditKind.PASTE):
                super().cut()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Type, with indentation and brackets; what a window's actions left over comes here."""
        if self.composition.is_open and event.key() not in _MODIFIERS:
            self.composition.commit()
        binding = self._binding
        if binding is not None:
            binding.activate(self)
        if binding is not None and not binding.is_read_only and self._keys.take(event):
            event.accept()
            return
        if self._binding is not None and not self.is_editable and changes_text(event):
            self._binding.edit_refused.emit()
        super().keyPressEvent(event)

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        """Compose, or insert what was composed."""
        self.composition.take(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Become the view that undo works in."""
        if self._binding is not None:
            self._binding.activate(self)
        super().focusInEvent(event)
        self._show_caret()

    def hideEvent(self, event: QHideEvent) -> None:
        """Give up what is being composed, in a tab that goes behind another."""
        super().hideEvent(event)
        self.composition.commit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Give up what is being composed."""
        super().focusOutEvent(event)
        self.composition.close()

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        """Tell whether there is text to paste or drop."""
        return source.hasText()

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Insert plain text; one item of undo."""
        if not self.is_editable or self._binding is None or not source.hasText():
            return
        self.composition.commit()
        with self._binding.taking(EditKind.PASTE):
            self.textCursor().insertText(normalise(source.text()))
        self.ensureCursorVisible()

    def dropEvent(self, event: QDropEvent) -> None:
        """Take dropped text; what is moved within the text leaves all between alone."""
        super().dragLeaveEvent(QDragLeaveEvent())  # ends Qt's scrolling and its caret
        if self.is_editable and self._binding is not None and event.mimeData().hasText():
            self.composition.commit()  # Qt counts what is composed among the places
            take_drop(self, self._binding, event)
            event.acceptProposedAction()
            self.setFocus()

    def createMimeDataFromSelection(self) -> QMimeData:
        """Copy the text as it is, with its no-break spaces."""
        return copied_text(self.textCursor())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the text, and the others' carets above it."""
        super().paintEvent(event)
        self._others.paint(event.rect())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the strips at the edges."""
        super().resizeEvent(event)
        self._margins.place()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Show Qt's menu, with our undo and redo for Qt's."""
        menu = with_own_undo(self, self.createStandardContextMenu(event.pos()))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom with Ctrl, scroll without."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            delta = event.angleDelta().y()
            if delta:
                self.zoom_by(1 if delta > 0 else -1)
            event.accept()
        else:
            super().wheelEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Let the input method commit first: Qt counts what is composed among the places."""
        self.composition.commit()
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Name the person whose flag is under the mouse."""
        super().mouseMoveEvent(event)
        self._others.hover(event.position())

    @Slot()
    def _on_caret_changed(self) -> None:
        binding = self._binding
        if binding is not None and not binding.is_telling and not binding.is_applying:
            self.caret_set.emit()
        self._show_caret()

    @Slot(object)
    def _on_edited(self, edits: list[TextEdit]) -> None:
        if self._others.carets and self._others.follow(edits):
            self._selections.follow(self._others.carets)
        self._show_caret()

    @Slot(bool)
    def _on_read_only_changed(self, is_read_only: bool) -> None:
        self.composition.close()  # Qt would not, once the text cannot be edited
        self.setTextInteractionFlags(_READING if is_read_only else _EDITING)

    @Slot(int)
    def _on_scrolled(self, _value: int) -> None:
        self._others.update_scrolled()

    def _show_caret(self) -> None:
        binding = self._binding
        if binding is not None:
            if binding.is_telling:
                return  # `edited` follows
            if not binding.is_applying:
                self._tell_caret(binding)
        self._selections.refresh()

    def _tell_caret(self, binding: ReplicaBinding) -> None:
        cursor = self.textCursor()
        selection = Selection(cursor.anchor(), cursor.position())
        binding.note_selection(self, selection)
        self._margins.show_caret(cursor.blockNumber())
        if selection != self._selection:
            self._selection = selection
            self.caret_moved.emit(selection.anchor_utf16, selection.head_utf16)

    def _set_tab_stops(self) -> None:
        self.setTabStopDistance(INDENT * QFontMetricsF(self.font()).horizontalAdvance(" "))
