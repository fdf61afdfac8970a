"""What every JSON event is made of.

Source: PROTOCOL.md §3.
"""

from __future__ import annotations

import msgspec

RequestId = str | int
"""A request's `id`, which its one reply carries as `re`."""


class Event(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    tag_field="type",
    tag=lambda name: "".join(f"_{c.lower()}" if c.isupper() else c for c in name)[1:],
    omit_defaults=True,
):
    """One event; what is None or UNSET is left out on the wire."""


class SessionKey(msgspec.Struct, frozen=True):
    """What a client shows, beside its token, to resume its session."""

    id: str
    key: str  # secret: never logged

    def __repr__(self) -> str:
        return f"SessionKey(id={self.id!r})"
