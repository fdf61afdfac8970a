"""Who is connected, as the products' pages may look it up: the table of the seed document.

Written in batches and always a little old; the server itself never reads it. Each server has rows
of its own, which it sweeps when it starts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Mapping

_SWEEP = "DELETE FROM active_connections WHERE node = ?"
_OPEN = """
    INSERT INTO active_connections (client_id, user_id, node) VALUES (?, ?, ?)
    ON CONFLICT (client_id) DO UPDATE SET user_id = excluded.user_id
"""
_CLOSE = "DELETE FROM active_connections WHERE client_id = ? AND node = ?"
_ALIVE = "UPDATE active_connections SET last_ping_at = CURRENT_TIMESTAMP WHERE node = ?"


def sweep_connections(connection: sqlite3.Connection, node: str) -> None:
    """Forget all of a server's connections."""
    connection.execute(_SWEEP, (node,))


def save_connections(
    connection: sqlite3.Connection,
    node: str,
    opened: Mapping[str, str | None],
    closed: Collection[str],
    *,
    are_alive: bool,
) -> None:
    """Write down what changed.

    Args:
        connection: in a transaction.
        node: whose connections.
        opened: client id → user id, None before it has signed in; also of those that signed in.
        closed: client ids.
        are_alive: note of all that are left that they answered of late.
    """
    connection.executemany(_CLOSE, [(client, node) for client in closed])
    connection.executemany(_OPEN, [(client, user, node) for client, user in opened.items()])
    if are_alive:
        connection.execute(_ALIVE, (node,))
