"""Every language that has colours: its query compiles, and a sample is coloured as it should be."""

import pytest

from app.model.languages import LANGUAGE_NAMES, PLAIN_TEXT, language_of
from app.paths import resources_dir
from app.syntax.captures import capture_of
from app.syntax.desk import SyntaxDesk
from app.syntax.grammars import GRAMMAR_LANGUAGES, Grammars
from app.syntax.languages import GRAMMARS, LEXERS, SYNTAX_LANGUAGES
from app.syntax.messages import CAPTURES, Colour, Coloured, Spans, Splice

KNOWN = Grammars(resources_dir() / "queries")

SAMPLES = {
    "c": ('static int MAX = f("a\\n", p->x); // c', "keyword type constant function string"),
    "cpp": ("class A : public B { auto x = std::make(1); }; // c", "keyword type function number"),
    "csharp": ('[Old] class A { int F() { return G($"a{x}", null); } } // c', "decorator function"),
    "css": (".a { color: #fff; width: var(10px); } /* c */", "property string number function"),
    "go": ('func F(s string) int { return len(s) + g.h(1, "s", nil) } // c', "keyword function"),
    "html": ('<p class="a">t</p><!-- c -->', "keyword property string comment"),
    "java": ("class A { int f(String s) { return this.x + 1; } } // c", "keyword type function"),
    "javascript": (
        "class A { f() { return `a${1}` } } // c",
        "keyword type function string escape",
    ),
    "json": ('{"a": [1, true, "s\\n"]}', "property number constant string escape"),
    "markdown": ("# Title\n**b** `c` [l](x)", "keyword constant string property"),
    "php": (
        "<p><?php function f($a) { return $this->x + 1 . 's'; } // c",
        "keyword function string",
    ),
    "python": ("def f(): return 'a' + 1  # c", "keyword function string number comment"),
    "ruby": ("class A; def f(x) = @y + :s; end # c", "keyword function property constant"),
    "rust": ('fn f(x: &str) -> u8 { println!("a"); x.len() } // c', "keyword function type string"),
    "shellscript": ('for x in a; do echo "$x"; done # c', "keyword function string property"),
    "sql": ("SELECT count(a) FROM t WHERE x = 's' AND y > 1; -- c", "keyword function string"),
    "typescript": (
        "interface A<T> { a: string; f(): void } // c",
        "keyword type property function",
    ),
    "yaml": ('a: [1, true, "x"] # c', "property number constant string comment"),
}

MIXED = """x = 1
if ("a" == 2) { /* c */ }
# c
<a b='c'>
+a
\\b{c}
// d
**bold**
FROM a
;; e
"""


def spans_of(desk: SyntaxDesk, request: Colour) -> list[Spans]:
    answer = desk.answer(request)
    assert isinstance(answer, Coloured)
    return answer.spans


def coloured(language: str, text: str) -> list[list[tuple[str, str]]]:
    """Return each line's coloured pieces, as (text, kind); the text is ASCII."""
    lines = text.split("\n")
    spans_by_line = spans_of(
        SyntaxDesk(KNOWN), Colour(1, language, 1, [Splice(0, 1, lines)], 0, 999)
    )
    return [
        [(line[at : at + length], capture) for at, length, capture in spans]
        for line, spans in zip(lines, spans_by_line, strict=True)
    ]


def kinds_in(language: str, text: str) -> set[str]:
    return {kind for pieces in coloured(language, text) for _, kind in pieces}


def test_there_is_a_sample_of_every_grammar():
    assert SAMPLES.keys() == GRAMMARS
    assert GRAMMARS <= GRAMMAR_LANGUAGES


@pytest.mark.parametrize("language", sorted(SAMPLES))
def test_a_sample_is_coloured(language):
    text, wanted = SAMPLES[language]

    kinds = kinds_in(language, text)

    assert set(wanted.split()) <= kinds <= set(CAPTURES)


@pytest.mark.parametrize("language", sorted(GRAMMAR_LANGUAGES))
def test_a_query_compiles_and_means_known_kinds(language):
    assert set(KNOWN.of(language).captures.values()) <= {*CAPTURES, ""}


@pytest.mark.parametrize("language", sorted(LEXERS))
def test_pygments_reads_what_has_no_grammar(language):
    kinds = kinds_in(language, MIXED)

    assert kinds
    assert kinds <= set(CAPTURES)


@pytest.mark.parametrize("language", sorted(SYNTAX_LANGUAGES))
def test_a_language_with_colours_has_a_name(language):
    assert LANGUAGE_NAMES[language]


def test_scripts_and_styles_are_coloured_in_html():
    text = "<script>\nlet a = 1 // c\n</script>\n<style>\na { color: red }\n</style>"

    assert coloured("html", text) == [
        [("script", "keyword")],
        [("let", "keyword"), ("=", "operator"), ("1", "number"), ("// c", "comment")],
        [("script", "keyword")],
        [("style", "keyword")],
        [("a", "keyword"), ("color", "property")],
        [("style", "keyword")],
    ]


def test_html_and_its_scripts_are_coloured_around_php():
    lines = coloured("php", "<b>\n<?php return 1 ?>\n</b><script>let x = 1</script>")

    assert lines[0] == [("b", "keyword")]
    assert ("return", "keyword") in lines[1]
    assert ("let", "keyword") in lines[2]


def test_code_in_a_fence_is_coloured_by_what_people_call_it():
    lines = coloured("markdown", "```js\nlet x\n```\n\n```klingon\nlet x\n```\n\n*a*\n\nb *")

    assert lines[1] == [("let", "keyword")]
    assert lines[5] == []
    assert lines[8] == [("*a*", "constant")]
    assert lines[10] == []


def test_a_script_is_followed_while_html_around_it_is_edited():
    desk = SyntaxDesk(KNOWN)
    lines = ["<p>", "<script>", "let x = 1", "</script>"]
    desk.answer(Colour(1, "html", 1, [Splice(0, 1, lines)], 0, 9))

    edits = [Splice(0, 1, ["<p>", "<b>x</b>"]), Splice(3, 1, ["var y"])]
    spans = spans_of(desk, Colour(1, "html", 2, edits, 3, 3))

    assert [span.capture for span in spans[0]] == ["keyword"]


def test_fences_in_fences_end_somewhere():
    assert kinds_in("markdown", "```markdown\n" * 50) <= set(CAPTURES)


def test_columns_of_a_lexer_are_utf16():
    lines = ["a = '😀' # c", "b = 1"]

    spans = spans_of(SyntaxDesk(KNOWN), Colour(1, "toml", 1, [Splice(0, 1, lines)], 0, 1))

    assert spans[0][-1] == (9, 3, "comment")


def test_a_capture_counts_by_its_longest_known_part():
    names = ("function.method.builtin", "string.special.key", "variable.parameter", "none")

    assert [capture_of(name) for name in names] == ["function", "property", None, ""]


@pytest.mark.parametrize(
    ("path", "language"),
    [
        ("a/b.PY", "python"),
        ("Dockerfile", "dockerfile"),
        ("x/CMakeLists.txt", "cmake"),
        ("a.kt", "kotlin"),
        ("notes", PLAIN_TEXT),
    ],
)
def test_a_name_says_the_language(path, language):
    assert language_of(path) == language
