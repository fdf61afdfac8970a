"""wsManager in a real Chromium: what pages have always called, and that nothing is lost."""

from pathlib import Path

import pytest

from tests.browser.conftest import OpenPage, Seen
from tests.support.server_process import ServerProcess, running_server

pytestmark = pytest.mark.e2e

CALLS = (
    "connect send joinRoom leaveRoom sendMessage sendCursor sendEdit ping on off emit disconnect"
)
PROPERTIES = "url token ws reconnect reconnectDelay reconnecting currentRoom listeners"


def ready(open_page: OpenPage, server: ServerProcess, user: str, **attributes: str) -> Seen:
    rooms = {"codexpro_project_*": "rwh"}
    token = server.token(user, rooms=rooms)
    page = open_page("client.html", server, token, reconnect_delay="50", **attributes)
    page.wait_for("wsManager.state === 'ready'")
    return page


def in_room(
    open_page: OpenPage, server: ServerProcess, user: str, room: str = "chat_general"
) -> Seen:
    page = ready(open_page, server, user)
    page.page.evaluate(f"wsManager.joinRoom('{room}').then(() => null)")
    return page


def heard(page: Seen, kind: str) -> list[dict]:
    return page.page.evaluate(f"events('{kind}')")


# What pages have always called.


def test_every_call_and_property_of_the_documented_client_is_there(
    server: ServerProcess, open_page: OpenPage
) -> None:
    page = ready(open_page, server, "a1")

    calls = page.page.evaluate(f"'{CALLS}'.split(' ').map((name) => typeof wsManager[name])")
    properties = page.page.evaluate(
        f"'{PROPERTIES}'.split(' ').filter((name) => name in wsManager)"
    )

    assert set(calls) == {"function"}
    assert properties == PROPERTIES.split()
    assert page.page.evaluate("wsManager instanceof WebSocketManager")
    assert page.page.evaluate("wsManager.reconnectDelay") == 50


def test_the_events_of_the_documented_client_come_with_their_fields(
    server: ServerProcess, open_page: OpenPage
) -> None:
    room = "codexpro_project_events"
    ada = in_room(open_page, server, "42", room)
    bob = in_room(open_page, server, "43", room)
    bob.page.evaluate(f"wsManager.sendCursor('{room}', {{line: 1, ch: 2}})")
    bob.page.evaluate(f"void wsManager.sendEdit('{room}', {{text: ['x']}})")
    bob.page.evaluate(f"wsManager.sendMessage('{room}', 'hi').then(() => null)")
    bob.page.evaluate("wsManager.ping()")
    bob.wait_for("events('pong').length > 0")
    bob.page.evaluate(f"wsManager.leaveRoom('{room}')")
    ada.wait_for("events('user_left').length > 0")

    (joined,) = heard(ada, "user_joined")
    (cursor,) = heard(ada, "cursor")
    (edit,) = heard(ada, "edit")
    (message,) = heard(ada, "message")
    (left,) = heard(ada, "user_left")
    client_id = bob.page.evaluate("wsManager.clientId")
    for event in (joined, cursor, edit, message, left):
        assert (event["user_id"], event["client_id"], event["room"]) == (43, client_id, room)
    assert cursor["position"] == {"line": 1, "ch": 2}
    assert edit["changes"] == {"text": ["x"]}
    assert (message["message"], type(message["timestamp"])) == ("hi", int)
    assert [event["user_id"] for event in heard(ada, "authenticated")] in ([], [42])


def test_a_listener_that_throws_disturbs_no_other_and_may_be_taken_off(
    server: ServerProcess, open_page: OpenPage
) -> None:
    page = ready(open_page, server, "a2")

    page.page.evaluate(
        """() => {
            window.calls = [];
            const second = () => calls.push('second');
            wsManager.on('x', () => { throw new Error('planted'); });
            wsManager.on('x', second);
            wsManager.once('x', () => calls.push('once'));
            wsManager.emit('x', 1);
            wsManager.off('x', second);
            wsManager.emit('x', 2);
            wsManager.emit('hasOwnProperty', 3);
            wsManager.emit('__proto__', 3);
        }"""
    )

    assert page.page.evaluate("calls") == ["second", "once"]
    page.wait_for("true")
    assert page.thrown == ["planted", "planted"]


