"""Pictures of the windows, to be looked at: python -m tests.screenshots DIR."""

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget

import qasync  # after PySide6, whose binding it looks for  # isort: skip

from app.collab.text_replica import TextReplica
from app.errors import sign_in_message
from app.model.connection import ClosedReason, Link, LinkPhase, SavePhase, SaveState
from app.model.kept_text import TextFacts
from app.model.line_difference import line_difference
from app.model.notices import Notice, NoticeKind
from app.model.outage import MergeReport, OutageStage
from app.model.participants import Participant, RemoteCaret
from app.model.project import FileEntry
from app.model.search import SearchQuery
from app.model.text_edit import TextEdit
from app.model.versions import TextVersion
from app.model.workspace import Workspace
from app.paths import resources_dir
from app.qtmodels.versions import VersionsModel
from app.services.journals import Journals
from app.services.shared_document import SharedDocument
from app.services.sign_in import SignInFailed
from app.storage.files import LARGEST_FILE_BYTES
from app.storage.workspace_store import WorkspaceStore
from app.tasks import TaskOwner
from app.ui.dialogs.compare import CompareDialog
from app.ui.dialogs.history import HistoryDialog
from app.ui.dialogs.join import JoinDialog
from app.ui.dialogs.name import NameDialog
from app.ui.dialogs.server import ServerDialog
from app.ui.dialogs.share import ShareDialog
from app.ui.dialogs.trash import TrashDialog
from app.ui.dialogs.unsaved import UnsavedDialog
from app.ui.editor.syntax_process import SyntaxProcess
from app.ui.editor_window import EditorWindow, compose_window
from app.ui.recovered_texts import show_recovered
from app.ui.theme import Appearance, ThemeChoice
from app.ui.workspace_keeper import WorkspaceKeeper
from tests.eventually import eventually
from tests.screenshots.talk import begin_talk, talk, tell
from tests.support.sessions import FACTS

SETTLE_S = 0.6
PEOPLE = (
    Participant("c1", "u1", "Ada Lovelace", "#0072b2", is_self=True),
    Participant("c2", "u2", "Grace Hopper", "#b34a00"),
    Participant("c3", "u3", "李 雷", "#007a5a"),
)

Show = Callable[["Studio"], Awaitable[QWidget]]


class Studio:
    """A window with a folder to take pictures of."""

    def __init__(self, appearance: Appearance, syntax: SyntaxProcess, folder: Path) -> None:
        self.tasks = TaskOwner()
        self.appearance = appearance
        self.folder = folder
        store = WorkspaceStore(folder.parent / "session.json")
        recent = Workspace().with_file(str(folder / "src" / "hello.py"))
        store.save(recent.with_file(str(folder / "notes.md")).with_folder(str(folder)))
        self.window: EditorWindow = compose_window(
            tasks=self.tasks,
            appearance=appearance,
            syntax=syntax,
            person="Ada Lovelace",
            keeper=WorkspaceKeeper(store),
        )
        self.window.show()

    def trigger(self, action_id: str) -> None:
        self.window.window.actions_by_id[action_id].trigger()

    def dialog(self, kind: type[QWidget]) -> QWidget:
        return self.window.window.findChildren(kind)[-1]

    async def close(self) -> None:
        await self.window.close()
        await self.tasks.stop()


async def welcome(studio: Studio) -> QWidget:
    studio.window.show_welcome()
    return studio.window.window


async def folder_with_tabs(studio: Studio) -> QWidget:
    window = studio.window
    window.project.open_folder(studio.folder)
    for name in ("notes.md", "src/util.js", "src/hello.py"):
        window.open_file(studio.folder / name)
    view = window.window.project.view
    await eventually(lambda: view.model().rowCount() > 2)
    view.expand(view.model().index(0, 0))
    window.tabs.texts[0].editor.insertPlainText("changed ")
    return window.window


async def palette(studio: Studio) -> QWidget:
    studio.window.open_file(studio.folder / "src" / "hello.py")
    studio.trigger("go.command")
    pick = studio.window.picks.open_pick
    assert pick is not None
    pick.enter(">tab")
    return studio.window.window


async def quick_open(studio: Studio) -> QWidget:
    window = studio.window
    window.project.open_folder(studio.folder)
    window.open_file(studio.folder / "src" / "hello.py")
    await eventually(lambda: window.project.files)
    studio.trigger("go.file")
    return window.window


