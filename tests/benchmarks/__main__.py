"""`python3 dev.py bench [NAME] [--quick]`: what the README and CHANGELOG may claim.

Figures are printed, never asserted: another machine, another figure.
"""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

NAMES = ("documents", "large", "compression", "rooms", "keystroke", "editor")


def benchmark(name: str) -> Callable[..., None]:
    """Return one benchmark; each imports what it needs itself."""
    if name == "documents":
        from tests.benchmarks import durability

        return durability.run
    if name == "large":
        from tests.benchmarks import large_frames

        return large_frames.run
    if name == "compression":
        from tests.benchmarks import compression

        return compression.run
    if name == "rooms":
        from tests.benchmarks import rooms

        return rooms.run
    if name == "keystroke":
        from tests.benchmarks import keystroke

        return keystroke.run
    from tests.benchmarks import editor

    return editor.run


def main() -> None:
    """Run the benchmarks that were asked for."""
    parser = argparse.ArgumentParser(prog="dev.py bench", description=__doc__)
    parser.add_argument("name", nargs="?", choices=NAMES, help="only this one")
    parser.add_argument("--quick", action="store_true", help="fewer samples, under 50 s in all")
    arguments = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    for name in [arguments.name] if arguments.name else NAMES:
        benchmark(name)(quick=arguments.quick)


if __name__ == "__main__":
    main()
