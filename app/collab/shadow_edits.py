"""Local edits made in a replica's shadow, and told in the CRDT's unit.

Knows no CRDT. Source: EDITOR.md, binding rules 2 and 5; PITFALLS (Text offsets are UTF-8 bytes).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.collab.replica_delta import Change
from app.model.text_edit import PositionError, is_normal
from collab_server.protocol.errors import LocalProtocolError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.model.shadow_text import ShadowText
    from app.model.text_edit import TextEdit


def make_in_shadow(shadow: ShadowText, edits: Sequence[TextEdit]) -> list[Change]:
    """Make edits in the shadow; return them as changes of the text before.

    Args:
        shadow: the text.
        edits: as `TextEdit` says.

    Raises:
        LocalProtocolError: a position outside the text or inside a character, or a text that is not
            normalised. Nothing has changed.
    """
    for edit in edits:
        if not is_normal(edit.text):
            raise LocalProtocolError("an edit's text is not normalised")
    if len(edits) > 1:
        _check(shadow, edits)
    changes: list[Change] = []
    for at_utf16, removed_utf16, text in reversed(edits):
        try:
            replaced = shadow.replace(at_utf16, at_utf16 + removed_utf16, text)
        except PositionError as error:
            raise LocalProtocolError(str(error)) from error
        changes.append(Change(replaced.at_utf8, replaced.removed_utf8, text))
    changes.reverse()  # positions before an edit are the same before and after it
    return changes


def _check(shadow: ShadowText, edits: Sequence[TextEdit]) -> None:
    """Find out before the first of several edits is made whether all can be."""
    start, end = -1, 0
    for edit in edits:
        if edit.at_utf16 <= start or edit.at_utf16 < end or edit.removed_utf16 < 0:
            raise LocalProtocolError("edits overlap or descend")
        start = edit.at_utf16
        end = start + edit.removed_utf16
        try:
            shadow.utf8_at(start)
            shadow.utf8_at(end)
        except PositionError as error:
            raise LocalProtocolError(str(error)) from error
