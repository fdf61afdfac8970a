"""Pictures of a window whose user works with others."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from app.model.connection import Link, LinkPhase, SavePhase, SaveState
from app.model.notices import Notice, NoticeKind
from app.model.outage import MergeReport, OutageStage
from app.model.participants import RemoteCaret
from app.model.project import FileEntry
from app.model.search import SearchQuery
from app.services.shared_document import SharedDocument
from app.ui.dialogs.unsaved import UnsavedDialog
from tests.eventually import eventually
from tests.screenshots.alone import folder_with_tabs
from tests.screenshots.studio import PEOPLE, Studio
from tests.screenshots.talk import begin_talk, talk, tell
from tests.support.sessions import FACTS


async def live(studio: Studio) -> QWidget:
    await folder_with_tabs(studio)
    window = studio.window
    session, text = window.collaboration, window.text
    shared = SharedDocument(
        name="r/1",
        entry=FileEntry("hello.py"),
        replica=window.replica,
        facts=FACTS,
        is_own=True,
        clock=lambda: 0.0,
        parent=window,
    )
    session.document_opened.emit(shared)
    session.link_changed.emit(Link(LinkPhase.LIVE))
    session.save_state_changed.emit(SaveState(SavePhase.SAVED))
    session.participants_changed.emit(PEOPLE)
    at, end = text.index("class Greeting"), text.index("return f")
    carets = (
        RemoteCaret(2, "u2", "Grace Hopper", "#b34a00", at, at + 80),
        RemoteCaret(3, "u3", "李 雷", "#007a5a", end, end),
    )
    shared.carets_changed.emit(carets)
    window.editor.select(0, 0)
    return window.window


async def following(studio: Studio) -> QWidget:
    await live(studio)
    studio.window.window.follow_requested.emit("u2")
    return studio.window.window


async def offline(studio: Studio) -> QWidget:
    await live(studio)
    session = studio.window.collaboration
    session.link_changed.emit(Link(LinkPhase.OFFLINE, retry_at_s=1.0))
    session.outage_changed.emit(OutageStage.BANNER)
    session.save_state_changed.emit(SaveState(SavePhase.WAITING, 12))
    return studio.window.window


async def merged(studio: Studio) -> QWidget:
    await live(studio)
    shared = studio.window.front.shared
    assert shared is not None
    shared.merged.emit(MergeReport(14, ("Grace", "Lin"), ((40, 60), (200, 220))))
    return studio.window.window


async def review(studio: Studio) -> QWidget:
    await merged(studio)
    studio.trigger("go.next_merged")
    return studio.window.window


async def ruler(studio: Studio) -> QWidget:
    await review(studio)
    studio.trigger("view.whitespace")
    studio.trigger("edit.find")
    session = studio.window.find.session_of(studio.window.front)
    assert session is not None
    session.bar.set_query(SearchQuery("greeting"))
    await eventually(lambda: session.matches.places)
    return studio.window.window


async def unsent(studio: Studio) -> QWidget:
    await live(studio)
    dialog = UnsavedDialog(names=["hello.py"], is_unsent=True, parent=studio.window.window)
    dialog.open()
    return dialog


async def trouble(studio: Studio) -> QWidget:
    await live(studio)
    studio.window.collaboration.notice_raised.emit(Notice(NoticeKind.CANNOT_SYNC))
    return studio.window.window


async def chat(studio: Studio) -> QWidget:
    await live(studio)
    window = studio.window
    talk(window, studio.tasks, window.text)
    window.chat.show()
    return window.window


async def chat_narrow(studio: Studio) -> QWidget:
    await chat(studio)
    window = studio.window.window
    window.resize(720, 560)
    window.resizeDocks([studio.window.chat.dock], [200], Qt.Orientation.Horizontal)
    return window


async def chat_empty(studio: Studio) -> QWidget:
    await live(studio)
    begin_talk(studio.window, studio.tasks, ())
    studio.window.chat.show()
    return studio.window.window


async def notices(studio: Studio) -> QWidget:
    await live(studio)
    tell(studio.window, begin_talk(studio.window, studio.tasks, ()))
    studio.window.notices.dock.show()
    studio.window.notices.dock.raise_()
    return studio.window.window


async def notices_narrow(studio: Studio) -> QWidget:
    await notices(studio)
    window = studio.window.window
    window.resize(720, 560)
    window.resizeDocks([studio.window.notices.dock], [200], Qt.Orientation.Horizontal)
    return window


async def notices_empty(studio: Studio) -> QWidget:
    await live(studio)
    studio.window.notices.dock.show()
    studio.window.notices.dock.raise_()
    return studio.window.window
