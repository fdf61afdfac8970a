"""What holds in one room beside rights."""

from alembic import op
from sqlalchemy import BigInteger, Column, Integer, PrimaryKeyConstraint, String

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "room_terms",
        Column("room", String(100), nullable=False),
        Column("password_hash", String(255)),
        Column("max_users", Integer),
        Column("expires_at_s", BigInteger),
        Column("keep_s", BigInteger),
        PrimaryKeyConstraint("room", name="pk_room_terms"),
    )