async def find_bar(studio: Studio) -> QWidget:
    studio.window.open_file(studio.folder / "src" / "hello.py")
    studio.trigger("edit.replace")
    session = studio.window.find.session_of(studio.window.front)
    assert session is not None
    session.bar.set_query(SearchQuery("greeting"), "welcome")
    await eventually(lambda: session.matches.places)
    session.go_to_next()
    session.go_to_next()
    return studio.window.window


async def find_in_folder(studio: Studio) -> QWidget:
    window = studio.window
    window.project.open_folder(studio.folder)
    window.open_file(studio.folder / "src" / "hello.py")
    (studio.folder / "notes.md").write_text("# Notes\n\nReturn what was lent.\n" + "a " * 60)
    studio.trigger("edit.find_in_folder")
    window.window.search.ask("return")
    await eventually(lambda: window.window.found.rowCount() == 2)
    return window.window


async def history(studio: Studio) -> QWidget:
    model = VersionsModel(parent=studio.window)
    dialog = HistoryDialog(
        name="hello.py",
        model=model,
        theme=studio.appearance.theme,
        is_writable=True,
        parent=studio.window.window,
    )
    versions = [
        TextVersion(3, 1.79e9, "", ("u2", "u3")),
        TextVersion(2, 1.7899e9, "before the review", ("u1",)),
        TextVersion(1, 1.7898e9, "", ()),
    ]
    model.show(versions, {person.user_id: person.name for person in PEOPLE})
    dialog.show_versions(3)
    dialog.choose(1)
    before = "def greet(name):\n    return name\n\n\ngreet('Ada')\n"
    after = before.replace("return name", "return f'Hello {name}'")
    dialog.show_version(versions[1], before, line_difference(before, after))
    dialog.open()
    return dialog


async def new_file(studio: Studio) -> QWidget:
    await folder_with_tabs(studio)
    studio.trigger("file.new_in_folder")
    dialog = studio.dialog(NameDialog)
    assert isinstance(dialog, NameDialog)
    dialog.enter("hello.py")
    return dialog


async def trash(studio: Studio) -> QWidget:
    await folder_with_tabs(studio)
    studio.trigger("file.trash")
    return studio.dialog(TrashDialog)


async def sign_in(studio: Studio) -> QWidget:
    dialog = ServerDialog(parent=studio.window.window)
    dialog.enter("collab.example.org", "secret")
    dialog.show_error(sign_in_message(SignInFailed(reason=ClosedReason.REFUSED_TOKEN)))
    dialog.open()
    return dialog


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


async def bidi(studio: Studio) -> QWidget:
    studio.window.editor.insertPlainText(
        "# שלום עולם\nname = 'مرحبا'  # greeting\n👩🏽‍💻 🇩🇪 👨‍👩‍👧\nגוף הטקסט\n"
    )
    studio.window.editor.set_remote_carets(
        [
            RemoteCaret(2, "u2", "Grace Hopper", "#b34a00", 5, 5),
            RemoteCaret(3, "u3", "李 雷", "#007a5a", 22, 26),
        ]
    )
    await asyncio.sleep(2.2)  # the names become initials
    return studio.window.window


async def external_change(studio: Studio) -> QWidget:
    path = studio.folder / "src" / "hello.py"
    studio.window.open_file(path)
    studio.window.editor.insertPlainText("# mine\n")
    path.write_text(path.read_text(encoding="utf-8") + "# theirs\n", encoding="utf-8")
    await eventually(lambda: studio.window.window.banner.message)
    return studio.window.window


async def compare(studio: Studio) -> QWidget:
    await external_change(studio)
    studio.window.window.banner.buttons[0].click()
    await eventually(lambda: studio.window.window.findChildren(CompareDialog))
    return studio.dialog(CompareDialog)


async def deleted(studio: Studio) -> QWidget:
    path = studio.folder / "src" / "hello.py"
    studio.window.open_file(path)
    path.unlink()
    await eventually(lambda: studio.window.window.banner.message)
    return studio.window.window


