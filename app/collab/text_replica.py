"""One document's text with its history: edits in, edits out, and never another position unit.

It stands between a widget's binding (UTF-16 edits), the CRDT (UTF-8 bytes) and the session (raw
updates), and knows neither widgets nor frames nor pycrdt. Source: EDITOR.md, binding rules 2–6;
PROTOCOL.md §5 (nothing new, too early).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.collab.browser_carets import BrowserCaret, BrowserCarets
from app.collab.caret_log import CaretLog, WireCaret, caret_to_wire
from app.collab.crdt import CrdtText, Origin, diff, merge
from app.collab.cut_pairs import CutPairs
from app.collab.errors import EarlyUpdate, ForeignContent, ReplicaBroken
from app.collab.own_updates import OwnUpdates
from app.collab.replica_delta import Change, growth_utf8, line_feeds_only, shown
from app.collab.shadow_edits import make_in_shadow
from app.collab.sync_ledger import SyncLedger
from app.collab.undo_history import EditKind, UndoHistory
from app.model.shadow_text import ShadowText
from app.model.text_composition import compose
from app.model.text_diff import minimal_edits
from app.model.text_edit import PositionError, Selection, TextEdit, normalise
from collab_server.protocol.errors import MalformedUpdate
from collab_server.protocol.known_state import KnownState, Standing
from collab_server.protocol.updates import parse_update

if TYPE_CHECKING:
    from collab_server.protocol.updates import UpdateSummary

__all__ = ["EditKind", "TextReplica", "Undone"]

_ROOT = "content"

OnChanged = Callable[[Sequence[TextEdit], Collection[int]], None]
"""Told after every change, with its edits and the author ids of what it inserted."""


@dataclass(frozen=True, slots=True)
class Undone:
    """What an undo or redo did."""

    edits: list[TextEdit]
    selection: Selection | None  # to be restored; None when there was nothing of one's own left
    update: bytes


class TextReplica:
    """A shared or not yet shared text, in this process.

    Invariant: between calls `shadow` is what the CRDT holds, as a widget shows it, and the ledger's
    log is what the CRDT was made of. To be used on the thread that made it; nothing here awaits.
    """

    def __init__(self, text: str = "") -> None:
        """Begin with a text, which enters the history once and cannot be undone."""
        first = normalise(text)
        self.ledger = SyncLedger(merge=merge, diff=diff)
        self.shadow = ShadowText(first)
        self.is_writable = True  # whether the server would take what is made here
        self.on_changed: OnChanged | None = None
        self._carets = CaretLog()
        self.browser_carets = BrowserCarets(self.ledger, _ROOT)
        self._deleted_units = 0  # clock units of the history that are text no more
        self._history = UndoHistory()
        self._crdt = CrdtText(_ROOT)
        self._own = OwnUpdates(self._crdt.author_id)
        self._pairs = CutPairs()
        if first:
            self._crdt.replace([Change(0, 0, first)], Origin.UNTRACKED)
            self._note_own([TextEdit(0, 0, first)])

    @property
    def text(self) -> str:
        """The whole text, as a widget shows it."""
        return str(self.shadow)

    @property
    def author_id(self) -> int:
        """The Yjs client id of what is typed here; another one after `ReplicaBroken`."""
        return self._crdt.author_id

    @property
    def can_undo(self) -> bool:
        """Whether `undo` may find something of one's own."""
        return self._crdt.can_undo()

    @property
    def can_redo(self) -> bool:
        """Whether `redo` may find something of one's own."""
        return self._crdt.can_redo()

    def edit(
        self, edits: Sequence[TextEdit], *, kind: EditKind = EditKind.TYPING, now_ms: float
    ) -> bytes | None:
        """Make local edits in one transaction; return the update, which the ledger also hands on.

        Args:
            edits: as `TextEdit` says; none, or only empty ones, change nothing and give None.
            kind: how undo groups them.
            now_ms: monotonic.

        Raises:
            LocalProtocolError: a position outside the text or inside a character, or a text that is
                not normalised. Nothing has changed.
            ReplicaBroken: the library failed. The text is the one before, undo is forgotten; the
                widget must take the text.
        """
        edits = [edit for edit in edits if edit.removed_utf16 or edit.text]
        if not edits:
            return None
        changes = make_in_shadow(self.shadow, edits)
        if kind is EditKind.RELOAD:
            self._history.cut()
            self._history.move(edits)
            return self._make(edits, changes, Origin.UNTRACKED)
        if self._history.take_in(edits, kind, now_ms):
            self._crdt.cut_undo_group()
        return self._make(edits, changes, None)

    def apply(self, updates: Sequence[bytes]) -> list[TextEdit]:
        """Take in updates of others, in order, and return what they did to the text, as one list.

        Raises:
            RemoteProtocolError: no Yjs client makes these bytes. Nothing has changed.
            EarlyUpdate: one stands on something that has not arrived.
            ForeignContent: one brings what is not text, or nests types too deeply.
            ReplicaBroken: the library failed on one; undo is forgotten.
                After these three the text is as before that update; their `edits` tell what those
                before it did.
        """
        summaries = [parse_update(update) for update in updates]
        done = self._cut_pairs(updates)
        try:
            for update, summary in zip(updates, summaries, strict=True):
                standing = self.ledger.known.classify(summary)
                if standing is Standing.EARLY:
                    raise EarlyUpdate("an update came before what it stands on")
                if standing is Standing.NEW:
                    self._measure(update, summary)
                    done = compose(done, self._apply(update, summary))
        except (EarlyUpdate, ForeignContent, ReplicaBroken) as error:
            error.edits = done
            raise
        return done

    def rebase(self, state: bytes, *, is_same_history: bool) -> list[TextEdit]:
        """Go on with a server's history in place of this one, by another author; undo is forgotten.

        Args:
            state: everything that the server has, as one update.
            is_same_history: whether the text is that history's, with own edits in it; they are made
                again, as new ones. Else the text becomes the server's.

        Returns:
            What this does to the text, for the widget.

        Raises:
            RemoteProtocolError: no Yjs client makes these bytes. Nothing has changed.
            EarlyUpdate, ForeignContent, ReplicaBroken: as `apply`. Nothing has changed.
        """
        summary = parse_update(state)
        if KnownState().classify(summary) is Standing.EARLY:
            raise EarlyUpdate("a whole state stands on something that is not in it")
        theirs = CrdtText(_ROOT)
        pairs = CutPairs()
        pairs.take(state, {})
        theirs.apply(pairs.replaced(state))
        their_text = shown(theirs.read())
        if theirs.length_utf8 != len(their_text.encode()):
            theirs.close()
            raise ForeignContent("the server's text brings what is not text")
        done: list[TextEdit] = []
        if is_same_history:
            news = diff(state, self.ledger.state_vector())
            done = self.apply([news])
        wanted = self.text
        self._crdt.close()
        self._crdt, self._pairs = theirs, pairs
        theirs.take_changes()
        self._history.clear()
        self.ledger.begin_anew(state, summary)
        self.shadow.replace(0, self.shadow.length_utf16, their_text)
        if is_same_history:
            self._make_again(minimal_edits(their_text, wanted))
        else:
            done = minimal_edits(wanted, their_text)
        self._deleted_units = sum(self.ledger.known.state.values()) - self.shadow.length_utf16
        self._carets.restart(self.ledger.known.state)
        return done

    def undo(self) -> Undone | None:
        """Undo the newest own group; None when nothing of it was left.

        Raises:
            ReplicaBroken: as `edit`.
        """
        return self._replay(self._crdt.undo, self._history.undone)

    def redo(self) -> Undone | None:
        """Redo what `undo` undid last; None when there was nothing.

        Raises:
            ReplicaBroken: as `edit`.
        """
        return self._replay(self._crdt.redo, self._history.redone)

    def cut_undo_group(self) -> None:
        """Let the next key begin a group: the caret was moved, the file was saved."""
        self._history.cut()

    def note_selection(self, selection: Selection) -> None:
        """Take in where the own caret is, whenever it moves; undo brings it back there."""
        self._history.note_selection(selection)

    def caret_for_wire(self, anchor_utf16: int, head_utf16: int) -> dict[str, object]:
        """Return what an awareness state says of the own caret."""
        selection = Selection(anchor_utf16, head_utf16)
        wire = caret_to_wire(selection, self.ledger.known.state, self.shadow.length_utf16)
        return wire | self.browser_carets.to_wire(selection)

    def caret_from_wire(self, caret: WireCaret | BrowserCaret) -> Selection | None:
        """Return where another's caret is in this text; None when it cannot be told, or not yet."""
        length = self.shadow.length_utf16
        if isinstance(caret, BrowserCaret):
            selection = self.browser_carets.place(caret)
        else:
            selection = self._carets.rebase(caret, self.ledger.known.state, length)
        if selection is None or max(selection.anchor_utf16, selection.head_utf16) > length:
            return None
        return self._whole(selection)

    def verify(self) -> bool:
        """Tell whether the shadow is what the CRDT holds. It reads everything: when idle only."""
        return shown(self._crdt.read()) == str(self.shadow)

    def close(self) -> None:
        """Let go of the CRDT. The text stays readable."""
        self._crdt.close()
        self.ledger.detach()

    def _make(
        self, edits: Sequence[TextEdit], changes: Sequence[Change], origin: Origin | None
    ) -> bytes | None:
        """Make edits in the CRDT that the shadow has already."""
        try:
            self._crdt.replace(changes, origin)
        except ReplicaBroken:
            self._rebuild()
            raise
        return self._note_own(edits)

    def _make_again(self, edits: Sequence[TextEdit]) -> None:
        """Make own edits of which nobody needs to be told: the widget shows them already."""
        if not edits:
            return
        self._crdt.replace(make_in_shadow(self.shadow, edits), Origin.UNTRACKED)
        update = self._crdt.take_update()
        assert update is not None, "edits that change something make an update"
        self.ledger.note_own(update)

    def _apply(self, update: bytes, summary: UpdateSummary) -> list[TextEdit]:
        try:
            self._crdt.apply(self._pairs.replaced(update))
            changes = self._crdt.take_changes()
            if self._crdt.length_utf8 != self.shadow.length_utf8 + growth_utf8(changes):
                raise ForeignContent("an update brings what is not text")
            edits = self._mirror(changes)
        except PositionError as error:
            self._rebuild()
            raise ReplicaBroken("the CRDT library told a change that cannot be") from error
        except (ForeignContent, ReplicaBroken):
            self._rebuild()
            raise
        self.ledger.note_foreign(update, summary)
        self._note_change(summary, edits, is_own=False)
        self._history.move(edits)
        corrections = line_feeds_only(changes, edits) if self.is_writable else []
        if corrections:
            changes = make_in_shadow(self.shadow, corrections)
            self._make(corrections, changes, Origin.UNTRACKED)
            self._history.move(corrections)
        return compose(edits, corrections)

    def _measure(self, update: bytes, summary: UpdateSummary) -> None:
        try:
            self.ledger.known.measure(update, summary)
        except MalformedUpdate as error:
            raise ForeignContent(error.reason) from error

    def _cut_pairs(self, updates: Sequence[bytes]) -> list[TextEdit]:
        """Show the emoji that updates cut as halves, before these are applied.

        The CRDT is made anew then, once for all of them, and undo is forgotten.
        """
        state = self.ledger.known.state
        late = [self._pairs.take(update, state) for update in updates]
        if not any(late):
            return []
        before = self.text
        self._rebuild(self._pairs)
        edits = minimal_edits(before, self.text)
        if self.on_changed is not None:
            self.on_changed(edits, ())
        return edits

    def _replay(
        self,
        replay: Callable[[], None],
        follow: Callable[[Sequence[TextEdit], tuple[int, int]], Selection | None],
    ) -> Undone | None:
        try:
            replay()
        except ReplicaBroken:
            self._rebuild()
            raise
        edits = self._mirror(self._crdt.take_changes())
        selection = follow(edits, self._crdt.undo_depths)
        update = self._note_own(edits)
        if update is None:
            return None
        return Undone(edits, None if selection is None else self._whole(selection), update)

    def _mirror(self, changes: Sequence[Change]) -> list[TextEdit]:
        """Do to the shadow what was done to the CRDT."""
        replace = self.shadow.replace_utf8
        edits = [
            replace(change.at_utf8, change.removed_utf8, shown(change.text))
            for change in reversed(changes)
        ]
        edits.reverse()
        return edits

    def _note_own(self, edits: Sequence[TextEdit]) -> bytes | None:
        """Write down and send what was just made here; the shadow has followed already."""
        update = self._crdt.take_update()
        if update is not None:
            summary = self._summary_of(update, edits)
            if summary is None or self._pairs.holds_any:
                self._pairs.take(update, {})
            self._note_change(self.ledger.note_own(update, summary), edits, is_own=True)
        return update

    def _summary_of(self, update: bytes, edits: Sequence[TextEdit]) -> UpdateSummary | None:
        """Return what an own update brings, if that is plain ASCII; None when it must be read."""
        author = self._crdt.author_id
        if self._own.author_id != author:
            self._own = OwnUpdates(author)
        return self._own.summary(update, self.ledger.known.state.get(author, 0), edits)

    def _note_change(
        self, summary: UpdateSummary, edits: Sequence[TextEdit], *, is_own: bool
    ) -> None:
        """Remember for others' carets what changed; shadow and ledger have followed already."""
        reached = {author: runs[-1][1] for author, runs in summary.structs.items()}
        deleted_units = sum(self.ledger.known.state.values()) - self.shadow.length_utf16
        self._carets.note(reached, deleted_units - self._deleted_units, edits, is_own=is_own)
        self._deleted_units = deleted_units
        if self.on_changed is not None:
            self.on_changed(edits, reached)

    def _whole(self, selection: Selection) -> Selection:
        whole = self.shadow.whole_character_at
        return Selection(whole(selection.anchor_utf16), whole(selection.head_utf16))

    def _rebuild(self, pairs: CutPairs | None = None) -> None:
        """Make the CRDT anew from the log, without what it failed on."""
        self._crdt.close()
        self._crdt = CrdtText(_ROOT)
        history = self.ledger.history()
        if pairs is None:
            pairs = CutPairs()
            for update in history:
                pairs.take(update, {})
        self._pairs = pairs
        for update in history:
            self._crdt.apply(self._pairs.replaced(update))
        self._crdt.take_changes()
        self.shadow.replace(0, self.shadow.length_utf16, shown(self._crdt.read()))
        self._history.clear()
        self._carets.restart(self.ledger.known.state)
