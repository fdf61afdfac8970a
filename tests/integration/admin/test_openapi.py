"""The OpenAPI document, and the API held to it by requests that are made of its schemas."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collab_server.admin import messages
from collab_server.admin.api import ENDPOINTS, Endpoint
from collab_server.admin.openapi import openapi_document
from collab_server.admin.pages import STATUSES
from tests.support.api_client import API_KEY, ApiClient
from tests.support.server_process import ServerProcess, running_server

ROOMS = st.sampled_from(["user_1", "codexpro_project_7", "chat_x", "ocr_job_1", "room_1", "a b"])
USERS = st.one_of(st.sampled_from(["ada", "7"]), st.integers(0, 2**53), st.text(max_size=300))
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=40)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
FIELDS = sorted({name for endpoint in ENDPOINTS for name in endpoint.asked.__struct_fields__})
BODIES = st.one_of(
    st.fixed_dictionaries(
        {},
        optional={
            "room": ROOMS,
            "rooms": st.one_of(st.lists(ROOMS, max_size=3), VALUES),
            "message": VALUES,
            "idempotency_key": st.text(max_size=300),
            "owner": USERS,
            "user": USERS,
            "members": st.dictionaries(st.text(max_size=5), st.sampled_from(["", "rw", "x"])),
            "ttl_s": st.one_of(st.integers(), st.floats()),
            "session": st.text(max_size=8),
        },
    ),
    st.dictionaries(st.sampled_from([*FIELDS, "unknown"]), VALUES, max_size=4),
    VALUES,
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    folder = tmp_path_factory.mktemp("openapi")
    with running_server(
        folder, "--internal-port", "0", settings={"COLLAB_API_KEY": API_KEY}
    ) as process:
        yield process


def client_of(server: ServerProcess) -> ApiClient:
    port = server.ready["internal_port"]
    assert isinstance(port, int)
    return ApiClient(port)


def check(endpoint: Endpoint, status: int, body: Any) -> None:
    """Hold an answer to what the document says of it."""
    assert status in {200, 400, 401, 413, 503}, (endpoint.path, status, body)
    kind = endpoint.answer if status == 200 else messages.Failed
    msgspec.json.decode(json.dumps(body), type=kind)


def refs_in(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == "$ref":
                yield inner
            yield from refs_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from refs_in(inner)


def test_the_document_is_served_and_whole(server: ServerProcess) -> None:
    answer = client_of(server).get("/api/openapi.json")

    document = answer.body
    listed = {
        (method.upper(), path) for path, methods in document["paths"].items() for method in methods
    }
    schemas = document["components"]["schemas"]
    assert answer.status == 200
    assert document == json.loads(msgspec.json.encode(openapi_document(ENDPOINTS)))
    assert listed == {(endpoint.method, endpoint.path) for endpoint in ENDPOINTS}
    assert {ref.rpartition("/")[2] for ref in refs_in(document)} <= set(schemas)
    methods = [method for path in document["paths"].values() for method in path.values()]
    assert len({method["operationId"] for method in methods}) == len(methods)


@pytest.mark.parametrize(
    "endpoint", [e for e in ENDPOINTS if e.method != "GET"], ids=lambda e: f"{e.method} {e.path}"
)
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(body=BODIES, room=ROOMS)
def test_whatever_is_said_the_answer_is_as_documented(
    server: ServerProcess, endpoint: Endpoint, body: object, room: str
) -> None:
    path = endpoint.path.replace("{room}", room.replace(" ", "%20"))
    answer = client_of(server).ask(endpoint.method, path, json.dumps(body).encode())

    check(endpoint, answer.status, answer.body)


@pytest.mark.parametrize(
    "endpoint", [e for e in ENDPOINTS if e.method == "GET"], ids=lambda e: e.path
)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    query=st.dictionaries(
        st.sampled_from(["room", "user", "before", "after", "limit", "x"]),
        st.one_of(ROOMS, st.integers().map(str), st.text("ab%&=é0", max_size=6)),
        max_size=3,
    ),
    room=ROOMS,
)
def test_whatever_is_asked_the_answer_is_as_documented(
    server: ServerProcess, endpoint: Endpoint, query: dict[str, str], room: str
) -> None:
    path = endpoint.path.replace("{room}", quote(room))
    answer = client_of(server).get(f"{path}?{urlencode(query)}")

    check(endpoint, answer.status, answer.body)


def test_every_refusal_has_a_status() -> None:
    assert all(400 <= status < 600 for status in STATUSES.values())
