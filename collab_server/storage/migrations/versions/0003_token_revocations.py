"""What was taken back before its time: a user's tokens, a session, one token."""

from alembic import op
from sqlalchemy import BigInteger, Column, LargeBinary, PrimaryKeyConstraint, String

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "token_revocations",
        Column("digest", LargeBinary(32), nullable=False),
        Column("kind", String(16), nullable=False),
        Column("at_s", BigInteger, nullable=False),
        Column("until_s", BigInteger, nullable=False),
        PrimaryKeyConstraint("digest", name="pk_token_revocations"),
    )
