import pytest

from app.model.languages import LANGUAGE_NAMES, PLAIN_TEXT, language_of


@pytest.mark.parametrize(
    ("path", "language"),
    [
        ("main.py", "python"),
        ("src/App.JS", "javascript"),
        ("C:\\work\\page.HTML", "html"),
        ("archive.tar.rs", "rust"),
        ("Rakefile", "ruby"),
        ("README", PLAIN_TEXT),
        ("", PLAIN_TEXT),
        (".py", PLAIN_TEXT),
    ],
)
def test_a_name_tells_the_language(path: str, language: str) -> None:
    assert language_of(path) == language


def test_every_language_has_a_name() -> None:
    assert {language_of(f"x{suffix}") for suffix in (".c", ".go", ".ts")} <= set(LANGUAGE_NAMES)