def test_who_listens_late_still_hears_that_it_is_authenticated(
    server: ServerProcess, open_page: OpenPage
) -> None:
    page = ready(open_page, server, "a3")

    page.page.evaluate("wsManager.on('authenticated', (data) => { window.late = data.user_id; })")

    page.wait_for("window.late === 'a3'")


def test_joining_again_and_again_joins_once(server: ServerProcess, open_page: OpenPage) -> None:
    page = ready(open_page, server, "a4")

    offsets = page.page.evaluate(
        """Promise.all([1, 2, 3].map(() => wsManager.joinRoom('chat_again')))
            .then((replies) => wsManager.joinRoom('chat_again').then((last) =>
                [...replies, last].map((reply) => reply.room)))"""
    )

    assert offsets == ["chat_again"] * 4
    assert len(heard(page, "room_joined")) == 1
    assert page.page.evaluate("wsManager.currentRoom") == "chat_again"


def test_leaving_one_room_leaves_the_current_one_alone(
    server: ServerProcess, open_page: OpenPage
) -> None:
    page = ready(open_page, server, "a5")
    page.page.evaluate(
        "Promise.all([wsManager.joinRoom('chat_a'), wsManager.joinRoom('chat_b')]).then(() => null)"
    )

    page.page.evaluate("wsManager.leaveRoom('chat_a')")
    page.wait_for("events('left').length === 1")

    assert page.page.evaluate("wsManager.currentRoom") == "chat_b"


# Promises.


def test_calls_resolve_with_what_the_server_says_or_reject(
    server: ServerProcess, open_page: OpenPage
) -> None:
    page = in_room(open_page, server, "a6", "chat_promises")

    found = page.page.evaluate(
        """async () => {
            const room = 'chat_promises';
            const ack = await wsManager.sendMessage(room, 'one');
            await wsManager.editMessage(room, ack.id, 'two');
            await wsManager.react(room, ack.id, '👍');
            const page = await wsManager.history(room, {limit: 10});
            await wsManager.deleteMessage(room, ack.id);
            const refusals = [];
            for (const call of [
                () => wsManager.deleteMessage(room, 999999),
                () => wsManager.joinRoom('codexpro_project_' + 'x'.repeat(200)),
                () => wsManager.joinRoom('notifications_99'),
                () => wsManager.sendMessage('chat_elsewhere', 'x'),
                () => wsManager.sendMessage(room, 'x'.repeat(9000)),
            ]) {
                await call().catch((error) => refusals.push(error.slug));
            }
            return {offset: ack.offset, message: page.messages[0], refusals};
        }"""
    )

    assert found["offset"] == 1
    assert (found["message"]["message"], found["message"]["reactions"]) == ("two", {"👍": ["a6"]})
    assert found["refusals"] == [
        "message_not_found",
        "invalid_room",
        "permission_denied",
        "not_in_room",
        "too_large",
    ]
    assert page.thrown == []


def test_half_a_character_does_not_keep_a_message_from_being_sent(
    server: ServerProcess, open_page: OpenPage
) -> None:
    page = in_room(open_page, server, "a7", "chat_halves")

    page.page.evaluate(
        "wsManager.sendMessage('chat_halves', '😀'.slice(0, 1) + '😀').then(() => 1)"
    )

    page.wait_for("messages().length === 1")
    assert page.page.evaluate("messages()[0]") == "\ufffd😀"


# Coming back.


def test_what_was_missed_and_what_waited_arrives_once_after_a_kill(
    open_page: OpenPage, tmp_path: Path
) -> None:
    with running_server(tmp_path, "--dev") as server:
        ada, bob = (in_room(open_page, server, user) for user in ("ada", "bob"))
        for page, text in ((ada, "one"), (bob, "two")):
            page.page.evaluate(f"wsManager.sendMessage('chat_general', '{text}').then(() => null)")
        ada.wait_for("messages().length === 2")
        server.kill()
        for page in (ada, bob):
            page.wait_for("events('disconnected').length > 0")
        ada.page.evaluate(
            """['three', 'four'].forEach((text) => {
                window.acks = window.acks || [];
                wsManager.sendMessage('chat_general', text).then((ack) => acks.push(ack.offset));
            })"""
        )
        server.restart()
        for page in (ada, bob):
            page.wait_for("wsManager.state === 'ready'")
            page.wait_for("messages().length >= 4")
        ada.page.evaluate("wsManager.sendMessage('chat_general', 'five').then(() => null)")
        bob.wait_for("messages().includes('five')")

        for page in (ada, bob):
            assert page.page.evaluate("messages()") == ["one", "two", "three", "four", "five"]
            assert page.page.evaluate("wsManager.reconnecting") is False
        assert ada.page.evaluate("acks") == [3, 4]
        assert heard(ada, "reconnecting")
        assert len(heard(ada, "recovered")) == 1


