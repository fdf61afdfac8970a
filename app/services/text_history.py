"""The versions of one shared text, asked of its server.

Knows no widget. Source: PROTOCOL.md §3 (versions, version_text, version_restore).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from app.collab.session_effects import Answered
from app.model.text_edit import normalise
from app.model.versions import TextVersion
from collab_server.protocol import version_events as wire
from collab_server.protocol.names import clean_name, user_id_from_wire

if TYPE_CHECKING:
    from app.collab.session_effects import VersionQuestion
    from app.services.live_session import LiveSession
    from collab_server.protocol.names import DocumentName

_MOST_VERSIONS = 1_000

AnswerT = TypeVar(
    "AnswerT", wire.VersionsFound, wire.VersionText, wire.VersionNamed, wire.VersionRestored
)


class TextHistory:
    """What a server keeps of a document's past.

    Invariant: whatever is asked ends in an answer, `RequestRefused` or `SessionEnded`; while the
    connection is away it waits.
    """

    def __init__(self, live: LiveSession, document: DocumentName) -> None:
        self._live = live
        self._document = document

    async def versions(self) -> tuple[TextVersion, ...]:
        """Return the versions, the newest first.

        Raises:
            RequestRefused: the server says no.
            SessionEnded: the session is over.
        """
        question = wire.FindVersions(document=self._document)
        answer = await self._ask(question, wire.VersionsFound)
        return tuple(map(_version, answer.versions[:_MOST_VERSIONS]))

    async def text_of(self, number: int) -> str:
        """Return the text of a version, normalised.

        Raises:
            RequestRefused, SessionEnded: as `versions`.
        """
        question = wire.ReadVersion(document=self._document, version=number)
        return normalise((await self._ask(question, wire.VersionText)).text)

    async def keep(self, name: str) -> int:
        """Let the server keep the text as it is now, under a name; return the version's number.

        Raises:
            RequestRefused, SessionEnded: as `versions`.
        """
        question = wire.NameVersion(document=self._document, name=name)
        return (await self._ask(question, wire.VersionNamed)).version

    async def restore(self, number: int) -> bool:
        """Let the server make the text what it was; tell whether it was something else.

        What it does comes as any edit of others does; the text before it is kept as a version.

        Raises:
            RequestRefused, SessionEnded: as `versions`.
        """
        question = wire.RestoreVersion(document=self._document, version=number)
        return (await self._ask(question, wire.VersionRestored)).changed

    async def _ask(self, question: VersionQuestion, answer: type[AnswerT]) -> AnswerT:
        found = await self._live.request(lambda: self._live.session.rooms.ask(question, answer))
        assert isinstance(found, Answered), "a request is answered by its own effect"
        assert isinstance(found.event, answer), "the desk takes no other answer"
        return found.event


def _version(version: wire.Version) -> TextVersion:
    return TextVersion(
        version.version,
        version.created_at,
        clean_name(version.name or "") or "",
        tuple(user_id_from_wire(user) for user in version.users),
    )
