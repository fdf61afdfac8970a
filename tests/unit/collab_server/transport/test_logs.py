"""What a line of the log may say, and what no line says whatever happens."""

import json
import logging
import sqlite3
import subprocess
import sys
from typing import Any

import pytest

from collab_server.protocol.errors import MalformedFrame
from collab_server.transport.logs import LONGEST_MESSAGE_CHARS, Line

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl"
CONTENT = "what somebody typed"


def record_of(
    message: str,
    *values: object,
    error: BaseException | None = None,
    name: str = "collab_server.transport.pump",
    **extra: object,
) -> logging.LogRecord:
    told = None if error is None else (type(error), error, error.__traceback__)
    record = logging.LogRecord(name, logging.ERROR, "x.py", 1, message, values, told)
    record.__dict__.update(extra)
    return record


def fields_of(record: logging.LogRecord) -> dict[str, Any]:
    return json.loads(Line("json").format(record))


def raised(error: BaseException, cause: BaseException | None = None) -> BaseException:
    with pytest.raises(type(error)) as caught:
        raise error from cause
    return caught.value


def test_a_line_for_machines_has_who_where_and_what() -> None:
    record = record_of("signed in as %s", "ada", client="c1", room="chat_x")
    record.created, record.msecs = 1_800_000_000.25, 250.0

    assert fields_of(record) == {
        "ts": "2027-01-15T08:00:00.250Z",
        "level": "error",
        "logger": "collab_server.transport.pump",
        "event": "signed in as ada",
        "client": "c1",
        "room": "chat_x",
    }


def test_a_line_for_people_has_the_same() -> None:
    line = Line().format(record_of("signed in", client="c1", room="chat_x"))

    assert line.endswith(" ERROR collab_server.transport.pump: signed in client=c1 room=chat_x")


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_what_is_not_allowed_by_name_stays_behind(log_format: Any) -> None:
    record = record_of("signed in", token=JWT, message_text=CONTENT, headers={"cookie": CONTENT})

    line = Line(log_format).format(record)

    assert CONTENT not in line
    assert "eyJ" not in line


@pytest.mark.parametrize("log_format", ["console", "json"])
@pytest.mark.parametrize("message", ["two\nlines", "two\r\nlines", "\x1b[2Jgone", "a\u202etxt"])
def test_an_event_stays_on_its_line_and_commands_no_terminal(message: str, log_format: Any) -> None:
    line = Line(log_format).format(record_of(message))

    assert line.isprintable() or (log_format == "json" and "\u202e" in line)
    assert len(line.splitlines()) == 1


@pytest.mark.parametrize(
    "message",
    [
        f"refused {JWT}",
        f"GET /yjs/notes?token={JWT}",
        "GET /ws?password=hunter2hunter2&x=1",
        "eyJ1c2VyX2lkIjo0MiwiZXhwaXJlcyI6MTc5NTQwNzQwM30uYzI1OGI3Y2I3Zg==",
    ],
)
def test_tokens_and_queries_are_cut_out(message: str) -> None:
    event = fields_of(record_of("%s", message, name="uvicorn.error"))["event"]

    assert "hunter2" not in event
    assert JWT[8:20] not in event
    assert "c1c2VyX2lk" not in event
    assert "YzI1OGI3" not in event


def test_an_error_says_where_but_not_what_python_put_into_its_words() -> None:
    line = fields_of(record_of("failed", error=raised(KeyError(CONTENT))))

    assert line["error"] == "KeyError"
    assert "test_logs.py:" in line["at"]
    assert CONTENT not in json.dumps(line)


def test_errors_of_ours_and_of_the_database_keep_their_words() -> None:
    ours = raised(MalformedFrame("empty frame"), sqlite3.OperationalError("disk I/O error"))

    line = fields_of(record_of("failed", error=ours))

    assert line["error"] == "MalformedFrame: empty frame ← OperationalError: disk I/O error"


def test_an_error_of_the_system_says_why_without_the_path() -> None:
    line = fields_of(record_of("failed", error=raised(FileNotFoundError(2, "No such", "/home/a"))))

    assert line["error"] == "FileNotFoundError: No such"


def test_a_group_of_errors_shows_its_first() -> None:
    group = raised(ExceptionGroup(CONTENT, [ValueError(CONTENT)]))

    assert fields_of(record_of("x", error=group))["error"] == "ExceptionGroup ← ValueError"


def test_a_recursion_does_not_fill_the_log() -> None:
    def deeper() -> None:
        deeper()

    with pytest.raises(RecursionError) as caught:
        deeper()

    assert len(Line().format(record_of("x", error=caught.value))) < 2_000


def test_of_a_library_only_the_first_line_is_told() -> None:
    message = (
        f"Task exception was never retrieved\nfuture: <Task exception=ValueError('{CONTENT}')>"
    )

    line = fields_of(record_of(message, name="asyncio"))

    assert line["event"] == "Task exception was never retrieved"


def test_a_long_message_is_cut() -> None:
    event = fields_of(record_of("x" * 100_000))["event"]

    assert len(event) == LONGEST_MESSAGE_CHARS + 1


def test_a_template_whose_values_do_not_fit_is_told_as_it_is() -> None:
    assert fields_of(record_of("%d of %d", "x", name="redis"))["event"] == "%d of %d"


@pytest.mark.parametrize(
    "end",
    [
        f"raise KeyError('{CONTENT}')",
        f"import threading; threading.Thread(target={{}}.pop, args=['{CONTENT}']).start()",
        f"import warnings; warnings.warn('x\\n{CONTENT}')",
    ],
)
def test_a_process_that_ends_by_an_error_says_so_in_one_line(end: str) -> None:
    program = "from collab_server.transport.logs import log_to_stderr\n"
    program += f"log_to_stderr('info', 'json')\n{end}"

    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=60)

    (line,) = ended.stderr.decode().splitlines()
    assert "event" in json.loads(line)
    assert CONTENT not in line