def test_a_connection_that_dies_in_between_loses_nothing(
    server: ServerProcess, open_page: OpenPage
) -> None:
    room = "chat_flaky"
    ada, bob = (in_room(open_page, server, user, room) for user in ("f1", "f2"))

    ada.page.evaluate(
        f"""async () => {{
            window.sent = [];
            for (let round = 0; round < 5; round += 1) {{
                for (let number = 0; number < 4; number += 1) {{
                    sent.push(wsManager.sendMessage('{room}', round * 4 + number));
                }}
                wsManager.ws.close();
                await new Promise((resolve) => wsManager.once('authenticated', resolve));
            }}
            await Promise.all(sent);
        }}"""
    )
    bob.wait_for("messages().length >= 20")
    ada.wait_for("messages().length >= 20")

    assert bob.page.evaluate("messages().sort((a, b) => a - b)") == list(range(20))
    assert ada.page.evaluate("messages()") == bob.page.evaluate(
        "events('message').map((m) => m.message)"
    )


def test_disconnect_stays_away_and_connect_comes_back_to_every_room(
    server: ServerProcess, open_page: OpenPage
) -> None:
    page = in_room(open_page, server, "b1", "chat_one")
    page.page.evaluate("wsManager.joinRoom('chat_two').then(() => null)")
    page.page.evaluate("wsManager.disconnect()")
    page.wait_for("events('disconnected').length === 1")
    state = page.page.evaluate("wsManager.state")
    refused = page.page.evaluate("wsManager.history('chat_one').catch((error) => error.slug)")

    page.page.evaluate("heard.length = 0; wsManager.connect()")
    page.wait_for("events('room_joined').length === 2")

    assert (state, refused) == ("stopped", "disconnected")
    assert {event["room"] for event in heard(page, "room_joined")} == {"chat_one", "chat_two"}
    assert page.page.evaluate("wsManager.unread('chat_one')") == 0


def test_a_final_refusal_is_not_tried_again(server: ServerProcess, open_page: OpenPage) -> None:
    page = open_page("client.html", server, "no token at all", reconnect_delay="20")

    page.wait_for("wsManager.state === 'stopped'")

    assert page.page.evaluate("events('error').map((error) => error.message)") == ["Invalid token"]
    assert heard(page, "stopped") == [{"code": 4501, "reason": "invalid_token"}]
    assert heard(page, "reconnecting") == []


def test_a_page_that_was_asleep_when_it_should_have_signed_in_comes_back(
    tmp_path: Path, open_page: OpenPage
) -> None:
    settings = {"COLLAB_LIMITS__AUTH_TIMEOUT_S": "0.3"}
    with running_server(tmp_path, settings=settings) as server:
        page = open_page("client.html", server, None, manual="")
        page.page.evaluate(
            """([url, token]) => {
                window.asleep = true;
                window.codes = [];
                const send = WebSocket.prototype.send;
                WebSocket.prototype.send = function (data) {
                    if (!asleep) {
                        send.call(this, data);
                    }
                };
                window.own = new WebSocketManager(url, token, { reconnectDelay: 20 });
                own.on('disconnected', ({ code }) => { codes.push(code); asleep = false; });
                own.joinRoom('chat_general');
            }""",
            [server.url, server.token("c3")],
        )

        page.wait_for("own.state === 'ready' && own.currentRoom === 'chat_general'")
        codes = page.page.evaluate("codes")

    assert codes[0] == 4502


def test_a_page_that_can_fetch_tokens_gets_over_one_that_has_ended(
    server: ServerProcess, open_page: OpenPage
) -> None:
    page = open_page("client.html", server, "no token at all", reconnect_delay="20", manual="")
    good = server.token("c1")

    page.page.evaluate(
        """([url, good]) => {
            window.asked = 0;
            window.own = new WebSocketManager(url, 'no token at all', {
                reconnectDelay: 20,
                getToken: () => { asked += 1; return Promise.resolve(good); },
            });
        }""",
        [server.url, good],
    )

    page.wait_for("own.state === 'ready'")
    assert page.page.evaluate("[asked, own.userId]") == [1, "c1"]


