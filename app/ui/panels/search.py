"""Looking for something in all files of the folder, and where it was found.

It tells what the user wishes and shows what it is given; it reads no file. Source: EDITOR.md (find
in project; window, left).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    QTimer,
    Signal,
    Slot,
)
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPalette
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QLineEdit,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolButton,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from app.model.search import SearchQuery
from app.qtmodels.found_tree import FILE_ROLE, LINE_ROLE
from app.ui.widgets.plain_text import plain_paragraph, set_plain_tool_tip

if TYPE_CHECKING:
    from app.model.line_matches import LineMatch
    from app.qtmodels.found_tree import FoundTree
    from app.storage.folder_search import FileMatches
    from app.ui.theme import Theme

_ROW_PX = 24
_GAP_PX = 8
_SOON_MS = 250  # after the last key

_Index = QModelIndex | QPersistentModelIndex


class SearchPanel(QWidget):
    """A field to say what, and a list of where."""

    query_changed = Signal(object)  # SearchQuery
    place_requested = Signal(object, object)  # FileMatches; LineMatch, the first one for a file
    left = Signal()  # the keys go back to the text

    def __init__(self, *, model: FoundTree, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._field = QLineEdit()
        self._field.setPlaceholderText(self.tr("Find in the folder"))
        self._field.setAccessibleName(self.tr("What to find in the folder"))
        self._field.setClearButtonEnabled(True)
        self._case = self._toggle("Aa", self.tr("Match case"))
        self._word = self._toggle("W", self.tr("Whole words"))
        self._regex = self._toggle(".*", self.tr("Regular expression"))
        self._status = plain_paragraph(role="muted")
        self._tree = QTreeView()
        self._tree.setModel(model)
        self._tree.setHeaderHidden(True)
        self._tree.setUniformRowHeights(True)
        self._tree.setIndentation(14)
        self._tree.setFrameShape(QTreeView.Shape.NoFrame)
        self._tree.setEditTriggers(QTreeView.EditTrigger.NoEditTriggers)
        self._tree.setExpandsOnDoubleClick(False)
        self._tree.setAccessibleName(self.tr("What was found"))
        self._row = _Row(self._tree)
        self._tree.setItemDelegate(self._row)
        self._timer = QTimer(self, singleShot=True, interval=_SOON_MS)
        self._lay_out()
        self._timer.timeout.connect(self._on_due)
        self._field.textChanged.connect(self._on_text_changed)
        self._field.returnPressed.connect(self._on_due)
        self._tree.clicked.connect(self._on_activated)
        self._tree.activated.connect(self._on_activated)
        model.rowsInserted.connect(self._on_rows_inserted)
        self.setMinimumWidth(220)
        self.setFocusProxy(self._field)
        self.show_theme(theme)

    @property
    def query(self) -> SearchQuery:
        """What is looked for."""
        return SearchQuery(
            self._field.text(),
            is_regex=self._regex.isChecked(),
            has_case=self._case.isChecked(),
            is_word=self._word.isChecked(),
        )

    @property
    def status_text(self) -> str:
        """What is said of the search."""
        return self._status.text()

    @property
    def view(self) -> QTreeView:
        """The list, for whoever looks into it."""
        return self._tree

    def ask(self, text: str) -> None:
        """Take the keys, with something to look for if it is given."""
        if text:
            self._field.setText(text)
        self._field.selectAll()
        self._field.setFocus()

    def show_status(self, text: str, *, is_trouble: bool = False) -> None:
        """Say how the search stands."""
        self._status.setProperty("role", "error" if is_trouble else "muted")
        self._status.setText(text)
        self._status.style().unpolish(self._status)
        self._status.style().polish(self._status)

    def show_theme(self, theme: Theme) -> None:
        """Take another theme's colours."""
        self._row.theme = theme
        self._tree.viewport().update()

    def _toggle(self, text: str, tip: str) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setCheckable(True)
        button.setProperty("role", "toggle")
        button.setAccessibleName(tip)
        set_plain_tool_tip(button, tip)
        button.toggled.connect(self._on_toggled)
        return button

    def _lay_out(self) -> None:
        first = QHBoxLayout()
        first.setSpacing(4)
        first.addWidget(self._field, 1)
        for button in (self._case, self._word, self._regex):
            first.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 0)
        layout.setSpacing(6)
        layout.addLayout(first)
        layout.addWidget(self._status)
        layout.addWidget(self._tree, 1)

    @Slot(str)
    def _on_text_changed(self, _text: str) -> None:
        self._timer.start()

    @Slot(bool)
    def _on_toggled(self, _is_on: bool) -> None:
        self._timer.start()

    @Slot()
    def _on_due(self) -> None:
        self._timer.stop()
        self.query_changed.emit(self.query)

    @Slot(QModelIndex)
    def _on_activated(self, index: QModelIndex) -> None:
        file: FileMatches = index.data(FILE_ROLE)
        self.place_requested.emit(file, index.data(LINE_ROLE) or file.lines[0])

    @Slot(QModelIndex, int, int)
    def _on_rows_inserted(self, parent: QModelIndex, first: int, last: int) -> None:
        model = self._tree.model()
        for row in range(first, last + 1):
            self._tree.expand(model.index(row, 0, parent))


