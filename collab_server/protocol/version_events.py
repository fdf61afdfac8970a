"""The JSON events about a document's past: texts as they were, and who wrote what.

Each request is answered by the event of the same name. Knows no store. Source: PROTOCOL.md §3.
"""

from typing import Annotated

import msgspec

from collab_server.protocol.event_base import Event, RequestId
from collab_server.protocol.names import DocumentName

MAX_VERSION_NAME_CHARS = 100

VersionName = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_VERSION_NAME_CHARS)]
VersionId = Annotated[int, msgspec.Meta(ge=1, lt=2**53)]


class FindVersions(Event, frozen=True, kw_only=True, tag="versions"):
    """A reader asks which versions there are."""

    document: DocumentName
    id: RequestId | None = None


class ReadVersion(Event, frozen=True, kw_only=True, tag="version_text"):
    """A reader asks for the text of one."""

    document: DocumentName
    version: VersionId
    id: RequestId | None = None


class CompareVersions(Event, frozen=True, kw_only=True, tag="version_diff"):
    """A reader asks what changed since one, until another or now."""

    document: DocumentName
    version: VersionId
    against: VersionId | None = None  # None: the text as it is now
    id: RequestId | None = None


class NameVersion(Event, frozen=True, kw_only=True, tag="version_name"):
    """A writer names a version, or makes one of the text as it is now; a named one is kept."""

    document: DocumentName
    name: VersionName
    version: VersionId | None = None  # None: make one
    id: RequestId | None = None


class RestoreVersion(Event, frozen=True, kw_only=True, tag="version_restore"):
    """A writer makes the text what it was, by an edit of its own."""

    document: DocumentName
    version: VersionId
    id: RequestId | None = None


class FindAuthors(Event, frozen=True, kw_only=True, tag="authors"):
    """A reader asks who wrote what of the text."""

    document: DocumentName
    at: Annotated[int, msgspec.Meta(ge=0, lt=2**53)] = 0  # UTF-16 units
    id: RequestId | None = None


class Version(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One version, without its text."""

    version: int
    created_at: float  # unix seconds
    seq: int  # the last update that is in it
    name: str | None = None  # None: it was made by itself, and may be thinned out
    made_by: int | str | None = None  # user id; None: by itself
    users: tuple[int | str, ...] = ()  # user ids: who changed the text since the one before


class VersionsFound(Event, frozen=True, kw_only=True, tag="versions"):
    """The versions of a document, newest first."""

    document: DocumentName
    versions: tuple[Version, ...]
    re: RequestId | None = None


class VersionText(Event, frozen=True, kw_only=True, tag="version_text"):
    """The text of one."""

    document: DocumentName
    version: int
    text: str
    re: RequestId | None = None


class LineChange(msgspec.Struct, frozen=True, kw_only=True):
    """So many lines in the older text, and what stands there in the newer."""

    line: int  # in the older text, the first is 1
    removed: str  # whole lines with their ends, "" for none
    added: str


class VersionsCompared(Event, frozen=True, kw_only=True, tag="version_diff"):
    """What changed between two, by lines, ascending."""

    document: DocumentName
    version: int
    against: int | None = None
    changes: tuple[LineChange, ...]
    re: RequestId | None = None


class VersionNamed(Event, frozen=True, kw_only=True, tag="version_name"):
    """The version has the name."""

    document: DocumentName
    version: int
    name: str
    re: RequestId | None = None


class VersionRestored(Event, frozen=True, kw_only=True, tag="version_restore"):
    """The text is what it was; `changed` is False when it was so already."""

    document: DocumentName
    version: int
    changed: bool
    re: RequestId | None = None


class AuthorsFound(Event, frozen=True, kw_only=True, tag="authors"):
    """Who wrote the text from `at` on, as it is stored."""

    document: DocumentName
    state: str  # base64 of the state vector that the text is of
    length: int  # of the whole text, in UTF-16 units
    at: int
    users: tuple[int | str, ...]  # whom the runs name
    runs: tuple[tuple[int, int], ...]
    """So many UTF-16 units, and by which of `users`; -1: nobody knows any more."""

    next: int | None = None  # where what did not fit begins
    re: RequestId | None = None


VersionRequest = (
    FindVersions | ReadVersion | CompareVersions | NameVersion | RestoreVersion | FindAuthors
)
VersionReply = (
    VersionsFound | VersionText | VersionsCompared | VersionNamed | VersionRestored | AuthorsFound
)
