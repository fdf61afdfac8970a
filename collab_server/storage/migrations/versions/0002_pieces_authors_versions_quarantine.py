"""Merged pieces of logs, whose author ids are whose, versions, and what was set aside."""

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
)

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables that stand beside the log."""
    _make_pieces()
    _make_authors()
    _make_versions()
    _make_quarantine()


def _make_pieces() -> None:
    op.create_table(
        "document_pieces",
        Column("document_id", Integer, nullable=False),
        Column("seq_from", BigInteger, autoincrement=False, nullable=False),
        Column("seq_to", BigInteger, autoincrement=False, nullable=False),
        Column("checksum", LargeBinary(16), nullable=False),
        Column("parser_mark", Integer, nullable=False),
        Column("is_verified", Boolean, nullable=False),
        Column("is_collected", Boolean, nullable=False),
        Column("created_at_ms", BigInteger, nullable=False),
        Column("payload", LargeBinary, nullable=False),
        PrimaryKeyConstraint(
            "document_id", "seq_from", "seq_to", "is_verified", name="pk_document_pieces"
        ),
        CheckConstraint(
            "seq_from >= 1 AND seq_to >= seq_from", name="ck_document_pieces_ascending"
        ),
        ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name="fk_document_pieces_document_id"
        ),
    )


def _make_authors() -> None:
    op.create_table(
        "document_authors",
        Column("document_id", Integer, nullable=False),
        Column("author_id", BigInteger, autoincrement=False, nullable=False),
        Column("epoch", String(64), nullable=False),
        Column("user_id", String(255), nullable=False),
        Column("seq", BigInteger, nullable=False),
        PrimaryKeyConstraint("document_id", "author_id", name="pk_document_authors"),
        ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name="fk_document_authors_document_id"
        ),
    )


def _make_versions() -> None:
    op.create_table(
        "document_versions",
        Column("id", Integer, nullable=False),
        Column("document_id", Integer, nullable=False),
        Column("epoch", String(64), nullable=False),
        Column("seq", BigInteger, nullable=False),
        Column("name", String(100), nullable=True),
        Column("made_by", String(255), nullable=True),
        Column("users", Text, nullable=False),
        Column("created_at_ms", BigInteger, nullable=False),
        Column("checksum", LargeBinary(16), nullable=False),
        Column("payload", LargeBinary, nullable=False),
        PrimaryKeyConstraint("id", name="pk_document_versions"),
        ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name="fk_document_versions_document_id"
        ),
    )
    op.create_index("ix_document_versions_document_id", "document_versions", ["document_id", "id"])


def _make_quarantine() -> None:
    op.create_table(
        "document_quarantine",
        Column("id", Integer, nullable=False),
        Column("document_id", Integer, nullable=False),
        Column("epoch", String(64), nullable=False),
        Column("seq", BigInteger, nullable=False),
        Column("reason", Text, nullable=False),
        Column("authors", Text, nullable=False),
        Column("received_at_ms", BigInteger, nullable=False),
        Column("found_at_ms", BigInteger, nullable=False),
        Column("payload", LargeBinary, nullable=False),
        PrimaryKeyConstraint("id", name="pk_document_quarantine"),
        ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name="fk_document_quarantine_document_id"
        ),
    )
    op.create_index("ix_document_quarantine_document_id", "document_quarantine", ["document_id"])
