"""Pictures of a window whose user is alone: files, searches, dialogs."""

import asyncio

from PySide6.QtWidgets import QWidget

from app.collab.text_replica import TextReplica
from app.errors import sign_in_message
from app.model.connection import ClosedReason
from app.model.kept_text import TextFacts
from app.model.line_difference import line_difference
from app.model.notices import Notice, NoticeKind
from app.model.participants import RemoteCaret
from app.model.search import SearchQuery
from app.model.text_edit import TextEdit
from app.model.versions import TextVersion
from app.qtmodels.versions import VersionsModel
from app.services.journals import Journals
from app.services.sign_in import SignInFailed
from app.storage.files import LARGEST_FILE_BYTES
from app.ui.dialogs.compare import CompareDialog
from app.ui.dialogs.history import HistoryDialog
from app.ui.dialogs.join import JoinDialog
from app.ui.dialogs.name import NameDialog
from app.ui.dialogs.server import ServerDialog
from app.ui.dialogs.share import ShareDialog
from app.ui.dialogs.trash import TrashDialog
from app.ui.dialogs.unsaved import UnsavedDialog
from app.ui.recovered_texts import show_recovered
from tests.eventually import eventually
from tests.screenshots.studio import PEOPLE, Studio, new_folder


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


async def quick_open(studio: Studio) -> QWidget:
    window = studio.window
    window.project.open_folder(studio.folder)
    window.open_file(studio.folder / "src" / "hello.py")
    await eventually(lambda: window.project.files)
    studio.trigger("go.file")
    return window.window


async def palette(studio: Studio) -> QWidget:
    studio.window.open_file(studio.folder / "src" / "hello.py")
    studio.trigger("go.command")
    pick = studio.window.picks.open_pick
    assert pick is not None
    pick.enter(">tab")
    return studio.window.window


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
