"""The command line, run in this process."""

from collections.abc import Callable
from pathlib import Path

import pytest

from collab_server.cli import main


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run the command line here; exit code, standard output, standard error."""

    def run(*arguments: str | Path) -> tuple[int, str, str]:
        try:
            exit_code = main([str(argument) for argument in arguments])
        except SystemExit as exit_:  # argparse, when the arguments are wrong
            exit_code = int(exit_.code or 0)
        printed = capsys.readouterr()
        return exit_code, printed.out, printed.err

    return run
