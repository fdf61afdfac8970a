import asyncio
from collections.abc import Callable

import pytest

from app.collab.client_session import ClientSession
from app.collab.credentials import Token
from app.collab.session_effects import LinkChanged, SessionEffect, SignedIn
from app.collab.session_runner import SessionRunner
from app.collab.text_replica import TextReplica
from app.collab.transport import ConnectFailed, InsecureServer
from app.model.connection import ClosedReason, Link, LinkPhase
from app.tasks import TaskOwner
from collab_server.protocol import events
from tests.eventually import eventually

WELCOME = events.encode_event(
    events.AuthSuccess(
        user_id=1, client_id="c1", expires_at=1, server_time=1.0, ping_interval=25.0, re=0
    )
)


class FakeConnection:
    """A connection that a test speaks through."""

    def __init__(self) -> None:
        self.sent: list[str | bytes] = []
        self.closed_with: int | None = None
        self._close_code = 1006
        self._on_frame: Callable[[str | bytes], None] | None = None
        self._gone = asyncio.Event()

    @property
    def close_code(self) -> int:
        return self._close_code

    def send(self, frame: str | bytes) -> None:
        self.sent.append(frame)

    async def run(self, on_frame: Callable[[str | bytes], None]) -> None:
        self._on_frame = on_frame
        await self._gone.wait()

    async def close(self, code: int, reason: str) -> None:
        assert len(reason) <= 123
        self.closed_with = code
        self.drop(code)

    def hear(self, frame: str | bytes) -> None:
        assert self._on_frame is not None
        self._on_frame(frame)

    def drop(self, code: int = 1006) -> None:
        self._close_code = code
        self._gone.set()


class Shell:
    """A runner over fake connections."""

    def __init__(self) -> None:
        self.session = ClientSession(Token("a.b.c"), random=lambda: 0.01)
        self.tasks = TaskOwner()
        self.effects: list[SessionEffect] = []
        self.connections: list[FakeConnection] = []
        self.failures = 0
        self.is_insecure = False
        self.perform: Callable[[SessionEffect], None] = self.effects.append
        self.runner = SessionRunner(
            self.session,
            connect=self._connect,
            perform=lambda effect: self.perform(effect),
            tasks=self.tasks,
            clock=asyncio.get_running_loop().time,
        )

    async def start(self) -> FakeConnection:
        self.session.start(asyncio.get_running_loop().time())
        self.runner.flush()
        await eventually(lambda: self.connections)
        return self.connections[-1]

    async def _connect(self) -> FakeConnection:
        if self.failures:
            self.failures -= 1
            raise ConnectFailed("refused")
        if self.is_insecure:
            raise InsecureServer
        self.connections.append(FakeConnection())
        return self.connections[-1]


@pytest.fixture
async def shell():
    shell = Shell()
    yield shell
    await shell.tasks.stop()
    assert shell.tasks.running == ()


async def test_a_socket_is_opened_greeted_and_heard(shell: Shell) -> None:
    connection = await shell.start()

    await eventually(lambda: connection.sent)
    connection.hear(WELCOME)

    assert SignedIn("1", ()) in shell.effects
    assert shell.session.link.phase is LinkPhase.LIVE


async def test_a_server_that_is_not_there_is_tried_again(shell: Shell) -> None:
    shell.failures = 2

    connection = await shell.start()

    await eventually(lambda: connection.sent)
    phases = [e.link.phase for e in shell.effects if isinstance(e, LinkChanged)]
    assert phases[:4] == [
        LinkPhase.CONNECTING,
        LinkPhase.OFFLINE,
        LinkPhase.CONNECTING,
        LinkPhase.OFFLINE,
    ]


async def test_a_lost_connection_is_opened_again(shell: Shell) -> None:
    first = await shell.start()
    await eventually(lambda: first.sent)
    first.hear(WELCOME)

    first.drop()
    await eventually(lambda: len(shell.connections) == 2)

    await eventually(lambda: shell.connections[1].sent)


async def test_leaving_closes_the_socket_and_waits_for_it(shell: Shell) -> None:
    connection = await shell.start()
    await eventually(lambda: connection.sent)
    connection.hear(WELCOME)

    shell.session.leave(asyncio.get_running_loop().time())
    shell.runner.flush()
    await shell.runner.ended(within_s=5.0)

    assert connection.closed_with == 1000
    await eventually(lambda: shell.tasks.running == ())


async def test_leaving_while_a_socket_opens_gives_it_up(shell: Shell) -> None:
    shell.session.start(asyncio.get_running_loop().time())
    shell.runner.flush()

    shell.session.leave(asyncio.get_running_loop().time())
    shell.runner.flush()
    await shell.runner.ended(within_s=5.0)

    assert shell.session.link.phase is LinkPhase.CLOSED
    assert shell.connections == []


@pytest.mark.allow_warnings
async def test_a_socket_that_does_not_close_is_not_waited_for_for_ever(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(FakeConnection, "close", never)
    connection = await shell.start()
    await eventually(lambda: connection.sent)

    shell.session.leave(asyncio.get_running_loop().time())
    shell.runner.flush()

    await shell.runner.ended(within_s=0.01)


async def test_an_effect_that_brings_forth_others_keeps_the_order(shell: Shell) -> None:
    replica = TextReplica()
    seen: list[str] = []

    def perform(effect: SessionEffect) -> None:
        seen.append(type(effect).__name__)
        if isinstance(effect, SignedIn):
            shell.session.open_document("room/f/1", replica.ledger)
            shell.runner.flush()
            seen.append("performed")

    shell.perform = perform
    connection = await shell.start()
    await eventually(lambda: connection.sent)

    connection.hear(WELCOME)

    assert seen[-2:] == ["SignedIn", "performed"]
    assert len(connection.sent) == 2


async def test_an_app_that_ends_opens_nothing(shell: Shell) -> None:
    await shell.tasks.stop()

    shell.session.start(asyncio.get_running_loop().time())
    shell.runner.flush()

    await shell.runner.ended(within_s=5.0)
    assert shell.connections == []


async def test_a_server_that_encrypts_nothing_ends_the_session(shell: Shell) -> None:
    shell.is_insecure = True

    shell.session.start(asyncio.get_running_loop().time())
    shell.runner.flush()
    await shell.runner.ended(within_s=5.0)

    assert shell.session.link == Link(LinkPhase.CLOSED, ClosedReason.INSECURE)


async def test_a_session_that_never_began_can_be_left(shell: Shell) -> None:
    shell.session.leave(asyncio.get_running_loop().time())
    shell.runner.flush()

    await shell.runner.ended(within_s=5.0)
    assert shell.connections == []
