"""Any bytes into any decoder raise a RemoteProtocolError or are read; what is written is read."""

from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab_server.protocol import documents
from collab_server.protocol.awareness import AwarenessEntry, decode_awareness, encode_awareness
from collab_server.protocol.documents import Sync, decode_client_frame, decode_server_frame
from collab_server.protocol.errors import RemoteProtocolError
from collab_server.protocol.events import (
    Auth,
    DocumentCreate,
    Ping,
    decode_client_event,
    decode_server_event,
    encode_event,
)
from collab_server.protocol.known_state import KnownState, Standing
from collab_server.protocol.limits import Limits
from collab_server.protocol.links import format_invitation_link, parse_invitation_link
from collab_server.protocol.names import parse_document, parse_room, user_segment
from collab_server.protocol.sync import SyncStep1, SyncStep2, SyncUpdate, decode_sync
from collab_server.protocol.tokens import TokenClaims, sign_token, verify_token
from collab_server.protocol.updates import (
    UpdateSummary,
    encode_state_vector,
    encode_text,
    parse_state_vector,
    parse_update,
)
from collab_server.protocol.wire import (
    MAX_SAFE_INTEGER,
    Reader,
    write_var_bytes,
    write_var_string,
    write_var_uint,
)

LIMITS = Limits()
KEYS = {"default": bytes(range(32))}

TEXTS = st.text(st.characters(exclude_categories=("Cs",)))
NUMBERS = st.integers(0, MAX_SAFE_INTEGER)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=10,
)
NAMES = st.from_regex(
    r"[A-Za-z0-9][A-Za-z0-9_.:~-]{0,20}(/[A-Za-z0-9_:~-]{1,20}){0,3}", fullmatch=True
).map(parse_document)

DECODERS: dict[str, Callable[[bytes], object]] = {
    "a client's frame": lambda raw: decode_client_frame(raw, LIMITS),
    "a server's frame": lambda raw: decode_server_frame(raw, LIMITS),
    "a frame of r": lambda raw: decode_client_frame(b"\x01r" + raw, LIMITS),
    "a server's frame of r": lambda raw: decode_server_frame(b"\x01r" + raw, LIMITS),
    "sync": lambda raw: decode_sync(Reader(raw)),
    "awareness": lambda raw: decode_awareness(raw, LIMITS),
    "one awareness state": lambda raw: decode_awareness(
        b"\x01\x01\x01" + bytes((len(raw) % 128,)) + raw, LIMITS
    ),
    "an update": parse_update,
    "an update of one author": lambda raw: parse_update(b"\x01\x01\x01\x00" + raw),
    "an update of a value": lambda raw: parse_update(b"\x01\x01\x01\x00\x08\x01\x01t\x01" + raw),
    "deletes": lambda raw: parse_update(b"\x00\x01\x01" + raw),
    "a state vector": parse_state_vector,
    "a client's event": lambda raw: decode_client_event(raw, LIMITS),
    "a server's event": decode_server_event,
    "a token": lambda raw: verify_token(raw.decode("latin-1"), KEYS, now_s=0),
    "a link": lambda raw: parse_invitation_link(raw.decode("latin-1")),
    "a link to join": lambda raw: parse_invitation_link("codexpro://join/" + raw.decode("latin-1")),
    "a room's name": lambda raw: parse_room(raw.decode("latin-1")),
    "a document's name": lambda raw: parse_document(raw.decode("latin-1")),
}


