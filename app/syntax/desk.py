"""Answers what the app asks of the syntax process: pure, a request in, an answer out.

Knows no pipe and no process. An error of one text is that text's: the others go on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.syntax.messages import Answer, Colour, Coloured, Forget, Request, Uncoloured
from app.syntax.tree import SyntaxTree

if TYPE_CHECKING:
    from app.syntax.grammars import Grammars


class SyntaxDesk:
    """Holds the texts that are open in the app."""

    def __init__(self, grammars: Grammars) -> None:
        self._grammars = grammars
        self._trees: dict[int, SyntaxTree] = {}

    def answer(self, request: Request) -> Answer | None:
        """Do what is asked; None when nothing is to be said."""
        if isinstance(request, Forget):
            self._trees.pop(request.text, None)
            return None
        try:
            return self._colour(request)
        except Exception as error:  # noqa: BLE001 - the boundary of a text, whatever its grammar does
            self._trees.pop(request.text, None)
            return Uncoloured(request.text, type(error).__name__)

    def _colour(self, request: Colour) -> Coloured:
        tree = self._trees.get(request.text)
        if tree is None:
            tree = self._trees[request.text] = SyntaxTree(self._grammars.of(request.language))
        for splice in request.splices:
            tree.splice(splice)
        first = max(request.first_line, 0)
        spans = tree.spans(first, request.last_line)
        return Coloured(request.text, request.revision, first, spans)
