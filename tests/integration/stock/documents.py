"""What is in a server's database, read without the server, by Yjs itself."""

from collab_server.protocol.names import parse_document
from collab_server.storage.store import open_store
from tests.support.node_editors import NodeEditors
from tests.support.server_process import ServerProcess


async def stored_updates(server: ServerProcess, document: str) -> list[bytes]:
    """Return the log of a document."""
    store = await open_store(f"sqlite:///{server.database}")
    try:
        stored = await store.load_document(parse_document(document))
    finally:
        await store.close()
    assert stored is not None
    return list(stored.updates)


async def stored_text(server: ServerProcess, editors: NodeEditors, document: str) -> str:
    """Return the text that the log of a document comes to."""
    updates = await stored_updates(server, document)
    return await editors.ask("read", updates=[update.hex() for update in updates])
