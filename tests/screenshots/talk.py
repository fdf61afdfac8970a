"""What is said in the pictures."""

import time
from dataclasses import replace

from app.collab import session_effects as effects
from app.collab.credentials import Token
from app.model.project import FileEntry, ProjectFile
from app.model.room_messages import Delivery, MessagePosted, RoomMessage
from app.services.running_session import RunningSession
from app.tasks import TaskOwner
from app.ui.editor_window import EditorWindow
from tests.support.sessions import FACTS

ROOM = "codexpro_project_1"
GRACE, LEI, ADA = ("u2", "Grace Hopper"), ("u3", "李 雷"), ("u1", "Ada Lovelace")
DAY_S = 86_400.0


def said(number: int, who: tuple[str, str], text: str, at_s: float, **more) -> RoomMessage:
    return RoomMessage(
        id=number, offset=number, user_id=who[0], name=who[1], payload=text, at_s=at_s, **more
    )


def begin_talk(
    window: EditorWindow, tasks: TaskOwner, messages: tuple[RoomMessage, ...], unread: int = 0
) -> RunningSession:
    """Let a session without a connection tell a window what is said."""
    facts = replace(FACTS, room=ROOM, user_id="u1", person="Ada Lovelace")
    session = RunningSession(
        Token("t"), facts, tasks=tasks, clock=time.monotonic, parent=window.collaboration
    )
    window.collaboration.chat.attach(session)
    window.collaboration.notifications.attach(session)
    session.live.session.rooms.join(ROOM)
    session.participants_changed.emit(window.participants.participants)
    top = messages[-1].offset if messages else 0
    session.room_told.emit(effects.StreamBegan(ROOM, messages, True, unread, top - unread, "rwhmo"))
    return session


def talk(window: EditorWindow, tasks: TaskOwner, _text: str) -> RunningSession:
    """A real conversation: long words, other scripts, emoji, links, answers, troubles."""
    now_s = time.time()
    then_s = now_s - DAY_S
    messages = (
        said(1, GRACE, "I start with the greeting.", then_s),
        said(2, ADA, "Good. I take the tests then 👍", then_s + 60, reactions={"🎉": ("u2", "u3")}),
        said(3, LEI, "看一下 hello.py:3–9，名字太长了。", then_s + 400, is_edited=True),
        said(4, GRACE, "Where does the name come from?", now_s - 900),
        said(
            5,
            GRACE,
            "And @Ada Lovelace, is `Greeting.for_everybody_in_the_whole_world_and_beyond` "
            "really what we want? See hello.py:12–20 and hello.py:3.",
            now_s - 880,
            mentions=("u1",),
            reactions={"👀": ("u1",), "👍": ("u2", "u3", "u1")},
        ),
        said(6, ADA, "No: it reads the locale.\nI change it now.", now_s - 700, reply_to=5),
        said(7, LEI, "שלום! שם המשתמש: 👩‍👩‍👧‍👦 café", now_s - 300),
        said(8, GRACE, "", now_s - 200, is_deleted=True),
        said(
            9,
            GRACE,
            "https://example.org/a/very/long/path/without/any/space/in/it?query=1",
            now_s - 190,
        ),
        said(10, LEI, "<b>not bold</b> & <img src=x>", now_s - 100),
    )
    session = begin_talk(window, tasks, messages, unread=2)
    window.collaboration.files_changed.emit((ProjectFile("r/1", FileEntry("hello.py")),))
    chat = window.collaboration.chat
    chat.conversation.take_mark("u2", 10)
    mine = said(
        0, ADA, "This one waits for the connection.", now_s, mid="m1", delivery=Delivery.WAITING
    )
    failed = said(0, ADA, "And this one the server did not want.", now_s, mid="m2")
    chat.conversation.write(replace(mine, id=0))
    chat.conversation.write(
        replace(failed, id=0, delivery=Delivery.FAILED, failure="feature_disabled")
    )
    session.room_told.emit(effects.TypingHeard(ROOM, "u3", "李 雷", True, 600.0))
    session.room_told.emit(
        effects.RoomSpoke(ROOM, (MessagePosted(said(11, GRACE, "Back in a minute.", now_s)),))
    )
    return session


def tell(window: EditorWindow, session: RunningSession) -> None:
    """What products told, jobs under way and over, and notes on the screen."""
    now_s, mine = time.time(), "notifications_u1"
    session.room_told.emit(effects.SignedIn("u1", ()))
    payloads: tuple[object, ...] = (
        {"title": "Backup", "text": "The nightly backup of 214 files is complete."},
        {"type": "file_downloaded", "filename": "plan.pdf", "downloader": "Lin", "count": 1},
        "A message of a product without any form, and a good deal too long for one line of this "
        "list, so that it has to be wrapped and at some point to be cut off, and goes on and on",
        {
            "type": "file_downloaded",
            "filename": "a_very_long_name_without_any_space_in_it_that_goes_on_and_on_2.tar.gz",
            "downloader": "Grace Hopper",
            "count": 12,
        },
    )
    told = tuple(
        RoomMessage(
            id=number,
            offset=number,
            user_id=None,
            name="",
            payload=payload,
            at_s=now_s - DAY_S * (2 - number // 2),
        )
        for number, payload in enumerate(payloads, start=1)
    )
    session.room_told.emit(effects.StreamBegan(mine, told[:3], False, 1, 2, "rh"))
    for job_id, facts in (
        ("41", {"status": "completed", "text": "read from the picture", "confidence": 0.97}),
        ("42", {"status": "failed", "error": "the picture is too blurred to be read"}),
        ("43", {"status": "processing", "progress": 62}),
        ("44", {"status": "pending"}),
    ):
        window.collaboration.notifications.follow(job_id)
        payload = {"type": "ocr_progress", "job_id": job_id, **facts}
        message = RoomMessage(id=1, offset=1, user_id=None, name="", payload=payload, at_s=now_s)
        session.room_told.emit(effects.RoomSpoke(f"ocr_job_{job_id}", (MessagePosted(message),)))
    session.room_told.emit(effects.RoomSpoke(mine, (MessagePosted(told[3]),)))
