"""Documents' logs, rooms and grants, invitations, used nonces."""

from alembic import op
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Text,
    UniqueConstraint,
)

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the first tables."""
    _make_documents()
    _make_rooms()
    _make_invitations()
    op.create_table(
        "token_nonces",
        Column("nonce_hash", LargeBinary(32), nullable=False),
        Column("session_id", String(64), nullable=False),
        Column("key_hash", LargeBinary(64), nullable=False),
        Column("expires_at_s", BigInteger, nullable=False),
        PrimaryKeyConstraint("nonce_hash", name="pk_token_nonces"),
    )
    op.create_index("ix_token_nonces_expires_at_s", "token_nonces", ["expires_at_s"])


def _make_documents() -> None:
    op.create_table(
        "documents",
        Column("id", Integer, nullable=False),
        Column("name", String(255), nullable=False),
        Column("epoch", String(64), nullable=False),
        Column("last_seq", BigInteger, nullable=False),
        Column("created_at_ms", BigInteger, nullable=False),
        PrimaryKeyConstraint("id", name="pk_documents"),
        UniqueConstraint("name", name="uq_documents_name"),
    )
    op.create_table(
        "document_updates",
        Column("document_id", Integer, nullable=False),
        Column("seq_from", BigInteger, autoincrement=False, nullable=False),
        Column("seq_to", BigInteger, nullable=False),
        Column("checksum", LargeBinary(16), nullable=False),
        Column("parser_mark", Integer, nullable=False),
        Column("authors", Text, nullable=False),
        Column("created_at_ms", BigInteger, nullable=False),
        Column("payload", LargeBinary, nullable=False),
        PrimaryKeyConstraint("document_id", "seq_from", name="pk_document_updates"),
        CheckConstraint(
            "seq_from >= 1 AND seq_to >= seq_from", name="ck_document_updates_ascending"
        ),
        ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name="fk_document_updates_document_id"
        ),
    )


def _make_rooms() -> None:
    op.create_table(
        "rooms",
        Column("name", String(100), nullable=False),
        Column("owner", String(255), nullable=False),
        Column("created_at_ms", BigInteger, nullable=False),
        PrimaryKeyConstraint("name", name="pk_rooms"),
    )
    op.create_table(
        "room_grants",
        Column("room", String(100), nullable=False),
        Column("user_id", String(255), nullable=False),
        Column("perm", String(8), nullable=False),
        Column("created_at_ms", BigInteger, nullable=False),
        PrimaryKeyConstraint("room", "user_id", name="pk_room_grants"),
    )


def _make_invitations() -> None:
    op.create_table(
        "invitations",
        Column("code_hash", LargeBinary(32), nullable=False),
        Column("room", String(100), nullable=False),
        Column("perm", String(8), nullable=False),
        Column("expires_at_s", BigInteger, nullable=False),
        Column("max_uses", Integer, nullable=False),
        Column("uses", Integer, nullable=False),
        Column("revoked", Boolean, nullable=False),
        Column("created_by", String(255), nullable=False),
        Column("created_at_ms", BigInteger, nullable=False),
        PrimaryKeyConstraint("code_hash", name="pk_invitations"),
        CheckConstraint("uses >= 0 AND uses <= max_uses", name="ck_invitations_counted"),
    )
    op.create_index("ix_invitations_room", "invitations", ["room"])
