"""Projects as files: written into a folder, and read from one into living documents.

For commands, with the server running or not. A path comes from whoever wrote the manifest, so it is
trusted in nothing; what cannot stand in a folder under its own name is written beside the rest
under its file id, and nothing that is there is ever overwritten. Does not know the wire. Source:
PROTOCOL.md §6.
"""

from __future__ import annotations

import os
import re
import secrets
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from collab_server.core.compaction import merge_checked
from collab_server.core.effects import DocumentAppend
from collab_server.core.replicas import edit_to, file_entries, files_of, text_of
from collab_server.core.views import ViewError
from collab_server.protocol.errors import RemoteProtocolError
from collab_server.protocol.names import parse_document
from collab_server.protocol.updates import EMPTY_UPDATE, encode_text, parse_update
from collab_server.storage.errors import CorruptDocument, RoomTaken, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from collab_server.protocol.names import DocumentName, RoomId
    from collab_server.storage.documents import StoredDocument
    from collab_server.storage.store import Store

MOST_FILE_BYTES = 4 * 1024 * 1024
UNNAMED = "_unnamed"
"""The folder of documents that have no usable path, by their file ids."""

_LEFT_OUT = {".git", ".hg", ".svn", "node_modules", "__pycache__", ".venv"}
_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)
_FORBIDDEN = set('<>:"|?*\\')
_MOST_PART_BYTES = 255
_MOST_PATH_BYTES = 1000  # systems take 1024 to 4096, with the folder that it is in


@dataclass(slots=True)
class Outcome:
    """What a command has done, and a sentence for each thing that it has not."""

    done: list[str] = field(default_factory=list[str])
    problems: list[str] = field(default_factory=list[str])


class BadFolder(StoreError):
    """A folder that cannot be used for this."""


def is_safe_path(path: object) -> bool:
    """Tell whether a manifest's path can stand in a folder, on every system."""
    if not isinstance(path, str) or not path or unicodedata.normalize("NFC", path) != path:
        return False
    if len(path.encode(errors="replace")) > _MOST_PATH_BYTES:
        return False
    return all(
        part not in ("", ".", "..")
        and len(part.encode(errors="replace")) <= _MOST_PART_BYTES
        and not part.endswith((" ", "."))
        and not _DEVICES.fullmatch(part)
        and not any(char in _FORBIDDEN or not char.isprintable() for char in part)
        for part in path.split("/")
    )


async def export_project(store: Store, room: RoomId, folder: Path) -> Outcome:
    """Write every file of a project into a new or empty folder.

    Raises:
        BadFolder: It holds something already, or cannot be written.
        StoreError: There is no such project, or the database cannot be read.
    """
    _require_empty(folder)
    manifest = await _merged(store, parse_document(room))
    names = await store.document_names(f"{room}/")
    if manifest is None and not names:
        raise StoreError(f"there is no project {room}", remedy="name another room, or database")
    outcome = Outcome()
    places = _places(manifest or EMPTY_UPDATE, room, names, outcome)
    for name in names:
        path, eol = places[name]
        try:
            merged = await _merged(store, name)
            text = text_of(merged or EMPTY_UPDATE)
        except (CorruptDocument, ViewError) as error:
            outcome.problems.append(f"{path}: {error}")
            continue
        _write_new(folder / path, text.replace("\n", "\r\n") if eol == "crlf" else text)
        outcome.done.append(path)
    return outcome


async def import_project(store: Store, room: RoomId, folder: Path, user: str) -> Outcome:
    """Bring the text files of a folder into a project, each by as small an edit as will do.

    Files that the project has and the folder has not are left alone.

    Raises:
        BadFolder: It cannot be read.
        OutOfSequence: A server has written to a document just now; try again.
        StoreError: The database cannot be written.
    """
    if not os.path.isdir(folder):  # noqa: ASYNC240  a command: nothing else runs in this loop
        raise BadFolder("it is no folder", path=folder, remedy="name a folder with text files")
    await _require_room(store, room, user)
    manifest_name = parse_document(room)
    manifest = await _merged(store, manifest_name) or EMPTY_UPDATE
    ids = {
        entry["path"]: file_id
        for file_id, entry in _entries(manifest)
        if isinstance(entry.get("path"), str)
    }
    outcome = Outcome()
    added: dict[str, Mapping[str, str]] = {}
    for path in _files_in(folder, outcome):
        text = _text_in(folder / path, path, outcome)
        if text is None:
            continue
        file_id = ids.get(path)
        if file_id is None:
            file_id = secrets.token_hex(16)
            eol = "crlf" if "\r\n" in text else "lf"
            added[file_id] = {"path": path, "eol": eol, "mode": "text"}
        document = parse_document(f"{room}/f/{file_id}")
        await _bring(store, document, text.replace("\r\n", "\n").replace("\r", "\n"), user)
        outcome.done.append(path)
    if added:
        stored = await store.load_document(manifest_name)
        author_id = _new_author_id(stored)
        await _append(store, manifest_name, file_entries(manifest, added, author_id), stored, user)
    return outcome


