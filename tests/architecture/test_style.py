"""Ruff's formatter and linter, with the rules of pyproject.toml."""

from tests.architecture.checkout import expect_nothing_from


def test_every_file_is_formatted() -> None:
    expect_nothing_from("ruff", "format", "--check", "--quiet", ".")


def test_the_linter_finds_nothing() -> None:
    expect_nothing_from("ruff", "check", "--quiet", ".")
