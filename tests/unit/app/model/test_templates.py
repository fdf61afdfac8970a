"""What a new text can begin with: it works as it stands."""

import ast
import re
from html.parser import HTMLParser

import pytest

from app.model.languages import language_of
from app.model.templates import TEMPLATES, Template


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.id)
def test_a_template_is_what_its_name_says(template: Template) -> None:
    assert language_of(template.file_name) == template.id
    assert template.text.endswith("\n")
    assert not re.search(r"[ \t]$|\t|\r", template.text, re.MULTILINE)


def test_the_page_closes_what_it_opens() -> None:
    open_tags: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: object) -> None:
            if tag != "meta":
                open_tags.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert open_tags.pop() == tag

    Reader().feed(TEMPLATES[0].text)

    assert open_tags == []


def test_the_script_is_python_that_says_hello() -> None:
    tree = ast.parse(TEMPLATES[1].text)

    assert "main" in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
