import pytest

from app.model.participants import initials


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Ada Lovelace", "AL"),
        ("grace", "GR"),
        ("x", "X"),
        ("Ana María de la Cruz", "AC"),
        ("李 雷", "李雷"),
        ("😀", "😀"),
        ("  ", "?"),
        ("", "?"),
    ],
)
def test_initials_stand_for_a_name(name: str, letters: str) -> None:
    assert initials(name) == letters
