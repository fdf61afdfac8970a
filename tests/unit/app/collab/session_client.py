"""A session, and a server that says what a test wants."""

from app.collab.client_session import ClientSession
from app.collab.credentials import Credentials, Token
from app.collab.session_effects import (
    RaiseNotice,
    SendFrame,
    SessionEffect,
)
from app.model.connection import LinkPhase
from app.model.notices import NoticeKind
from collab_server.protocol import events
from collab_server.protocol.limits import Limits
from collab_server.protocol.names import parse_document

DOCUMENT = parse_document("codexpro_project_1/f/1")


class Client:
    """A session, its clock, and a server that says what a test tells it to."""

    def __init__(self, credentials: Credentials | None = None) -> None:
        self.session = ClientSession(credentials or Token("a.b.c"), random=lambda: 0.5)
        self.now_s = 1000.0

    def take(self) -> list[SessionEffect]:
        return self.session.take_effects()

    def sent(self) -> list[events.ClientEvent]:
        return [
            events.decode_client_event(effect.frame, Limits())
            for effect in self.take()
            if isinstance(effect, SendFrame) and isinstance(effect.frame, str)
        ]

    def start(self) -> None:
        self.session.start(self.now_s)

    def connect(self) -> None:
        self.session.connected(self.now_s)

    def hear(self, event: events.ServerEvent) -> None:
        self.session.receive(events.encode_event(event), self.now_s)

    def welcome(
        self,
        user_id: int | str = 42,
        *,
        token: str | None = None,
        rooms: dict[str, str] | None = None,
        session: events.SessionKey | None = None,
    ) -> None:
        self.hear(
            events.AuthSuccess(
                user_id=user_id,
                client_id="c1",
                expires_at=1,
                server_time=1.0,
                ping_interval=25.0,
                token=token,
                rooms=rooms,
                session=session,
                re=0,
            )
        )

    def live(self) -> None:
        self.start()
        self.connect()
        self.welcome()
        self.take()

    def lose(self, code: int = 1006) -> None:
        self.session.disconnected(self.now_s, code)

    def come_back(self) -> None:
        self.session.retry_now(self.now_s)
        self.connect()

    @property
    def phase(self) -> LinkPhase:
        return self.session.link.phase


def notices(effects: list[SessionEffect]) -> list[NoticeKind]:
    return [effect.notice.kind for effect in effects if isinstance(effect, RaiseNotice)]