@pytest.mark.parametrize("decode", DECODERS.values(), ids=DECODERS.keys())
@given(raw=st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(decode: Callable[[bytes], object], raw: bytes) -> None:
    with suppress(RemoteProtocolError):
        decode(raw)


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    for decode in (parse_room, parse_document, parse_invitation_link, user_segment):
        with suppress(RemoteProtocolError):
            decode(text)
    with suppress(RemoteProtocolError):
        decode_client_event(text, LIMITS)


@given(NUMBERS, st.binary(), TEXTS)
def test_what_lib0_would_write_is_read_back(number: int, raw: bytes, text: str) -> None:
    out = bytearray()
    write_var_uint(out, number)
    write_var_bytes(out, raw)
    write_var_string(out, text)
    reader = Reader(bytes(out))

    assert (reader.var_uint(), reader.var_bytes(), reader.var_string()) == (number, raw, text)
    assert reader.at_end


@given(NAMES, st.binary(), st.sampled_from((SyncStep1, SyncStep2, SyncUpdate)))
def test_sync_frames_are_read_back(
    name: documents.DocumentName, payload: bytes, kind: type[SyncStep1 | SyncStep2 | SyncUpdate]
) -> None:
    write = {
        SyncStep1: documents.sync_step1,
        SyncStep2: documents.sync_step2,
        SyncUpdate: documents.sync_update,
    }[kind]

    raw = write(name, payload)

    assert decode_client_frame(raw, LIMITS) == Sync(name, kind(payload))
    assert decode_server_frame(raw, LIMITS) == Sync(name, kind(payload))


@given(st.lists(st.tuples(NUMBERS, NUMBERS, st.dictionaries(TEXTS, JSON, max_size=4) | st.none())))
def test_awareness_is_read_back(entries: list[tuple[int, int, dict[str, object] | None]]) -> None:
    message = tuple(AwarenessEntry(*entry) for entry in entries)

    assert (
        decode_awareness(encode_awareness(message), Limits(awareness_state_bytes=10**6)) == message
    )


@given(st.dictionaries(NUMBERS, st.integers(1, 2**31 - 1)))
def test_state_vectors_are_read_back(state: dict[int, int]) -> None:
    assert parse_state_vector(encode_state_vector(state)) == state


@given(NUMBERS, TEXTS, TEXTS)
def test_a_text_of_ours_is_lawful(author: int, root: str, text: str) -> None:
    summary = parse_update(encode_text(author, root, text))
    units = len(text.encode("utf-16-le")) // 2

    assert summary.structs == ({author: [(0, units)]} if units else {})


@given(JSON, st.integers() | TEXTS | st.none())
def test_events_are_read_back(t: object, request_id: int | str | None) -> None:
    event = Ping(t=t, id=request_id)

    assert decode_client_event(encode_event(event), LIMITS) == event


@given(NAMES, TEXTS, TEXTS)
def test_texts_in_events_are_read_back(name: documents.DocumentName, text: str, token: str) -> None:
    for event in (DocumentCreate(document=name, text=text), Auth(token=token, name=text)):
        assert decode_client_event(encode_event(event), LIMITS) == event


PRINTABLE = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=40)


@given(
    PRINTABLE,
    PRINTABLE,
    st.integers(0, 2**40),
    st.integers(1, 24 * 3600),
    st.dictionaries(st.sampled_from(("a", "b*", "*")), st.sampled_from(("", "r", "rw", "rwhmo"))),
)
def test_tokens_are_read_back(
    user_id: str, nonce: str, issued_at_s: int, life_s: int, rooms: dict[str, str]
) -> None:
    claims = TokenClaims(
        user_id=user_id,
        issued_at_s=issued_at_s,
        expires_at_s=issued_at_s + life_s,
        nonce=nonce,
        rooms=rooms,
    )
    token = sign_token(claims, KEYS["default"])

    assert verify_token(token, KEYS, now_s=issued_at_s) == claims


@given(
    st.sampled_from(("localhost", "127.0.0.1", "::1", "a.example", "10.0.0.1", "2001:db8::1")),
    st.integers(1, 65_535),
    st.from_regex(r"[A-Za-z0-9_-]{16,64}", fullmatch=True),
    st.booleans(),
)
def test_links_are_read_back(host: str, port: int, code: str, secure: bool) -> None:
    scheme = "https" if secure else "http"
    place = f"[{host}]" if ":" in host else host
    link = parse_invitation_link(f"{scheme}://{place}:{port}/pair/p#{code}")

    assert parse_invitation_link(format_invitation_link(link)) == link


RUNS = st.lists(st.integers(1, 9), max_size=12).map(
    lambda steps: [(sum(steps[: at - 1]), sum(steps[:at])) for at in range(2, len(steps) + 1, 2)]
)


@given(st.lists(RUNS, max_size=8))
def test_deletes_merge_to_the_set_of_all_that_was_deleted(
    parts: list[list[tuple[int, int]]],
) -> None:
    known = KnownState()
    known.state = {1: 1000}

    for runs in parts:
        if runs:
            known.advance(UpdateSummary(deletes={1: runs}))

    merged = known.deletes.get(1, [])
    deleted = {clock for runs in parts for start, end in runs for clock in range(start, end)}
    assert {clock for start, end in merged for clock in range(start, end)} == deleted
    assert all(before[1] < after[0] for before, after in pairwise(merged))
    for clock in range(80):
        summary = UpdateSummary(deletes={1: [(clock, clock + 1)]})
        expected = Standing.KNOWN if clock in deleted else Standing.NEW
        assert known.classify(summary) is expected
