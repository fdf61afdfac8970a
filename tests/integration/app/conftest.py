"""People who share and join over the app's own server, a real child process, without windows."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from app.collab.text_replica import TextReplica
from app.model.connection import LinkPhase, SavePhase
from app.model.text_edit import TextEdit
from app.services.chosen_server import SharingServer
from app.services.collaboration import Collaboration
from app.services.hosting import EmbeddedServer
from app.tasks import TaskOwner
from tests.eventually import eventually

if TYPE_CHECKING:
    from app.model.notices import Notice
    from app.services.shared_document import SharedDocument


class Someone:
    """One person's collaboration and what it told."""

    def __init__(self, tasks: TaskOwner, hosting: SharingServer | None) -> None:
        self.collaboration = Collaboration(tasks=tasks, hosting=hosting)
        self.links: list[str] = []
        self.notices: list[Notice] = []
        self.opened: list[SharedDocument] = []
        self.closed: list[SharedDocument] = []
        self.collaboration.invitation_ready.connect(self.links.append)
        self.collaboration.notice_raised.connect(self.notices.append)
        self.collaboration.document_opened.connect(self.opened.append)
        self.collaboration.document_closed.connect(self.closed.append)

    @property
    def replica(self) -> TextReplica:
        return self.opened[-1].replica

    @property
    def text(self) -> str:
        return self.replica.text

    @property
    def is_saved(self) -> bool:
        return (
            self.collaboration.save_state.phase is SavePhase.SAVED
            and self.collaboration.link.phase is LinkPhase.LIVE
        )

    def type(self, at: int, text: str) -> None:
        now_ms = asyncio.get_running_loop().time() * 1000
        self.replica.edit([TextEdit(at, 0, text)], now_ms=now_ms)

    async def share(self, text: str, path: str = "/home/ada/main.py") -> str:
        told = len(self.links)
        self.collaboration.share(TextReplica(text), path=path, name="Ada")
        await eventually(lambda: len(self.links) > told, what="an invitation")
        return self.links[-1]

    async def join(self, link: str, name: str = "Grace") -> None:
        self.collaboration.join(link, name=name)
        await eventually(lambda: self.opened)


class Desk:
    """Tasks and servers of a test, all of which are gone after it."""

    def __init__(self, folder: Path) -> None:
        self.tasks = TaskOwner()
        self.hosting = EmbeddedServer(database=folder / "collab.db", tasks=self.tasks)
        self.people: list[Someone] = []

    def host(self) -> Someone:
        self.people.append(Someone(self.tasks, self.hosting))
        return self.people[-1]

    def guest(self) -> Someone:
        self.people.append(Someone(self.tasks, None))
        return self.people[-1]


@pytest.fixture
async def desk(qapp: object, tmp_path: Path) -> AsyncIterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    for someone in reversed(desk.people):
        await someone.collaboration.shutdown()
    await desk.hosting.stop()
    await eventually(lambda: desk.tasks.running == (), what="the end of every task")
    await desk.tasks.stop()
