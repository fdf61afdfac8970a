"""Where journals lie on disk, and who may touch them.

Each process has a folder of its own, under a lock that the system takes away when the process ends,
however it ends. Who starts takes over what processes that are gone have left, file by file and by
rename, so that a text is never in two places; what a process that lives writes is left alone.
Knows bytes and folders, not what a journal says. Source: issue "it keeps what you type".

    journals/new-ID/         a folder that is being made, of no use to others
    journals/ID/lock         held for as long as the process lives
    journals/ID/NAME         one text's journal; NAME.new while it is being written anew
    journals/broken/…        what could not be read; never touched again
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import sys
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.storage.folder_sync import sync_folder
from app.storage.locks import FileLock

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

SYNC_S = 0.5
"""How long what was written may wait for the disk; the promise is a second."""

_LOCK = "lock"
_SUFFIX = ".journal"
_NEW = ".new"
_MAKING = "new-"
_BROKEN = "broken"
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
_MODE = 0o600


@dataclass(frozen=True, slots=True)
class FoundJournal:
    """A journal of a process that is gone; it is this one's now."""

    name: str
    data: bytes


class JournalFolder:
    """The journals of this process.

    Invariant: everything in the folder is this process's alone while the lock is held.
    """

    def __init__(self, root: Path, *, on_trouble: Callable[[str], None]) -> None:
        """Make a folder for this process.

        Args:
            root: of the journals of all processes; made when it is missing.
            on_trouble: told, from any thread, why writing failed, once until it works again.

        Raises:
            OSError: there can be none.
        """
        self._root = root
        self._on_trouble = on_trouble
        self._syncer = _Syncer()
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path, self._lock = _new_folder(root)

    def new_file(self) -> JournalFile:
        """Return a journal that has nothing in it, nor on the disk."""
        return self.file(secrets.token_hex(8) + _SUFFIX)

    def file(self, name: str) -> JournalFile:
        """Return a journal by its name, to be gone on with."""
        return JournalFile(self._path / name, self._syncer, self._on_trouble)

    def take_over(self) -> list[FoundJournal]:
        """Take the journals of processes that are gone, oldest first.

        What cannot be moved or read now stays where it is, for another start.
        """
        found: list[Path] = []
        for folder in self._root.iterdir():
            if folder.is_dir() and folder.name != _BROKEN and folder != self._path:
                found += self._take_over(folder)
        journals: list[tuple[float, FoundJournal]] = []
        for path in found:
            with contextlib.suppress(OSError):  # it stays in this folder, for another start
                data = path.read_bytes()
                journals.append((path.stat().st_mtime, FoundJournal(path.name, data)))
        return [journal for _, journal in sorted(journals, key=lambda pair: pair[0])]

    def set_aside(self, name: str) -> Path:
        """Keep a copy of a journal that cannot be read whole, for whoever can; return where.

        Raises:
            OSError: it could not be kept.
        """
        folder = self._root / _BROKEN
        folder.mkdir(mode=0o700, exist_ok=True)
        copy = folder / name
        shutil.copyfile(self._path / name, copy)
        copy.chmod(_MODE)
        return copy

    def close(self) -> None:
        """Bring everything to the disk and let go; without journals the folder goes too."""
        self._syncer.stop()
        if not any(self._path.glob(f"*{_SUFFIX}")):
            shutil.rmtree(self._path, ignore_errors=True)
        self._lock.release()

    def _take_over(self, folder: Path) -> list[Path]:
        lock = FileLock(folder / _LOCK)
        try:
            if not lock.try_acquire():
                return []  # its process lives
        except OSError:
            return []  # somebody else has just taken it over, or it is not ours to touch
        moved: list[Path] = []
        try:
            for path in folder.glob(f"*{_SUFFIX}"):
                with contextlib.suppress(OSError):  # it stays, and so does the folder
                    moved.append(path.replace(self._path / path.name))
            if not any(folder.glob(f"*{_SUFFIX}")):
                shutil.rmtree(folder, ignore_errors=True)
        finally:
            lock.release()
        return moved


