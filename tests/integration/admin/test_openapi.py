"""The OpenAPI document, and the API held to it by requests that are made of its schemas."""

import json
from collections.abc import Iterator

import msgspec
import pytest
import schemathesis
from hypothesis import HealthCheck, given, seed, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from collab_server.admin.api import ENDPOINTS
from collab_server.admin.openapi import openapi_document
from collab_server.admin.pages import STATUSES
from tests.support.api_client import API_KEY, ApiClient
from tests.support.server_process import ServerProcess, running_server

SCHEMA = schemathesis.openapi.from_dict(
    json.loads(msgspec.json.encode(openapi_document(ENDPOINTS)))
)
OPERATIONS = [found.ok() for found in SCHEMA.get_all_operations() if isinstance(found, Ok)]
EXAMPLES = 12
REQUESTS = [
    pytest.param(operation, mode, id=f"{mode.value} {operation.label}")
    for operation in OPERATIONS
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    if mode is GenerationMode.POSITIVE or operation.query or operation.body or "{" in operation.path
]
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]


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
    assert len(OPERATIONS) == len(ENDPOINTS)
    assert listed == {(endpoint.method, endpoint.path) for endpoint in ENDPOINTS}
    assert {ref.rpartition("/")[2] for ref in refs_in(document)} <= set(schemas)
    methods = [method for path in document["paths"].values() for method in path.values()]
    assert len({method["operationId"] for method in methods}) == len(methods)


@pytest.mark.parametrize(("operation", "mode"), REQUESTS)
def test_what_is_asked_is_answered_as_documented(
    server: ServerProcess, operation: APIOperation, mode: GenerationMode
) -> None:
    url = f"http://127.0.0.1:{server.ready['internal_port']}"

    @seed(20260101)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Case) -> None:
        answer = case.call(base_url=url, headers={"X-API-Key": API_KEY})
        case.validate_response(answer, checks=CHECKS)

    ask()


def test_every_refusal_has_a_status() -> None:
    assert all(400 <= status < 600 for status in STATUSES.values())
