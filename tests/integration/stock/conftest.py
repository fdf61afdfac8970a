"""A server, a network that can be cut, and stock editors in node."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.support.network import Network, network_to
from tests.support.node_editors import NodeEditors, node_editors
from tests.support.server_process import ServerProcess, running_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    folder = tmp_path_factory.mktemp("server")
    with running_server(folder, settings={"COLLAB_LOG_LEVEL": "debug"}) as process:
        yield process


@pytest.fixture
async def network(server: ServerProcess) -> AsyncIterator[Network]:
    async with network_to(server.port) as network:
        yield network


@pytest.fixture
async def editors() -> AsyncIterator[NodeEditors]:
    async with node_editors() as editors:
        yield editors


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path
