"""The tables, once, in SQLAlchemy Core: what migrations are written against.

A running server does not import this module (SQLAlchemy takes 0.4 s and 15 MB): a new database is
made with `schema_sql`, whose text `python -m collab_server.storage.schema` prints from here and a
test compares, and Alembic comes in only when an older database must be brought up to date.
"""

from __future__ import annotations

from sqlalchemy import (
    TIMESTAMP,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

documents = Table(
    "documents",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(255), nullable=False, unique=True),
    Column("epoch", String(64), nullable=False),
    Column("last_seq", BigInteger, nullable=False),  # the last row's seq_to: a lost tail is noticed
    Column("created_at_ms", BigInteger, nullable=False),
    # Whether there are nested types in it: then loading looks how deep they stand.
    Column("is_nested", Boolean, server_default=text("TRUE"), nullable=False),
)

# One row a document and commit. A rowid table on purpose: the rows of many documents go to the end
# of one tree, so that a commit over 200 documents writes a few pages and not 200.
_IN_PARTS = "payload_id IS NOT NULL"  # few are: the others cost these indexes nothing

document_updates = Table(
    "document_updates",
    metadata,
    Column("document_id", Integer, ForeignKey("documents.id"), primary_key=True),
    Column("seq_from", BigInteger, primary_key=True, autoincrement=False),
    Column("seq_to", BigInteger, nullable=False),
    Column("checksum", LargeBinary(16), nullable=False),  # `documents.checksum_of`
    Column("parser_mark", Integer, nullable=False),  # the pre-parser that accepted them
    Column("authors", Text, nullable=False),  # JSON array of user ids, sorted
    Column("created_at_ms", BigInteger, nullable=False),
    Column("payload", LargeBinary, nullable=False),  # raw updates, each after its length (varuint)
    Column("payload_id", BigInteger),  # or one raw update in parts; then `payload` is empty
    CheckConstraint("seq_from >= 1 AND seq_to >= seq_from", name="ascending"),
    Index("ix_updates_in_parts", "payload_id", sqlite_where=text(_IN_PARTS)),
)

# Merges of stretches of the log, in place of their rows; `compaction` says when.
document_pieces = Table(
    "document_pieces",
    metadata,
    Column("document_id", Integer, ForeignKey("documents.id"), primary_key=True),
    Column("seq_from", BigInteger, primary_key=True, autoincrement=False),
    Column("seq_to", BigInteger, primary_key=True, autoincrement=False),
    Column("checksum", LargeBinary(16), nullable=False),  # `documents.checksum_of`
    Column("parser_mark", Integer, nullable=False),
    Column("is_verified", Boolean, primary_key=True),  # read back: only now it counts, and rows go
    Column("is_collected", Boolean, nullable=False),  # what was deleted is no longer in it
    Column("created_at_ms", BigInteger, nullable=False),
    Column("payload", LargeBinary, nullable=False),  # one update: the merge of seq_from … seq_to
    Column("payload_id", BigInteger),  # or the same in parts; then `payload` is empty
    CheckConstraint("seq_from >= 1 AND seq_to >= seq_from", name="ascending"),
    Index("ix_pieces_in_parts", "payload_id", sqlite_where=text(_IN_PARTS)),
)

# Payloads too large for one transaction; those that no row names count for nothing (`parts`).
document_parts = Table(
    "document_parts",
    metadata,
    Column("payload_id", BigInteger, primary_key=True, autoincrement=False),
    Column("part", Integer, primary_key=True, autoincrement=False),  # from 0
    Column("payload", LargeBinary, nullable=False),
)

# Whose the structs of an author id are. Rows of former epochs stay: their replicas are kept out.
document_authors = Table(
    "document_authors",
    metadata,
    Column("document_id", Integer, ForeignKey("documents.id"), primary_key=True),
    Column("author_id", BigInteger, primary_key=True, autoincrement=False),
    Column("epoch", String(64), nullable=False),
    Column("user_id", String(255), nullable=False),
    Column("seq", BigInteger, nullable=False),  # of the row with its first struct
)

# A text as it was, kept for people: restored as a new edit, never put back as history.
document_versions = Table(
    "document_versions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("document_id", Integer, ForeignKey("documents.id"), nullable=False),
    Column("epoch", String(64), nullable=False),
    Column("seq", BigInteger, nullable=False),  # the last update that is in it
    Column("name", String(100), nullable=True),  # None: made by itself, and thinned out
    Column("made_by", String(255), nullable=True),  # None: by itself
    Column("users", Text, nullable=False),  # JSON array: who changed it since the one before
    Column("created_at_ms", BigInteger, nullable=False),
    Column("checksum", LargeBinary(16), nullable=False),
    Column("payload", LargeBinary, nullable=False),  # zlib of the text in UTF-8
    Index("ix_document_versions_document_id", "document_id", "id"),
)

