"""The widget a text is edited in: keys, gutter, carets of the others.

It never edits on its own account what spans lines: that goes through its binding. Knows no session
and no file. Source: EDITOR.md, editor and binding rules; PITFALLS, PySide6 and Qt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QMimeData, QRect, Qt, Signal, Slot
from PySide6.QtGui import (
    QAction,
    QDragLeaveEvent,
    QFont,
    QFontMetricsF,
    QGuiApplication,
    QInputMethodEvent,
    QKeyEvent,
    QKeySequence,
    QPalette,
    QTextCursor,
    QTextOption,
)
from PySide6.QtWidgets import QPlainTextEdit

from app.collab.text_replica import EditKind
from app.model.text_edit import Selection, normalise
from app.ui.editor import line_edits
from app.ui.editor.caret_layer import CaretLayer
from app.ui.editor.extra_selections import ExtraSelections
from app.ui.editor.line_edits import INDENT, Line
from app.ui.editor.line_numbers import LineNumbers
from app.ui.editor.local_keys import LocalKeys
from app.ui.editor.overview_ruler import WIDTH_PX, OverviewRuler
from app.ui.editor.plain_layout import layout_of
from app.ui.editor.text_drop import take_drop
from app.ui.editor.view_place import select, selection_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from PySide6.QtCore import QRectF
    from PySide6.QtGui import (
        QContextMenuEvent,
        QDropEvent,
        QFocusEvent,
        QHideEvent,
        QMouseEvent,
        QPaintEvent,
        QResizeEvent,
        QTextBlock,
        QWheelEvent,
    )
    from PySide6.QtWidgets import QMenu, QTextEdit, QWidget

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
    zoomed = Signal(float)  # the font's size in points

    def __init__(self, *, colors: EditorColors, font: QFont, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.colors = colors
        self.comment_mark = ""  # what begins a comment that ends with its line; empty for none
        self._binding: ReplicaBinding | None = None
        self._selection = Selection(0, 0)
        self._caret_line = 0
        self._row_px = 1  # how high a line is that is not wrapped
        self._keys = LocalKeys(self)
        self._composed = QTextCursor()  # where an input method composes; null when it does not
        self._others = CaretLayer(self)
        self._selections = ExtraSelections(self)
        self._line_numbers = LineNumbers(self)
        self.ruler = OverviewRuler(self, self._others)
        self.setAccessibleName(self.tr("Text editor"))
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setTextInteractionFlags(_READING)
        self.setUndoRedoEnabled(False)
        self.viewport().setMouseTracking(True)
        self.blockCountChanged.connect(self._on_block_count_changed)
        self.updateRequest.connect(self._on_update_requested)
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
    def selection(self) -> Selection:
        """Where the caret is."""
        return selection_of(self)

    def bind(self, binding: ReplicaBinding) -> None:
        """Show a binding's document and edit it."""
        self.unbind()
        self._binding = binding
        self._keys.forget()
        binding.document.setDefaultFont(self.font())
        self.setDocument(binding.document)
        self._set_tab_stops()
        layout_of(binding.document).lines_moved.connect(self._on_lines_moved)
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
            layout_of(binding.document).lines_moved.disconnect(self._on_lines_moved)
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
        self._selections.refresh(force=True)
        self._line_numbers.update()
        self.ruler.update()

    def set_font(self, font: QFont) -> None:
        """Take another font, or another size."""
        self.setFont(font)
        self.document().setDefaultFont(font)
        self._set_tab_stops()
        self._line_numbers.setFont(font)
        self._others.forget_font()
        self._row_px = self.fontMetrics().height()
        self._make_room()

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
        self._commit_composition()
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
            self._close_composition()
            self._binding.activate(self)
            self._binding.undo()

    def redo(self) -> None:
        """Redo what was undone last."""
        if self._binding is not None:
            self._close_composition()
            self._binding.activate(self)
            self._binding.redo()

    def cut(self) -> None:
        """Move the selection to the clipboard; one item of undo."""
        self._commit_composition()
        if self._binding is not None and not self._binding.is_read_only:
            with self._binding.taking(EditKind.PASTE):
                super().cut()

    def indent(self) -> None:
        """Indent the selected lines."""
        self._edit(line_edits.indented(self._lines_to_edit()))

    def outdent(self) -> None:
        """Take a step of indentation from the selected lines."""
        self._edit(line_edits.outdented(self._lines_to_edit()))

    def toggle_comment(self) -> None:
        """Make comments of the selected lines, or undo that."""
        if self.comment_mark:
            self._edit(line_edits.comments_toggled(self._lines_to_edit(), self.comment_mark))

    def duplicate_lines(self) -> None:
        """Put a copy of the selected lines above them."""
        self._edit(line_edits.duplicated(self._lines_to_edit()))

    def delete_lines(self) -> None:
        """Delete the selected lines."""
        lines = self._lines_to_edit()
        self._edit(line_edits.deleted(lines, self.document().characterCount() - 1))

    def move_lines_up(self) -> None:
        """Change the selected lines with the one above; the selection goes along."""
        lines = self._lines_to_edit()
        above = self.document().findBlock(lines[0].at_utf16).previous()
        if above.isValid():
            self._edit(line_edits.moved_up(lines, Line(above.position(), above.text())))

    def move_lines_down(self) -> None:
        """Change the selected lines with the one below; the selection goes along."""
        lines = self._lines_to_edit()
        below = self.document().findBlock(lines[-1].at_utf16).next()
        if not below.isValid():
            return
        size = below.length()
        selection = self.selection
        self._edit(line_edits.moved_down(lines, Line(below.position(), below.text())))
        if self._is_editable():  # a caret at the very beginning would have stayed in front
            self.select(selection.anchor_utf16 + size, selection.head_utf16 + size)

    def join_lines(self) -> None:
        """Make one line of the selected lines, or of the current one and the next."""
        lines = self._lines_to_edit()
        following = self.document().findBlock(lines[-1].at_utf16).next()
        if len(lines) == 1 and following.isValid():
            lines.append(Line(following.position(), following.text()))
        self._edit(line_edits.joined(lines))

    def selected_lines(self) -> list[Line]:
        """Return the lines that the selection touches; not the one it merely ends in front of."""
        cursor = self.textCursor()
        block = self.document().findBlock(cursor.selectionStart())
        lines = [Line(block.position(), block.text())]
        while block.next().isValid() and block.next().position() < cursor.selectionEnd():
            block = block.next()
            lines.append(Line(block.position(), block.text()))
        return lines

    def visible_blocks(self) -> Iterator[tuple[QTextBlock, QRectF]]:
        """Yield the lines in the window, with their places in the viewport."""
        block = self.firstVisibleBlock()
        offset = self.contentOffset()
        bottom = self.viewport().height()
        rect = self.blockBoundingGeometry(block).translated(offset)
        while block.isValid() and rect.top() <= bottom:
            if block.isVisible():
                yield block, rect
            top = rect.bottom()
            block = block.next()
            rect = self.blockBoundingRect(block).translated(offset.x(), top)

    def visible_lines(self, from_px: int, to_px: int) -> Iterator[tuple[int, int]]:
        """Yield the lines between two heights in the window: number, from 0, and upper edge."""
        block = self.firstVisibleBlock()
        number = block.blockNumber()
        top = self.blockBoundingGeometry(block).top() + self.contentOffset().y()
        while block.isValid() and top <= to_px:
            bottom = top + self.blockBoundingRect(block).height()
            if bottom >= from_px and block.isVisible():
                yield number, int(top)
            top = bottom
            block = block.next()
            number += 1

    def event(self, event: QEvent) -> bool:
        """Leave the keys of undo and redo to the window's actions."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            keys = QKeySequence.StandardKey
            if event.matches(keys.Undo) or event.matches(keys.Redo):
                event.ignore()
                return False
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Type, with indentation and brackets; what a window's actions left over comes here."""
        if event.key() not in _MODIFIERS:
            self._commit_composition()
        if self._binding is not None:
            self._binding.activate(self)
        if self._is_editable() and self._keys.take(event):
            event.accept()
        else:
            super().keyPressEvent(event)

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        """Take in others' edits before what was composed, which Qt then inserts at the caret."""
        binding = self._binding
        if binding is None or binding.is_read_only:
            event.ignore()
            return
        is_open = bool(event.preeditString())
        if event.commitString() or not is_open:
            self._close_composition()
        binding.activate(self)
        if self._composed.block() != self.textCursor().block():
            self._clear_composed()
        with binding.taking(EditKind.COMPOSING if is_open else EditKind.TYPING):
            super().inputMethodEvent(event)
        if is_open:
            self._composed = QTextCursor(self.textCursor())
            binding.begin_composition(self)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Become the view that undo works in."""
        if self._binding is not None:
            self._binding.activate(self)
        super().focusInEvent(event)
        self._show_caret()

    def hideEvent(self, event: QHideEvent) -> None:
        """Give up what is being composed, in a tab that goes behind another."""
        super().hideEvent(event)
        self._commit_composition()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Give up what is being composed."""
        super().focusOutEvent(event)
        self._close_composition()

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        """Tell whether there is text to paste or drop."""
        return source.hasText()

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Insert plain text; one item of undo."""
        if not self._is_editable() or self._binding is None or not source.hasText():
            return
        self._commit_composition()
        with self._binding.taking(EditKind.PASTE):
            self.textCursor().insertText(normalise(source.text()))
        self.ensureCursorVisible()

    def dropEvent(self, event: QDropEvent) -> None:
        """Take dropped text; what is moved within the text leaves all between alone."""
        super().dragLeaveEvent(QDragLeaveEvent())  # ends Qt's scrolling and its caret
        if self._is_editable() and self._binding is not None and event.mimeData().hasText():
            self._commit_composition()  # Qt counts what is composed among the places
            take_drop(self, self._binding, event)
            event.acceptProposedAction()
            self.setFocus()

    def createMimeDataFromSelection(self) -> QMimeData:
        """Copy the text as it is, with its no-break spaces."""
        copied = QMimeData()
        copied.setText(self.textCursor().selectedText().replace("\u2029", "\n"))
        return copied

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the text, and the others' carets above it."""
        super().paintEvent(event)
        self._others.paint(event.rect())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the gutter at the left edge."""
        super().resizeEvent(event)
        self._place_line_numbers()
        text = self.viewport().geometry()
        self.ruler.setGeometry(text.right() + 1, text.top(), WIDTH_PX, text.height())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Show Qt's menu, with our undo and redo for Qt's."""
        menu = self.createStandardContextMenu(event.pos())
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._put_undo_into(menu)
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
        self._commit_composition()
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
        self._close_composition()  # Qt would not, once the text cannot be edited
        self.setTextInteractionFlags(_READING if is_read_only else _EDITING)

    @Slot(int)
    def _on_block_count_changed(self, _count: int) -> None:
        self._make_room()

    @Slot(QRect, int)
    def _on_update_requested(self, area: QRect, scrolled_px: int) -> None:
        if scrolled_px and self.lineWrapMode() is QPlainTextEdit.LineWrapMode.NoWrap:
            self._line_numbers.scroll(0, scrolled_px)
        elif scrolled_px:  # a line may take another number of rows now that it is seen
            self._line_numbers.update()
        elif area.height() > 2 * self._row_px:  # else no line became higher, no number moved
            self._line_numbers.update_rows(area.top(), area.height())

    @Slot(int)
    def _on_lines_moved(self, first: int) -> None:
        """Paint what stands in this window from a line on, and the names above it."""
        viewport = self.viewport()
        block = self.document().findBlockByNumber(first)
        top = 0
        if first >= self.firstVisibleBlock().blockNumber():
            place = self.blockBoundingGeometry(block).translated(self.contentOffset())
            top = max(0, int(place.top()) - self._others.name_px)
        if top < viewport.height():
            viewport.update(0, top, viewport.width(), viewport.height() - top)
            self._line_numbers.update_rows(top, viewport.height() - top)

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
        line = cursor.blockNumber()
        if line != self._caret_line:  # also when others made a line of what stands before it
            self._line_numbers.update_line(self._caret_line)
            self._line_numbers.update_line(line)
            self._caret_line = line
        if selection != self._selection:
            self._selection = selection
            self.caret_moved.emit(selection.anchor_utf16, selection.head_utf16)

    def _is_editable(self) -> bool:
        return self._binding is not None and not self._binding.is_read_only

    def _lines_to_edit(self) -> list[Line]:
        """Return the selected lines as they are when nothing is composed and nothing waits."""
        self._close_composition()
        return self.selected_lines()

    def _edit(self, edits: list[TextEdit]) -> None:
        if self._binding is not None and edits:
            self._binding.activate(self)
            self._binding.edit(edits, EditKind.PROGRAM)

    def _commit_composition(self) -> None:
        """Let the input method commit before something else is done with the text.

        What it composes is no text: where the line is broken or the caret goes, it would stay
        behind as a ghost, and others' edits would wait for its end.
        """
        if self._binding is not None and self._binding.is_composing(self):
            QGuiApplication.inputMethod().commit()
            self._close_composition()

    def _close_composition(self) -> None:
        """Drop what is being composed from the widget, and let others' edits in."""
        binding = self._binding
        if binding is not None and binding.is_composing(self):
            super().inputMethodEvent(QInputMethodEvent())
            self._clear_composed()
            binding.end_composition(self)

    def _clear_composed(self) -> None:
        """Take what was composed out of its line; Qt does so only while the caret stands there."""
        block, self._composed = self._composed.block(), QTextCursor()
        if block.isValid() and block.layout().preeditAreaText():
            block.layout().setPreeditArea(-1, "")
            self.document().markContentsDirty(block.position(), block.length())

    def _put_undo_into(self, menu: QMenu) -> None:
        for action in menu.actions():
            if action.objectName() in ("edit-undo", "edit-redo"):
                menu.removeAction(action)
        first = menu.actions()[0]
        binding = self._binding
        for text, act, can in (
            (self.tr("&Undo"), self.undo, binding is not None and binding.can_undo),
            (self.tr("&Redo"), self.redo, binding is not None and binding.can_redo),
        ):
            action = QAction(text, menu)
            action.setEnabled(can)
            action.triggered.connect(act)
            menu.insertAction(first, action)

    def _set_tab_stops(self) -> None:
        self.setTabStopDistance(INDENT * QFontMetricsF(self.font()).horizontalAdvance(" "))

    def _make_room(self) -> None:
        width = self._line_numbers.width_px()
        if self.viewportMargins().left() != width:
            self.setViewportMargins(width, 0, WIDTH_PX, 0)
            self._place_line_numbers()

    def _place_line_numbers(self) -> None:
        """Put the gutter beside the text, and not beside the scroll bar below it."""
        area, height = self.contentsRect(), self.viewport().height()
        width = self._line_numbers.width_px()
        self._line_numbers.setGeometry(QRect(area.left(), area.top(), width, height))