class _Row(QStyledItemDelegate):
    """A file's name with its folder and count, or a line with what was found in it marked."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme: Theme | None = None

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Return the size of a row; as wide as the view, so that nothing is scrolled sideways."""
        del option, index
        return QSize(0, _ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Paint the row's background as the style does, and the text above it."""
        self.initStyleOption(option, index)
        option.text = ""  # pyright: ignore - the stubs lack the fields of the option
        widget = self.parent()
        style = widget.style() if isinstance(widget, QWidget) else QApplication.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, option, painter)
        painter.save()
        rect: QRect = option.rect.adjusted(4, 0, -4, 0)  # pyright: ignore
        painter.setClipRect(rect)
        palette: QPalette = option.palette  # pyright: ignore
        is_selected = bool(option.state & QStyle.StateFlag.State_Selected)  # pyright: ignore
        role = QPalette.ColorRole.HighlightedText if is_selected else QPalette.ColorRole.Text
        painter.setPen(palette.color(role))
        line: LineMatch | None = index.data(LINE_ROLE)
        if line is None:
            self._paint_file(painter, rect, index.data(FILE_ROLE), is_selected=is_selected)
        else:
            self._paint_line(painter, rect, line, is_selected=is_selected)
        painter.restore()

    def _paint_file(
        self, painter: QPainter, rect: QRect, file: FileMatches, *, is_selected: bool
    ) -> None:
        folder, _, name = file.name.rpartition("/")
        font = QFont(painter.font())
        count = f"{len(file.lines)}+" if file.is_cut else str(len(file.lines))
        count_px = QFontMetrics(font).horizontalAdvance(count)
        bold = QFont(font)
        bold.setBold(True)
        painter.setFont(bold)
        left, align = rect.left(), Qt.AlignmentFlag.AlignVCenter
        painter.drawText(rect.adjusted(0, 0, -count_px - _GAP_PX, 0), align, name)
        left += QFontMetrics(bold).horizontalAdvance(name) + _GAP_PX
        painter.setFont(font)
        if self.theme is not None and not is_selected:
            painter.setPen(self.theme.colours.muted_text)
        room = QRect(left, rect.top(), rect.right() - count_px - _GAP_PX - left, rect.height())
        if room.width() > 0:
            elided = painter.fontMetrics().elidedText(
                folder, Qt.TextElideMode.ElideMiddle, room.width()
            )
            painter.drawText(room, align, elided)
        painter.drawText(rect, align | Qt.AlignmentFlag.AlignRight, count)

    def _paint_line(
        self, painter: QPainter, rect: QRect, line: LineMatch, *, is_selected: bool
    ) -> None:
        before = line.shown[: line.shown_start].replace("\t", " ")
        found = line.shown[line.shown_start : line.shown_stop].replace("\t", " ")
        after = line.shown[line.shown_stop :].replace("\t", " ")
        metrics = painter.fontMetrics()
        room = rect.width() - metrics.horizontalAdvance(found)
        if metrics.horizontalAdvance(before) > room // 2:  # what was found must be seen
            before = metrics.elidedText(before, Qt.TextElideMode.ElideLeft, max(room // 2, 20))
        align = Qt.AlignmentFlag.AlignVCenter
        left = rect.left() + metrics.horizontalAdvance(before)
        width = metrics.horizontalAdvance(found)
        if self.theme is not None and not is_selected:
            mark = QRect(left, rect.top() + 3, width, rect.height() - 6)
            painter.fillRect(mark, self.theme.editor.found)
        painter.drawText(rect, align, before + found + after)