# Updates that passed the gate and should not have; in the log an empty one stands in their place.
document_quarantine = Table(
    "document_quarantine",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("document_id", Integer, ForeignKey("documents.id"), nullable=False),
    Column("epoch", String(64), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("authors", Text, nullable=False),  # JSON array: who was in its row
    Column("received_at_ms", BigInteger, nullable=False),
    Column("found_at_ms", BigInteger, nullable=False),
    Column("payload", LargeBinary, nullable=False),  # the raw update
    Index("ix_document_quarantine_document_id", "document_id"),
)

rooms = Table(
    "rooms",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("owner", String(255), nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
)

room_grants = Table(
    "room_grants",
    metadata,
    Column("room", String(100), primary_key=True),
    Column("user_id", String(255), primary_key=True),
    Column("perm", String(8), nullable=False),  # letters of rwhmo, in this order
    Column("created_at_ms", BigInteger, nullable=False),
)

invitations = Table(
    "invitations",
    metadata,
    Column("code_hash", LargeBinary(32), primary_key=True),  # the code itself is nowhere
    Column("room", String(100), nullable=False),
    Column("perm", String(8), nullable=False),
    Column("expires_at_s", BigInteger, nullable=False),
    Column("max_uses", Integer, nullable=False),
    Column("uses", Integer, nullable=False),
    Column("revoked", Boolean, nullable=False),
    Column("created_by", String(255), nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    CheckConstraint("uses >= 0 AND uses <= max_uses", name="counted"),
    Index("ix_invitations_room", "room"),
)

token_nonces = Table(
    "token_nonces",
    metadata,
    Column("nonce_hash", LargeBinary(32), primary_key=True),
    Column("session_id", String(64), nullable=False),
    Column("key_hash", LargeBinary(64), nullable=False),
    Column("expires_at_s", BigInteger, nullable=False),
    Index("ix_token_nonces_expires_at_s", "expires_at_s"),
)

token_revocations = Table(
    "token_revocations",
    metadata,
    Column("digest", LargeBinary(32), primary_key=True),  # of what it names
    Column("kind", String(16), nullable=False),  # user, session or nonce
    Column("at_s", BigInteger, nullable=False),  # of a user: tokens issued up to here are refused
    Column("until_s", BigInteger, nullable=False),
)

# Rooms that nobody may enter, whatever they were granted.
closed_rooms = Table(
    "closed_rooms",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("closed_by", String(255), nullable=False),
    Column("closed_at_ms", BigInteger, nullable=False),
)

# What holds in one room beside rights; NULL: nothing does.
room_terms = Table(
    "room_terms",
    metadata,
    Column("room", String(100), primary_key=True),
    Column("password_hash", String(255)),  # `passwords.hash_password`
    Column("max_users", Integer),
    Column("expires_at_s", BigInteger),  # unix time
    Column("keep_s", BigInteger),  # how long messages are kept
)


# Where each room's stream of events stands.
room_streams = Table(
    "room_streams",
    metadata,
    Column("room", String(100), primary_key=True),
    Column("epoch", String(64), nullable=False),
    Column("top_offset", BigInteger, nullable=False),  # of the last stored event; 0 for none
    Column("created_at_ms", BigInteger, nullable=False),
)

# The first columns are what the PHP products' pages know; user_id is "" for a back-end.
chat_messages = Table(
    "chat_messages",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("room", String(100), nullable=False),
    Column("user_id", String(255), nullable=False),
    Column("message", Text, nullable=False),  # the text itself, or JSON when is_json; "" if deleted
    Column("created_at", TIMESTAMP, server_default=text("CURRENT_TIMESTAMP"), nullable=False),
    Column("is_json", Boolean, nullable=False),
    Column("stream_offset", BigInteger, nullable=False),
    Column("mid", String(255)),
    Column("client_id", String(64)),
    Column("name", String(64)),
    Column("reply_to", BigInteger),
    Column("mentions", Text),  # JSON array of user ids
    Column("created_at_ms", BigInteger, nullable=False),
    Column("edited_at_ms", BigInteger),
    Column("deleted_at_ms", BigInteger),
    UniqueConstraint("room", "stream_offset", name="uq_chat_messages_room_offset"),
    UniqueConstraint("room", "user_id", "mid", name="uq_chat_messages_room_mid"),
    Index("ix_chat_messages_user_id", "user_id"),
    Index("ix_chat_messages_created_at_ms", "created_at_ms"),
    sqlite_autoincrement=True,  # the id of a message that was forgotten never comes again
)

chat_reactions = Table(
    "chat_reactions",
    metadata,
    Column("message_id", BigInteger, primary_key=True, autoincrement=False),
    Column("emoji", String(64), primary_key=True),
    Column("user_id", String(255), primary_key=True),
    Column("created_at_ms", BigInteger, nullable=False),
)

# What happened to messages, beside being said: for those who missed it. Old rows are forgotten.
room_events = Table(
    "room_events",
    metadata,
    Column("room", String(100), primary_key=True),
    Column("stream_offset", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", String(16), nullable=False),
    Column("message_id", BigInteger, nullable=False),
    Column("user_id", String(255), nullable=False),
    Column("emoji", String(64)),
    Column("created_at_ms", BigInteger, nullable=False),
)

read_marks = Table(
    "read_marks",
    metadata,
    Column("room", String(100), primary_key=True),
    Column("user_id", String(255), primary_key=True),
    Column("stream_offset", BigInteger, nullable=False),
    Column("updated_at_ms", BigInteger, nullable=False),
)

# Who is connected: the table of the seed document, and whose server it is. Always a little old.
active_connections = Table(
    "active_connections",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("client_id", String(50), nullable=False, unique=True),
    Column("user_id", String(255)),
    Column("connected_at", TIMESTAMP, server_default=text("CURRENT_TIMESTAMP"), nullable=False),
    Column("last_ping_at", TIMESTAMP),
    Column("node", String(255), nullable=False),
    Index("ix_active_connections_user_id", "user_id"),
)


def sqlite_statements() -> list[str]:
    """Return what makes all tables and indexes in an empty SQLite database, in order."""
    dialect = sqlite.dialect()
    statements: list[str] = []
    for table in metadata.sorted_tables:
        statements.append(str(CreateTable(table).compile(dialect=dialect)))
        statements.extend(
            str(CreateIndex(index).compile(dialect=dialect))
            for index in sorted(table.indexes, key=lambda index: str(index.name))
        )
    return [
        "\n".join(line.rstrip() for line in statement.strip().splitlines())
        for statement in statements
    ]


if __name__ == "__main__":
    import sys

    sys.stdout.write(";\n\n".join(sqlite_statements()) + ";\n")
