"""Whole documents, for the few things that need one: a text, an edit, what was deleted thrown away.

Runs in worker processes and commands only, never in the server's own: a `Doc` takes time and
memory, and a poisoned update may break it. Nothing that a `Doc` re-encodes is shown to anybody
unless `collected` has found it equal. Knows no store. See `views` for what the server itself does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self, cast

import pycrdt

from collab_server.core.compaction import Contents
from collab_server.core.text_changes import changes_between
from collab_server.core.views import ViewError, guarded
from collab_server.protocol.errors import RemoteProtocolError
from collab_server.protocol.limits import UNLIMITED
from collab_server.protocol.updates import EMPTY_UPDATE, parse_update

if TYPE_CHECKING:
    from collections.abc import Mapping

TEXT_ROOT = "content"
"""Where a file's text stands (PROTOCOL.md §6)."""


def text_of(merged: bytes) -> str:
    """Return a document's text; "" when it has none.

    Raises:
        ViewError: The library cannot read it.
    """
    return guarded(lambda: str(_text(_loaded(merged))))


def files_of(merged: bytes) -> Mapping[str, object]:
    """Return a manifest's entries, by file id, unchecked.

    Raises:
        ViewError: The library cannot read it.
    """

    def read() -> Mapping[str, object]:
        return cast("Mapping[str, object]", _files(_loaded(merged)).to_py() or {})

    return guarded(read)


def edit_to(merged: bytes, text: str, author_id: int) -> bytes:
    """Return the update by which an author makes a document's text another one, changing little.

    Raises:
        ViewError: The library cannot do it.
    """
    return guarded(lambda: _edit_to(_loaded(merged, author_id), text))


def file_entries(merged: bytes, entries: Mapping[str, Mapping[str, str]], author_id: int) -> bytes:
    """Return the update by which an author adds files to a manifest.

    Raises:
        ViewError: The library cannot do it.
    """

    def add() -> bytes:
        doc = _loaded(merged, author_id)
        files = _files(doc)
        with _Recording(doc) as made, doc.transaction():
            for file_id, entry in entries.items():
                files[file_id] = dict(entry)
        return made.update

    return guarded(add)


def collected(merged: bytes) -> bytes | None:
    """Return a document without what was deleted in it, or None when that is not safe.

    It is safe when nothing waits for something that is missing, no surrogate pair could have been
    cut, and the new form, loaded again, is the same text with the same clocks and deletes.
    """
    if parse_update(merged, max_items=UNLIMITED).paired:
        return None
    contents = Contents([merged])
    try:
        doc = guarded(lambda: _loaded(merged))
        smaller = guarded(doc.get_update)
        again = guarded(lambda: _loaded(smaller))
        is_same = (
            Contents([smaller]) == contents
            and guarded(again.get_update) == smaller
            and guarded(lambda: str(_text(again))) == guarded(lambda: str(_text(doc)))
        )
    except (ViewError, RemoteProtocolError):
        return None
    return smaller if is_same and len(smaller) < len(merged) else None


def _loaded(merged: bytes, author_id: int | None = None) -> pycrdt.Doc[Any]:
    # What stands in it is not known before it is asked for.
    doc: pycrdt.Doc[Any] = pycrdt.Doc() if author_id is None else pycrdt.Doc(client_id=author_id)
    doc.apply_update(merged)
    return doc


def _text(doc: pycrdt.Doc[Any]) -> pycrdt.Text:
    return cast("pycrdt.Text", doc.get(TEXT_ROOT, type=pycrdt.Text))


def _files(doc: pycrdt.Doc[Any]) -> pycrdt.Map[Any]:
    return cast("pycrdt.Map[Any]", doc.get("files", type=pycrdt.Map))


def _edit_to(doc: pycrdt.Doc[Any], text: str) -> bytes:
    content = _text(doc)
    changes = changes_between(str(content), text)
    if not changes:
        return EMPTY_UPDATE
    with _Recording(doc) as made, doc.transaction():
        for change in reversed(changes):
            if change.removed_utf8:
                del content[change.at_utf8 : change.at_utf8 + change.removed_utf8]
            if change.added:
                content.insert(change.at_utf8, change.added)
    return made.update


class _Recording:
    """Keeps the update that a transaction makes."""

    def __init__(self, doc: pycrdt.Doc[Any]) -> None:
        self.update = EMPTY_UPDATE
        self._doc = doc
        self._subscription = doc.observe(self._on_change)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._doc.unobserve(self._subscription)

    def _on_change(self, event: pycrdt.TransactionEvent) -> None:
        self.update = event.update
