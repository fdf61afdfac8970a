"""A file that is too large to be edited, to be read part by part.

At most one part is in memory, however large the file is. Bytes that are no UTF-8 are shown as such,
because nothing here is ever written back. Source: EDITOR.md (limits: > 10 MB read-only viewer).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QSlider, QToolButton, QWidget

from app.errors import user_message
from app.storage.file_errors import FileError
from app.storage.file_parts import PART_BYTES, read_part
from app.ui.dialogs.share import size_text
from app.ui.tab_page import TabPage
from app.ui.theme import editor_font
from app.ui.widgets.banner import Tone
from app.ui.widgets.plain_text import plain_label

if TYPE_CHECKING:
    from pathlib import Path


class LargeFilePage(TabPage):
    """Shows one part of a file and lets a person choose which.

    Invariant: what is shown is one part, read when it was chosen.
    """

    def __init__(self, path: Path, *, size_bytes: int, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.path = path
        self._size_bytes = size_bytes
        self._view = QPlainTextEdit()
        self._view.setReadOnly(True)
        self._view.setFont(editor_font())
        self._view.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self._view.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        self._view.setAccessibleName(self.tr("A part of the file"))
        parts = max(1, -(-size_bytes // PART_BYTES))
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._slider.setRange(0, parts - 1)
        self._slider.setAccessibleName(self.tr("Which part"))
        self._label = plain_label(role="muted")
        self._slider.valueChanged.connect(self._on_part_chosen)
        row = QHBoxLayout()
        row.setContentsMargins(14, 6, 14, 6)
        row.setSpacing(8)
        for text, name, step in (
            ("◀", self.tr("The part before"), -1),
            ("▶", self.tr("The next part"), 1),
        ):
            button = QToolButton()
            button.setText(text)
            button.setAccessibleName(name)
            button.clicked.connect(self._on_next_clicked if step > 0 else self._on_before_clicked)
            row.addWidget(button)
        row.addWidget(self._slider, 1)
        row.addWidget(self._label)
        self.column.addLayout(row)
        self.column.addWidget(self._view, 1)
        self.setFocusProxy(self._view)
        self._on_part_chosen(0)
        text = self.tr("“{name}” has {size}. It can be read here, part by part, but not edited.")
        if not self.banner.message:
            shown = text.format(name=path.name, size=size_text(size_bytes))
            self.banner.show_message(shown)

    @property
    def text(self) -> str:
        """The part that is shown."""
        return self._view.toPlainText()

    @property
    def place_text(self) -> str:
        """Which part is shown, in words."""
        return self._label.text()

    def show_part(self, number: int) -> None:
        """Show a part, counted from 0."""
        self._slider.setValue(number)

    @Slot()
    def _on_next_clicked(self) -> None:
        self._slider.setValue(self._slider.value() + 1)

    @Slot()
    def _on_before_clicked(self) -> None:
        self._slider.setValue(self._slider.value() - 1)

    @Slot(int)
    def _on_part_chosen(self, number: int) -> None:
        try:
            text = read_part(self.path, number)
        except FileError as error:
            self.banner.show_message(user_message(error), tone=Tone.TROUBLE)
            return
        self._view.setPlainText(text.replace("\0", "\N{SYMBOL FOR NULL}"))
        place = self.tr("Part {number} of {count}, from {at}")
        self._label.setText(
            place.format(
                number=number + 1,
                count=self._slider.maximum() + 1,
                at=size_text(number * PART_BYTES),
            )
        )
