"""Whether there are nested types in a document; of older ones it is not known."""

from alembic import op
from sqlalchemy import Boolean, Column, text

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the column."""
    is_nested = Column("is_nested", Boolean, server_default=text("TRUE"), nullable=False)
    op.add_column("documents", is_nested)
