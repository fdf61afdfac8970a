"""Who is connected."""

from alembic import op
from sqlalchemy import (
    TIMESTAMP,
    Column,
    Integer,
    PrimaryKeyConstraint,
    String,
    UniqueConstraint,
    text,
)

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "active_connections",
        Column("id", Integer, nullable=False),
        Column("client_id", String(50), nullable=False),
        Column("user_id", String(255)),
        Column("connected_at", TIMESTAMP, server_default=text("CURRENT_TIMESTAMP"), nullable=False),
        Column("last_ping_at", TIMESTAMP),
        Column("node", String(255), nullable=False),
        PrimaryKeyConstraint("id", name="pk_active_connections"),
        UniqueConstraint("client_id", name="uq_active_connections_client_id"),
    )
    op.create_index("ix_active_connections_user_id", "active_connections", ["user_id"])
