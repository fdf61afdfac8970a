"""The shell of the server: sockets, clock and tasks. It decides nothing about rooms or documents.

Read `server` (the process), then `socket` (one WebSocket connection), `turn` and `outbox` (reading
and writing in step with the event loop) and `pump` (carries the hub's effects out and its answers
back in).
"""
