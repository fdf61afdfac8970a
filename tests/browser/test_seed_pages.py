"""The seed document's pages, as printed, in a real Chromium against a real server."""

import contextlib
import sqlite3
from collections.abc import Callable

import pytest

from collab_server.client_script import security_policy
from collab_server.protocol.legacy_tokens import sign_legacy_token
from tests.browser.conftest import ASKED, PAGES, OpenPage, Seen, publish, put_room
from tests.support.server_process import SECRET, ServerProcess

pytestmark = pytest.mark.e2e
PAYLOAD = '<img src=x onerror="window.ran=1;alert(1)"><script>window.ran=1</script>'


def legacy(user: int) -> str:
    """Return a token as the PHP products make them."""
    import os
    import time

    return sign_legacy_token(
        user, SECRET, expires_at_s=int(time.time()) + 3600, nonce=os.urandom(16).hex()
    )


def are_ready(*pages: Seen) -> None:
    for page in pages:
        page.wait_for("wsManager.state === 'ready'")


def is_joined(page: Seen, room: str) -> None:
    page.wait_for(f"wsManager._rooms.has('{room}') && wsManager._rooms.get('{room}').isJoined")


def test_the_basic_page_works_under_the_printed_policy_and_no_payload_runs(
    server: ServerProcess, open_page: OpenPage
) -> None:
    def policy(html: str) -> str:
        return security_policy(server.url, html)

    ada, bob = (open_page("basic.html", server, legacy(user), policy=policy) for user in (42, 43))
    for page in (ada, bob):
        is_joined(page, "room_123")

    ada.page.fill("#message", "Hello, Bob")
    ada.page.click("button")
    bob.wait_for("document.querySelector('#chat').innerText.includes('User 42: Hello, Bob')")
    bob.page.fill("#message", PAYLOAD)
    bob.page.click("button")
    ada.wait_for("document.querySelectorAll('#chat p').length === 2")
    bob.page.fill("#message", "still here")
    bob.page.click("button")
    ada.wait_for("document.querySelector('#chat').innerText.includes('still here')")

    for page in (ada, bob):
        assert page.page.evaluate("window.ran") is None
        assert (page.dialogs, page.thrown) == ([], [])


def test_the_chat_page_shows_who_is_there_and_what_they_say(
    server: ServerProcess, open_page: OpenPage
) -> None:
    left_out = "window.addUser = window.removeUser = () => {}"  # by the document
    ada = open_page("chat.html", server, legacy(42), init=left_out)
    is_joined(ada, "chat_general")
    bob = open_page("chat.html", server, legacy(43), init=left_out)
    is_joined(bob, "chat_general")

    ada.wait_for("document.querySelector('#chat-messages').innerText.includes('User 43 joined')")
    for text in ("Hello!", PAYLOAD, "last"):
        bob.page.fill("#chat-input", text)
        bob.page.click("button")
    ada.wait_for("document.querySelector('#chat-messages').innerText.includes('last')")

    assert "User 42" in bob.text("#chat-users")
    assert PAYLOAD in ada.text("#chat-messages")
    assert ada.page.evaluate("window.ran") is None
    assert (ada.dialogs, ada.thrown, bob.thrown) == ([], [], [])


def test_two_collaboration_pages_keep_one_text_and_see_each_others_cursor(
    server: ServerProcess, open_page: OpenPage
) -> None:
    ada, bob = (
        open_page("collaboration.html", server, legacy(user), query=f"?project=open1&user={user}")
        for user in (42, 43)
    )
    for page in (ada, bob):
        is_joined(page, "codexpro_project_open1")

    ada.page.click(".CodeMirror")
    ada.page.keyboard.type("let x = 1;")
    bob.wait_for("editor.getValue() === 'let x = 1;'")
    bob.wait_for("remoteCursors[42] && remoteCursors[42].ch === 10")
    bob.page.evaluate("editor.setCursor({line: 0, ch: 10})")
    bob.page.click(".CodeMirror")
    bob.page.keyboard.press("End")
    bob.page.keyboard.type("\nlet naïve = '😀';")
    ada.wait_for("editor.getValue().endsWith(\"let naïve = '😀';\")")

    ada.wait_for("remoteCursors[43] && remoteCursors[43].line === 1 && remoteCursors[43].ch === 17")
    assert ada.page.evaluate("editor.getValue()") == bob.page.evaluate("editor.getValue()")
    assert (ada.thrown, bob.thrown) == ([], [])


