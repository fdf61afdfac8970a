"""Where the colours of a line go when a key puts something into it."""

import random

import pytest

from app.syntax.messages import Span
from app.ui.editor.span_moving import moved_spans, pushed_spans
from tests.seeds import seeds

LINE = "def call(a): # note"
SPANS = (Span(0, 3, "keyword"), Span(4, 4, "function"), Span(13, 6, "comment"))


@pytest.mark.parametrize("seed", seeds(30))
def test_a_key_pushes_spans_as_the_comparison_of_lines_does(seed: int) -> None:
    plan = random.Random(seed)
    at = plan.randint(0, len(LINE))
    typed = plan.choice(["a", "_", " ", "()", "    ", "="])
    new = LINE[:at] + typed + LINE[at:]

    pushed = pushed_spans(LINE, new, SPANS, at, len(typed))

    assert [pushed] == moved_spans([LINE], [new], [SPANS], at)


@pytest.mark.parametrize(
    ("new", "at", "count"),
    [
        ("x" + LINE, 1, 1),  # not there
        (LINE[1:], 0, 0),  # something went
        ("é" + LINE, 0, 1),  # not ASCII
    ],
)
def test_any_other_change_is_left_to_the_comparison(new: str, at: int, count: int) -> None:
    assert pushed_spans(LINE, new, SPANS, at, count) is None
