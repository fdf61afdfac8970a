"""One shared document as a window sees it: others' edits and carets in, the own caret out.

It knows the replica and its channel, and neither widget nor socket. Local edits are not told here:
the binding makes them on the replica, whose ledger sends them. Source: EDITOR.md, binding rules 3,
4 and 7.
"""

from __future__ import annotations

import logging
from collections import deque
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from app.collab.errors import EarlyUpdate, ForeignContent, ReplicaBroken, ReplicaError
from app.collab.merge_tally import MergeTally
from app.model.notices import Notice, NoticeKind
from app.model.participants import RemoteCaret
from app.model.text_edit import Selection, transform_position, transform_selection
from collab_server.protocol.errors import RemoteProtocolError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from app.collab.document_channel import DocumentChannel
    from app.collab.session_effects import RemotePresence, ServerState
    from app.collab.text_replica import TextReplica
    from app.model.kept_text import SessionFacts
    from app.model.project import FileEntry
    from app.model.text_edit import TextEdit

logger = logging.getLogger(__name__)

_BATCH_MS = 16
"""While updates keep coming this is how often they are shown; a first one is shown at once."""

_BURST = 4  # shown one by one within _BATCH_MS of each other; from then on together
_AT_ONCE = 64  # updates applied before the window gets a turn
_MOST_WAITING = 4096