async def encoding(studio: Studio) -> QWidget:
    path = studio.folder / "größe.txt"
    path.write_bytes("Größe der Straße\n".encode("cp1252"))
    studio.window.open_file(studio.folder / "src" / "hello.py")
    studio.window.open_file(path)
    return studio.window.window


async def large_file(studio: Studio) -> QWidget:
    path = studio.folder / "access.log"
    path.write_bytes(b"127.0.0.1 GET /index.html 200\n" * (LARGEST_FILE_BYTES // 25))
    studio.window.open_file(path)
    return studio.window.window


async def share_dialog(studio: Studio) -> QWidget:
    studio.window.open_file(studio.folder / "src" / "hello.py")
    studio.trigger("session.share")
    return studio.dialog(ShareDialog)


async def join_error(studio: Studio) -> QWidget:
    studio.window.ask_to_join("codexpro://join/127.0.0.1:8080/abcdefghijklmnopqrst")
    studio.window.collaboration.notice_raised.emit(Notice(NoticeKind.LINK_INVALID))
    return studio.dialog(JoinDialog)


async def unsaved(studio: Studio) -> QWidget:
    for name in ("notes.md", "src/hello.py"):
        studio.window.open_file(studio.folder / name)
        studio.window.editor.insertPlainText("# new\n")
    studio.window.request_close()
    return studio.dialog(UnsavedDialog)


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


async def recovered(studio: Studio) -> QWidget:
    await folder_with_tabs(studio)
    root = new_folder().parent / "journals"
    before = Journals(root)
    replica = TextReplica("def greet(name: str) -> str:\n    return name\n")
    before.keep(replica, TextFacts("draft.py"))
    replica.edit([TextEdit(0, 0, "# typed before the power went\n")], now_ms=0)
    before.close()
    after = Journals(root, parent=studio.window)
    show_recovered(after.recover(), [studio.window], lambda: studio.window)
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


SHOWS: tuple[Show, ...] = (
    welcome,
    folder_with_tabs,
    quick_open,
    palette,
    find_bar,
    find_in_folder,
    sign_in,
    history,
    new_file,
    trash,
    review,
    ruler,
    bidi,
    external_change,
    compare,
    deleted,
    encoding,
    large_file,
    share_dialog,
    join_error,
    unsaved,
    live,
    following,
    offline,
    merged,
    recovered,
    unsent,
    trouble,
    chat,
    chat_narrow,
    chat_empty,
    notices,
    notices_narrow,
    notices_empty,
)


def new_folder() -> Path:
    """Return a fresh folder with a few files."""
    folder = Path(tempfile.mkdtemp(prefix="codexpro-pictures-")) / "greeting"
    (folder / "src").mkdir(parents=True)
    (folder / "build").mkdir()
    shutil.copy(resources_dir() / "sample" / "hello.py", folder / "src" / "hello.py")
    (folder / "src" / "util.js").write_text("export const half = (x) => x / 2;\n")
    (folder / "notes.md").write_text("# Notes\n\nSay hello to everybody.\n")
    (folder / ".gitignore").write_text("build/\n")
    return folder


async def take(application: QApplication, into: Path, wanted: list[str]) -> None:
    """Take the pictures whose names are wanted, or all."""
    appearance = Appearance(application, choice=ThemeChoice.LIGHT)
    syntax = SyntaxProcess()
    for choice in (ThemeChoice.LIGHT, ThemeChoice.DARK, ThemeChoice.CONTRAST):
        appearance.choose(choice)
        for number, show in enumerate(SHOWS, start=1):
            name = f"{choice.value}-{number:02}-{show.__name__}"
            if wanted and not any(word in name for word in wanted):
                continue
            studio = Studio(appearance, syntax, new_folder())
            shown = await show(studio)
            await asyncio.sleep(SETTLE_S)  # colours and the caret's place come a little later
            shown.grab().save(str(into / f"{name}.png"))
            await studio.close()
            shutil.rmtree(studio.folder.parent)
    syntax.stop()


def main() -> None:
    """Take the pictures into the folder that was named; further words choose which."""
    into = Path(sys.argv[1])
    into.mkdir(parents=True, exist_ok=True)
    application = QApplication([])
    application.setQuitOnLastWindowClosed(False)
    qasync.run(take(application, into, sys.argv[2:]))
    print("\n".join(sorted(str(path) for path in into.glob("*.png"))))


main()