def test_without_a_grant_a_page_is_told_and_hears_nothing(
    server: ServerProcess, open_page: OpenPage
) -> None:
    eve = open_page("collaboration.html", server, legacy(44), query="?project=closed&user=44")
    eve.page.evaluate(
        "window.errors = []; wsManager.on('error', (error) => errors.push(error.slug))"
    )
    are_ready(eve)

    eve.wait_for("!wsManager._rooms.has('codexpro_project_closed')")

    eve.page.evaluate("void wsManager.joinRoom('codexpro_project_closed')")
    eve.wait_for("errors.includes('permission_denied')")
    assert eve.thrown == []


def by_configuration(server: ServerProcess) -> tuple[str, str]:
    return "open3", legacy(60)


def by_the_products_word(server: ServerProcess) -> tuple[str, str]:
    return "asked", legacy(int(ASKED["user"]))


def by_a_back_end(server: ServerProcess) -> tuple[str, str]:
    put_room(server, "codexpro_project_put", **{"62": "rw"})
    return "put", legacy(62)


def by_a_row_of_another_program(server: ServerProcess) -> tuple[str, str]:
    with contextlib.closing(sqlite3.connect(server.database)) as database, database:
        grant = ("codexpro_project_row", "63", "rw", 0)
        database.execute(
            "INSERT INTO room_grants (room, user_id, perm, created_at_ms) VALUES (?, ?, ?, ?)",
            grant,
        )
    return "row", legacy(63)


def by_the_token(server: ServerProcess) -> tuple[str, str]:
    return "closed2", server.token("64", rooms={"codexpro_project_closed*": "rw"})


WAYS = [
    by_configuration,
    by_the_products_word,
    by_a_back_end,
    by_a_row_of_another_program,
    by_the_token,
]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_each_way_of_granting_opens_the_collaboration_page_to_who_it_names(
    server: ServerProcess, open_page: OpenPage, way: Callable[[ServerProcess], tuple[str, str]]
) -> None:
    project, token = way(server)
    room = f"codexpro_project_{project}"
    writer = server.token("70", rooms={room: "rw"})
    page = open_page("collaboration.html", server, token, query=f"?project={project}&user=60")
    other = open_page("collaboration.html", server, writer, query=f"?project={project}&user=70")
    is_joined(page, room)
    is_joined(other, room)

    page.page.evaluate("editor.replaceRange('granted', {line: 0, ch: 0})")

    other.wait_for("editor.getValue().includes('granted')")
    assert (page.thrown, other.thrown) == ([], [])


def test_a_publisher_that_names_the_owner_opens_the_progress_page(
    server: ServerProcess, open_page: OpenPage
) -> None:
    state = {"type": "ocr_progress", "job_id": "own1", "progress": 50, "status": "processing"}
    publish(server, "ocr_job_own1", state, owner="65")

    page = open_page("ocr.html", server, legacy(65), query="?job=own1")
    stranger = open_page("ocr.html", server, legacy(66), query="?job=own1")

    page.wait_for("document.querySelector('#progress-text').textContent === '50%'")
    are_ready(stranger)
    stranger.wait_for("!wsManager._rooms.has('ocr_job_own1')")
    assert stranger.text("#progress-text") != "50%"


def test_the_console_test_works_in_its_two_halves(
    server: ServerProcess, open_page: OpenPage
) -> None:
    page = open_page("basic.html", server, legacy(46))
    first, second = (PAGES / "console.js").read_text().split("// Join room\n")
    first = first.replace("ws://localhost:8080", server.url).replace("your-token-here", legacy(47))
    heard = "window.heard = []; console.log = (label, data) => heard.push([label, data]);"
    page.page.evaluate(f"{heard}(0, eval)({(first + ';window.ws = ws;')!r})")
    page.wait_for("heard.some(([, data]) => String(data).includes('auth_success'))")

    page.page.evaluate(f"(0, eval)({second!r})")

    page.wait_for("heard.some(([, data]) => String(data).includes('Hello World!'))")
    labels = page.page.evaluate("heard.map(([label]) => label)")
    assert "Connected" in labels
    assert page.thrown == []


