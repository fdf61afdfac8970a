"""A shared text as it was: its versions, what differs from now, and bringing one back.

Knows no session: it tells what is wished for, and shows what it is given. Source: EDITOR.md
(pairing: history with diff and restore).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelection, QSize, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QListView,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from app.qtmodels.versions import VERSION_ROLE
from app.ui.widgets.difference_view import DifferenceView
from app.ui.widgets.plain_text import plain_label, plain_paragraph

if TYPE_CHECKING:
    from app.model.line_difference import LineDifference
    from app.model.versions import TextVersion
    from app.qtmodels.versions import VersionsModel
    from app.ui.theme import Theme

_SIZE = QSize(860, 560)
_LIST_PX = 240


class HistoryDialog(QDialog):
    """A list of versions and, beside it, the one that is chosen.

    Invariant: what is shown beside the list is of the version that is chosen there, or nothing.
    """

    version_requested = Signal(object)  # TextVersion: its text and what differs are wanted
    restore_requested = Signal(object)  # TextVersion
    keep_requested = Signal()  # the text as it is now, as a version with a name

    def __init__(
        self,
        *,
        name: str,
        model: VersionsModel,
        theme: Theme,
        is_writable: bool,
        parent: QWidget | None = None,
    ) -> None:
        """Prepare.

        Args:
            name: the text's.
            model: the versions; they may come later.
            theme: the colours.
            is_writable: whether this person may bring one back.
            parent: Qt's owner.
        """
        super().__init__(parent)
        self.setWindowTitle(self.tr("History"))
        self._is_writable = is_writable
        self._text = ""
        self._difference: LineDifference | None = None
        self._list = QListView()
        self._list.setModel(model)
        self._list.setAccessibleName(self.tr("Versions"))
        self._list.setMinimumWidth(_LIST_PX)
        self._list.setSpacing(3)
        self._view = DifferenceView(theme=theme)
        self._whole = QCheckBox(self.tr("Show the &whole text"))
        self._status = plain_paragraph(self.tr("Asking the server…"), role="muted")
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self._restore = self._buttons.addButton(
            self.tr("Restore This Version"), QDialogButtonBox.ButtonRole.ActionRole
        )
        self._restore.setEnabled(False)
        self._keep = self._buttons.addButton(
            self.tr("Keep This Text…"), QDialogButtonBox.ButtonRole.ActionRole
        )
        self._keep.setEnabled(is_writable)
        for button in (self._restore, self._keep):
            button.setAutoDefault(False)  # Enter in the list must change nothing
        self._keep.clicked.connect(self.keep_requested)
        self._lay_out(name)
        self._list.selectionModel().selectionChanged.connect(self._on_selected)
        self._whole.toggled.connect(self._on_whole_toggled)
        self._restore.clicked.connect(self._on_restore_clicked)
        self._buttons.rejected.connect(self.reject)
        self.resize(_SIZE)

    @property
    def chosen(self) -> TextVersion | None:
        """The version that is chosen in the list."""
        index = self._list.currentIndex()
        return index.data(VERSION_ROLE) if index.isValid() else None

    @property
    def shown_text(self) -> str:
        """What is shown of the version."""
        return self._view.toPlainText()

    @property
    def status_text(self) -> str:
        """What is said below."""
        return self._status.text()

    @property
    def can_restore(self) -> bool:
        """Whether the button may be pressed."""
        return self._restore.isEnabled()

    def choose(self, row: int) -> None:
        """Choose a version, as a click does."""
        self._list.setCurrentIndex(self._list.model().index(row, 0))

    def show_whole(self, *, is_whole: bool) -> None:
        """Show the whole text, or what differs from now."""
        self._whole.setChecked(is_whole)

    def restore(self) -> None:
        """Press the button."""
        self._restore.click()

    def show_versions(self, count: int) -> None:
        """Take in that the model shows the versions."""
        text = self.tr("The server has kept no version yet; it makes one every ten minutes.")
        self._status.setText("" if count else text)
        if count:
            self.choose(0)

    def show_version(self, version: TextVersion, text: str, difference: LineDifference) -> None:
        """Show a version, if it is still the chosen one.

        Args:
            version: which one.
            text: of it.
            difference: from it to the text as it is now.
        """
        if version != self.chosen:
            return
        self._text, self._difference = text, difference
        is_same = not difference.lines and not difference.is_too_long
        self._restore.setEnabled(self._is_writable and not is_same)
        self._status.setText(self._said(is_same=is_same))
        self._show()

    def show_trouble(self, text: str) -> None:
        """Say what did not work."""
        self._status.setText(text)

    def _said(self, *, is_same: bool) -> str:
        if is_same:
            return self.tr("The text is now what it was in this version.")
        if not self._is_writable:
            return self.tr("You may read this text; bringing a version back would change it.")
        return self.tr("− stood in this version only      + stands in the text now only")

    def _lay_out(self, name: str) -> None:
        right = QWidget()
        beside = QVBoxLayout(right)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.addWidget(self._view, 1)
        beside.addWidget(self._whole)
        both = QSplitter()
        both.addWidget(self._list)
        both.addWidget(right)
        both.setStretchFactor(1, 1)
        both.setChildrenCollapsible(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 16)
        layout.setSpacing(10)
        layout.addWidget(
            plain_label(self.tr("History of “{name}”").format(name=name), role="title")
        )
        layout.addWidget(both, 1)
        layout.addWidget(self._status)
        layout.addWidget(self._buttons)

    def _show(self) -> None:
        if self._whole.isChecked() or self._difference is None:
            self._view.show_text(self._text)
        else:
            self._view.show_difference(self._difference)

    @Slot(QItemSelection, QItemSelection)
    def _on_selected(self, _selected: QItemSelection, _deselected: QItemSelection) -> None:
        self._text, self._difference = "", None
        self._restore.setEnabled(False)
        self._show()
        if self.chosen is not None:
            self._status.setText(self.tr("Asking the server…"))
            self.version_requested.emit(self.chosen)

    @Slot(bool)
    def _on_whole_toggled(self, _is_whole: bool) -> None:
        self._show()

    @Slot()
    def _on_restore_clicked(self) -> None:
        if self.chosen is not None:
            self._restore.setEnabled(False)
            self.restore_requested.emit(self.chosen)