def test_a_page_whose_fetched_tokens_are_refused_stops(
    server: ServerProcess, open_page: OpenPage
) -> None:
    page = open_page("client.html", server, None, manual="")

    page.page.evaluate(
        """(url) => {
            window.asked = 0;
            window.own = new WebSocketManager(url, null, {
                reconnectDelay: 20,
                getToken: () => { asked += 1; return 'bad'; },
            });
        }""",
        server.url,
    )

    page.wait_for("own.state === 'stopped'")
    assert page.page.evaluate("asked") == 2


def test_a_newer_token_is_taken_while_connected(server: ServerProcess, open_page: OpenPage) -> None:
    page = ready(open_page, server, "c2")

    reply = page.page.evaluate("(token) => wsManager.setToken(token)", server.token("c2"))

    assert reply["type"] == "auth_refreshed"


def test_the_wait_is_random_and_grows_to_a_bound(
    server: ServerProcess, open_page: OpenPage
) -> None:
    page = open_page("client.html", server, None, manual="")

    delays = page.page.evaluate(
        """() => {
            const own = new WebSocketManager('ws://127.0.0.1:9', 't',
                {autoConnect: false, reconnectDelay: 1000});
            const found = [];
            own.on('reconnecting', ({delay}) => found.push(delay));
            for (let attempt = 0; attempt < 400; attempt += 1) {
                own._attempt = attempt % 8;
                own._wait();
            }
            own.disconnect();
            return found;
        }"""
    )

    by_attempt = [delays[attempt::8] for attempt in range(8)]
    longest = [max(found) for found in by_attempt]
    assert all(high <= min(30_000, 1000 * 2**n) for n, high in enumerate(longest))
    assert all(min(found) < 0.2 * max(found) for found in by_attempt)
    assert longest[6] > 15_000


def test_unread_counts_follow_what_others_say_and_what_is_read(
    server: ServerProcess, open_page: OpenPage
) -> None:
    room = "chat_unread"
    ada, bob = (in_room(open_page, server, user, room) for user in ("d1", "d2"))
    for number in range(3):
        bob.page.evaluate(f"wsManager.sendMessage('{room}', {number}).then(() => null)")
    ada.wait_for(f"wsManager.unread('{room}') === 3")

    ada.page.evaluate(f"wsManager.markRead('{room}')")

    bob.wait_for("events('read').some((mark) => mark.user_id === 'd1' && mark.offset === 3)")
    assert ada.page.evaluate(f"wsManager.unread('{room}')") == 0
    assert bob.page.evaluate(f"wsManager.unread('{room}')") == 0


def test_typing_and_presence_reach_the_others(server: ServerProcess, open_page: OpenPage) -> None:
    room = "chat_typing"
    ada, bob = (in_room(open_page, server, user, room) for user in ("e1", "e2"))

    ada.page.evaluate(f"for (let i = 0; i < 5; i += 1) wsManager.typing('{room}')")
    ada.page.evaluate(f"wsManager.typing('{room}', false)")
    ada.page.evaluate("wsManager.setPresence('idle', {meta: {file: 'a.py'}})")
    bob.wait_for("events('presence').length === 1")

    assert [event["state"] for event in heard(bob, "typing")] == ["start", "stop"]
    assert heard(bob, "presence")[0]["meta"] == {"file": "a.py"}


def test_messages_that_come_too_fast_are_sent_more_slowly_and_all_arrive(
    open_page: OpenPage, tmp_path: Path
) -> None:
    with running_server(tmp_path, "--dev") as server:
        page = in_room(open_page, server, "g1", "chat_fast")

        offsets = page.page.evaluate(
            """Promise.all(Array.from({length: 90}, (_, number) =>
                wsManager.sendMessage('chat_fast', number)))
                .then((acks) => acks.map((ack) => ack.offset))"""
        )

        assert sorted(offsets) == list(range(1, 91))
        assert "rate_limited" in {error["slug"] for error in heard(page, "error")}
        assert heard(page, "disconnected") == []
