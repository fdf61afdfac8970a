"""What a browser may ask for of a project, and what it gets."""

import pytest

from app.model.preview import (
    LONGEST_WAIT_MS,
    POLICY,
    SETTLE_MS,
    is_page,
    kind_of,
    names_in_words,
    preview_path,
    wait_ms,
    with_script,
)


@pytest.mark.parametrize(
    ("asked", "path"),
    [
        ("", "index.html"),
        ("about/", "about/index.html"),
        ("style.css", "style.css"),
        ("img/a b.PNG", "img/a b.PNG"),
        ("Überschrift.html", "Überschrift.html"),
    ],
)
def test_a_file_of_the_project_may_be_asked_for(asked: str, path: str) -> None:
    assert preview_path(asked) == path


@pytest.mark.parametrize(
    "asked",
    [
        "../index.html",
        "a/../../index.html",
        "a/./index.html",
        "/etc/index.html",
        "//host/index.html",
        "a//index.html",
        ".git/config.txt",
        ".env",
        "a/.hidden/index.html",
        ".live/reload.js",
        "..\\index.html",
        "C:/index.html",
        "index.html::$DATA.html",
        "a\x00.html",
        "a\n.html",
        "a /index.html",
        "page.html ",
        "x" * 2000 + ".html",
        "server.py",
        "key.pem",
        "Makefile",
        "credentials.json",
    ],
)
def test_nothing_else_may_be(asked: str) -> None:
    assert preview_path(asked) is None


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("a.html", "text/html; charset=utf-8"),
        ("a.min.JS", "text/javascript; charset=utf-8"),
        ("a.woff2", "font/woff2"),
        ("a", ""),
        ("html", ""),
        ("a.py", ""),
    ],
)
def test_the_kind_is_told_by_the_name(path: str, kind: str) -> None:
    assert kind_of(path) == kind


def test_pages_are_html() -> None:
    assert [is_page(path) for path in ("a.htm", "a.html", "a.css", "a")] == [
        True,
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("<body>x</body>", '<body>x<script src="/s"></script></body>'),
        ("<BODY>x</BODY>\n", '<BODY>x<script src="/s"></script></BODY>\n'),
        ("no end", 'no end<script src="/s"></script>'),
        ("", '<script src="/s"></script>'),
        ("<p></body></p></body>", '<p></body></p><script src="/s"></script></body>'),
        ("İ</body>", 'İ</body><script src="/s"></script>'),
    ],
)
def test_our_script_stands_at_the_end_of_a_page(page: str, expected: str) -> None:
    assert with_script(page, "/s") == expected


def test_a_page_is_loaded_again_when_typing_pauses_or_before_a_second_is_over() -> None:
    waits = [wait_ms(since) for since in (0, 200, 400, 800, 900, 5000)]

    assert waits == [SETTLE_MS, SETTLE_MS, 500, 100, 0, 0]
    assert LONGEST_WAIT_MS < 1000


def test_the_policy_lets_own_scripts_run_and_nothing_come_from_elsewhere() -> None:
    sources = {part.split()[0]: part.split()[1:] for part in POLICY.split(";")}

    assert "'unsafe-inline'" in sources["default-src"]
    assert not {"*", "http:", "https:", "ws:"} & set(POLICY.replace(";", " ").split())
    assert {"object-src", "base-uri", "form-action", "frame-ancestors"} <= sources.keys()


def test_those_who_wrote_are_named_each_once() -> None:
    assert names_in_words(("Ana", "", "Ana", "Ben")) == (("Ana", "Ben"), 0)
    assert names_in_words(("A", "B", "C", "D", "E")) == (("A", "B", "C"), 2)
    assert names_in_words(()) == ((), 0)
