"""Payloads too large for one transaction, in parts."""

from alembic import op
from sqlalchemy import BigInteger, Column, Integer, LargeBinary, PrimaryKeyConstraint, text

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Make the table, and the columns that name what is in it."""
    op.create_table(
        "document_parts",
        Column("payload_id", BigInteger, nullable=False),
        Column("part", Integer, nullable=False),
        Column("payload", LargeBinary, nullable=False),
        PrimaryKeyConstraint("payload_id", "part", name="pk_document_parts"),
    )
    for table, index in (
        ("document_updates", "ix_updates_in_parts"),
        ("document_pieces", "ix_pieces_in_parts"),
    ):
        op.add_column(table, Column("payload_id", BigInteger))
        in_parts = text("payload_id IS NOT NULL")
        op.create_index(index, table, ["payload_id"], sqlite_where=in_parts)
