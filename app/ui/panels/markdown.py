"""Markdown as it is meant to be read, in a panel beside the text.

Nothing in it runs and nothing is loaded: no HTML, no picture, no style, from the network or the
disk. Links open in the system's browser after a click, and only those of the web. Source: EDITOR.md
(preview); PITFALLS (setMarkdown passes raw HTML).
"""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, QUrl, Signal, Slot
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QFrame, QStackedLayout, QTextBrowser, QVBoxLayout, QWidget

from app.ui.widgets.plain_text import plain_paragraph, set_plain_tool_tip

MOST_CHARACTERS = 300_000

_FEATURES = (
    QTextDocument.MarkdownFeature.MarkdownDialectGitHub
    | QTextDocument.MarkdownFeature.MarkdownNoHTML
)
_WEB = ("http", "https")
_MARGIN_PX = 14


class MarkdownView(QTextBrowser):
    """A text browser that loads nothing and goes nowhere.

    Invariant: `loadResource` is the one way to anything outside, and it gives nothing.
    """

    web_link_clicked = Signal(QUrl)

    def __init__(self, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setOpenLinks(False)
        self.setOpenExternalLinks(False)
        self.setUndoRedoEnabled(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName(self.tr("Preview of the Markdown text"))
        self.document().setDocumentMargin(_MARGIN_PX)
        self.anchorClicked.connect(self._on_anchor_clicked)
        self.highlighted.connect(self._on_highlighted)

    def loadResource(self, _type: int, _name: QUrl | str) -> object:
        """Give nothing, whatever is asked for."""
        return b""

    def show_markdown(self, text: str) -> None:
        """Show a text; what was seen of it stays in sight."""
        bar = self.verticalScrollBar()
        at = bar.value()
        self.document().setMarkdown(text, _FEATURES)
        bar.setValue(min(at, bar.maximum()))

    @Slot(QUrl)
    def _on_anchor_clicked(self, url: QUrl) -> None:
        if url.scheme().lower() in _WEB and url.isValid():
            self.web_link_clicked.emit(url)
        elif url.hasFragment() and not url.scheme() and not url.path():
            self.scrollToAnchor(url.fragment())

    @Slot(QUrl)
    def _on_highlighted(self, url: QUrl) -> None:
        """Say where a link leads before it is clicked."""
        set_plain_tool_tip(self.viewport(), url.toDisplayString())


class MarkdownPanel(QWidget):
    """The preview, or a sentence when there is nothing to preview."""

    web_link_clicked = Signal(QUrl)

    def __init__(self, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view = MarkdownView()
        self.view.web_link_clicked.connect(self.web_link_clicked)
        self._why = plain_paragraph(role="muted")
        self._why.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        nothing = QWidget()
        inside = QVBoxLayout(nothing)
        inside.setContentsMargins(_MARGIN_PX, _MARGIN_PX, _MARGIN_PX, _MARGIN_PX)
        inside.addWidget(self._why, 1)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(nothing)
        self._stack.addWidget(self.view)
        self.setFocusProxy(self.view)
        self.show_nothing()

    @property
    def reason(self) -> str:
        """Why nothing is shown; empty while something is."""
        return "" if self._stack.currentWidget() is self.view else self._why.text()

    def sizeHint(self) -> QSize:
        """Return a width that lines of text can be read in."""
        return QSize(420, 320)

    def show_text(self, text: str) -> None:
        """Show a text, if it is not too long to be laid out while one types."""
        if len(text) > MOST_CHARACTERS:
            self._why.setText(self.tr("This text is too long for a preview."))
            self._stack.setCurrentIndex(0)
            return
        self.view.show_markdown(text)
        self._stack.setCurrentWidget(self.view)

    def show_nothing(self) -> None:
        """Show no text."""
        self.view.clear()
        self._why.setText(self.tr("Open a Markdown text to see here how it reads."))
        self._stack.setCurrentIndex(0)
