"""Going places: to a line, a file, a person, a command, and back again.

Knows no session: people are where the texts say. Source: EDITOR.md (go).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QKeySequence

from app.model.go_query import GoKind, GoQuery, parse_go_query
from app.model.positions import Position, PositionHistory
from app.qtmodels.picks import PickItem
from app.ui.actions import ACTIONS, menu_title_of, translated
from app.ui.picks import ranked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from PySide6.QtGui import QTextDocument

    from app.ui.file_desk import FileDesk
    from app.ui.main_window import MainWindow
    from app.ui.open_text import OpenText
    from app.ui.picks import Picks
    from app.ui.text_tabs import TextTabs

_FILE, _LINE, _PERSON, _COMMAND = "file:", "line:", "person:", "command:"


class GoDesk(QObject):
    """Finds what a person wants to go to, and goes there.

    Invariant: going somewhere changes no text.
    """

    def __init__(
        self,
        *,
        tabs: TextTabs,
        files: FileDesk,
        window: MainWindow,
        picks: Picks,
        known_files: Callable[[], Iterable[tuple[str, str]]],
        open_known: Callable[[str], bool],
        parent: QObject | None = None,
    ) -> None:
        """Work on the tabs of a window.

        Args:
            tabs: where texts are.
            files: opens them.
            window: whose commands there are.
            picks: opens lists.
            known_files: gives further files, each with its name and what it is called.
            open_known: opens one by that name; tells whether it is in front now.
            parent: Qt's owner.
        """
        super().__init__(parent)
        self._tabs = tabs
        self._files = files
        self._window = window
        self._picks = picks
        self._known_files = known_files
        self._open_known = open_known
        self._history = PositionHistory()
        self._can_go: tuple[bool, bool] | None = None  # back and forward, as the actions show it
        tabs.text_added.connect(self._on_text_added)
        tabs.tab_removed.connect(self._on_tab_removed)
        tabs.front_changed.connect(self._on_caret_moved)
        self._show_actions()

    def ask(self, text: str = "") -> None:
        """Ask where to go.

        Args:
            text: typed already: `:` for a line, `@` for a person, `>` for a command.
        """
        self._picks.show(
            self._fitting,
            self._go,
            hint=self.tr("File, :line, @person or >command"),
            empty_text=self.tr("Nothing fits. Type a file’s name, :line, @person or >command."),
            text=text,
        )

    @Slot()
    def back(self) -> None:
        """Go where one was before."""
        self._return_to(self._history.back())

    @Slot()
    def forward(self) -> None:
        """Go where one came back from."""
        self._return_to(self._history.forward())

    def go_to_line(self, opened: OpenText, line: int, column: int = 1) -> None:
        """Put the caret into a line, or into the last one; both are counted from 1."""
        at = _place_in(opened.document, line, column)
        opened.editor.select(at, at)
        opened.editor.centerCursor()
        opened.editor.setFocus()

    def select(self, opened: OpenText, line: int, column_utf16: int, length_utf16: int) -> None:
        """Select something in a line and show it; the text may be another by now.

        Args:
            opened: the text, which is in front.
            line: from 1.
            column_utf16: units in front of it in its line.
            length_utf16: of it.
        """
        at = _place_in(opened.document, line, column_utf16 + 1)
        last = opened.replica.shadow.length_utf16
        opened.editor.select(at, min(at + length_utf16, last))
        opened.editor.centerCursor()
        opened.editor.setFocus()

    def go_to(self, opened: OpenText, at_utf16: int) -> None:
        """Put the caret somewhere and show it."""
        self._tabs.bring_to_front(opened)
        last = opened.replica.shadow.length_utf16
        opened.editor.select(min(at_utf16, last), min(at_utf16, last))
        opened.editor.centerCursor()
        opened.editor.setFocus()

    @Slot(object)
    def _on_text_added(self, opened: OpenText) -> None:
        opened.caret_moved.connect(self._on_caret_moved)

    @Slot(object)
    def _on_tab_removed(self, opened: OpenText) -> None:
        if opened.path is None:
            self._history.forget(_key_of(opened))
            self._show_actions()

    @Slot()
    def _on_caret_moved(self) -> None:
        opened = self._tabs.front
        if opened is not None:
            cursor = opened.editor.textCursor()
            place = Position(_key_of(opened), cursor.blockNumber(), cursor.position())
            self._history.visit(place)
            self._show_actions()

    def _return_to(self, position: Position | None) -> None:
        if position is None:
            return
        found = [text for text in self._tabs.texts if _key_of(text) == position.text]
        if not found and self._files.open_file(Path(position.text)):
            found = [text for text in self._tabs.texts if _key_of(text) == position.text]
        if found:
            self.go_to(found[0], position.at_utf16)
        self._show_actions()

    def _show_actions(self) -> None:
        can_go = (self._history.can_go_back, self._history.can_go_forward)
        if can_go != self._can_go:  # asked at each key
            self._can_go = can_go
            actions = self._window.actions_by_id
            actions["go.back"].setEnabled(can_go[0])
            actions["go.forward"].setEnabled(can_go[1])

    def _fitting(self, typed: str) -> list[PickItem]:
        query = parse_go_query(typed)
        match query.kind:
            case GoKind.COMMAND:
                return ranked(self._commands(), query.name)
            case GoKind.PERSON:
                return ranked(self._people(), query.name)
            case GoKind.LINE:
                return self._lines(query)
            case GoKind.FILE:
                return ranked(self._file_items(query), query.name)

    def _commands(self) -> list[PickItem]:
        """Return the commands that can be given now, as the one table has them."""
        items: list[PickItem] = []
        for spec in ACTIONS:
            action = self._window.actions_by_id[spec.id]
            if not action.isEnabled():
                continue
            name = translated(spec.text).replace("&", "").rstrip("…")
            keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            title = f"{menu_title_of(spec.id)}: {name}"
            item = PickItem(f"{_COMMAND}{spec.id}", title, translated(spec.tip), keys, search=title)
            items.append(item)
        return items

    def _people(self) -> list[PickItem]:
        """Return who has the caret in an open text, and where."""
        items: list[PickItem] = []
        for place, opened in enumerate(self._tabs.texts):
            for person in opened.people:
                line = opened.document.findBlock(person.head_utf16).blockNumber() + 1
                items.append(
                    PickItem(
                        f"{_PERSON}{place}:{person.head_utf16}",
                        person.name or self.tr("Somebody"),
                        f"{opened.name}:{line}",
                        color=person.color,
                    )
                )
        return items

    def _lines(self, query: GoQuery) -> list[PickItem]:
        opened = self._tabs.front
        if opened is None:
            return []
        count = opened.document.blockCount()
        if query.line is None:
            text = self.tr("Type a line from 1 to {count}").format(count=count)
            return [PickItem("", text)]
        text = self.tr("Go to line {line}").format(line=min(query.line, count))
        return [PickItem(f"{_LINE}{query.line}:{query.column or 1}", text)]

    def _file_items(self, query: GoQuery) -> list[PickItem]:
        """Return the open texts first, then further files, each once."""
        behind = f":{query.line}:{query.column or 1}" if query.line is not None else ":0:0"
        items: list[PickItem] = []
        seen: set[str] = set()
        called_so = dict(self._known_files())
        for place, opened in enumerate(self._tabs.texts):
            path = str(opened.path) if opened.path is not None else ""
            folder = called_so.get(path, path).rpartition("/")[0]
            seen.add(path)
            items.append(
                PickItem(f"{_FILE}#{place}{behind}", opened.name, folder, search=opened.name)
            )
        for path, called in called_so.items():
            if path not in seen:
                seen.add(path)
                folder, _, name = called.rpartition("/")
                items.append(PickItem(f"{_FILE}{path}{behind}", name, folder, search=called))
        return items

    def _go(self, item: PickItem) -> None:
        if item.id.startswith(_COMMAND):
            self._window.actions_by_id[item.id.removeprefix(_COMMAND)].trigger()
        elif item.id.startswith(_PERSON):
            place, at = item.id.removeprefix(_PERSON).split(":")
            if int(place) < len(self._tabs.texts):
                self.go_to(self._tabs.texts[int(place)], int(at))
        elif item.id.startswith(_LINE):
            line, column = item.id.removeprefix(_LINE).split(":")
            if self._tabs.front is not None:
                self.go_to_line(self._tabs.front, int(line), int(column))
        elif item.id.startswith(_FILE):
            name, line, column = item.id.removeprefix(_FILE).rsplit(":", 2)
            self._open(name, int(line), int(column))

    def _open(self, name: str, line: int, column: int) -> None:
        texts = self._tabs.texts
        if name.startswith("#") and name[1:].isdigit():
            if int(name[1:]) < len(texts):
                self._tabs.bring_to_front(texts[int(name[1:])])
        elif not self._open_known(name):
            return
        if line and self._tabs.front is not None:
            self.go_to_line(self._tabs.front, line, column)


def _key_of(opened: OpenText) -> str:
    return str(opened.path) if opened.path is not None else f"#{id(opened)}"


def _place_in(document: QTextDocument, line: int, column: int) -> int:
    """Return the position of a line and a column, both from 1 and cut to what there is."""
    block = document.findBlockByNumber(min(max(line, 1), document.blockCount()) - 1)
    before = block.text().encode("utf-16-le")[: 2 * (max(column, 1) - 1)]
    return block.position() + len(before.decode("utf-16-le", "ignore").encode("utf-16-le")) // 2
