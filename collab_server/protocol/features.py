"""What an operator can switch off; asking for it is answered `feature_disabled`.

Does not know what belongs to which (`core.switches` does). Source: PROTOCOL.md §9.
"""

from __future__ import annotations

from enum import Enum


class Feature(Enum):
    """What can be switched off."""

    CHAT = "chat"
    COLLABORATION = "collaboration"
    NOTIFICATIONS = "notifications"