class SharedDocument(QObject):
    """A document of the session, with the people in it.

    Invariant: an update is applied to the replica and told by `remote_edited` in one go, so that a
    widget which follows in its slot never differs from the replica in between. Of more than
    `_MOST_WAITING` updates none is kept: they are asked for again when the document goes on.
    """

    remote_edited = Signal(object)  # list[TextEdit], to be made in the widget at once
    carets_changed = Signal(object)  # tuple[RemoteCaret, ...], in the text as it now is
    access_changed = Signal(bool)  # whether this user may edit
    merged = Signal(object)  # MergeReport, of what others did while the connection was away
    copy_made = Signal(str)  # this text, before another history took its place
    notice_raised = Signal(object)  # Notice
    misbehaved = Signal(object)  # RemoteProtocolError: the server sent what no client makes

    def __init__(
        self,
        *,
        name: str,
        entry: FileEntry,
        replica: TextReplica,
        facts: SessionFacts,
        is_own: bool,
        clock: Callable[[], float],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.name = name  # the document's, on the wire
        self.entry = entry  # what the project says of the file
        self.replica = replica
        self.facts = facts  # what it takes to find it again
        self.is_own = is_own  # whether this person shared it
        self._clock = clock
        self._channel: DocumentChannel | None = None
        self._flush: Callable[[], None] = _nothing
        self._selection: Selection | None = None
        self._waiting: deque[bytes] = deque()
        self._is_held = False
        self._has_dropped = False
        self._burst = 0
        self._drained_s = 0.0
        self._people: dict[int, RemotePresence] = {}
        self._places: dict[int, Selection] = {}
        self._unplaced: set[int] = set()  # whose caret stands in text that has not arrived
        self._names: dict[int, str] = {}  # of the authors that were ever here
        self._tally = MergeTally()
        self._is_caught_up = False
        self._is_applying = False  # what the server sent, so that a deletion is nobody's own
        self._new_state: ServerState | None = None  # to go on with, before what waits
        self._batch_timer = QTimer(self, singleShot=True)
        self._batch_timer.timeout.connect(self._drain)
        self._carets_timer = QTimer(self, singleShot=True)
        self._carets_timer.timeout.connect(self._on_carets_due)
        replica.on_changed = self._follow

    @property
    def is_writable(self) -> bool:
        """Whether the server takes what this user makes."""
        return self.replica.is_writable

    @property
    def carets(self) -> tuple[RemoteCaret, ...]:
        """Where the others are; who shows no caret, or one that cannot be placed, is left out."""
        return tuple(
            RemoteCaret(
                author,
                person.user_id,
                person.name,
                person.color,
                self._places[author].anchor_utf16,
                self._places[author].head_utf16,
            )
            for author, person in sorted(self._people.items())
            if author in self._places
        )

    def move_caret(self, selection: Selection | None) -> None:
        """Tell the others where the own caret is; None when this window shows another document."""
        if selection != self._selection:
            self._selection = selection
            if self._channel is not None:
                self._channel.presence.move()
                self._flush()

    def hold(self) -> None:
        """Let others' edits wait, while an input method composes in the widget."""
        self._is_held = True

    def release(self) -> None:
        """Take in the edits that waited."""
        self._is_held = False
        self._drain()

    def connect_channel(self, channel: DocumentChannel, flush: Callable[[], None]) -> None:
        """Begin to send: what is here already, and every later local edit.

        Args:
            channel: of this document's replica.
            flush: performs what the channel asks for.
        """
        self._channel = channel
        self._flush = flush
        self.replica.ledger.attach(self._send)

    def disconnect_channel(self) -> None:
        """Stop sending and show nobody; the replica goes on as a local text."""
        self._channel = None
        self._flush = _nothing
        self.replica.ledger.detach()
        self.replica.on_changed = None
        self.replica.is_writable = True
        self._waiting.clear()
        self.take_presence(())

    def cursor(self) -> dict[str, object] | None:
        """Return what awareness says of the own caret."""
        if self._selection is None:
            return None
        whole = self.replica.shadow.whole_character_at
        anchor, head = self._selection.anchor_utf16, self._selection.head_utf16
        return self.replica.caret_for_wire(whole(anchor), whole(head))

    def take_updates(self, updates: Sequence[bytes]) -> None:
        """Take in what the server sent."""
        self._waiting.extend(updates)
        if len(self._waiting) > _MOST_WAITING:
            self._waiting.clear()
            self._has_dropped = True
        if not self._batch_timer.isActive():
            self._drain()

    def take_state(self, state: ServerState) -> None:
        """Go on in the server's history; what came before it is in it."""
        self._waiting.clear()
        self._has_dropped = False
        self._new_state = state
        self._drain()

    def count_merged(self) -> None:
        """Begin to count what others change: the connection is away."""
        self._tally.begin()
        self._is_caught_up = False

    def caught_up(self) -> None:
        """Take in that what the server had is here, or waits here; then tell the count."""
        self._is_caught_up = True
        self._tell_merged()

    def drop_count(self) -> None:
        """Count no further: the outage was too short to speak of."""
        self._tally.end({})

    def take_presence(self, people: Sequence[RemotePresence]) -> None:
        """Take in who else is here."""
        before, self._people = self._people, {person.author_id: person for person in people}
        self._names |= {person.author_id: person.name for person in people}
        for author in before.keys() - self._people.keys():
            self._places.pop(author, None)
            self._unplaced.discard(author)
        for author, person in self._people.items():
            if author not in before or before[author].caret != person.caret:
                self._place(author)
        self._show_to_browsers(is_wanted=any(person.is_browser for person in people))
        self._show_carets_soon()

    def take_access(self, *, is_writable: bool) -> None:
        """Take in whether this user may edit."""
        self.replica.is_writable = is_writable
        self.access_changed.emit(is_writable)

    def _send(self, update: bytes) -> None:
        if self._channel is not None:
            self._channel.send_update(update)
            self._flush()

    def _drain(self) -> None:
        """Apply what waits, or a part of it, and let the widget follow."""
        if self._is_held:
            return
        if self._has_dropped:
            self._has_dropped = False
            self._ask_again()
        if self._new_state is not None:
            state, self._new_state = self._new_state, None
            self._rebase(state)
        if not self._waiting:
            self._tell_merged()
            return
        count = min(len(self._waiting), _AT_ONCE)
        updates = [self._waiting.popleft() for _ in range(count)]
        edits = self._apply(updates)
        if edits:
            self.remote_edited.emit(edits)
        for author in list(self._unplaced):
            self._place(author)
        now_s = self._clock()
        self._burst = self._burst + 1 if now_s - self._drained_s < _BATCH_MS / 1000 else 1
        self._drained_s = now_s
        if self._waiting:
            self._batch_timer.start(0)  # the window gets a turn
        else:
            self._tell_merged()
            if self._burst >= _BURST:
                self._batch_timer.start(_BATCH_MS)

    def _tell_merged(self) -> None:
        """Tell what others changed, once all of it is in the text."""
        if self._tally.is_on and self._is_caught_up and not self._waiting:
            report = self._tally.end(self._names)
            if report is not None:
                self.merged.emit(report)

    def _rebase(self, state: ServerState) -> None:
        text = self.replica.text
        try:
            edits = self.replica.rebase(state.state, is_same_history=state.is_same_history)
        except ReplicaError as error:
            logger.error("a server's state could not be taken: %s", error.reason)
            if self._channel is not None:
                self._channel.give_up()
                self._flush()
            return
        except RemoteProtocolError as error:
            self.misbehaved.emit(error)
            return
        self._places.clear()
        if edits:
            self.remote_edited.emit(edits)
        if self._channel is not None:
            self._channel.rebased()
            self._flush()
        if not state.is_same_history and text not in ("", self.replica.text):
            self.copy_made.emit(text)

    def _apply(self, updates: list[bytes]) -> list[TextEdit]:
        self._is_applying = True
        try:
            return self.replica.apply(updates)
        except EarlyUpdate as error:
            self._ask_again()
            return error.edits
        except ForeignContent as error:
            if self._channel is not None:
                self._channel.give_up()
                self._flush()
            return error.edits
        except ReplicaBroken as error:
            logger.error("a replica was rebuilt: %s", error.reason)
            self.notice_raised.emit(Notice(NoticeKind.TEXT_REBUILT, document=self.name))
            self._ask_again()
            return error.edits
        except RemoteProtocolError as error:
            self.misbehaved.emit(error)
            return []
        finally:
            self._is_applying = False

    def _ask_again(self) -> None:
        if self._channel is not None:
            self._channel.ask_again(self._clock())
            self._flush()

    def _follow(self, edits: Sequence[TextEdit], authors: Collection[int]) -> None:
        """Move the carets along with a change of the text, one's own or another's."""
        self._tally.note(edits, authors, is_own=not self._is_applying)
        for author, place in self._places.items():
            self._places[author] = (
                _carried(place, edits) if author in authors else transform_selection(place, edits)
            )
        if self._selection is not None and self.replica.author_id not in authors:
            self._selection = transform_selection(self._selection, edits)
        self._show_carets_soon()

    def _place(self, author: int) -> None:
        """Find out where somebody's caret is here; until that can be told it stays where it was."""
        self._unplaced.discard(author)
        caret = self._people[author].caret
        place = self.replica.caret_from_wire(caret) if caret is not None else None
        if place is not None:
            self._places[author] = place
        elif caret is None:
            self._places.pop(author, None)
        else:
            self._unplaced.add(author)

    def _show_to_browsers(self, *, is_wanted: bool) -> None:
        """Tell the own caret in the way of browsers too, as long as one is there."""
        carets = self.replica.browser_carets
        is_news = is_wanted and not carets.is_wanted
        carets.is_wanted = is_wanted
        if is_news and self._channel is not None:
            self._channel.presence.move()
            self._flush()

    def _show_carets_soon(self) -> None:
        if not self._carets_timer.isActive():
            self._carets_timer.start(0)

    def _on_carets_due(self) -> None:
        self.carets_changed.emit(self.carets)


def _carried(place: Selection, edits: Sequence[TextEdit]) -> Selection:
    """Return the place of a caret whose owner made the edits: it goes along with what it types."""
    return Selection(
        transform_position(place.anchor_utf16, edits, stays_left=False),
        transform_position(place.head_utf16, edits, stays_left=False),
    )


def _nothing() -> None:
    """Stand for a session that is not there."""
