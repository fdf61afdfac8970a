"""Edits of a text, made where others have edited in the meantime.

Knows neither widget nor replica. Source: EDITOR.md, binding rules 4 and 5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.model.text_edit import Selection, TextEdit, transform_selection

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def carried(edits: Iterable[TextEdit], over: Sequence[TextEdit]) -> list[TextEdit]:
    """Return what edits mean in the text after other edits of the same text.

    What others inserted at the edge of a replaced range stays; edits that come to stand at the same
    place become one.

    Args:
        edits: as `TextEdit` says.
        over: as `TextEdit` says, of the same text.
    """
    done: list[TextEdit] = []
    for edit in edits:
        stop = edit.at_utf16 + edit.removed_utf16
        moved = transform_selection(Selection(edit.at_utf16, stop), over)
        start, stop, text = moved.anchor_utf16, moved.head_utf16, edit.text
        if done and start <= done[-1].at_utf16 + done[-1].removed_utf16:
            last = done.pop()
            start, text = last.at_utf16, last.text + text
            stop = max(stop, last.at_utf16 + last.removed_utf16)
        done.append(TextEdit(start, stop - start, text))
    return done
