"""The verbs of the store about versions.

Part of `store`. Does not know how a text is found in a document.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from collab_server.storage import versions

if TYPE_CHECKING:
    from collections.abc import Callable

    from collab_server.storage.reader import Reader
    from collab_server.storage.versions import NewVersion, StoredVersion
    from collab_server.storage.writer import Writer


class VersionStore:
    """Versions of an open database; what is written is on the disk when the verb returns."""

    def __init__(self, writer: Writer, lookups: Reader, clock: Callable[[], float]) -> None:
        self._writer = writer
        self._lookups = lookups
        self._clock = clock

    async def add(self, new: NewVersion) -> int:
        """Keep a text, and return its version; the newest one when that is the same text.

        Raises:
            UnknownVersion: There is no such document.
            StoreError: The database could not be written.
        """
        now_ms = int(self._clock() * 1000)
        return await self._writer.run(
            lambda connection: versions.add_version(connection, new, now_ms)
        )

    async def list(self, document: str) -> list[StoredVersion]:
        """Return a document's versions, newest first.

        Raises:
            StoreError: The database could not be read.
        """
        return await self._lookups.run(functools.partial(versions.list_versions, document=document))

    async def text(self, document: str, version: int) -> str:
        """Return the text of a version.

        Raises:
            UnknownVersion: The document has no such version.
            StoreError: The database could not be read, or the text is not what was kept.
        """
        return await self._lookups.run(
            functools.partial(versions.version_text, document=document, version=version)
        )

    async def name(self, document: str, version: int, name: str) -> None:
        """Give a version a name: it is kept from now on.

        Raises:
            UnknownVersion: The document has no such version.
            StoreError: The database could not be written.
        """
        await self._writer.run(
            lambda connection: versions.name_version(connection, document, version, name)
        )
