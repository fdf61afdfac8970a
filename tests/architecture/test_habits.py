"""Habits that no linter knows: what bites with Qt, qasync and asyncio, and what readers pay for."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.architecture.checkout import PACKAGES, ROOT, source_files

PLAIN_TEXT_MODULE = "app/ui/widgets/plain_text.py"
MARKDOWN_MODULE = "app/ui/panels/markdown.py"  # shows it without HTML, and loads nothing
TASK_OWNERS = {"app/tasks.py"}
POLLING_MODULES = {"collab_server/storage/connection.py"}  # SQLite's change to WAL cannot wait
THEME_MODULE = "app/ui/theme.py"
EMPTY_NAMES = {"common", "data", "handler", "helpers", "info", "manager", "misc", "utils"}
BANNED_CALLS = {
    "asyncClose": "spins processEvents: start a task on the owner",
    "asyncSlot": "drops the reference to its task: start a task on the owner",
    "ensure_future": "has no owner: start a task on the owner",
    "exec": "stops the other tasks: open() and a signal",
    "exec_": "stops the other tasks: open() and a signal",
    "gather": "leaves siblings running: use a TaskGroup",
    "processEvents": "runs other people's slots in the middle of this one",
}
RICH_TEXT_SETTERS = {
    "insertHtml",
    "setDetailedText",
    "setHtml",
    "setInformativeText",
    "setMarkdown",
    "setToolTip",
    "setWhatsThis",
}

Check = Callable[[ast.AST, str], str | None]


def called_name(node: ast.AST) -> str | None:
    """Return the last part of what a call calls."""
    if not isinstance(node, ast.Call):
        return None
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else None


def is_own_text(node: ast.expr) -> bool:
    """Tell whether an expression is text from our sources, translated or not."""
    if isinstance(node, ast.Constant):
        return True
    return isinstance(node, ast.Call) and called_name(node) == "tr" and is_own_text(node.args[0])


def banned_call(node: ast.AST, _module: str) -> str | None:
    """Find calls that do not go together with qasync or structured tasks."""
    name = called_name(node)
    return f"{name} {BANNED_CALLS[name]}" if name in BANNED_CALLS else None


def banned_decorator(node: ast.AST, _module: str) -> str | None:
    """Find the decorators of qasync where they stand without a call."""
    if isinstance(node, ast.alias) and node.name in {"asyncSlot", "asyncClose"}:
        return f"{node.name} {BANNED_CALLS[node.name]}"
    return None


def sleeping_thread(node: ast.AST, module: str) -> str | None:
    """Find time.sleep, which waits for a length of time instead of a fact."""
    if module in POLLING_MODULES:
        return None
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "time.sleep":
        return "time.sleep waits for a length of time: wait for a fact, with a limit"
    if isinstance(node, ast.ImportFrom) and node.module == "time":
        return next(("import time, not sleep" for a in node.names if a.name == "sleep"), None)
    return None


def task_without_owner(node: ast.AST, module: str) -> str | None:
    """Find tasks started outside a group, or without a name."""
    if called_name(node) != "create_task" or not isinstance(node, ast.Call):
        return None
    receiver = ast.unparse(node.func).rpartition(".")[0]
    if module not in TASK_OWNERS and (not receiver or re.search(r"asyncio|loop", receiver)):
        return "create_task without an owner: a TaskGroup or TaskOwner.start"
    if not any(keyword.arg == "name" for keyword in node.keywords):
        return "create_task without a name"
    return None


def rich_text(node: ast.AST, module: str) -> str | None:
    """Find widgets that would render text from others as HTML."""
    name = called_name(node)
    if module == PLAIN_TEXT_MODULE or not isinstance(node, ast.Call):
        return None
    if name == "QMessageBox" or ast.unparse(node.func).startswith("QMessageBox."):
        return f"QMessageBox guesses HTML: take one from {PLAIN_TEXT_MODULE}"
    texts = [argument for argument in node.args if not isinstance(argument, ast.Starred)]
    if name == "QLabel" and not (texts and is_own_text(texts[0])):
        return f"QLabel guesses HTML: take one from {PLAIN_TEXT_MODULE}"
    if name == "setMarkdown" and module == MARKDOWN_MODULE:
        return None
    if name in RICH_TEXT_SETTERS and not all(is_own_text(text) for text in node.args):
        return f"{name} renders HTML: use {PLAIN_TEXT_MODULE}"
    return None


def captured_self(node: ast.AST, _module: str) -> str | None:
    """Find lambdas that keep their widget alive through a connection."""
    if called_name(node) != "connect" or not isinstance(node, ast.Call):
        return None
    lambdas = [argument for argument in node.args if isinstance(argument, ast.Lambda)]
    names = {part.id for each in lambdas for part in ast.walk(each) if isinstance(part, ast.Name)}
    return "connect to a bound method, not a lambda with self" if "self" in names else None


def loose_colour(node: ast.AST, module: str) -> str | None:
    """Find colours that the themes do not know."""
    if not module.startswith("app/ui/") or module == THEME_MODULE:
        return None
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return (
            "a colour outside the theme" if re.fullmatch(r"#[0-9a-fA-F]{3,8}", node.value) else None
        )
    return None


HABITS: list[Check] = [
    banned_call,
    banned_decorator,
    captured_self,
    loose_colour,
    rich_text,
    sleeping_thread,
    task_without_owner,
]


def findings(check: Check, path: Path, source: str) -> Iterator[str]:
    """Yield what a check finds in a source, with its place."""
    module = path.as_posix()
    for node in ast.walk(ast.parse(source)):
        if found := check(node, module):
            yield f"{module}:{getattr(node, 'lineno', 0)}: {found}"


@pytest.mark.parametrize("check", HABITS, ids=lambda check: check.__name__)
def test_no_module_has_the_habit(check: Check) -> None:
    found = [
        finding
        for path in source_files(*PACKAGES)
        for finding in findings(check, path.relative_to(ROOT), path.read_text(encoding="utf-8"))
    ]

    assert found == []


@pytest.mark.parametrize(
    ("check", "source"),
    [
        (banned_call, "dialog.exec()"),
        (banned_call, "QApplication.processEvents()"),
        (banned_call, "await asyncio.gather(a, b)"),
        (banned_decorator, "from qasync import asyncSlot"),
        (sleeping_thread, "time.sleep(1)"),
        (sleeping_thread, "from time import sleep"),
        (task_without_owner, "asyncio.create_task(work(), name='work')"),
        (task_without_owner, "group.create_task(work())"),
        (rich_text, "QLabel(participant.name)"),
        (rich_text, "QLabel(parent=self)"),
        (rich_text, "QMessageBox.critical(self, 'No', reason)"),
        (rich_text, "item.setToolTip(f'{name}')"),
        (captured_self, "button.clicked.connect(lambda: self.leave(room))"),
        (loose_colour, "QColor('#ff8800')"),
    ],
)
def test_a_habit_is_recognised(check: Check, source: str) -> None:
    assert list(findings(check, Path("app/ui/panels/people.py"), source)) != []


@pytest.mark.parametrize(
    ("check", "source"),
    [
        (rich_text, "QLabel(self.tr('Name'), parent=self)"),
        (rich_text, "button.setToolTip('Share')"),
        (task_without_owner, "group.create_task(work(), name='work')"),
        (captured_self, "button.clicked.connect(partial(self.leave, room))"),
    ],
)
def test_a_good_habit_is_let_alone(check: Check, source: str) -> None:
    assert list(findings(check, Path("app/ui/panels/people.py"), source)) == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    empty = [
        str(path.relative_to(ROOT))
        for path in source_files(*PACKAGES)
        if EMPTY_NAMES & set(path.stem.split("_"))
    ]

    assert empty == []


def test_packaging_stays_a_folder() -> None:
    """As a package it would shadow the library of that name when Python runs from the root."""
    assert not (ROOT / "packaging" / "__init__.py").exists()
