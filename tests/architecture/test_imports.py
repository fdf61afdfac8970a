"""Who may import whom: the contracts of pyproject.toml, and what the protocol stands on."""

import sys

import grimp

from tests.architecture.checkout import PACKAGES, expect_nothing_from

LIBRARIES_OF_THE_PROTOCOL = {"msgspec"}
MODULES_WITH_ONE_MORE = {
    ("collab_server.protocol.jws", "jwt"),
    ("collab_server.protocol.tokens", "jwt"),
}


def test_every_import_contract_is_kept() -> None:
    expect_nothing_from("lint-imports")


def test_the_protocol_needs_the_standard_library_and_msgspec_alone() -> None:
    graph = grimp.build_graph(*PACKAGES, include_external_packages=True)
    protocol = "collab_server.protocol"
    imports = {
        (module, imported)
        for module in {protocol, *graph.find_descendants(protocol)}
        for imported in graph.find_modules_directly_imported_by(module)
    }

    foreign = {
        (module, imported)
        for module, imported in imports
        if not imported.startswith(protocol)
        and imported not in sys.stdlib_module_names | LIBRARIES_OF_THE_PROTOCOL
    }

    assert foreign - MODULES_WITH_ONE_MORE == set()
