"""Syntax trees: what is captured, where, and that following a text equals reading it anew."""

import random

import pytest

from app.paths import resources_dir
from app.syntax.changed_range import changed_range
from app.syntax.grammars import GRAMMAR_LANGUAGES, Grammars
from app.syntax.messages import CAPTURES, Span, Splice
from app.syntax.tree import SyntaxTree

PIECES = [
    "def f():\n",
    "    return 1\n",
    '"""',
    "'",
    "# 😀 comment\n",
    "名前 = f'{x!r}'\n",
    "(",
    ")",
    "x",
]


GRAMMARS = Grammars(resources_dir() / "queries")


def tree_of(language: str, text: str) -> SyntaxTree:
    tree = SyntaxTree(language, GRAMMARS)
    replace(tree, text)
    return tree


def replace(tree: SyntaxTree, text: str) -> None:
    tree.splice(Splice(0, 1_000, text.split("\n")))


def captured(language: str, line: str) -> list[tuple[str, str]]:
    """Return the spans of a line of ASCII as (text, capture)."""
    spans = tree_of(language, line).spans(0, 0)[0]
    return [(line[at : at + length], capture) for at, length, capture in spans]


@pytest.mark.parametrize("language", sorted(GRAMMAR_LANGUAGES))
def test_a_query_names_only_known_captures(language):
    text = "class A { b = `x${1}\\n` + /a/g; c() { return null } } // d\n# e\nf'{g}'\n@h\n"

    lines = tree_of(language, text).spans(0, 10)

    assert {span.capture for spans in lines for span in spans} <= set(CAPTURES)


def test_python_is_captured():
    assert captured("python", "def add(a: int) -> Foo: return a + 1  # sum") == [
        ("def", "keyword"),
        ("add", "function"),
        ("int", "type"),
        ("->", "operator"),
        ("Foo", "type"),
        ("return", "keyword"),
        ("+", "operator"),
        ("1", "number"),
        ("# sum", "comment"),
    ]


def test_the_inner_capture_wins_over_the_outer_one():
    assert captured("python", r"x = f'a\n{b}c'") == [
        ("=", "operator"),
        ("f'", "string"),
        ("a", "string"),
        ("\\n", "escape"),
        ("{", "escape"),
        ("}", "escape"),
        ("c", "string"),
        ("'", "string"),
    ]


def test_a_later_pattern_wins_over_an_earlier_one():
    assert captured("python", "Foo.bar(None)") == [
        ("Foo", "type"),
        ("bar", "function"),
        ("None", "constant"),
    ]


def test_a_decorator_is_captured():
    tree = tree_of("python", "@app.route('/')\ndef f(): ...")

    assert tree.spans(0, 0)[0][:3] == (
        Span(0, 1, "decorator"),
        Span(5, 5, "decorator"),
        Span(11, 1, "string"),
    )


def test_javascript_is_captured():
    assert captured("javascript", "const add = (a) => new Foo(a.b, `x${1}`); // c") == [
        ("const", "keyword"),
        ("add", "function"),
        ("=", "operator"),
        ("=>", "operator"),
        ("new", "keyword"),
        ("Foo", "type"),
        ("b", "property"),
        ("`", "string"),
        ("x", "string"),
        ("${", "escape"),
        ("1", "number"),
        ("}", "escape"),
        ("`", "string"),
        ("// c", "comment"),
    ]


def test_columns_are_utf16_behind_emoji_and_cjk():
    tree = tree_of("python", "a = '😀漢字'; b = 1")

    assert tree.spans(0, 0)[0] == (
        Span(2, 1, "operator"),
        Span(4, 1, "string"),
        Span(5, 4, "string"),
        Span(9, 1, "string"),
        Span(14, 1, "operator"),
        Span(16, 1, "number"),
    )


def test_a_string_over_several_lines_is_cut_at_their_ends():
    tree = tree_of("python", "'''é\n\n😀 b'''\n")

    assert tree.spans(0, 3) == [
        (Span(0, 3, "string"), Span(3, 1, "string")),
        (),
        (Span(0, 4, "string"), Span(4, 3, "string")),
        (),
    ]


def test_only_the_lines_asked_for_are_answered():
    tree = tree_of("python", "'''a\nb\nc'''\nd\n")

    assert tree.spans(1, 1) == [(Span(0, 1, "string"),)]
    assert len(tree.spans(3, 99)) == 2
    assert tree.spans(7, 9) == []


@pytest.mark.parametrize("seed", range(20))
def test_a_tree_that_followed_broken_text_equals_a_new_one(seed):
    chance = random.Random(seed)
    lines = [""]
    tree = tree_of("python", "")

    for _ in range(40):
        first = chance.randint(0, len(lines))
        removed = chance.choice([0, 1, 1, 1, 2])
        new = [chance.choice(PIECES) for _ in range(chance.choice([1, 1, 2]))]
        lines[first : first + removed] = new
        tree.splice(Splice(first, removed, new))
        tree.spans(0, chance.choice([0, 5]))

    good = ["x = 1  # 😀", ""]  # error recovery may differ, text without errors may not
    tree.splice(Splice(0, len(lines), good))
    assert tree.spans(0, 1) == tree_of("python", "\n".join(good)).spans(0, 1)


@pytest.mark.parametrize("seed", range(20))
def test_a_tree_that_followed_good_text_equals_a_new_one(seed):
    chance = random.Random(seed)
    good = ["x = f(1)", "name = '名前 😀'", "# a comment", "", "pass", "def f(a): return a"]
    lines = [""]
    tree = tree_of("python", "")

    for _ in range(30):
        first = chance.randint(0, len(lines))
        removed = chance.randint(0, 3)
        new = [chance.choice(good) for _ in range(chance.randint(0, 3))]
        lines[first : first + removed] = new
        tree.splice(Splice(first, removed, new))

    assert tree.spans(0, 200) == tree_of("python", "\n".join(lines)).spans(0, len(lines) - 1)


def test_an_edit_recolours_all_that_it_changes():
    tree = tree_of("python", "a = 1\nb = 2\n")

    replace(tree, "'''a = 1\nb = 2\n'''")

    assert tree.spans(0, 2) == tree_of("python", "'''a = 1\nb = 2\n'''").spans(0, 2)


@pytest.mark.parametrize(
    ("old", "new", "limit", "expected"),
    [
        (b"", b"", None, (0, 0, 0)),
        (b"abc", b"abc", None, (3, 3, 3)),
        (b"abc", b"aXbc", None, (1, 1, 2)),
        (b"aXbc", b"abc", None, (1, 2, 1)),
        (b"aaa", b"aaaa", 1, (1, 1, 2)),
        (b"", b"ab", None, (0, 0, 2)),
    ],
)
def test_the_changed_range_is_what_differs(old, new, limit, expected):
    assert changed_range(old, new, limit=limit) == expected


def test_the_changed_range_keeps_to_whole_steps():
    old, new = "é".encode("utf-16-le"), "è".encode("utf-16-le")

    assert changed_range(old, new, step=2) == (0, 2, 2)