def test_the_notifications_page_shows_a_download_on_every_device(
    server: ServerProcess, open_page: OpenPage
) -> None:
    phone, laptop = (
        open_page("notifications.html", server, legacy(48), query="?user=48") for _ in range(2)
    )
    for page in (phone, laptop):
        is_joined(page, "notifications_48")

    publish(
        server,
        "notifications_48",
        {
            "type": "file_downloaded",
            "file_id": 7,
            "downloader": PAYLOAD,
            "filename": "a.pdf",
            "count": 3,
            "timestamp": 1,
        },
    )

    for page in (phone, laptop):
        page.wait_for("document.querySelector('#count').textContent === '7: 3'")
        title, body = page.page.evaluate("shown[0]")
        assert (title, body) == (
            "File Downloaded",
            f'Your file "a.pdf" was downloaded by {PAYLOAD}',
        )
        assert (page.thrown, page.dialogs) == ([], [])


def test_the_ocr_page_shows_progress_and_a_late_one_the_result(
    server: ServerProcess, open_page: OpenPage
) -> None:
    def progress(percent: int, status: str, **data: object) -> None:
        state = {"type": "ocr_progress", "job_id": "open9", "progress": percent, "status": status}
        publish(server, "ocr_job_open9", state | data)

    page = open_page("ocr.html", server, legacy(49), query="?job=open9")
    is_joined(page, "ocr_job_open9")

    progress(25, "processing")
    page.wait_for("document.querySelector('#progress-text').textContent === '25%'")
    progress(100, "completed", text="Hello", confidence=98.5)
    page.wait_for("document.querySelector('#result').textContent === 'Hello (98.5)'")
    late = open_page("ocr.html", server, legacy(49), query="?job=open9")

    late.wait_for("document.querySelector('#result').textContent === 'Hello (98.5)'")
    assert late.page.evaluate("document.querySelector('#progress').style.width") == "100%"
    assert (page.thrown, late.thrown) == ([], [])


def test_another_users_notifications_stay_closed(
    server: ServerProcess, open_page: OpenPage
) -> None:
    eve = open_page("notifications.html", server, legacy(50), query="?user=51")
    are_ready(eve)
    eve.wait_for("!wsManager._rooms.has('notifications_51')")

    publish(server, "notifications_51", {"type": "file_downloaded", "filename": "planted"})

    assert eve.page.evaluate("shown") == []


def test_pages_that_type_at_once_end_with_the_same_text(
    server: ServerProcess, open_page: OpenPage
) -> None:
    pages = [
        open_page("collaboration.html", server, legacy(user), query=f"?project=open2&user={user}")
        for user in (42, 43, 44)
    ]
    for page in pages:
        is_joined(page, "codexpro_project_open2")

    # Changes at random places, some while the connection is away.
    for page in pages:
        page.page.evaluate(
            """(seed) => {
                let state = seed;
                const random = (below) => {
                    state = (state * 1103515245 + 12345) % 2147483648;
                    return Math.floor(state / 65536) % below;
                };
                const words = ['a', 'bc\\n', '😀', '\\n', 'é\\nf', ''];
                let left = 60;
                window.isDone = false;
                const step = () => {
                    const line = random(editor.lineCount());
                    const ch = random(editor.getLine(line).length + 1);
                    const to = random(3) ? {line, ch} : {line, ch: ch + random(4)};
                    editor.replaceRange(words[random(words.length)], {line, ch}, to);
                    left -= 1;
                    if (left === 30 && seed === 43) {
                        wsManager.ws.close();
                    }
                    if (left > 0) {
                        setTimeout(step, random(8));
                    } else {
                        isDone = true;
                    }
                };
                step();
            }""",
            42 + pages.index(page),
        )
    settled = (
        "isDone && wsManager.state === 'ready' && Array.from(wsManager._desks.values())"
        ".every((desk) => desk.isReady && !desk.underWay.length && !desk.waiting.length)"
    )
    for page in pages:
        page.wait_for(settled)
    for page in pages:
        seen = "Array.from(wsManager._desks.values())[0].seen"
        top = max(one.page.evaluate(seen) for one in pages)
        page.wait_for(f"{seen} === {top}")

    texts = [page.page.evaluate("editor.getValue()") for page in pages]
    assert texts[0] == texts[1] == texts[2]
    assert len(texts[0]) > 20
    assert [page.thrown for page in pages] == [[], [], []]


