"""Rooms' streams, chat messages with what happened to them, read marks."""

from alembic import op
from sqlalchemy import (
    TIMESTAMP,
    BigInteger,
    Boolean,
    Column,
    Integer,
    PrimaryKeyConstraint,
    String,
    Text,
    UniqueConstraint,
    text,
)

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the tables of rooms that keep what is said in them."""
    op.create_table(
        "room_streams",
        Column("room", String(100), nullable=False),
        Column("epoch", String(64), nullable=False),
        Column("top_offset", BigInteger, nullable=False),
        Column("created_at_ms", BigInteger, nullable=False),
        PrimaryKeyConstraint("room", name="pk_room_streams"),
    )
    _make_messages()
    op.create_table(
        "read_marks",
        Column("room", String(100), nullable=False),
        Column("user_id", String(255), nullable=False),
        Column("stream_offset", BigInteger, nullable=False),
        Column("updated_at_ms", BigInteger, nullable=False),
        PrimaryKeyConstraint("room", "user_id", name="pk_read_marks"),
    )


def _make_messages() -> None:
    op.create_table(
        "chat_messages",
        Column("id", Integer, nullable=False),
        Column("room", String(100), nullable=False),
        Column("user_id", String(255), nullable=False),
        Column("message", Text, nullable=False),
        Column("created_at", TIMESTAMP, server_default=text("CURRENT_TIMESTAMP"), nullable=False),
        Column("is_json", Boolean, nullable=False),
        Column("stream_offset", BigInteger, nullable=False),
        Column("mid", String(255)),
        Column("client_id", String(64)),
        Column("name", String(64)),
        Column("reply_to", BigInteger),
        Column("mentions", Text),
        Column("created_at_ms", BigInteger, nullable=False),
        Column("edited_at_ms", BigInteger),
        Column("deleted_at_ms", BigInteger),
        PrimaryKeyConstraint("id", name="pk_chat_messages"),
        UniqueConstraint("room", "stream_offset", name="uq_chat_messages_room_offset"),
        UniqueConstraint("room", "user_id", "mid", name="uq_chat_messages_room_mid"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_chat_messages_user_id", "chat_messages", ["user_id"])
    op.create_index("ix_chat_messages_created_at_ms", "chat_messages", ["created_at_ms"])
    op.create_table(
        "chat_reactions",
        Column("message_id", BigInteger, autoincrement=False, nullable=False),
        Column("emoji", String(64), nullable=False),
        Column("user_id", String(255), nullable=False),
        Column("created_at_ms", BigInteger, nullable=False),
        PrimaryKeyConstraint("message_id", "emoji", "user_id", name="pk_chat_reactions"),
    )
    op.create_table(
        "room_events",
        Column("room", String(100), nullable=False),
        Column("stream_offset", BigInteger, autoincrement=False, nullable=False),
        Column("kind", String(16), nullable=False),
        Column("message_id", BigInteger, nullable=False),
        Column("user_id", String(255), nullable=False),
        Column("emoji", String(64)),
        Column("created_at_ms", BigInteger, nullable=False),
        PrimaryKeyConstraint("room", "stream_offset", name="pk_room_events"),
    )
