"""The API of a real server, asked as a back-end asks it while people are connected."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from collab_server.protocol import documents as frames
from collab_server.protocol.events import (
    Auth,
    AuthSuccess,
    Error,
    Join,
    Left,
    RoomCreate,
    RoomCreated,
    RoomJoined,
)
from collab_server.protocol.names import parse_document, parse_room
from collab_server.protocol.room_events import MessagePosted
from tests.support.api_client import API_KEY, ApiClient, signature
from tests.support.server_process import ServerProcess, running_server
from tests.support.wire_client import wire_client

ROOM = parse_room("codexpro_project_7")
NOTES = parse_document("codexpro_project_7/f/notes")
SETTINGS = {"COLLAB_API_KEY": API_KEY}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    folder = tmp_path_factory.mktemp("api")
    with running_server(folder, "--internal-port", "0", settings=SETTINGS) as process:
        yield process


@pytest.fixture
def api(server: ServerProcess) -> ApiClient:
    return ApiClient(internal_port(server))


def internal_port(server: ServerProcess) -> int:
    port = server.ready["internal_port"]
    assert isinstance(port, int)
    return port


# What back-ends say.


async def test_a_broadcast_reaches_who_is_in_the_room(
    server: ServerProcess, api: ApiClient
) -> None:
    said = {"type": "file_downloaded", "file_id": 7, "filename": "a.txt", "count": 3}
    async with wire_client(server.url, server.token("42")) as client:
        await client.say(Join(room=parse_room("notifications_42")))
        await client.hear(RoomJoined)

        answer = api.post("/broadcast", {"room": "notifications_42", "message": said})

        message = await client.hear(MessagePosted)
    assert answer.status == 200
    (result,) = answer.body["results"]
    assert (answer.body["ok"], result["delivered"], result["offset"]) == (True, 1, message.offset)
    assert json.loads(bytes(message.message)) == said
    assert (message.user_id, message.client_id) == (None, None)


@pytest.mark.parametrize("path", ["/broadcast", "/api/publish"])
async def test_a_message_may_go_to_several_rooms_and_the_redis_shape_is_taken(
    api: ApiClient, path: str
) -> None:
    several = api.post(path, {"rooms": ["user_1", "user_2"], "message": "x"})
    redis = api.post(path, {"type": "message", "room": "user_3", "message": {"a": None}})

    assert [result["room"] for result in several.body["results"]] == ["user_1", "user_2"]
    assert redis.body["ok"] is True


async def test_the_same_key_is_the_same_message(api: ApiClient) -> None:
    body = {"room": "user_9", "message": "once", "idempotency_key": "job-1"}

    first, again = api.post("/broadcast", body), api.post("/broadcast", body)

    assert "duplicate" not in first.body["results"][0]
    assert again.body["results"][0]["duplicate"] is True
    assert again.body["results"][0]["offset"] == first.body["results"][0]["offset"]
    history = api.get("/api/history?room=user_9").body
    assert [message["message"] for message in history["messages"]] == ["once"]
    assert history["more"] is False


@pytest.mark.parametrize(
    ("body", "slug"),
    [
        ({"message": "x"}, "bad_request"),
        ({"room": "a b", "message": "x"}, "invalid_room"),
        ({"room": "nothing_of_the_kind", "message": "x"}, "invalid_room"),
        ({"room": "user_1", "rooms": ["user_2"], "message": "x"}, "bad_request"),
        ({"room": "user_1"}, "bad_request"),
        ({"room": "user_1", "message": "x", "type": "edit"}, "bad_request"),
        ({"room": "user_1", "message": "x", "mesage": "y"}, "bad_request"),
        ({"room": ["user_1"], "message": "x"}, "bad_request"),
        ([], "bad_request"),
    ],
)
def test_a_body_of_another_shape_is_refused(api: ApiClient, body: object, slug: str) -> None:
    answer = api.post("/broadcast", body)

    assert (answer.status, answer.slug) == (400, slug)


def test_of_several_rooms_the_bad_ones_are_named(api: ApiClient) -> None:
    answer = api.post("/broadcast", {"rooms": ["user_1", "a b"], "message": "x"})

    assert (answer.status, answer.body["ok"]) == (200, False)
    assert answer.body["results"][1] == {"room": "a b", "error": "invalid_room"}


# The public port.


async def test_the_public_port_takes_broadcasts_of_this_machine_with_the_key(
    server: ServerProcess,
) -> None:
    public, body = ApiClient(server.port), {"room": "user_1", "message": "x"}

    assert public.post("/broadcast", body).status == 200
    assert ApiClient(server.port, key=None).post("/broadcast", body).status == 401
    assert public.post("/broadcast", body, X_Forwarded_For="203.0.113.7").status == 404
    assert public.post("/broadcast", body, Forwarded="for=203.0.113.7").status == 404
    for path in ("/api/stats", "/metrics", "/admin", "/api/openapi.json"):
        assert public.get(path).status == 404


def test_without_a_key_the_public_port_has_no_broadcast(tmp_path: Path) -> None:
    with running_server(tmp_path, "--internal-port", "0") as server:
        public = ApiClient(server.port).post("/broadcast", {"room": "user_1", "message": "x"})
        internal = ApiClient(internal_port(server)).get("/api/stats")

    assert public.status == 404
    assert (internal.status, internal.slug) == (401, "not_authenticated")
    assert "no API key" in internal.body["error"]["message"]


# Who may.


def test_a_signed_request_is_taken_once(server: ServerProcess) -> None:
    unkeyed = ApiClient(internal_port(server), key=None)
    body = b'{"room":"user_1","message":"signed"}'
    header = {"X_Collab_Signature": signature("POST", "/broadcast", body)}

    first = unkeyed.ask("POST", "/broadcast", body, **header)
    again = unkeyed.ask("POST", "/broadcast", body, **header)
    elsewhere = unkeyed.ask(
        "POST", "/api/publish", body, X_Collab_Signature=header["X_Collab_Signature"]
    )

    assert (first.status, again.status, elsewhere.status) == (200, 401, 401)
    assert "has been used" in again.body["error"]["message"]


def test_a_signed_get_covers_its_query(server: ServerProcess) -> None:
    unkeyed = ApiClient(internal_port(server), key=None)
    target = "/api/presence?room=user_1"
    header = signature("GET", target, b"")

    assert unkeyed.get("/api/presence?room=user_2", X_Collab_Signature=header).status == 401
    assert unkeyed.get(target, X_Collab_Signature=header).status == 200


@pytest.mark.parametrize("key", [None, "", "wrong", API_KEY + "x"])
def test_everything_wants_the_key(server: ServerProcess, key: str | None) -> None:
    stranger = ApiClient(internal_port(server), key=key)

    statuses = {
        stranger.post(path, {}).status
        for path in ("/broadcast", "/api/kick", "/api/disconnect", "/api/revoke", "/api/token")
    } | {
        stranger.get(path).status
        for path in ("/api/stats", "/api/rooms", "/api/connections", "/api/history?room=user_1")
    }

    assert statuses == {401}


# Rights.


async def test_a_grant_counts_at_once_and_so_does_its_end(
    server: ServerProcess, api: ApiClient
) -> None:
    async with wire_client(server.url, server.token("grace", rooms={})) as grace:
        await grace.say(Join(room=ROOM))
        assert (await grace.hear(Error)).slug == "permission_denied"

        put = api.put(f"/api/rooms/{ROOM}", {"owner": "ada", "members": {"grace": "rw"}})
        await grace.say(Join(room=ROOM))
        joined = await grace.hear(RoomJoined)
        await grace.open(NOTES)
        api.put(f"/api/rooms/{ROOM}", {"members": {"grace": ""}})
        left = await grace.hear(Left)
        await grace.hear(frames.AuthDenied)
        kept = api.get(f"/api/rooms/{ROOM}").body

    assert put.body["members"] == {"ada": "rwhmo", "grace": "rw"}
    assert (joined.perm, left.reason) == ("rw", "revoked")
    assert (kept["owner"], kept["members"]) == ("ada", {"ada": "rwhmo"})


def test_nobody_gets_rights_in_a_room_that_has_none_to_give(api: ApiClient) -> None:
    answer = api.put("/api/rooms/notifications_42", {"members": {"eve": "r"}})

    assert (answer.status, answer.slug) == (400, "invalid_room")


async def test_a_token_of_the_api_signs_in(server: ServerProcess, api: ApiClient) -> None:
    made = api.post("/api/token", {"user": 42, "name": "Ada", "rooms": {str(ROOM): "r"}}).body

    async with wire_client(server.url) as client:
        success = await client.sign_in(made["token"])

    assert (success.user_id, success.name, success.expires_at) == (42, "Ada", made["expires_at"])


def test_a_token_that_no_server_takes_is_not_made(api: ApiClient) -> None:
    answer = api.post("/api/token", {"user": "x" * 255, "rooms": {"a b": "r"}})

    assert (answer.status, answer.slug) == (400, "bad_request")


# Kick, disconnect, revoke.


async def test_a_user_is_kicked_and_shown_and_disconnected(
    server: ServerProcess, api: ApiClient
) -> None:
    async with wire_client(server.url, server.token("kim")) as kim:
        await kim.say(Join(room=ROOM))
        await kim.hear(RoomJoined)
        await kim.open(NOTES)
        (seen,) = api.get("/api/connections?user=kim").body["connections"]
        present = api.get(f"/api/presence?room={ROOM}").body["users"]
        rooms = api.get("/api/rooms").body["rooms"]
        (document,) = api.get(f"/api/documents?room={ROOM}").body["documents"]

        kicked = api.post("/api/kick", {"room": ROOM, "user": "kim"})
        left = await kim.hear(Left)
        closed = api.post("/api/disconnect", {"client": seen["client_id"]})
        code, _ = await kim.hear_closed()

    assert (seen["user_id"], seen["rooms"], seen["documents"]) == ("kim", [ROOM], [NOTES])
    assert [person["user_id"] for person in present] == ["kim"]
    assert {"room": ROOM, "users": 1} in rooms
    assert (document["document"], document["connections"]) == (NOTES, 1)
    assert (kicked.body["connections"], left.reason) == (1, "kicked")
    assert (closed.body["connections"], code) == (1, 4503)


async def test_a_client_may_be_told_to_come_back(server: ServerProcess, api: ApiClient) -> None:
    async with wire_client(server.url, server.token("kim")) as kim:
        api.post("/api/disconnect", {"user": "kim", "reconnect": True})

        assert (await kim.hear_closed())[0] == 4007


async def test_a_revoked_user_stays_out_over_a_restart(tmp_path: Path) -> None:
    with running_server(tmp_path, "--internal-port", "0", settings=SETTINGS) as server:
        token, spare = server.token("eve"), server.token("eve")
        async with wire_client(server.url, token) as eve:
            api = ApiClient(internal_port(server))
            revoked = api.post("/api/revoke", {"user": "eve"})
            code, _ = await eve.hear_closed()
        server.kill()
        server.start()
        async with wire_client(server.url) as eve:
            await eve.say(Auth(token=spare))
            refused = await eve.hear(Error)
        async with wire_client(server.url) as ada:
            await ada.say(Auth(token=server.token("ada")))
            await ada.hear(AuthSuccess)

    assert (revoked.body["connections"], code) == (1, 4503)
    assert refused.slug == "invalid_token"


@pytest.mark.parametrize("body", [{}, {"user": "a", "session": "b"}, {"user": ""}, {"nonce": None}])
def test_a_revocation_names_one_thing(api: ApiClient, body: object) -> None:
    assert api.post("/api/revoke", body).status == 400


# Bad input.


def test_a_body_that_is_too_large_is_not_read(server: ServerProcess, api: ApiClient) -> None:
    large = b'{"room":"user_1","message":"' + b"x" * 6_000_000 + b'"}'

    with socket.create_connection(("127.0.0.1", internal_port(server)), timeout=20) as raw:
        raw.sendall(
            b"POST /broadcast HTTP/1.1\r\nHost: localhost\r\nX-API-Key: x\r\n"
            b"Content-Length: 99999999999\r\n\r\n"
        )
        said = raw.recv(100)

    assert said.startswith(b"HTTP/1.1 413")
    assert api.ask("POST", "/broadcast", large).status == 413
    assert api.get("/api/stats").status == 200


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"\xff\xfe",
        b'{"room":"user_1","message":"x"}{}',
        b'{"room":"user_1","message":NaN}',
        b'{"room":"user_1","message":' + b"[" * 100 + b"]" * 100 + b"}",
        b'{"room":"user_1","message":' + b"[" * 100_000,
    ],
)
def test_a_body_that_is_no_json_is_refused(api: ApiClient, body: bytes) -> None:
    answer = api.ask("POST", "/broadcast", body)

    assert answer.status in {400, 413}
    assert answer.slug in {"bad_request", "too_large"}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/nothing", 404),
        ("GET", "/broadcast", 405),
        ("DELETE", "/api/rooms/codexpro_project_7", 405),
        ("GET", "/api/rooms/a%20b", 400),
        ("GET", "/api/presence", 400),
        ("GET", "/api/presence?room=user_1&room=user_2", 400),
        ("GET", "/api/history?room=user_1&limit=100000", 400),
        ("GET", "/api/history?room=user_1&before=1&after=1", 400),
        ("GET", "/api/history?room=user_1&before=99999999999999999999999", 400),
        ("GET", "/api/stats?x=1", 400),
    ],
)
def test_what_is_not_there_is_said_in_json(
    api: ApiClient, method: str, path: str, status: int
) -> None:
    answer = api.ask(method, path, None)

    assert answer.status == status
    assert set(answer.body["error"]) == {"code", "slug", "message"}


async def test_while_the_store_is_away_nothing_changes_and_it_is_said(tmp_path: Path) -> None:
    with running_server(tmp_path, "--internal-port", "0", settings=SETTINGS) as server:
        api = ApiClient(internal_port(server))
        server.database.rename(tmp_path / "away.db")
        put = api.put(f"/api/rooms/{ROOM}", {"members": {"eve": "rw"}})
        revoked = api.post("/api/revoke", {"user": "eve"})

    for refused in (put, revoked):
        assert (refused.status, refused.slug) == (503, "unavailable")
        assert refused.headers["retry-after"] == "1"


async def test_no_key_token_or_message_is_in_the_log(tmp_path: Path) -> None:
    settings = SETTINGS | {"COLLAB_LOG_LEVEL": "debug"}
    with running_server(tmp_path, "--internal-port", "0", settings=settings) as server:
        api = ApiClient(internal_port(server))
        token = api.post("/api/token", {"user": "ada"}).body["token"]
        api.post("/broadcast", {"room": "user_1", "message": "planted text"})
        api.post("/broadcast", {"room": "planted room", "message": {"planted": 1}})
        ApiClient(internal_port(server), key="planted key").get("/api/stats?planted=1")
        server.stop()

    for secret in (API_KEY, "planted", token):
        assert secret not in server.log


# ProShare rooms.

SHARED = parse_room("proshare_room_X7K2")


async def test_a_back_end_sets_a_password_a_limit_and_an_end(
    server: ServerProcess, api: ApiClient
) -> None:
    terms = {"password": "correct horse", "max_users": 2}
    api.put(f"/api/rooms/{SHARED}", {"owner": "ada"} | terms)

    async with (
        wire_client(server.url, server.token("ada", rooms={})) as ada,
        wire_client(server.url, server.token("bob", rooms={})) as bob,
        wire_client(server.url, server.token("eve", rooms={})) as eve,
    ):
        await ada.say(Join(room=SHARED))
        await ada.hear(RoomJoined)
        for password in (None, "wrong horse", "correct horse"):
            await bob.say(Join(room=SHARED, password=password))
        slugs = [(await bob.hear(Error)).slug for _ in range(2)]
        joined = await bob.hear(RoomJoined)
        await eve.say(Join(room=SHARED, password="correct horse"))
        full = await eve.hear(Error)
        api.put(f"/api/rooms/{SHARED}", {"expires_at": 1, "password": None})
        left = [(await client.hear(Left)).reason for client in (ada, bob)]
        await eve.say(Join(room=SHARED))
        closed = await eve.hear(Error)
        shown = api.get(f"/api/rooms/{SHARED}").body

    assert slugs == ["password_required", "wrong_password"]
    assert (joined.perm, joined.max_users) == ("rwh", 2)
    assert (full.slug, closed.slug) == ("room_full", "room_closed")
    assert left == ["closed", "closed"]
    assert (shown["has_password"], shown["max_users"], shown["expires_at"]) == (False, 2, 1)
    assert shown["closed"]


def test_only_a_proshare_room_has_terms(api: ApiClient) -> None:
    answer = api.put(f"/api/rooms/{ROOM}", {"max_users": 3})

    assert (answer.status, answer.slug) == (400, "bad_request")


async def test_a_room_with_a_password_is_made_over_a_socket(server: ServerProcess) -> None:
    async with (
        wire_client(server.url, server.token("ada", rooms={})) as ada,
        wire_client(server.url, server.token("bob", rooms={})) as bob,
    ):
        await ada.say(RoomCreate(kind="proshare", password="correct horse", keep_s=60))
        made = await ada.hear(RoomCreated)
        await bob.say(Join(room=made.room, password="correct horse"))
        joined = await bob.hear(RoomJoined)

    assert (joined.perm, joined.keep_s) == ("rwh", 60)
