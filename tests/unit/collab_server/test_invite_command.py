"""`collab-server invite`: an invitation in the database, and the one line that leads there."""

import re
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from collab_server.protocol.links import parse_invitation_link

Command = Callable[..., tuple[int, str, str]]


def test_an_invitation_is_one_line_that_the_app_takes(command: Command, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/collab.db"
    command("invite", "--room", "chat_notes", "--perm", "r", "--db", url)

    exit_code, out, err = command("invite", "--room", "chat_notes", "--perm", "rw", "--db", url)

    link = parse_invitation_link(out)
    assert (exit_code, err, out.count("\n")) == (0, "", 1)
    assert (link.host, link.port, link.secure) == ("127.0.0.1", 8080, False)
    assert re.fullmatch(r"[A-Za-z0-9_-]{22}", link.code)


def test_an_invitation_is_stored_as_the_flags_say(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "collab.db"

    command(
        *("invite", "--room", "chat_notes", "--perm", "rwh", "--ttl", "60", "--uses", "5"),
        *("--db", f"sqlite:///{path}"),
    )

    with sqlite3.connect(path) as connection:
        rows = connection.execute(
            "SELECT room, perm, max_uses, uses, expires_at_s FROM invitations"
        ).fetchall()
    connection.close()
    (*told, expires_at_s) = rows[0]
    assert told == ["chat_notes", "rwh", 5, 0]
    assert abs(expires_at_s - time.time() - 60) < 30


def test_a_link_names_the_public_url(command: Command, tmp_path: Path) -> None:
    _, out, _ = command(
        *(
            "invite",
            "--room",
            "chat_notes",
            "--perm",
            "r",
            "--db",
            f"sqlite:///{tmp_path}/collab.db",
        ),
        *("--public-url", "wss://collab.example.com"),
    )

    link = parse_invitation_link(out)
    assert (link.host, link.port, link.secure) == ("collab.example.com", 443, True)


@pytest.mark.parametrize(
    ("url", "begins"),
    [
        ("wss://collab.example.com", "https://collab.example.com/pair/codexpro_project_7#"),
        ("http://[::1]:8080", "http://[::1]:8080/pair/codexpro_project_7#"),
    ],
)
def test_a_link_for_a_browser_is_one_line_that_the_app_takes_too(
    command: Command, tmp_path: Path, url: str, begins: str
) -> None:
    database = f"sqlite:///{tmp_path}/collab.db"
    project = ("--room", "codexpro_project_7", "--perm", "rw", "--db", database)
    command("invite", *project)

    exit_code, out, err = command("invite", *project, "--public-url", url, "--web")

    assert (exit_code, err, out.count("\n")) == (0, "", 1)
    assert re.fullmatch(re.escape(begins) + r"[A-Za-z0-9_-]{22}\n", out)
    assert parse_invitation_link(out).code == out.strip().partition("#")[2]


def test_a_database_that_was_not_there_is_told_of(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "typo.db"

    exit_code, out, err = command(
        "invite", "--room", "chat_notes", "--perm", "r", "--db", f"sqlite:///{path}"
    )

    assert (exit_code, out.count("\n")) == (0, 1)
    assert err == f"The database {path} was made just now: is --db the server's?\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--room", "a b", "--perm", "r"], "--room a b is no room: "),
        (["--room", "a/b", "--perm", "r"], "--room a/b is no room: "),
        (["--room", "", "--perm", "r"], "--room  is no room: "),
        (["--room", "notes", "--perm", "r"], "--room notes is for nobody who could be invited"),
        (["--room", "user_7", "--perm", "r"], "--room user_7 is for nobody who could be invited"),
        (["--room", "chat_a", "--perm", "w"], "--perm w must be letters of rwhmo, r among them."),
        (["--room", "chat_a", "--perm", "rx"], "--perm rx must be letters of rwhmo, r among them."),
        (
            ["--room", "chat_a", "--perm", "r", "--uses", "0"],
            "argument --uses: 0 is no whole number from",
        ),
        (
            ["--room", "chat_a", "--perm", "r", "--ttl", "0"],
            "argument --ttl: 0 is no whole number from",
        ),
        (["--room", "chat_a", "--perm", "r", "--web"], "--web is for projects only: "),
        (["--room", "chat_a", "--perm", "r", "--public-url", "x"], "--public-url must be a URL"),
        (["--room", "chat_a", "--perm", "r", "--db", "mysql://h/d"], "mysql is not supported yet"),
        (
            ["--room", "chat_a", "--perm", "r", "--db", "sqlite:////nowhere/c.db"],
            "/nowhere/c.db: its folder does not exist (make the folder, or name another one).",
        ),
    ],
)
def test_an_invitation_that_cannot_be_is_refused(
    command: Command,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    sentence: str,
) -> None:
    monkeypatch.chdir(tmp_path)

    exit_code, out, err = command("invite", *arguments)

    assert (exit_code, out) == (2, "")
    assert sentence in err
    assert list(tmp_path.iterdir()) == []
