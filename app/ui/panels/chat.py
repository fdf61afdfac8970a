"""The chat beside the text: what is said, who writes, and where one writes.

Shows what it is told and tells what a person does; knows no session. Every text of others is shown
as it is. Source: EDITOR.md (chat).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QSize, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QHBoxLayout,
    QMenu,
    QPushButton,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.model.room_messages import Delivery
from app.qtmodels.chat import ChatModel
from app.ui.panels.chat_composer import Composer, NamePopup
from app.ui.panels.chat_context import ContextRow
from app.ui.panels.chat_view import ChatView
from app.ui.widgets.plain_text import plain_label, plain_paragraph, set_plain_tool_tip

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from PySide6.QtGui import QColor, QHideEvent, QShowEvent

    from app.model.chat_rows import ChatRow
    from app.ui.panels.chat_layout import Hit
    from app.ui.theme import Theme

REACTIONS = ("👍", "❤️", "😄", "🎉", "👀", "✅")


class ChatPanel(QWidget):
    """The panel. Invariant: what is in the field stays until it is sent or taken away."""

    message_submitted = Signal(str, int)  # text; the message that is answered, or 0
    edit_submitted = Signal(int, str)  # a message's id, what it says now
    remove_requested = Signal(int)
    reaction_toggled = Signal(int, str)
    retry_requested = Signal(str)  # a `mid`
    give_up_requested = Signal(str)
    link_opened = Signal(object)  # CodeLink
    typing_changed = Signal(bool)
    page_wanted = Signal(bool)  # whether the older one
    newest_wanted = Signal()
    watching_changed = Signal()

    def __init__(
        self,
        *,
        theme: Theme,
        colour_of: Callable[[str], QColor],
        parent: QWidget | None = None,
    ) -> None:
        """Make an empty panel.

        Args:
            theme: the colours.
            colour_of: a person's, by user id.
            parent: Qt's owner.
        """
        super().__init__(parent)
        self.model = ChatModel(parent=self)
        self._all_names: dict[str, str] = {}
        self._reply_to = self._editing = 0
        self._draft = ""  # what was in the field before an edit
        self._has_newer = False
        self._stack = QStackedWidget()
        self.view = self._make_view(theme, colour_of)
        self.composer = Composer(popup=NamePopup(self))
        self._empty = plain_paragraph("", role="muted")
        self._typing = plain_label("", role="muted")
        self._to_end = QPushButton(self.tr("Jump to newest"))
        self._context = ContextRow()
        self._send = QToolButton()
        self._lay_out()
        self.composer.submitted.connect(self._on_submitted)
        self.composer.typing_changed.connect(self.typing_changed)
        self.composer.escaped.connect(self._stop_replying)
        self.composer.edit_last_requested.connect(self._edit_last)
        self.show_names({}, me="", my_name="")
        self.show_state(is_there=False, has_history=False)

    @property
    def is_at_end(self) -> bool:
        """Whether somebody who looks at the panel sees the newest message."""
        return self.isVisible() and self.view.is_at_end and not self._has_newer

    @property
    def typing_text(self) -> str:
        """What is said of who writes."""
        return self._typing.text()

    @property
    def empty_text(self) -> str:
        """What is said while there is no message; empty while there are."""
        return self._empty.text() if self._stack.currentIndex() == 0 else ""

    def show_theme(self, theme: Theme) -> None:
        """Show other colours."""
        self.view.delegate.show_theme(theme)
        self.view.viewport().update()

    def show_rows(self, rows: list[ChatRow], *, has_newer: bool) -> None:
        """Show a conversation as it is now."""
        self._has_newer = has_newer
        self.view.keep_place()
        self.model.show(rows)
        self.view.settle()
        self._stack.setCurrentIndex(1 if rows else 0)
        self._show_to_end()

    def let_go(self) -> None:
        """Take in that what was submitted is on its way; before, it stays in the field."""
        if not self._editing:
            self.composer.clear()
            self.view.go_to_end()
        self._stop_replying()

    def show_state(self, *, is_there: bool, has_history: bool) -> None:
        """Say whether there is a room to speak in."""
        self.composer.setEnabled(is_there)
        self._send.setEnabled(is_there)
        self.composer.setPlaceholderText(self.tr("Write a message") if is_there else "")
        if not is_there:
            text = self.tr("Chat begins when you share a text or join a session.")
        elif has_history:
            text = self.tr("Nothing has been said yet. Messages are kept with the session.")
        else:
            text = self.tr("You see what is said from now on.")
        self._empty.setText(text)

    def show_typing(self, names: Sequence[str]) -> None:
        """Say who writes."""
        match list(names):
            case []:
                text = ""
            case [one]:
                text = self.tr("{name} is writing…").format(name=one)
            case [one, other]:
                text = self.tr("{one} and {other} are writing…").format(one=one, other=other)
            case more:
                text = self.tr("{count} people are writing…").format(count=len(more))
        metrics = self._typing.fontMetrics()
        width_px = max(60, self.width() - 24)
        self._typing.setText(metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, width_px))

    def show_names(self, names: Mapping[str, str], *, me: str, my_name: str) -> None:
        """Take these for the people whom a message may name.

        Args:
            names: of the others, by user id.
            me: the own user id.
            my_name: this user's, as others write it.
        """
        self.composer.set_names(names)
        all_names = {**names, **({me: my_name} if my_name else {})}
        if all_names != self._all_names:
            self._all_names = all_names
            self.view.delegate.forget()
            self.view.viewport().update()

    def show_paths(self, paths: frozenset[str]) -> None:
        """Take these for the files that a message can lead to."""
        self.view.delegate.show_paths(paths)
        self.view.settle()

    def write(self, text: str) -> None:
        """Put a text into the field, after what stands there, and give it the keys."""
        written = self.composer.toPlainText()
        space = " " if written and not written[-1].isspace() else ""
        self.composer.set_text(f"{written}{space}{text} ")
        self.composer.setFocus()

    def take_keys(self) -> None:
        """Give the keys to the field, or to the messages when one cannot write."""
        (self.composer if self.composer.isEnabled() else self.view).setFocus()

    def sizeHint(self) -> QSize:
        """Return a width in which people read well."""
        return QSize(300, 420)

    def minimumSizeHint(self) -> QSize:
        """Return the least that can be read."""
        return QSize(180, 160)

    def showEvent(self, event: QShowEvent) -> None:
        """Tell that somebody may look."""
        super().showEvent(event)
        self.view.settle()
        self.watching_changed.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        """Tell that nobody looks."""
        super().hideEvent(event)
        self.watching_changed.emit()

    @Slot(str)
    def _on_submitted(self, text: str) -> None:
        if self._editing:
            self.edit_submitted.emit(self._editing, text)
        else:
            self.message_submitted.emit(text, self._reply_to)

    @Slot()
    def _on_send_clicked(self) -> None:
        text = self.composer.toPlainText().strip()
        if text:
            self._on_submitted(text)

    @Slot(object, object)
    def _on_hit(self, row: ChatRow, hit: Hit) -> None:
        if hit.link is not None:
            self.link_opened.emit(hit.link)
        elif hit.reaction:
            self.reaction_toggled.emit(row.message.id, hit.reaction)
        elif hit.quote_of:
            self._go_to(hit.quote_of)
        elif hit.action == "retry":
            self.retry_requested.emit(row.message.mid)
        elif hit.action == "give_up":
            self.give_up_requested.emit(row.message.mid)

    @Slot(object)
    def _on_activated(self, row: ChatRow) -> None:
        index = self.view.currentIndex()
        links = self.view.delegate.layout_of(index, self.view.viewport().width()).links
        if links:
            self.link_opened.emit(links[0])
        elif row.message.delivery is Delivery.FAILED:
            self.retry_requested.emit(row.message.mid)
        else:
            self._reply(row)

    @Slot(object, int)
    def _on_key(self, row: ChatRow, key: int) -> None:
        is_mine = row.is_own and bool(row.message.id) and not row.message.is_deleted
        if key == Qt.Key.Key_R:
            self._reply(row)
        elif key == Qt.Key.Key_E and is_mine:
            self._edit(row)
        elif key == Qt.Key.Key_Delete and is_mine:
            self.remove_requested.emit(row.message.id)

    @Slot(object, QPoint)
    def _on_menu(self, row: ChatRow, at: QPoint) -> None:
        menu = self.menu_of(row)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(at)

    def menu_of(self, row: ChatRow) -> QMenu:
        """Return what can be done with a message."""
        message, menu = row.message, QMenu(self)
        if message.delivery is Delivery.FAILED:
            _add(menu, self.tr("Try Again"), partial(self.retry_requested.emit, message.mid))
            _add(menu, self.tr("Discard"), partial(self.give_up_requested.emit, message.mid))
        if message.id and not message.is_deleted:
            _add(menu, self.tr("Reply"), partial(self._reply, row))
            reactions = menu.addMenu(self.tr("React"))
            for emoji in REACTIONS:
                react = partial(self.reaction_toggled.emit, message.id, emoji)
                _add(reactions, emoji, react)
        if not message.is_deleted:
            _add(menu, self.tr("Copy Text"), partial(_copy, message.text))
        if message.id and row.is_own and not message.is_deleted:
            menu.addSeparator()
            _add(menu, self.tr("Edit"), partial(self._edit, row))
            _add(menu, self.tr("Delete"), partial(self.remove_requested.emit, message.id))
        return menu

    def _make_view(self, theme: Theme, colour_of: Callable[[str], QColor]) -> ChatView:
        view = ChatView(model=self.model, theme=theme, colour_of=colour_of, names=self._names)
        view.hit_clicked.connect(self._on_hit)
        view.row_activated.connect(self._on_activated)
        view.key_pressed.connect(self._on_key)
        view.menu_requested.connect(self._on_menu)
        view.end_reached.connect(self.page_wanted)
        view.end_seen.connect(self._on_end_seen)
        return view

    def _lay_out(self) -> None:
        self._empty.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        nothing = QWidget()
        inside = QVBoxLayout(nothing)
        inside.setContentsMargins(12, 12, 12, 12)
        inside.addWidget(self._empty, 1)
        self._stack.addWidget(nothing)
        self._stack.addWidget(self.view)
        self._to_end.setObjectName("to_end")
        self._to_end.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._to_end.clicked.connect(self._on_to_end_clicked)
        self._to_end.hide()
        self._typing.setObjectName("typing")
        self._typing.setContentsMargins(12, 0, 12, 2)
        self._context.stopped.connect(self._stop_replying)
        self._send.setText(self.tr("Send"))
        self._send.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        set_plain_tool_tip(self._send, self.tr("Send the message (Enter)"))
        self._send.clicked.connect(self._on_send_clicked)
        writing = QHBoxLayout()
        writing.setContentsMargins(8, 4, 8, 8)
        writing.setSpacing(6)
        writing.addWidget(self.composer, 1)
        writing.addWidget(self._send, 0, Qt.AlignmentFlag.AlignBottom)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._stack, 1)
        layout.addWidget(self._to_end)
        layout.addWidget(self._typing)
        layout.addWidget(self._context)
        layout.addLayout(writing)
        self.setFocusProxy(self.composer)

    @Slot(bool)
    def _on_end_seen(self, _is_seen: bool) -> None:
        self._show_to_end()
        self.watching_changed.emit()

    @Slot()
    def _on_to_end_clicked(self) -> None:
        if self._has_newer:
            self.newest_wanted.emit()
        self.view.go_to_end()

    def _show_to_end(self) -> None:
        self._to_end.setVisible(self._has_newer or not self.view.is_at_end)

    def _names(self) -> dict[str, str]:
        return self._all_names

    def _reply(self, row: ChatRow) -> None:
        if not row.message.id or row.message.is_deleted:
            return
        self._stop_replying()
        self._reply_to = row.message.id
        name = row.message.name or self.tr("the server")
        self._show_context(self.tr("Answer to {name}: {text}"), name, row.message.text)

    def _edit(self, row: ChatRow) -> None:
        self._stop_replying()
        self._editing, self._draft = row.message.id, self.composer.toPlainText()
        self.composer.set_text(row.message.text)
        self._show_context(self.tr("Edit your message"), "", "")

    @Slot()
    def _edit_last(self) -> None:
        own = [row for row in self.model.rows if row.is_own and row.message.id]
        own = [row for row in own if not row.message.is_deleted]
        if own:
            self._edit(own[-1])

    def _show_context(self, said: str, name: str, text: str) -> None:
        self._context.say(said, name=name, text=text, width_px=max(60, self.width() - 60))
        self.composer.setFocus()

    @Slot()
    def _stop_replying(self) -> None:
        if self._editing:
            self.composer.set_text(self._draft)
        self._reply_to, self._editing, self._draft = 0, 0, ""
        self._context.hide()

    def _go_to(self, message_id: int) -> None:
        row = self.model.row_of(message_id)
        if row is not None:
            self.view.go_to(row)


def _add(menu: QMenu, text: str, act: Callable[[], object]) -> None:
    menu.addAction(text).triggered.connect(partial(_do, act))


def _do(act: Callable[[], object], _is_checked: bool = False) -> None:
    act()


def _copy(text: str) -> None:
    QGuiApplication.clipboard().setText(text)
