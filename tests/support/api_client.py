"""A back-end of a product, as tests need it: it asks the API over HTTP and reads what comes."""

import json
import time
import urllib.error
import urllib.request
import uuid
from dataclasses import dataclass
from typing import Any

from collab_server.protocol.request_signatures import signature_of

API_KEY = "an API key of tests, which is long enough"


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any
    headers: dict[str, str]

    @property
    def slug(self) -> str:
        return self.body["error"]["slug"]


class ApiClient:
    """Asks one port."""

    def __init__(self, port: int, key: str | None = API_KEY) -> None:
        self._port = port
        self._key = key

    def post(self, path: str, body: object, **headers: str) -> Answer:
        return self.ask("POST", path, json.dumps(body).encode(), **headers)

    def put(self, path: str, body: object) -> Answer:
        return self.ask("PUT", path, json.dumps(body).encode())

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, None, **headers)

    def ask(self, method: str, path: str, body: bytes | None, **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if self._key is not None:
            named.setdefault("X-API-Key", self._key)
        request = urllib.request.Request(
            f"http://127.0.0.1:{self._port}{path}", data=body, method=method, headers=named
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return Answer(answer.status, _read(answer.read()), dict(answer.headers))
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, _read(error.read()), dict(error.headers))


def signature(method: str, path: str, body: bytes, key: str = API_KEY) -> str:
    """Sign a request as PROTOCOL.md says."""
    made_s, nonce = int(time.time()), uuid.uuid4().hex
    return signature_of(key.encode(), made_s, nonce, method=method, target=path, body=body)


def _read(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode()
