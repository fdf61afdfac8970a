"""The folder that is open, as a tree beside the text.

It shows what it is told and tells what the user wishes; it opens nothing. Source: EDITOR.md
(project tree with presence).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize, Signal, Slot
from PySide6.QtGui import QIcon, QPainter, QPalette
from PySide6.QtWidgets import (
    QPushButton,
    QStackedWidget,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from app.qtmodels.folder_tree import COLORS_ROLE, IS_DIM_ROLE, IS_FOLDER_ROLE, PATH_ROLE
from app.ui.theme import participant_colour
from app.ui.widgets.plain_text import plain_paragraph

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.qtmodels.folder_tree import FolderTree
    from app.ui.theme import Theme

_MOST_DOTS = 3
_DOT_PX = 8
_ROW_PX = 26
_ICON_PX = 16

_Index = QModelIndex | QPersistentModelIndex


class _Row(QStyledItemDelegate):
    """A name with its icon; in grey when it is dim, with dots for those who are in it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme: Theme | None = None
        self._icons: dict[str, QIcon] = {}

    def show_theme(self, theme: Theme) -> None:
        """Take another theme's colours."""
        self.theme = theme
        muted = theme.colours.muted_text
        self._icons = {name: theme.icon(name, muted) for name in ("file", "folder")}

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Return the size of a row."""
        return QSize(super().sizeHint(option, index).width(), _ROW_PX)

    def initStyleOption(self, option: QStyleOptionViewItem, index: _Index) -> None:  # noqa: N802
        """Choose colour and icon."""
        super().initStyleOption(option, index)
        if self.theme is None:
            return
        # The stubs lack the fields of the option.
        if index.data(IS_DIM_ROLE):
            palette: QPalette = option.palette  # pyright: ignore
            palette.setColor(QPalette.ColorRole.Text, self.theme.colours.muted_text)
            option.palette = palette  # pyright: ignore
        name = "folder" if index.data(IS_FOLDER_ROLE) else "file"
        option.icon = self._icons[name]  # pyright: ignore
        option.decorationSize = QSize(_ICON_PX, _ICON_PX)  # pyright: ignore
        option.features |= QStyleOptionViewItem.ViewItemFeature.HasDecoration  # pyright: ignore

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Paint the row, and the dots at its right end."""
        super().paint(painter, option, index)
        colors: Sequence[str] = index.data(COLORS_ROLE) or ()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(option.palette.color(QPalette.ColorRole.Base))  # pyright: ignore
        right = option.rect.right() - _DOT_PX  # pyright: ignore
        top = option.rect.center().y() - _DOT_PX // 2  # pyright: ignore
        for place, color in enumerate(colors[:_MOST_DOTS]):
            painter.setBrush(participant_colour(color))
            painter.drawEllipse(right - place * (_DOT_PX + 2) - _DOT_PX, top, _DOT_PX, _DOT_PX)
        painter.restore()


class ProjectPanel(QWidget):
    """A folder's tree, or a word on how to open one."""

    open_folder_requested = Signal()
    file_requested = Signal(object)  # Path

    def __init__(self, *, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tree = QTreeView()
        self._tree.setHeaderHidden(True)
        self._tree.setUniformRowHeights(True)
        self._tree.setExpandsOnDoubleClick(False)
        self._tree.setEditTriggers(QTreeView.EditTrigger.NoEditTriggers)
        self._tree.setFrameShape(QTreeView.Shape.NoFrame)
        self._tree.setIndentation(14)
        self._tree.setAccessibleName(self.tr("Files of the folder"))
        self._row = _Row(self._tree)
        self._tree.setItemDelegate(self._row)
        self._tree.clicked.connect(self._on_clicked)
        self._tree.activated.connect(self._on_activated)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._make_empty())
        self._stack.addWidget(self._tree)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._stack)
        self.setMinimumWidth(180)
        self.show_theme(theme)

    @property
    def view(self) -> QTreeView:
        """The tree, for whoever looks into it."""
        return self._tree

    def show_theme(self, theme: Theme) -> None:
        """Take another theme's colours."""
        self._row.show_theme(theme)
        self._tree.viewport().update()

    def show_folder(self, model: FolderTree | None) -> None:
        """Show a folder; None: none is open."""
        self._tree.setModel(model)
        self._stack.setCurrentIndex(1 if model is not None else 0)
        if model is not None:
            self.setFocusProxy(self._tree)

    def show_file(self, model: FolderTree, path: Path) -> None:
        """Mark a file, if it is in the folder."""
        index = model.index_of(path)
        if index.isValid():
            self._tree.setCurrentIndex(index)
            self._tree.scrollTo(index)

    def _make_empty(self) -> QWidget:
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(14, 14, 14, 14)
        layout.setSpacing(10)
        layout.addWidget(plain_paragraph(self.tr("No folder is open."), role="muted"))
        button = QPushButton(self.tr("Open Folder…"))
        button.clicked.connect(self._on_open_clicked)
        layout.addWidget(button)
        layout.addStretch(1)
        return page

    @Slot()
    def _on_open_clicked(self) -> None:
        self.open_folder_requested.emit()

    @Slot(QModelIndex)
    def _on_clicked(self, index: QModelIndex) -> None:
        if index.data(IS_FOLDER_ROLE):
            self._tree.setExpanded(index, not self._tree.isExpanded(index))
        else:
            self._tell(index)

    @Slot(QModelIndex)
    def _on_activated(self, index: QModelIndex) -> None:
        if not index.data(IS_FOLDER_ROLE):
            self._tell(index)

    def _tell(self, index: QModelIndex) -> None:
        path = index.data(PATH_ROLE)
        if isinstance(path, Path):
            self.file_requested.emit(path)