async def _bring(store: Store, document: DocumentName, text: str, user: str) -> None:
    stored = await store.load_document(document)
    author_id = _new_author_id(stored)
    if stored is None:
        update = encode_text(author_id, "content", text)
    else:
        update = edit_to(_merge(stored), text, author_id)
    if update != EMPTY_UPDATE:
        await _append(store, document, update, stored, user)
    elif stored is None:  # an empty file is a document too
        await store.append([DocumentAppend(document, secrets.token_hex(16), 1, (), (user,))])


async def _append(
    store: Store, document: DocumentName, update: bytes, stored: StoredDocument | None, user: str
) -> None:
    epoch = secrets.token_hex(16) if stored is None else stored.epoch
    seq = 1 if stored is None else stored.last_seq + 1
    claimed = tuple((author, user) for author in parse_update(update).structs)
    await store.append([DocumentAppend(document, epoch, seq, (update,), (user,), claimed)])


async def _merged(store: Store, document: DocumentName) -> bytes | None:
    stored = await store.load_document(document)
    if stored is None:
        return None
    try:
        return _merge(stored)
    except (ViewError, RemoteProtocolError) as error:
        raise CorruptDocument(document, str(error)) from error


def _merge(stored: StoredDocument) -> bytes:
    return merge_checked(stored.pieces, stored.updates)


def _new_author_id(stored: StoredDocument | None) -> int:
    taken: set[int] = set()
    if stored is not None:
        taken |= stored.owners.keys() | stored.former_authors
    while (author_id := 1 + secrets.randbelow(2**32 - 1)) in taken:
        pass
    return author_id


async def _require_room(store: Store, room: RoomId, user: str) -> None:
    try:
        await store.entry.create_room(room, user)
    except RoomTaken:
        return  # an operator may write into anybody's


def _entries(manifest: bytes) -> Iterator[tuple[str, Mapping[str, object]]]:
    for file_id, entry in files_of(manifest).items():
        if isinstance(entry, dict):
            yield file_id, entry  # pyright: ignore[reportUnknownVariableType]


def _places(
    manifest: bytes, room: RoomId, names: list[DocumentName], outcome: Outcome
) -> dict[DocumentName, tuple[str, object]]:
    """Return where each document goes and with which line ends; no two to one place."""
    listed = {f"{room}/f/{file_id}": entry for file_id, entry in _entries(manifest)}
    places: dict[DocumentName, tuple[str, object]] = {}
    used: set[str] = set()
    for name in names:
        entry = listed.get(name, {})
        path = entry.get("path")
        by_id = _free_name(name.removeprefix(f"{room}/").replace("/", "."), used)
        if not isinstance(path, str) or not is_safe_path(path) or _clashes(path, used):
            if name in listed:
                outcome.problems.append(f"{path!r} cannot be the name of a file: see {by_id}")
            path = by_id
        used.add(path.casefold())
        places[name] = (path, entry.get("eol"))
    return places


def _free_name(name: str, used: set[str]) -> str:
    """Return where a document without a usable path goes; `a/b` and `a.b` are two of them."""
    path, number = f"{UNNAMED}/{name}", 1
    while path.casefold() in used:
        number += 1
        path = f"{UNNAMED}/{name}~{number}"
    return path


def _clashes(path: str, used: set[str]) -> bool:
    """Tell whether a path is taken, or a folder where a file is, also where case is not told."""
    folded = path.casefold()
    return (
        path.split("/")[0] == UNNAMED
        or folded in used
        or any(other.startswith(f"{folded}/") or folded.startswith(f"{other}/") for other in used)
    )


def _require_empty(folder: Path) -> None:
    try:
        is_empty = not any(folder.iterdir())
    except FileNotFoundError:
        return  # it is made with its first file
    except OSError as error:
        what = f"it cannot be read ({error.strerror})"
        raise BadFolder(what, path=folder, remedy="name a new folder") from error
    if not is_empty:
        raise BadFolder("it is not empty", path=folder, remedy="name a new folder")


def _write_new(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", errors="replace", newline="") as file:
            file.write(text)
    except OSError as error:
        raise BadFolder(f"it cannot be written ({error.strerror})", path=path) from error


def _files_in(folder: Path, outcome: Outcome) -> Iterator[str]:
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _LEFT_OUT)
        for name in sorted(files):
            full = os.path.join(parent, name)
            path = unicodedata.normalize("NFC", os.path.relpath(full, folder).replace(os.sep, "/"))
            if os.path.islink(full) or not os.path.isfile(full) or not is_safe_path(path):
                outcome.problems.append(f"{path!r} is left out: no file, or no name for one")
            else:
                yield path


def _text_in(path: Path, name: str, outcome: Outcome) -> str | None:
    try:
        with path.open("rb") as file:
            data = file.read(MOST_FILE_BYTES + 1)
        if len(data) > MOST_FILE_BYTES or b"\0" in data:
            outcome.problems.append(f"{name} is left out: too large, or no text")
            return None
        return data.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        outcome.problems.append(f"{name} is left out: it cannot be read as UTF-8")
        return None
