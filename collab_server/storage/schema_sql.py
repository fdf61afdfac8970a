"""What a new SQLite database is made with, as plain text, so that a start needs no SQLAlchemy.

Printed by `python -m collab_server.storage.schema` from the tables there; a test compares this
text with them, and both with what the migrations make. Change all three together.
"""

SCHEMA_REVISION = "0009"
"""The newest migration: a database with another mark is migrated, or refused as newer."""

VERSION_TABLE_SQL = """\
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL,
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
"""

SCHEMA_SQL = """\
CREATE TABLE active_connections (
	id INTEGER NOT NULL,
	client_id VARCHAR(50) NOT NULL,
	user_id VARCHAR(255),
	connected_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL,
	last_ping_at TIMESTAMP,
	node VARCHAR(255) NOT NULL,
	CONSTRAINT pk_active_connections PRIMARY KEY (id),
	CONSTRAINT uq_active_connections_client_id UNIQUE (client_id)
);

CREATE INDEX ix_active_connections_user_id ON active_connections (user_id);

CREATE TABLE chat_messages (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	room VARCHAR(100) NOT NULL,
	user_id VARCHAR(255) NOT NULL,
	message TEXT NOT NULL,
	created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL,
	is_json BOOLEAN NOT NULL,
	stream_offset BIGINT NOT NULL,
	mid VARCHAR(255),
	client_id VARCHAR(64),
	name VARCHAR(64),
	reply_to BIGINT,
	mentions TEXT,
	created_at_ms BIGINT NOT NULL,
	edited_at_ms BIGINT,
	deleted_at_ms BIGINT,
	CONSTRAINT uq_chat_messages_room_offset UNIQUE (room, stream_offset),
	CONSTRAINT uq_chat_messages_room_mid UNIQUE (room, user_id, mid)
);

CREATE INDEX ix_chat_messages_created_at_ms ON chat_messages (created_at_ms);

CREATE INDEX ix_chat_messages_user_id ON chat_messages (user_id);

CREATE TABLE chat_reactions (
	message_id BIGINT NOT NULL,
	emoji VARCHAR(64) NOT NULL,
	user_id VARCHAR(255) NOT NULL,
	created_at_ms BIGINT NOT NULL,
	CONSTRAINT pk_chat_reactions PRIMARY KEY (message_id, emoji, user_id)
);

CREATE TABLE closed_rooms (
	name VARCHAR(100) NOT NULL,
	closed_by VARCHAR(255) NOT NULL,
	closed_at_ms BIGINT NOT NULL,
	CONSTRAINT pk_closed_rooms PRIMARY KEY (name)
);

CREATE TABLE document_parts (
	payload_id BIGINT NOT NULL,
	part INTEGER NOT NULL,
	payload BLOB NOT NULL,
	CONSTRAINT pk_document_parts PRIMARY KEY (payload_id, part)
);

CREATE TABLE documents (
	id INTEGER NOT NULL,
	name VARCHAR(255) NOT NULL,
	epoch VARCHAR(64) NOT NULL,
	last_seq BIGINT NOT NULL,
	created_at_ms BIGINT NOT NULL,
	is_nested BOOLEAN DEFAULT TRUE NOT NULL,
	CONSTRAINT pk_documents PRIMARY KEY (id),
	CONSTRAINT uq_documents_name UNIQUE (name)
);

CREATE TABLE invitations (
	code_hash BLOB NOT NULL,
	room VARCHAR(100) NOT NULL,
	perm VARCHAR(8) NOT NULL,
	expires_at_s BIGINT NOT NULL,
	max_uses INTEGER NOT NULL,
	uses INTEGER NOT NULL,
	revoked BOOLEAN NOT NULL,
	created_by VARCHAR(255) NOT NULL,
	created_at_ms BIGINT NOT NULL,
	CONSTRAINT pk_invitations PRIMARY KEY (code_hash),
	CONSTRAINT ck_invitations_counted CHECK (uses >= 0 AND uses <= max_uses)
);

CREATE INDEX ix_invitations_room ON invitations (room);

CREATE TABLE read_marks (
	room VARCHAR(100) NOT NULL,
	user_id VARCHAR(255) NOT NULL,
	stream_offset BIGINT NOT NULL,
	updated_at_ms BIGINT NOT NULL,
	CONSTRAINT pk_read_marks PRIMARY KEY (room, user_id)
);

CREATE TABLE room_events (
	room VARCHAR(100) NOT NULL,
	stream_offset BIGINT NOT NULL,
	kind VARCHAR(16) NOT NULL,
	message_id BIGINT NOT NULL,
	user_id VARCHAR(255) NOT NULL,
	emoji VARCHAR(64),
	created_at_ms BIGINT NOT NULL,
	CONSTRAINT pk_room_events PRIMARY KEY (room, stream_offset)
);

CREATE TABLE room_grants (
	room VARCHAR(100) NOT NULL,
	user_id VARCHAR(255) NOT NULL,
	perm VARCHAR(8) NOT NULL,
	created_at_ms BIGINT NOT NULL,
	CONSTRAINT pk_room_grants PRIMARY KEY (room, user_id)
);

CREATE TABLE room_streams (
	room VARCHAR(100) NOT NULL,
	epoch VARCHAR(64) NOT NULL,
	top_offset BIGINT NOT NULL,
	created_at_ms BIGINT NOT NULL,
	CONSTRAINT pk_room_streams PRIMARY KEY (room)
);

CREATE TABLE room_terms (
	room VARCHAR(100) NOT NULL,
	password_hash VARCHAR(255),
	max_users INTEGER,
	expires_at_s BIGINT,
	keep_s BIGINT,
	CONSTRAINT pk_room_terms PRIMARY KEY (room)
);

CREATE TABLE rooms (
	name VARCHAR(100) NOT NULL,
	owner VARCHAR(255) NOT NULL,
	created_at_ms BIGINT NOT NULL,
	CONSTRAINT pk_rooms PRIMARY KEY (name)
);

CREATE TABLE token_nonces (
	nonce_hash BLOB NOT NULL,
	session_id VARCHAR(64) NOT NULL,
	key_hash BLOB NOT NULL,
	expires_at_s BIGINT NOT NULL,
	CONSTRAINT pk_token_nonces PRIMARY KEY (nonce_hash)
);

CREATE INDEX ix_token_nonces_expires_at_s ON token_nonces (expires_at_s);

CREATE TABLE token_revocations (
	digest BLOB NOT NULL,
	kind VARCHAR(16) NOT NULL,
	at_s BIGINT NOT NULL,
	until_s BIGINT NOT NULL,
	CONSTRAINT pk_token_revocations PRIMARY KEY (digest)
);

CREATE TABLE document_authors (
	document_id INTEGER NOT NULL,
	author_id BIGINT NOT NULL,
	epoch VARCHAR(64) NOT NULL,
	user_id VARCHAR(255) NOT NULL,
	seq BIGINT NOT NULL,
	CONSTRAINT pk_document_authors PRIMARY KEY (document_id, author_id),
	CONSTRAINT fk_document_authors_document_id FOREIGN KEY(document_id) REFERENCES documents (id)
);

CREATE TABLE document_pieces (
	document_id INTEGER NOT NULL,
	seq_from BIGINT NOT NULL,
	seq_to BIGINT NOT NULL,
	checksum BLOB NOT NULL,
	parser_mark INTEGER NOT NULL,
	is_verified BOOLEAN NOT NULL,
	is_collected BOOLEAN NOT NULL,
	created_at_ms BIGINT NOT NULL,
	payload BLOB NOT NULL,
	payload_id BIGINT,
	CONSTRAINT pk_document_pieces PRIMARY KEY (document_id, seq_from, seq_to, is_verified),
	CONSTRAINT ck_document_pieces_ascending CHECK (seq_from >= 1 AND seq_to >= seq_from),
	CONSTRAINT fk_document_pieces_document_id FOREIGN KEY(document_id) REFERENCES documents (id)
);

CREATE INDEX ix_pieces_in_parts ON document_pieces (payload_id) WHERE payload_id IS NOT NULL;

CREATE TABLE document_quarantine (
	id INTEGER NOT NULL,
	document_id INTEGER NOT NULL,
	epoch VARCHAR(64) NOT NULL,
	seq BIGINT NOT NULL,
	reason TEXT NOT NULL,
	authors TEXT NOT NULL,
	received_at_ms BIGINT NOT NULL,
	found_at_ms BIGINT NOT NULL,
	payload BLOB NOT NULL,
	CONSTRAINT pk_document_quarantine PRIMARY KEY (id),
	CONSTRAINT fk_document_quarantine_document_id FOREIGN KEY(document_id) REFERENCES documents (id)
);

CREATE INDEX ix_document_quarantine_document_id ON document_quarantine (document_id);

CREATE TABLE document_updates (
	document_id INTEGER NOT NULL,
	seq_from BIGINT NOT NULL,
	seq_to BIGINT NOT NULL,
	checksum BLOB NOT NULL,
	parser_mark INTEGER NOT NULL,
	authors TEXT NOT NULL,
	created_at_ms BIGINT NOT NULL,
	payload BLOB NOT NULL,
	payload_id BIGINT,
	CONSTRAINT pk_document_updates PRIMARY KEY (document_id, seq_from),
	CONSTRAINT ck_document_updates_ascending CHECK (seq_from >= 1 AND seq_to >= seq_from),
	CONSTRAINT fk_document_updates_document_id FOREIGN KEY(document_id) REFERENCES documents (id)
);

CREATE INDEX ix_updates_in_parts ON document_updates (payload_id) WHERE payload_id IS NOT NULL;

CREATE TABLE document_versions (
	id INTEGER NOT NULL,
	document_id INTEGER NOT NULL,
	epoch VARCHAR(64) NOT NULL,
	seq BIGINT NOT NULL,
	name VARCHAR(100),
	made_by VARCHAR(255),
	users TEXT NOT NULL,
	created_at_ms BIGINT NOT NULL,
	checksum BLOB NOT NULL,
	payload BLOB NOT NULL,
	CONSTRAINT pk_document_versions PRIMARY KEY (id),
	CONSTRAINT fk_document_versions_document_id FOREIGN KEY(document_id) REFERENCES documents (id)
);

CREATE INDEX ix_document_versions_document_id ON document_versions (document_id, id);
"""
