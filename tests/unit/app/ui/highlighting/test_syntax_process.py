"""The syntax process as the app sees it: real children, good and bad ones."""

import logging
import os
import subprocess
import sys

import pytest

from app.paths import resources_dir
from app.syntax.messages import Colour, Coloured, Forget, Span, Splice, Uncoloured, frame_of
from app.ui.editor.syntax_process import SyntaxProcess, syntax_command
from tests.eventually import eventually


def colour(text: int, *lines: str, language: str = "python") -> Colour:
    return Colour(text, language, 7, [Splice(0, 1, list(lines))], 0, len(lines) - 1)


@pytest.fixture
def made(qtbot):
    """Return a maker of processes, and of the list of what each answers."""
    processes = []

    def make(**options) -> tuple[SyntaxProcess, list[object]]:
        process = SyntaxProcess(**options)
        processes.append(process)
        answers: list[object] = []
        process.answered.connect(answers.append)
        return process, answers

    yield make
    for process in processes:
        process.stop()
        process.deleteLater()


async def test_a_request_is_answered(made):
    process, answers = made()

    process.send(colour(1, "pass"))

    await eventually(lambda: answers)
    assert answers == [Coloured(1, 7, 0, [(Span(0, 4, "keyword"),)])]


async def test_a_text_nobody_can_read_is_said_and_others_go_on(made):
    process, answers = made()

    process.send(colour(1, "pass", language="klingon"))
    process.send(colour(2, "pass"))

    await eventually(lambda: len(answers) == 2)
    assert answers[0] == Uncoloured(1, "KeyError")
    assert answers[1].text == 2


async def test_a_forgotten_text_starts_anew(made):
    process, answers = made()
    process.send(colour(1, "pass", "pass"))

    process.send(Forget(1))
    process.send(Colour(1, "python", 8, [], 0, 9))

    await eventually(lambda: len(answers) == 2)
    assert answers[1] == Coloured(1, 8, 0, [()])


async def test_nothing_is_started_before_it_is_asked_and_nothing_after_stop(made):
    process, answers = made()
    before = process.process_id

    process.stop()
    process.send(colour(1, "pass"))

    assert (before, process.process_id, answers) == (None, None, [])


async def test_stop_ends_the_child(made):
    process, answers = made()
    process.send(colour(1, "pass"))
    await eventually(lambda: answers)
    child = process.process_id

    process.stop()

    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


@pytest.mark.allow_warnings
@pytest.mark.parametrize(
    "program",
    [
        "import sys; sys.stdout.write('this is no frame')",
        "import os; os.write(1, b'\\0\\0\\0\\1\\xc1'); os.read(0, 1 << 20); os.read(0, 1)",
        "raise SystemExit(3)",
    ],
    ids=["no frame", "no message", "ends at once"],
)
async def test_a_child_that_makes_no_sense_is_given_up(made, program, caplog):
    process, answers = made(command=[sys.executable, "-c", program])
    gave_up = []
    process.gave_up.connect(lambda: gave_up.append(True))
    process.restarted.connect(lambda: process.send(colour(1, "pass")))

    process.send(colour(1, "pass"))

    await eventually(lambda: gave_up)
    assert process.has_given_up
    assert answers == []
    assert [r.levelname for r in caplog.records if r.levelno == logging.ERROR] == ["ERROR"]


@pytest.mark.allow_warnings
async def test_a_program_that_is_not_there_is_given_up(made, caplog):
    process, _answers = made(command=["/nowhere/syntax"])
    process.restarted.connect(lambda: process.send(colour(1, "pass")))

    process.send(colour(1, "pass"))

    await eventually(lambda: process.has_given_up)
    assert "does not start" in caplog.text


async def test_deaths_of_long_ago_do_not_count(made):
    now_s = [0.0]
    process, _answers = made(
        command=[sys.executable, "-c", "raise SystemExit(3)"], clock=lambda: now_s[0]
    )
    restarts = []

    def on_restarted() -> None:
        restarts.append(now_s[0])
        now_s[0] += 40.0
        if len(restarts) < 6:
            process.send(colour(1, "pass"))

    process.restarted.connect(on_restarted)
    process.send(colour(1, "pass"))

    await eventually(lambda: len(restarts) == 6)
    assert not process.has_given_up


def test_the_process_ends_with_its_input_and_prints_nothing_else():
    frames = frame_of(colour(1, "pass")) + frame_of(colour(2, "x", language="no such"))

    ended = subprocess.run(syntax_command(), input=frames, capture_output=True, timeout=60)

    assert ended.returncode == 0
    assert ended.stderr == b""
    assert ended.stdout == (
        frame_of(Coloured(1, 7, 0, [(Span(0, 4, "keyword"),)]))
        + frame_of(Uncoloured(2, "KeyError"))
    )


def test_the_process_does_not_take_foreign_code_for_its_own(tmp_path):
    planted = tmp_path / "app" / "syntax"
    planted.mkdir(parents=True)
    (tmp_path / "app" / "__init__.py").write_text("raise SystemExit('planted')")

    ended = subprocess.run(
        syntax_command(), input=b"", capture_output=True, cwd=tmp_path, timeout=60
    )

    assert (ended.returncode, ended.stderr) == (0, b"")


def test_the_process_imports_neither_qt_nor_the_app():
    program = "import sys, app.syntax.process; print(*sys.modules)"

    said = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=60).stdout

    foreign = ("PySide6", "qasync", "app.", "collab_server")
    names = [name for name in said.decode().split() if name.startswith(foreign)]
    assert "app.syntax.process" in names
    assert [name for name in names if not name.startswith("app.syntax")] == []


def test_the_queries_are_where_the_command_says():
    assert syntax_command()[-1] == str(resources_dir() / "queries")
