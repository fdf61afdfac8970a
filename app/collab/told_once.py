"""Notices of one document: a person is told once, however often something happens.

Knows no channel. Source: EDITOR.md (notices: rare).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.collab.session_effects import RaiseNotice, SessionEffect
from app.model.notices import Notice, NoticeKind

if TYPE_CHECKING:
    from collab_server.protocol.names import DocumentName

_DETAIL_CHARACTERS = 200


class ToldOnce:
    """Invariant: of each kind one notice was raised since `forget`."""

    def __init__(self, document: DocumentName, effects: list[SessionEffect]) -> None:
        self._document = document
        self._effects = effects
        self._told: set[NoticeKind] = set()

    def tell(self, kind: NoticeKind, detail: str = "") -> None:
        """Raise a notice, unless the person knows."""
        if kind not in self._told:
            self._told.add(kind)
            notice = Notice(kind, detail[:_DETAIL_CHARACTERS], self._document)
            self._effects.append(RaiseNotice(notice))

    def forget(self, kind: NoticeKind) -> None:
        """Take in that it is over: the next time is news."""
        self._told.discard(kind)
