"""The OpenAPI document, made of the endpoints and their types.

Does not know what an endpoint does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from collab_server.admin import messages

if TYPE_CHECKING:
    from collections.abc import Iterable

    from collab_server.admin.api import Endpoint

REF = "#/components/schemas/{name}"
SECURITY = {
    "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "signature": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Collab-Signature",
        "description": "t=SECONDS,n=NONCE,v1=HEX; HEX is the HMAC-SHA256, with the API key, of"
        " `SECONDS.NONCE.METHOD.TARGET.` and the body.",
    },
}
REFUSALS = {
    "400": "Not what the schema says, or nothing that can be done",
    "401": "No key, a wrong one, or a signature that is not good",
    "413": "The body is too large",
    "503": "The store does not answer; try again",
}


def openapi_document(endpoints: Iterable[Endpoint]) -> dict[str, Any]:
    """Return the document, as JSON would say it."""
    listed = list(endpoints)
    kinds: list[Any] = [messages.Failed]
    for endpoint in listed:
        kinds += [endpoint.asked, endpoint.answer]
    _, components = msgspec.json.schema_components(dict.fromkeys(kinds), ref_template=REF)
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in listed:
        operation = _operation(endpoint, components)
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": "Collab server: for back-ends and operators", "version": "1"},
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": SECURITY},
        "security": [{"key": []}, {"signature": []}],
    }


def _operation(endpoint: Endpoint, components: dict[str, Any]) -> dict[str, Any]:
    parameters: list[dict[str, Any]] = []
    if "{room}" in endpoint.path:
        name = {"type": "string", "minLength": 1, "maxLength": 100}
        parameters.append({"name": "room", "in": "path", "required": True, "schema": name})
    operation: dict[str, Any] = {"summary": endpoint.says, "operationId": _id_of(endpoint)}
    if endpoint.method == "GET":
        schema = components[endpoint.asked.__name__]
        required = schema.get("required", ())
        for name, kind in schema["properties"].items():
            parameter = {"name": name, "in": "query", "required": name in required, "schema": kind}
            parameters.append(parameter)
    else:
        operation["requestBody"] = {"required": True, "content": _json_of(endpoint.asked)}
    if parameters:
        operation["parameters"] = parameters
    refusals = {
        status: {"description": says, "content": _json_of(messages.Failed)}
        for status, says in REFUSALS.items()
    }
    done = {"description": "Done", "content": _json_of(endpoint.answer)}
    return operation | {"responses": {"200": done} | refusals}


def _json_of(kind: type) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": REF.format(name=kind.__name__)}}}


def _id_of(endpoint: Endpoint) -> str:
    path = endpoint.path.strip("/").replace("/", "_").replace("{", "").replace("}", "")
    return f"{endpoint.method.lower()}_{path}"
