"""Things that a person should hear of, as facts.

Knows no words: the UI says them, and decides where. Source: EDITOR.md (notices), PROTOCOL.md §9.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class NoticeKind(Enum):
    """What happened."""

    SIGN_IN_REFUSED = "sign_in_refused"  # detail: the error's slug
    SERVER_MISBEHAVED = "server_misbehaved"  # it broke the protocol; another try follows
    SERVER_GOES = "server_goes"  # it is shut down; another try follows
    SERVER_UNAVAILABLE = "server_unavailable"  # the embedded server does not start; detail: why
    ACCESS_REVOKED = "access_revoked"  # the room is closed to this user; detail: the reason
    DOCUMENT_DENIED = "document_denied"  # the server does not open it; detail: the reason
    DOCUMENT_CLOSED = "document_closed"  # the server shut it; another try follows; detail: why
    EPOCH_CHANGED = "epoch_changed"  # another history stands there now; the text here is kept
    CHANGES_REFUSED = "changes_refused"  # the server does not take what was typed; it is kept
    CANNOT_SYNC = "cannot_sync"  # what the server sends does not fit this text, which is kept
    TEXT_REBUILT = "text_rebuilt"  # the CRDT failed and was rebuilt; undo is forgotten
    TOO_LARGE = "too_large"  # the text is over the server's limit; detail: the limit in bytes
    LINK_INVALID = "link_invalid"  # what was given is no invitation
    REQUEST_FAILED = "request_failed"  # sharing or inviting failed; detail: the error's slug
    NOTHING_TO_OPEN = "nothing_to_open"  # the project names no file
    SESSION_LOST = "session_lost"  # an earlier run's cannot be gone on with; detail: why
    SIGN_IN_NEEDED = "sign_in_needed"  # the chosen server has no token that is good
    SIGN_IN_IN_USE = "sign_in_in_use"  # another window is in a session with it
    SECRETS_IN_MEMORY = "secrets_in_memory"  # there is no keyring to trust
    JOURNAL_FAILED = "journal_failed"  # typing is not written to the disk; detail: why
    JOURNAL_MENDED = "journal_mended"  # it is again, all of it
    JOURNAL_BROKEN = "journal_broken"  # one of an earlier run cannot be read; detail: its copy


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that happened."""

    kind: NoticeKind
    detail: str = ""  # a fact to fill in; plain text, may come from others
    document: str | None = None  # whose text it concerns; None: the whole session