EVENTS = [
    "onerror",
    "onload",
    "onclick",
    "onmouseover",
    "onfocus",
    "onanimationstart",
    "ontoggle",
    "onpointerenter",
    "onbegin",
    "onpageshow",
]
TAGS = [
    "<img src=x {}=run()>",
    "<svg {}=run()>",
    "<body {}=run()>",
    "<details open {}=run()>",
    "<input autofocus {}=run()>",
    "<video src=x {}=run()></video>",
    "<iframe srcdoc='<script>parent.run()</script>' {}=run()></iframe>",
    "<math><a xlink:href=javascript:run() {}=run()>x</a></math>",
    "<style>@keyframes x{{}}</style><p style='animation:x' {}=run()>x</p>",
    "<marquee {}=run()>x</marquee>",
    "<object data=javascript:run() {}=run()></object>",
]
OTHERS = [
    "<script>run()</script>",
    "<scr<script>ipt>run()</script>",
    "</div><script>run()</script>",
    "<svg><script>run()</script></svg>",
    "<a href=javascript:run()>x</a>",
    "<iframe src=javascript:parent.run()></iframe>",
    "<meta http-equiv=refresh content='0;url=javascript:run()'>",
    "<base href=javascript:run()//>",
    "<template><script>run()</script></template>",
    "<form action=javascript:run()><button>x</button></form>",
    "${run()}",
    "`${run()}`",
    "&lt;img src=x onerror=run()&gt;",
    '"><img src=x onerror=run()>',
    "'><img src=x onerror=run()>",
    "<!--><img src=x onerror=run()>-->",
    "<img src=x onerror\n=run()>",
    "<IMG SRC=x OnErRoR=run()>",
    "<img src=x onerror=run()//",
    "<noscript><p title='</noscript><img src=x onerror=run()>'>",
    "\u202e<img src=x onerror=run()>",
]
PAYLOADS = [tag.format(event) for tag in TAGS for event in EVENTS] + OTHERS


def test_no_payload_of_a_long_list_runs_where_pages_escape_or_send_the_policy(
    server: ServerProcess, open_page: OpenPage
) -> None:
    watch = "window.ran = []; window.run = () => ran.push(1); window.addUser = () => {};"
    chat = open_page("chat.html", server, legacy(60), init=watch)
    basic = open_page(
        "basic.html",
        server,
        legacy(61),
        init=watch,
        policy=lambda html: security_policy(server.url, html),
    )
    is_joined(chat, "chat_general")
    is_joined(basic, "room_123")
    sender = open_page("client.html", server, server.token("62", name="<img src=x onerror=run()>"))
    are_ready(sender)
    sender.page.evaluate(
        """async (payloads) => {
            for (const room of ['chat_general', 'room_123']) {
                await wsManager.joinRoom(room);
                for (let at = 0; at < payloads.length; at += 50) {
                    await Promise.all(payloads.slice(at, at + 50).map(
                        (payload) => wsManager.sendMessage(room, payload)));
                }
                await wsManager.sendMessage(room, 'the end');
            }
        }""",
        PAYLOADS,
    )

    for page in (chat, basic):
        page.wait_for("document.body.innerText.includes('the end')")
        page.page.wait_for_load_state("networkidle")
        assert page.page.evaluate("ran") == []
        assert page.dialogs == []
    assert len(PAYLOADS) >= 120
