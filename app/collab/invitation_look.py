"""Looks at an invitation: asks its server what it opens, without using it.

One question and one answer on a connection of its own. Knows no session. Source: PROTOCOL.md §3
(auth, look).
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from app.collab.transport import ConnectFailed, InsecureServer, open_connection
from app.model.invitation import InvitationCard, LookFailure
from collab_server.protocol import events
from collab_server.protocol.errors import RemoteProtocolError
from collab_server.protocol.limits import Limits
from collab_server.protocol.names import clean_name

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from collab_server.protocol.links import InvitationLink

LOOK_S = 10.0


class LookFailed(Exception):
    """Nothing can be said of the invitation; `failure` is why."""

    def __init__(self, failure: LookFailure) -> None:
        super().__init__(failure.value)
        self.failure = failure


async def look_at(
    link: InvitationLink, *, clock: Callable[[], float], within_s: float = LOOK_S
) -> InvitationCard:
    """Ask what an invitation opens.

    Args:
        link: the invitation.
        clock: unix seconds.
        within_s: how long the server has to answer and close.

    Raises:
        LookFailed: it opens nothing, or its server does not say.
    """
    limits = Limits()
    try:
        connection = await open_connection(link.socket_url, limits=limits)
    except InsecureServer as error:
        raise LookFailed(LookFailure.INSECURE) from error
    except ConnectFailed as error:
        raise LookFailed(LookFailure.UNREACHABLE) from error
    frames: list[str | bytes] = []

    def hear(frame: str | bytes) -> None:
        if not frames:  # the answer; whoever sends on without an end fills nothing here
            frames.append(frame)

    connection.send(events.encode_event(events.Auth(invite=link.code, look=True)))
    with contextlib.suppress(TimeoutError):  # what it has said by then counts
        async with asyncio.timeout(within_s):
            await connection.run(hear)  # until the server closes: it does after the answer
    if not frames:
        raise LookFailed(LookFailure.UNREACHABLE)
    return card_of(frames, link, now_unix_s=clock())


def card_of(
    frames: Sequence[str | bytes], link: InvitationLink, *, now_unix_s: float
) -> InvitationCard:
    """Read a server's answer: the first of at least one frame.

    Raises:
        LookFailed: it refuses, or says something else.
    """
    try:
        event = events.decode_server_event(frames[0])
    except RemoteProtocolError as error:
        raise LookFailed(LookFailure.UNTOLD) from error
    if isinstance(event, events.Error):
        raise LookFailed(LookFailure.REFUSED)
    if not isinstance(event, events.InvitationInfo):
        raise LookFailed(LookFailure.UNTOLD)
    names = {str(each.user_id): clean_name(each.name or "") or "" for each in event.members}
    place = f"[{link.host}]" if ":" in link.host else link.host
    return InvitationCard(
        server=f"{place}:{link.port}",
        host=names.pop(event.host, ""),
        others=tuple(names.values()),
        may_write="w" in event.perm or "o" in event.perm,
        ends_in_s=max(0, int(event.expires_at - now_unix_s)),
        uses_left=event.uses_left,
    )
