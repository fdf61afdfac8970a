import pytest

from app.model.code_links import MOST_LINKS, CodeLink, code_link, find_code_links

PATHS = frozenset({"hello.py", "src/hello.py", "my file.txt", "größe.md"})


def found(text: str) -> list[tuple[str, int, int]]:
    return [(link.path, link.first_line, link.last_line) for link in find_code_links(text, PATHS)]


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("see hello.py:12", [("hello.py", 12, 12)]),
        ("see hello.py:12–20, please", [("hello.py", 12, 20)]),
        ("src/hello.py:3-1", [("src/hello.py", 1, 3)]),
        ("(my file.txt:7) größe.md:1", [("my file.txt", 7, 7), ("größe.md", 1, 1)]),
        ("other.py:12", []),
        ("xhello.py:12", []),
        ("lib/hello.py:12", []),
        ("hello.py:0", []),
        ("hello.py:12abc", []),
        ("hello.py:12:5", []),
        ("hello.py:123456789", []),
        ("at 12:30 in hello.py", []),
        ("no colon", []),
    ],
)
def test_places_in_known_files_are_found(text: str, links: list[tuple[str, int, int]]) -> None:
    assert found(text) == links


def test_a_place_says_where_it_stands_in_the_message() -> None:
    assert find_code_links("😀 hello.py:3", PATHS) == [CodeLink(2, 12, "hello.py", 3, 3)]


def test_without_files_nothing_is_a_place() -> None:
    assert find_code_links("hello.py:3", frozenset()) == []


def test_a_message_has_so_many_places_and_no_more() -> None:
    assert len(found("hello.py:1 " * (MOST_LINKS + 5))) == MOST_LINKS


def test_what_is_written_is_found_again() -> None:
    text = f"{code_link('my file.txt', 12, 20)} {code_link('hello.py', 4, 4)}"

    assert text == "my file.txt:12–20 hello.py:4"
    assert found(text) == [("my file.txt", 12, 20), ("hello.py", 4, 4)]
