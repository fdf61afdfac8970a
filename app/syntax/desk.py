"""Answers what the app asks of the syntax process: pure, a request in, an answer out.

Knows no pipe and no process. An error of one text is that text's: the others go on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.syntax.languages import LEXERS
from app.syntax.lexed import LexedText
from app.syntax.messages import Answer, Colour, Coloured, Forget, Request, Uncoloured
from app.syntax.tree import SyntaxTree

if TYPE_CHECKING:
    from app.syntax.grammars import Grammars


class SyntaxDesk:
    """Holds the texts that are open in the app."""

    def __init__(self, grammars: Grammars) -> None:
        self._grammars = grammars
        self._texts: dict[int, SyntaxTree | LexedText] = {}

    def answer(self, request: Request) -> Answer | None:
        """Do what is asked; None when nothing is to be said."""
        if isinstance(request, Forget):
            self._texts.pop(request.text, None)
            return None
        try:
            return self._colour(request)
        except Exception as error:  # noqa: BLE001 - the boundary of a text, whatever its grammar does
            self._texts.pop(request.text, None)
            return Uncoloured(request.text, type(error).__name__)

    def _colour(self, request: Colour) -> Coloured:
        text = self._texts.get(request.text)
        if text is None:
            text = self._texts[request.text] = self._open(request.language)
        for splice in request.splices:
            text.splice(splice)
        first = max(request.first_line, 0)
        spans = text.spans(first, request.last_line)
        return Coloured(request.text, request.revision, first, spans)

    def _open(self, language: str) -> SyntaxTree | LexedText:
        if language in LEXERS:
            return LexedText(language)
        return SyntaxTree(language, self._grammars)
