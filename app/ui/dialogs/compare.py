"""The text here and the file on disk, side by side as one list of changed lines.

Knows no file: it is given both texts. Source: EDITOR.md (files: Compare, Reload, Keep).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Signal, Slot
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QVBoxLayout, QWidget

from app.ui.widgets.difference_view import DifferenceView
from app.ui.widgets.plain_text import plain_label

if TYPE_CHECKING:
    from app.model.line_difference import LineDifference
    from app.ui.theme import Theme

_SIZE = QSize(760, 520)


class CompareDialog(QDialog):
    """Shows what a reload would change, and asks.

    Invariant: it changes nothing itself; closing it decides nothing.
    """

    reload_requested = Signal()
    keep_requested = Signal()

    def __init__(
        self,
        *,
        name: str,
        difference: LineDifference,
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        """Show a difference.

        Args:
            name: of the file.
            difference: from the text here to the one on disk.
            theme: the colours.
            parent: Qt's owner.
        """
        super().__init__(parent)
        self.setWindowTitle(self.tr("Compare"))
        self.resize(_SIZE)
        title = self.tr("“{name}” in this window and on the disk").format(name=name)
        self._view = DifferenceView(theme=theme)
        self._view.show_difference(difference)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        take = buttons.addButton(self.tr("Reload"), QDialogButtonBox.ButtonRole.ActionRole)
        keep = buttons.addButton(self.tr("Keep Mine"), QDialogButtonBox.ButtonRole.ActionRole)
        take.clicked.connect(self._on_reload_clicked)
        keep.clicked.connect(self._on_keep_clicked)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 16)
        layout.setSpacing(10)
        layout.addWidget(plain_label(title, role="title"))
        legend = self.tr("− stands in this window only      + stands on the disk only")
        layout.addWidget(plain_label(legend, role="muted"))
        layout.addWidget(self._view, 1)
        layout.addWidget(buttons)

    @property
    def shown_text(self) -> str:
        """What is shown of the difference."""
        return self._view.toPlainText()

    @Slot()
    def _on_reload_clicked(self) -> None:
        self.accept()
        self.reload_requested.emit()

    @Slot()
    def _on_keep_clicked(self) -> None:
        self.accept()
        self.keep_requested.emit()
