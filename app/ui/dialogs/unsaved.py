"""Before a text goes away that is not on the disk.

Knows no file. Source: EDITOR.md (habits: verb buttons).
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QPushButton, QVBoxLayout, QWidget

from app.ui.widgets.plain_text import plain_label, plain_paragraph

if TYPE_CHECKING:
    from collections.abc import Sequence

_WIDTH_PX = 420
_MOST_NAMES = 8


class Choice(Enum):
    """What the user wants with the text."""

    SAVE = "save"
    DISCARD = "discard"
    CANCEL = "cancel"


class UnsavedDialog(QDialog):
    """Save, discard or cancel; Esc and closing it mean cancel.

    Invariant: tells exactly one choice. What has only not reached its server is never discarded:
    then the middle choice closes, and the changes are kept for the next start.
    """

    chosen = Signal(object)  # Choice

    def __init__(
        self, *, names: Sequence[str], is_unsent: bool = False, parent: QWidget | None = None
    ) -> None:
        """Ask about texts.

        Args:
            names: of the texts.
            is_unsent: whether all of them are other people's, and wait for their server.
            parent: Qt's owner.
        """
        super().__init__(parent)
        self.setWindowTitle(self.tr("Unsent Changes") if is_unsent else self.tr("Unsaved Changes"))
        self.setMinimumWidth(_WIDTH_PX)
        self._choice = Choice.CANCEL
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        save_text = self.tr("Save") if len(names) == 1 else self.tr("Save All")
        save_text = self.tr("Save a Copy…") if is_unsent else save_text
        self._save = self._button(save_text, QDialogButtonBox.ButtonRole.AcceptRole)
        discard_text = self.tr("Close Anyway") if is_unsent else self.tr("Discard Changes")
        self._discard = self._button(discard_text, QDialogButtonBox.ButtonRole.DestructiveRole)
        self._save.setDefault(True)
        self._save.clicked.connect(self._on_save_clicked)
        self._discard.clicked.connect(self._on_discard_clicked)
        self._buttons.rejected.connect(self.reject)
        self.finished.connect(self._on_finished)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 16)
        layout.setSpacing(12)
        if is_unsent:
            question = self.tr("Close with unsent changes?")
            layout.addWidget(plain_label(question, role="title"))
        elif len(names) == 1:
            question = self.tr("Save the changes to “{name}”?").format(name=names[0])
            layout.addWidget(plain_label(question, role="title"))
        else:
            question = self.tr("Save the changes to {count} texts?").format(count=len(names))
            layout.addWidget(plain_label(question, role="title"))
            shown = [f"• {name}" for name in names[:_MOST_NAMES]]
            if len(names) > _MOST_NAMES:
                shown.append(self.tr("and {count} more").format(count=len(names) - _MOST_NAMES))
            layout.addWidget(plain_paragraph("\n".join(shown)))
        consequence = self.tr("What you discard cannot be brought back.")
        if is_unsent:
            consequence = self.tr(
                "They have not reached the server. They are kept on this computer, and sent "
                "when you start CodeXPro again."
            )
        layout.addWidget(plain_paragraph(consequence))
        layout.addStretch(1)
        layout.addWidget(self._buttons)
        self._save.setFocus()

    def press(self, choice: Choice) -> None:
        """Choose as a click on the button does."""
        buttons = {Choice.SAVE: self._save, Choice.DISCARD: self._discard}
        if choice in buttons:
            buttons[choice].click()
        else:
            self.reject()

    def _button(self, text: str, role: QDialogButtonBox.ButtonRole) -> QPushButton:
        return self._buttons.addButton(text, role)

    @Slot()
    def _on_save_clicked(self) -> None:
        self._choice = Choice.SAVE
        self.accept()

    @Slot()
    def _on_discard_clicked(self) -> None:
        self._choice = Choice.DISCARD
        self.accept()

    @Slot(int)
    def _on_finished(self, _result: int) -> None:
        self.chosen.emit(self._choice)
