"""Rooms that nobody may enter any more."""

from alembic import op
from sqlalchemy import BigInteger, Column, PrimaryKeyConstraint, String

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "closed_rooms",
        Column("name", String(100), nullable=False),
        Column("closed_by", String(255), nullable=False),
        Column("closed_at_ms", BigInteger, nullable=False),
        PrimaryKeyConstraint("name", name="pk_closed_rooms"),
    )
