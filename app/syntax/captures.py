"""From the names that queries give to pieces of text to the few kinds that have a colour.

The grammars' packages use names of several schools: nvim's, helix's, tree-sitter's own.
"""

from __future__ import annotations

from app.syntax.messages import CAPTURES

_KINDS = {
    **{kind: kind for kind in CAPTURES},
    "attribute": "property",
    "boolean": "constant",
    "conditional": "keyword",
    "constructor": "type",
    "field": "property",
    "float": "number",
    "function.macro": "decorator",
    "label": "constant",
    "module": "type",
    "namespace": "type",
    "none": "",
    "punctuation.special": "escape",
    "storageclass": "keyword",
    "string.escape": "escape",
    "string.special.key": "property",
    "string.special.symbol": "constant",
    "tag": "keyword",
    "text.emphasis": "constant",
    "text.literal": "string",
    "text.reference": "property",
    "text.strong": "constant",
    "text.title": "keyword",
    "text.uri": "string",
    "variable.builtin": "constant",
}


def capture_of(name: str) -> str | None:
    """Return one of CAPTURES for a query's capture, by its longest part that has one.

    "" is plain text, whatever stands around it; None: it says nothing about colours.
    """
    while name:
        if name in _KINDS:
            return _KINDS[name]
        name = name.rpartition(".")[0]
    return None
