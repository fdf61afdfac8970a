"""Text files on disk: read strictly, written whole or not at all.

Inside the app a text has LF line ends and no mark; what the file had is kept beside it and put
back.
Knows no Qt and no CRDT. Source: EDITOR.md (files).
"""

from __future__ import annotations

import codecs
import contextlib
import errno
import hashlib
import os
import stat
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from app.storage.encodings import ENCODING_NAMES, MARKS, UTF8, suggested_encoding
from app.storage.file_errors import (
    BinaryFile,
    ChangedOnDisk,
    DiskFull,
    FileError,
    FileMissing,
    FileTooLarge,
    FileTrouble,
    NoPermission,
    NotAFile,
    Undecodable,
    Unencodable,
)
from app.storage.folder_sync import sync_folder

LARGEST_FILE_BYTES = 10 * 1024 * 1024

Eol = Literal["lf", "crlf"]

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_DENIED = {errno.EACCES, errno.EPERM, errno.EROFS}
_MISSING = {errno.ENOENT, errno.ENOTDIR, errno.ESTALE}
_NEW_FILE_MODE = 0o666
_PREFIX_CHARACTERS = 40  # of four bytes each they still fit into a name


@dataclass(frozen=True, slots=True)
class TextFile:
    """A file's text and what else it takes to write the same file again."""

    text: str  # LF line ends, no mark
    has_bom: bool = False
    eol: Eol = "lf"  # the more frequent one
    has_mixed_eol: bool = False  # then a save makes them all `eol`
    encoding: str = UTF8  # an id as in `encodings`
    digest: bytes = b""  # SHA-256 of the bytes on disk; b"" when never written

    def to_bytes(self) -> bytes:
        """Return the bytes that a save writes.

        Raises:
            UnicodeEncodeError: the encoding lacks a character.
        """
        text = self.text.replace("\n", "\r\n") if self.eol == "crlf" else self.text
        mark = MARKS.get(self.encoding, b"") if self.has_bom else b""
        return mark + text.encode(self.encoding)


def load_text_file(path: Path, *, encoding: str = UTF8) -> TextFile:
    """Read a text file, strictly.

    Args:
        path: of the file.
        encoding: an id as in `encodings`; another, of an older or newer app, stands for UTF-8.

    Raises:
        FileError: it cannot be read, or is no text that the editor opens.
    """
    encoding = encoding if encoding in ENCODING_NAMES else UTF8
    raw = _read(path)
    is_wide = encoding.startswith("utf-16")
    has_wide_mark = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if b"\0" in raw and not is_wide and not has_wide_mark:
        raise BinaryFile(path)
    mark = MARKS.get(encoding, b"")
    has_bom = bool(mark) and raw.startswith(mark)
    mark_bytes = len(mark) if has_bom else 0
    try:
        text = raw[mark_bytes:].decode(encoding)
    except UnicodeDecodeError as error:
        suggestion = suggested_encoding(raw)
        if b"\0" in raw and not suggestion:
            raise BinaryFile(path) from error
        raise Undecodable(
            path, encoding=encoding, at_byte=mark_bytes + error.start, suggestion=suggestion
        ) from error
    if "\0" in text:
        raise BinaryFile(path)
    crlf = text.count("\r\n")
    others = text.count("\n") + text.count("\r") - 2 * crlf
    return TextFile(
        text.replace("\r\n", "\n").replace("\r", "\n"),
        has_bom=has_bom,
        eol="crlf" if crlf > others else "lf",
        has_mixed_eol=crlf > 0 and others > 0,
        encoding=encoding,
        digest=hashlib.sha256(raw).digest(),
    )


def digest_on_disk(path: Path) -> bytes | None:
    """Return the SHA-256 of a file's bytes, to be compared with `TextFile.digest`.

    Returns:
        None when there is no such file; b"" when it cannot be read or is larger than the editor
        reads.
    """
    try:
        return hashlib.sha256(_read(path)).digest()
    except FileMissing:
        return None
    except FileError:
        return b""


def save_text_file(path: Path, file: TextFile, *, expects: bytes = b"") -> TextFile:
    """Write a text file in one step: afterwards the old bytes stand, or the new ones, never half.

    A link's target is written, and the mode of a file that was there is kept.

    Args:
        path: of the file.
        file: what to write.
        expects: the digest of what is there now; b"": whatever is there.

    Returns:
        The file as it now is on disk, with its digest.

    Raises:
        FileError: nothing was changed.
    """
    try:
        raw = file.to_bytes()
    except UnicodeEncodeError as error:
        character = error.object[error.start]
        raise Unencodable(path, encoding=file.encoding, character=character) from error
    if expects and digest_on_disk(path) not in (expects, None):
        raise ChangedOnDisk(path)
    try:
        target = path.resolve()
        mode = _mode_for(path, target)
        _replace(target, raw, mode)
    except OSError as error:
        raise as_file_error(path, error) from error
    digest = hashlib.sha256(raw).digest()
    return replace(file, has_mixed_eol=False, digest=digest)


def as_file_error(path: Path, error: OSError) -> FileError:
    """Return what the operating system said of a path, as one of ours."""
    if error.errno in _FULL:
        return DiskFull(path)
    if error.errno in _DENIED:
        return NoPermission(path)
    if error.errno in _MISSING:
        return FileMissing(path)
    if error.errno in (errno.EISDIR, errno.ENXIO):
        return NotAFile(path)
    return FileTrouble(path, reason=os.strerror(error.errno or errno.EIO))


def _read(path: Path) -> bytes:
    try:
        # Without waiting: a pipe that nobody writes to would hold the window.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with open(descriptor, "rb") as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise NotAFile(path)
            if found.st_size > LARGEST_FILE_BYTES:
                raise FileTooLarge(path, size_bytes=found.st_size, largest_bytes=LARGEST_FILE_BYTES)
            raw = file.read(LARGEST_FILE_BYTES + 1)
    except OSError as error:
        raise as_file_error(path, error) from error
    if len(raw) > LARGEST_FILE_BYTES:
        raise FileTooLarge(path, size_bytes=len(raw), largest_bytes=LARGEST_FILE_BYTES)
    return raw


def _mode_for(path: Path, target: Path) -> int:
    try:
        found = target.stat()
    except FileNotFoundError:
        umask = os.umask(0)
        os.umask(umask)
        return _NEW_FILE_MODE & ~umask
    if not stat.S_ISREG(found.st_mode):
        raise NotAFile(path)
    if not os.access(target, os.W_OK):
        # A rename would get around the file's own protection.
        raise PermissionError(errno.EACCES, "the file is read-only")
    return stat.S_IMODE(found.st_mode)


def _replace(target: Path, raw: bytes, mode: int) -> None:
    prefix = f".{target.name[:_PREFIX_CHARACTERS]}."
    descriptor, name = tempfile.mkstemp(prefix=prefix, dir=target.parent)
    try:
        with open(descriptor, "wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(mode)
        Path(name).replace(target)
    except BaseException:
        with contextlib.suppress(OSError):  # the first error is the one to tell
            Path(name).unlink()
        raise
    sync_folder(target.parent)
