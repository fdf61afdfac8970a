"""Before a text is shared: what exactly the others will get.

Knows no session: it tells that the user agreed. Source: EDITOR.md (pairing, start).
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QFrame,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from app.model.secret_names import looks_secret
from app.ui.widgets.plain_text import field_label, plain_label, plain_paragraph

_KIB = 1024
_WIDTH_PX = 440
_MOST_NAMES = 5
MAX_NAME_CHARS = 40


@dataclass(frozen=True, slots=True)
class ShareOffer:
    """What would be shared."""

    file_name: str
    size_bytes: int
    lines: int
    already: tuple[str, ...] = ()  # the names of what is shared in this session, too


class ShareDialog(QDialog):
    """Says what is shared, and asks for the name that the others see."""

    share_requested = Signal(str, bool)  # this person's name; whether others may edit

    def __init__(self, *, offer: ShareOffer, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Share"))
        self.setMinimumWidth(_WIDTH_PX)
        card = QFrame()
        card.setProperty("role", "card")
        inside = QVBoxLayout(card)
        inside.setContentsMargins(14, 12, 14, 12)
        inside.setSpacing(2)
        self._file = plain_label(offer.file_name)
        font = self._file.font()
        font.setBold(True)
        self._file.setFont(font)
        inside.addWidget(self._file)
        self._size = plain_label(
            self.tr("{lines} lines, {size}").format(
                lines=offer.lines, size=size_text(offer.size_bytes)
            ),
            role="muted",
        )
        inside.addWidget(self._size)
        self._name = QLineEdit(name)
        self._name.setMaxLength(MAX_NAME_CHARS)
        self._role = QComboBox()
        self._role.addItem(self.tr("read and change it"), True)
        self._role.addItem(self.tr("only read it"), False)
        form = QFormLayout()
        form.addRow(field_label(self.tr("Your &name"), self._name), self._name)
        form.addRow(field_label(self.tr("With the link one &may"), self._role), self._role)
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self._share = self._buttons.addButton(
            self.tr("Share and Copy Link"), QDialogButtonBox.ButtonRole.AcceptRole
        )
        self._share.setDefault(True)
        self._buttons.accepted.connect(self._on_accepted)
        self._buttons.rejected.connect(self.reject)
        self._name.textChanged.connect(self._on_name_changed)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 16)
        layout.setSpacing(12)
        layout.addWidget(plain_label(self.tr("Edit this text together"), role="title"))
        layout.addWidget(card)
        layout.addWidget(plain_paragraph(self._reach(offer)))
        if looks_secret(offer.file_name):
            warning = self.tr("A file of this name often holds passwords or keys. Look before.")
            layout.addWidget(plain_paragraph(warning, role="error"))
        layout.addLayout(form)
        layout.addStretch(1)
        layout.addWidget(self._buttons)
        self._on_name_changed(name)
        self._share.setFocus()

    @property
    def offer_text(self) -> str:
        """What the dialog says is shared."""
        return f"{self._file.text()}: {self._size.text()}"

    @property
    def button_texts(self) -> tuple[str, ...]:
        """What the buttons are called."""
        return tuple(button.text().replace("&", "") for button in self._buttons.buttons())

    @property
    def can_share(self) -> bool:
        """Whether there is a name to share under."""
        return self._share.isEnabled()

    def choose_role(self, *, is_for_editing: bool) -> None:
        """Choose what others may do."""
        self._role.setCurrentIndex(self._role.findData(is_for_editing))

    def enter_name(self, name: str) -> None:
        """Fill in the name."""
        self._name.setText(name)

    def _reach(self, offer: ShareOffer) -> str:
        """Say what exactly those with the link get, and what not."""
        if not offer.already:
            return self.tr(
                "Whoever has the link gets this one text, until you leave. "
                "Nothing else on this computer is shared. The link works for a day."
            )
        names = ", ".join(offer.already[:_MOST_NAMES])
        if len(offer.already) > _MOST_NAMES:
            count = len(offer.already) - _MOST_NAMES
            names = self.tr("{names} and {count} more").format(names=names, count=count)
        return self.tr(
            "Whoever is in the session, or has a link, gets this text besides what is shared "
            "already: {names}. Nothing else on this computer is shared."
        ).format(names=names)

    @Slot(str)
    def _on_name_changed(self, name: str) -> None:
        self._share.setEnabled(bool(name.strip()))

    @Slot()
    def _on_accepted(self) -> None:
        self.share_requested.emit(self._name.text().strip(), bool(self._role.currentData()))
        self.accept()


def size_text(size_bytes: int) -> str:
    """Return a size as people say it."""
    if size_bytes < _KIB:
        return f"{size_bytes} B"
    if size_bytes < _KIB * _KIB:
        return f"{size_bytes / _KIB:.1f} KB"
    return f"{size_bytes / _KIB / _KIB:.1f} MB"
