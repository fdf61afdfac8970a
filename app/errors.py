"""What a person reads when something goes wrong: one sentence, and what to do.

Errors carry facts; the words are here alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.model.connection import ClosedReason
from app.model.invitation import LookFailure
from app.model.notices import NoticeKind
from app.services.hosting import HostingFailed
from app.storage import file_errors
from app.storage.encodings import encoding_name
from collab_server.protocol.errors import InvalidLink, RemoteProtocolError

if TYPE_CHECKING:
    from app.services.sign_in import SignInFailed

_SIGN_IN = {
    "invalid_token": "The invitation is not valid any more: it was used up, withdrawn or has "
    "expired. Ask for a new link.",
    "token_expired": "The invitation has expired. Ask for a new link.",
    "token_replayed": "This sign-in is in use elsewhere. Ask for a new link.",
    "token_required": "The server wants a sign-in. Join with an invitation link.",
}

_TOKENS = {
    "invalid_token": "The server does not know this token. Copy it whole, or ask the server's "
    "operator for a new one.",
    "token_expired": "This token has expired. Ask the server's operator for a new one.",
    "token_replayed": "This token is in use elsewhere, and each is good for one session. Ask the "
    "server's operator for another.",
}

_ROOM_IS_OVER = (
    "This session is over: it was closed, or its time is up. Save a copy to keep a text of it."
)
_ROOMS = {
    "room_full": "As many people as may be are in this session. Try again when somebody has left.",
    "room_closed": _ROOM_IS_OVER,
    "closed": _ROOM_IS_OVER,
    "kicked": "You were removed from this session. Save a copy to keep the text.",
}

_NOTICES = {
    NoticeKind.SERVER_MISBEHAVED: "The server sent something this editor does not understand. "
    "It connects again.",
    NoticeKind.SERVER_GOES: "The server is restarting. Go on typing: your changes are kept and "
    "sent when it is back.",
    NoticeKind.SERVER_UNAVAILABLE: "The session's server did not start{detail}. Try Share again.",
    NoticeKind.ACCESS_REVOKED: "You no longer have access to this session. Save a copy to keep "
    "the text.",
    NoticeKind.DOCUMENT_DENIED: "You may not open this document. Ask its owner for an invitation.",
    NoticeKind.DOCUMENT_CLOSED: "The server closed the document. It is opened again; your changes "
    "are kept.",
    NoticeKind.EPOCH_CHANGED: "The document was replaced on the server. What you had is kept in "
    "a tab of its own.",
    NoticeKind.CHANGES_REFUSED: "The server did not accept your last changes. They are kept here: "
    "save a copy, or ask for the right to edit.",
    NoticeKind.CANNOT_SYNC: "This text and the server's do not fit together. Your text is kept "
    "here: save a copy, then join again.",
    NoticeKind.TEXT_REBUILT: "The shared text had to be rebuilt. Nothing is lost, but undo starts "
    "anew.",
    NoticeKind.TOO_LARGE: "The text is larger than the server accepts{detail}. Share a smaller "
    "file.",
    NoticeKind.LINK_INVALID: "This is not an invitation link. Copy the whole link, beginning with "
    "codexpro://join/.",
    NoticeKind.REQUEST_FAILED: "The server could not do that{detail}. Try again in a moment.",
    NoticeKind.NOTHING_TO_OPEN: "The session shares no file yet. Ask its owner to share one.",
    NoticeKind.SESSION_LOST: "The session could not be gone on with{detail}. The text is yours: "
    "save it, or join again with a new link.",
    NoticeKind.SIGN_IN_NEEDED: "You are not signed in to the server, or no longer. Choose Session, "
    "Choose Server… and sign in.",
    NoticeKind.SIGN_IN_IN_USE: "Another window is in a session with this sign-in. Leave the "
    "session there first.",
    NoticeKind.SECRETS_IN_MEMORY: "This system has no keyring to trust, so your sign-in is "
    "forgotten when the editor ends.",
    NoticeKind.JOURNAL_FAILED: "Your typing cannot be kept safe on this disk{detail}. Save often "
    "until there is room again.",
    NoticeKind.JOURNAL_MENDED: "Your typing is kept safe on the disk again.",
    NoticeKind.JOURNAL_BROKEN: "A part of what was unsaved when the editor ended could not be "
    "read; the rest is here, and its journal was kept{detail}.",
}


def notice_message(kind: NoticeKind, detail: str = "") -> str:
    """Return what a person reads of a notice."""
    if kind is NoticeKind.SIGN_IN_REFUSED:
        return _SIGN_IN.get(detail, "The server refused the sign-in. Ask for a new link.")
    if kind in (NoticeKind.ACCESS_REVOKED, NoticeKind.DOCUMENT_DENIED) and detail in _ROOMS:
        return _ROOMS[detail]
    return _NOTICES[kind].replace("{detail}", f" ({detail})" if detail else "")


def sign_in_message(error: SignInFailed) -> str:
    """Return what a person reads when a server was not signed in to."""
    if error.is_in_use:
        return _NOTICES[NoticeKind.SIGN_IN_IN_USE]
    if error.reason is ClosedReason.INSECURE:
        return "This address would send everything unencrypted. Use one that begins with wss://."
    if error.reason is ClosedReason.VERSION:
        return "The server speaks a newer or older protocol. Update CodeXPro."
    if error.reason is None:
        return "No collab server answers there. Check the address, or try again later."
    return _TOKENS.get(
        error.slug, "The server refused the sign-in. Ask its operator for a new token."
    )


def look_failed_message(failure: LookFailure) -> str:
    """Return what a person reads when nothing can be said of an invitation."""
    return _LOOKS[failure]


_LOOKS = {
    LookFailure.LINK: "This is not an invitation link. Copy the whole link, beginning with "
    "codexpro://join/.",
    LookFailure.INSECURE: "This link would send everything unencrypted, so nobody was asked.",
    LookFailure.UNREACHABLE: "Nothing answers where this link leads. Its session may be over.",
    LookFailure.REFUSED: "This invitation opens nothing any more. Ask for a new link.",
    LookFailure.UNTOLD: "The server does not say what this invitation opens. One may join anyway.",
}


def change_refused_message(slug: str) -> str:
    """Return what a person reads when an edit, deletion or reaction in the chat was not made."""
    why = {
        "connection_lost": "there is no connection just now",
        "message_not_found": "it is not there any more",
        "permission_denied": "it is somebody else’s",
        "too_large": "it is too long",
        "limit_exceeded": "there are too many already",
        "rate_limited": "that was too much at once. Try again in a moment",
    }.get(slug, "the server could not do that. Try again in a moment")
    return f"The message was not changed: {why}."


def user_message(error: BaseException) -> str:
    """Return what a person reads of an error."""
    if isinstance(error, file_errors.FileError):
        return _file_message(error)
    if isinstance(error, HostingFailed):
        return notice_message(NoticeKind.SERVER_UNAVAILABLE, error.reason.rstrip("."))
    if isinstance(error, InvalidLink):
        return notice_message(NoticeKind.LINK_INVALID)
    if isinstance(error, RemoteProtocolError):
        return notice_message(NoticeKind.SERVER_MISBEHAVED)
    return "Something went wrong that should not have. Save your work and start the editor again."


def _file_message(error: file_errors.FileError) -> str:
    name = error.path.name or str(error.path)
    match error:
        case file_errors.FileMissing():
            return f"“{name}” or its folder is not there. Choose another file or place."
        case file_errors.NotAFile():
            return f"“{name}” is not a file. Choose a text file."
        case file_errors.NoPermission():
            return f"“{name}” may not be read or written here. Save to another place."
        case file_errors.DiskFull():
            return f"The disk is full, so “{name}” was not saved. Make room, then save again."
        case file_errors.FileTooLarge():
            largest = error.largest_bytes // (1024 * 1024)
            return f"“{name}” is larger than {largest} MB, which is the most this editor edits."
        case file_errors.BinaryFile():
            return f"“{name}” is not a text file, so it was not opened."
        case file_errors.Undecodable():
            encoding = encoding_name(error.encoding)
            return (
                f"“{name}” is not valid {encoding} at byte {error.at_byte}. "
                "Choose the encoding that it was written in."
            )
        case file_errors.Unencodable():
            encoding = encoding_name(error.encoding)
            return (
                f"“{name}” was not saved: {encoding} has no “{error.character}”. Save it as UTF-8."
            )
        case file_errors.NameTaken():
            return f"There is a “{name}” here already. Choose another name."
        case file_errors.BadName():
            return "No file can be called so here. Choose a name without “/” and line ends."
        case file_errors.NoTrash():
            return f"“{name}” could not be moved to the trash, so it is still there."
        case file_errors.ChangedOnDisk():
            return f"“{name}” was changed by another program, so it was not saved over."
        case file_errors.FileTrouble():
            return f"“{name}” could not be read or written: {error.reason}. Try another place."
        case _:
            return f"“{name}” could not be read or written. Try another place."
