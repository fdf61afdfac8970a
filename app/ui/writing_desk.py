"""How a file is written: encoding, line ends, language; and what cannot be read as it stands.

Knows no session. Source: EDITOR.md (files), issue 4.3.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from app.errors import user_message
from app.model.languages import LANGUAGE_NAMES
from app.model.text_diff import minimal_edits
from app.model.text_edit import normalise
from app.qtmodels.picks import PickItem
from app.storage.encodings import ENCODING_NAMES, MARKS, encoding_name
from app.storage.file_errors import FileError, Undecodable, Unencodable
from app.storage.files import load_text_file
from app.ui.widgets.banner import BannerAction, Tone

if TYPE_CHECKING:
    from app.ui.file_desk import FileDesk
    from app.ui.main_window import MainWindow
    from app.ui.open_text import OpenText
    from app.ui.picks import Picks
    from app.ui.text_tabs import TextTabs

OPEN_SUGGESTED, OPEN_OTHER, SAVE_UTF8 = "open_suggested", "open_other", "save_utf8"

_REOPEN, _WRITE = "reopen:", "write:"
_WITH_MARK = "+mark"


class WritingDesk(QObject):
    """Lets a person choose how files are read and written.

    Invariant: an encoding is never chosen for anybody; it is suggested.
    """

    def __init__(
        self,
        *,
        tabs: TextTabs,
        files: FileDesk,
        window: MainWindow,
        picks: Picks,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._tabs = tabs
        self._files = files
        self._window = window
        self._picks = picks
        self._refused: Undecodable | None = None  # the newest one
        files.undecodable.connect(self._on_undecodable)
        files.unencodable.connect(self._on_unencodable)
        tabs.banner_action.connect(self._on_banner_action)

    def choose_encoding(self, opened: OpenText) -> None:
        """Let the person choose to read the file again, or to write it, in another encoding."""
        now = self.tr("as now")
        items: list[PickItem] = []
        if opened.path is not None:
            items += [
                PickItem(f"{_REOPEN}{each}", self.tr("Reopen as {name}").format(name=name))
                for each, name in ENCODING_NAMES.items()
            ]
        for each, name in ENCODING_NAMES.items():
            for has_mark in (False, True) if each in MARKS else (False,):
                is_now = (opened.file.encoding, opened.file.has_bom) == (each, has_mark)
                shown = self.tr("{name} with BOM").format(name=name) if has_mark else name
                items.append(
                    PickItem(
                        f"{_WRITE}{each}{_WITH_MARK if has_mark else ''}",
                        self.tr("Save as {name}").format(name=shown),
                        now if is_now else "",
                    )
                )
        then = partial(self._on_encoding_picked, opened)
        self._picks.show_items(items, then, hint=self.tr("Encoding"))

    def choose_line_ending(self, opened: OpenText) -> None:
        """Let the person choose the line ends of the file."""
        items = [
            PickItem("lf", self.tr("LF"), self.tr("Linux, macOS")),
            PickItem("crlf", self.tr("CRLF"), self.tr("Windows")),
        ]
        then = partial(self._on_line_ending_picked, opened)
        self._picks.show_items(items, then, hint=self.tr("Line ends"))

    def choose_language(self, opened: OpenText) -> None:
        """Let the person choose what the text is coloured as."""
        items = [PickItem(each, name) for each, name in LANGUAGE_NAMES.items()]
        then = partial(self._on_language_picked, opened)
        self._picks.show_items(items, then, hint=self.tr("Language"))

    def reopen(self, opened: OpenText, encoding: str) -> None:
        """Read the file of a text again, in another encoding; it can be undone."""
        if opened.path is None:
            return
        try:
            file = load_text_file(opened.path, encoding=encoding)
        except FileError as error:
            opened.banner.show_message(user_message(error), tone=Tone.TROUBLE)
            return
        opened.take_file(
            file, minimal_edits(opened.replica.text, normalise(file.text), is_by_lines=True)
        )

    @Slot(object)
    def _on_undecodable(self, error: Undecodable) -> None:
        self._refused = error
        actions = [BannerAction(OPEN_OTHER, self.tr("Choose Encoding…"))]
        if error.suggestion:
            name = encoding_name(error.suggestion)
            text = self.tr("Open as {name}").format(name=name)
            actions.insert(0, BannerAction(OPEN_SUGGESTED, text))
        self._window.banner.show_message(user_message(error), *actions)

    @Slot(object, object)
    def _on_unencodable(self, opened: OpenText, error: Unencodable) -> None:
        action = BannerAction(SAVE_UTF8, self.tr("Save as UTF-8"))
        opened.banner.show_message(user_message(error), action, tone=Tone.TROUBLE)

    @Slot(object, str)
    def _on_banner_action(self, opened: OpenText | None, action_id: str) -> None:
        if action_id == SAVE_UTF8 and opened is not None:
            opened.write_as(encoding="utf-8", has_bom=False)
            self._files.save(opened)
        elif action_id == OPEN_SUGGESTED and self._refused is not None:
            self._files.open_file(self._refused.path, encoding=self._refused.suggestion)
        elif action_id == OPEN_OTHER and self._refused is not None:
            items = [PickItem(each, name) for each, name in ENCODING_NAMES.items()]
            self._picks.show_items(items, self._on_opening_picked, hint=self.tr("Open as…"))

    def _on_opening_picked(self, item: PickItem) -> None:
        if self._refused is not None:
            self._files.open_file(self._refused.path, encoding=item.id)

    def _on_encoding_picked(self, opened: OpenText, item: PickItem) -> None:
        if item.id.startswith(_REOPEN):
            self.reopen(opened, item.id.removeprefix(_REOPEN))
        else:
            encoding = item.id.removeprefix(_WRITE)
            has_bom = encoding.endswith(_WITH_MARK)
            opened.write_as(encoding=encoding.removesuffix(_WITH_MARK), has_bom=has_bom)

    def _on_line_ending_picked(self, opened: OpenText, item: PickItem) -> None:
        opened.write_as(eol="crlf" if item.id == "crlf" else "lf")

    def _on_language_picked(self, opened: OpenText, item: PickItem) -> None:
        opened.choose_language(item.id)
