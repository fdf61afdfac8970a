"""Who hears what of one document.

Whoever reads more slowly than the document changes gets no updates for a while, and then what it
has missed in one piece, however much that was: nothing is kept for it but the state it had. Knows
no updates and no rights. Source: PROTOCOL.md §10 (outbox policy).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from collab_server.core.effects import Relay

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from collab_server.core.effects import ClientId, Effect
    from collab_server.core.waiting_line import Opening

    Groups = tuple[tuple[bytes, tuple[ClientId, ...]], ...]
    Messages = Sequence[tuple[ClientId | None, bytes]]
    """Who must not get it back, and a message as `yjs_frames` writes it; in order."""


class Audience:
    """The connections that have a document open.

    Invariant: who is slow has got every update up to the state that is written down for it, and of
    the later ones none, unless it asked.
    """

    def __init__(self, openings: Mapping[ClientId, Opening]) -> None:
        self._openings = openings  # the document's
        self._slow: dict[ClientId, bytes | None] = {}
        """Who gets no updates for now → the state up to which it got them, None for all so far."""
        self._groups: Groups | None = None
        self._keen_groups: Groups | None = None  # of them, who is not slow

    def has_changed(self, *, left: ClientId | None = None) -> None:
        """Hear that there are other openings now."""
        if left is not None:
            self._slow.pop(left, None)
        self._groups = self._keen_groups = None

    def relay(self, messages: Messages, effects: list[Effect], *, ephemeral: bool = False) -> None:
        """Pass messages on to everybody, in the frames of each door.

        Args:
            messages: what.
            effects: where the relays go, one a door.
            ephemeral: whether they are shed first.
        """
        if self._groups is None:
            self._groups = _grouped(self._openings.items())
        _relay(self._groups, messages, effects, ephemeral=ephemeral)

    def pass_on(
        self, updates: Messages, effects: list[Effect], *, before: Callable[[], bytes]
    ) -> None:
        """Pass updates on to who is not slow.

        Args:
            updates: what is in the store now.
            effects: where the relays go, one a door.
            before: returns the state that everybody had got so far, as a state vector.
        """
        if not self._slow:
            self.relay(updates, effects)
            return
        if None in self._slow.values():
            state = before()
            self._slow = {
                client: state if since is None else since for client, since in self._slow.items()
            }
        if self._keen_groups is None:
            keen = ((c, opening) for c, opening in self._openings.items() if c not in self._slow)
            self._keen_groups = _grouped(keen)
        _relay(self._keen_groups, updates, effects, ephemeral=False)

    def keep_back(self, client: ClientId) -> None:
        """Pass no updates on to a connection that has the document, until it catches up."""
        self._slow.setdefault(client, None)
        self._keen_groups = None

    def catch_up(self, client: ClientId) -> bytes | None:
        """Pass updates on to a connection again.

        Returns:
            The state up to which it got them, as a state vector; None when it has missed none. What
            is stored beyond that is to be sent to it before anything else.
        """
        self._keen_groups = None
        return self._slow.pop(client, None)


def _grouped(openings: Iterable[tuple[ClientId, Opening]]) -> Groups:
    """Return who is at which door."""
    groups: dict[bytes, list[ClientId]] = {}
    for client, opening in openings:
        groups.setdefault(opening.prefix, []).append(client)
    return tuple((prefix, tuple(group)) for prefix, group in groups.items())


def _relay(groups: Groups, messages: Messages, effects: list[Effect], *, ephemeral: bool) -> None:
    for prefix, members in groups:
        only = members[0] if len(members) == 1 else None  # hears nothing of its own
        framed = tuple(
            [
                (sender, prefix + message if prefix else message)
                for sender, message in messages
                if only is None or sender != only
            ]
        )
        if framed:
            effects.append(Relay(members, framed, ephemeral))
