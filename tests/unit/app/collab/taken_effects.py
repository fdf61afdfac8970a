"""Effects that a desk leaves behind, for its test to take."""

from app.collab.session_effects import SendFrame, SessionEffect
from collab_server.protocol import events
from collab_server.protocol.limits import Limits


class TakenEffects:
    """Invariant: each effect is taken once."""

    def __init__(self) -> None:
        self.effects: list[SessionEffect] = []

    def take(self) -> list[SessionEffect]:
        effects = self.effects[:]
        self.effects.clear()
        return effects

    def sent(self) -> list[events.ClientEvent]:
        return [
            events.decode_client_event(effect.frame, Limits())
            for effect in self.take()
            if isinstance(effect, SendFrame)
        ]
