"""The type checker: strict on the sources, unannotated arguments allowed in tests."""

from tests.architecture.checkout import expect_nothing_from


def test_the_type_checker_finds_nothing() -> None:
    expect_nothing_from("basedpyright", "--warnings")