class JournalFile:
    """One journal on the disk; see `app.collab.journal.JournalSink`.

    Invariant: what `append` was given is in the system's hands when it returns, so that it outlives
    this process, and on the disk half a second later; the file on the disk is always either the one
    before a `replace` or the one after it, each with everything appended since. Writing happens in
    the thread that calls, which costs microseconds; what waits for the disk is the syncer's.
    """

    def __init__(self, path: Path, syncer: _Syncer, on_trouble: Callable[[str], None]) -> None:
        self._path = path
        self._syncer = syncer
        self._on_trouble = on_trouble
        self._guard = threading.Lock()  # held for a write or a rename, never while syncing
        self._descriptor: int | None = None
        self._size_bytes = 0
        self._successor: int | None = None  # of the same content and newer; not yet in its place
        self._is_whole = True
        self._is_renamed = False  # and the folder does not yet say so on the disk

    @property
    def is_whole(self) -> bool:
        """Whether everything that was given is there; if not, only `replace` mends it."""
        return self._is_whole

    def append(self, record: bytes) -> None:
        """Write a record at the end."""
        with self._guard:
            if not self._is_whole:
                return  # a gap before it would make it worthless
            try:
                if self._descriptor is None:
                    self._open()
                assert self._descriptor is not None
                _write(self._descriptor, record)
                self._size_bytes += len(record)
                if self._successor is not None:
                    _write(self._successor, record)
            except OSError as error:
                self._fail(error)
                return
        self._syncer.want(self)

    def replace(self, pieces: Sequence[bytes]) -> None:
        """Put other content in place of what was written, in one step."""
        with self._guard:
            self._drop_successor()
            try:
                self._successor = os.open(self._new_path, _FLAGS | os.O_TRUNC, _MODE)
                _write(self._successor, b"".join(pieces))
                if not self._is_whole or (self._descriptor is None and not self._path.exists()):
                    self._succeed()  # what is there is worth nothing
            except OSError as error:
                self._drop_successor()
                self._fail(error)
                return
            self._is_whole = True
        self._syncer.want(self)

    def sync(self) -> None:
        """See to it at once that what was written outlives the machine."""
        self._syncer.want(self, at_once=True)

    def discard(self) -> None:
        """Remove everything; an `append` or `replace` begins anew."""
        with self._guard:
            self._close()
            self._is_whole = True
            for path in (self._path, self._new_path):
                with contextlib.suppress(OSError):  # what stays is empty of meaning, not of use
                    path.unlink(missing_ok=True)

    def close(self) -> None:
        """Let go, and leave what was written."""
        with self._guard:
            if self._successor is not None:
                with contextlib.suppress(OSError):  # then the one before it stands, as complete
                    os.fsync(self._successor)
                    self._succeed()
            self._close()

    def bring_to_disk(self) -> None:
        """Wait until what was written so far is on the disk; called by the syncer."""
        with self._guard:
            # The journal may be closed meanwhile, and the number be another file's: of one's own.
            newest = self._successor if self._successor is not None else self._descriptor
            if newest is None:
                return
            waited_for = self._successor
            descriptor = os.dup(newest)
        try:
            os.fsync(descriptor)
        except OSError as error:
            with self._guard:
                self._fail(error)
            return
        finally:
            os.close(descriptor)
        with self._guard:
            if waited_for is not None and self._successor == waited_for:
                try:
                    self._succeed()
                except OSError as error:
                    self._fail(error)
            is_renamed, self._is_renamed = self._is_renamed, False
        if is_renamed:
            sync_folder(self._path.parent)

    @property
    def _new_path(self) -> Path:
        return self._path.with_name(self._path.name + _NEW)

    def _open(self) -> None:
        self._descriptor = os.open(self._path, _FLAGS, _MODE)
        self._size_bytes = os.fstat(self._descriptor).st_size

    def _succeed(self) -> None:
        """Put the successor in the place of the file; the guard is held."""
        if sys.platform == "win32" and self._descriptor is not None:
            os.close(self._descriptor)  # an open file cannot be replaced there
            self._descriptor = None
        self._new_path.replace(self._path)
        if self._descriptor is not None:
            os.close(self._descriptor)
        self._descriptor, self._successor = self._successor, None
        assert self._descriptor is not None
        self._size_bytes = os.fstat(self._descriptor).st_size
        self._is_renamed = True

    def _fail(self, error: OSError) -> None:
        """Give up until `replace`; half a record is cut off. The guard is held."""
        was_whole, self._is_whole = self._is_whole, False
        self._drop_successor()
        if self._descriptor is not None:
            with contextlib.suppress(OSError):  # then the reader meets half a record, and stops
                os.ftruncate(self._descriptor, self._size_bytes)
        if was_whole:
            self._on_trouble(os.strerror(error.errno or 0))

    def _drop_successor(self) -> None:
        if self._successor is not None:
            os.close(self._successor)
            self._successor = None
            with contextlib.suppress(OSError):  # it is truncated when it is made again
                self._new_path.unlink(missing_ok=True)

    def _close(self) -> None:
        self._drop_successor()
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


class _Syncer:
    """One thread that waits for the disk.

    A thread, because an fsync takes from a third of a millisecond to seconds, and a key must not
    wait for it; no event loop can wait for a disk otherwise. It touches descriptors only.
    """

    def __init__(self) -> None:
        self._wanted: set[JournalFile] = set()
        self._is_urgent = False
        self._is_stopping = False
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def want(self, file: JournalFile, *, at_once: bool = False) -> None:
        """Bring a file to the disk within `SYNC_S`, or at once."""
        if file in self._wanted and not at_once:
            return
        with self._changed:
            self._wanted.add(file)
            self._is_urgent = self._is_urgent or at_once
            if self._thread is None and not self._is_stopping:
                self._thread = threading.Thread(target=self._run, name="journals", daemon=True)
                self._thread.start()
            self._changed.notify()

    def stop(self) -> None:
        """Bring everything to the disk, and end."""
        with self._changed:
            self._is_stopping = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()
        self._sync_all()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: bool(self._wanted) or self._is_stopping)
                self._changed.wait_for(lambda: self._is_urgent or self._is_stopping, SYNC_S)
                if self._is_stopping:
                    return
                self._is_urgent = False
            self._sync_all()

    def _sync_all(self) -> None:
        with self._changed:
            files, self._wanted = self._wanted, set()
        for file in files:
            file.bring_to_disk()


def _write(descriptor: int, data: bytes) -> None:
    """Write all of it.

    Raises:
        OSError: only a part may be there.
    """
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _new_folder(root: Path) -> tuple[Path, FileLock]:
    """Make a folder that has its lock before anybody can take it for one that was left.

    Raises:
        OSError: there can be none.
    """
    while True:
        path = root / secrets.token_hex(8)
        making = root / f"{_MAKING}{path.name}"
        making.mkdir(mode=0o700)
        lock = FileLock(making / _LOCK)
        try:
            if lock.try_acquire():
                return making.rename(path), lock
        except FileNotFoundError:
            lock.release()  # somebody tidied up; once more
