"""The contract with every client, pure: bytes and text in, frozen messages out (PROTOCOL.md).

Read `names` and `errors` first, then `wire` (bounded lib0), `documents` with `sync` and `awareness`
(binary frames), `events` (JSON), `updates` (the guard before the CRDT library) with `known_state`,
`tokens` and `links`. It knows no socket, clock, disk or CRDT library: the standard library, msgspec
and, in `tokens`, PyJWT.
"""
