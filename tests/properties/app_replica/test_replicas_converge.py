"""Three people edit one text; whatever the network does, everybody ends with the same."""

import random

import pytest

from app.collab.errors import EarlyUpdate
from app.collab.text_replica import EditKind, TextReplica
from app.model.text_diff import minimal_edits
from app.model.text_edit import Selection, TextEdit, apply_edits, length_utf16
from tests.seeds import seeds

ALPHABET = [
    *"abc xyz\n\t",
    "é",
    "e\u0301",
    "漢字",
    "😀",
    "👨‍👩‍👧",
    "🇩🇪",
    "\u200d",
    "\x00",
    "ﷺ",
    "\u2028",
]


class Peer:
    """A replica, the text of its widget, and what has not reached it yet."""

    def __init__(self, plan: random.Random, first: str = "") -> None:
        self._plan = plan
        self.replica = TextReplica(first)
        self.widget = self.replica.text
        self.inbox: list[bytes] = []
        self._now_ms = 0.0

    def act(self) -> bytes | None:
        """Edit, undo or redo; return the update."""
        self._now_ms += self._plan.choice([10, 100, 2000])
        kind = self._plan.random()
        if kind < 0.12:
            return self._replayed(self.replica.undo())
        if kind < 0.2:
            return self._replayed(self.replica.redo())
        if kind < 0.5:
            return self._edit(self._typed(), EditKind.TYPING)
        if kind < 0.6:
            return self._edit(minimal_edits(self.widget, self._rewritten()), EditKind.RELOAD)
        return self._edit(self._several(), self._plan.choice(list(EditKind)))

    def receive(self) -> None:
        """Take some of what has arrived, in any order; what came too early stays."""
        self._plan.shuffle(self.inbox)
        taken = [self.inbox.pop() for _ in range(self._plan.randint(0, len(self.inbox)))]
        try:
            edits = self.replica.apply(taken)
        except EarlyUpdate as early:
            edits = early.edits
            self.inbox += taken
        self.widget = apply_edits(self.widget, edits)

    def _edit(self, edits: list[TextEdit], kind: EditKind) -> bytes | None:
        self.replica.note_selection(self._selection())
        self.widget = apply_edits(self.widget, edits)
        return self.replica.edit(edits, kind=kind, now_ms=self._now_ms)

    def _replayed(self, undone) -> bytes | None:
        if undone is None:
            return None
        self.widget = apply_edits(self.widget, undone.edits)
        if undone.selection is not None:
            # A selection inside a character or outside the text would raise here.
            ends = sorted([undone.selection.anchor_utf16, undone.selection.head_utf16])
            self.replica.shadow.slice(*ends)
        return undone.update

    def _offset(self) -> int:
        return length_utf16(self.widget[: self._plan.randint(0, len(self.widget))])

    def _selection(self) -> Selection:
        return Selection(self._offset(), self._offset())

    def _text(self, most: int) -> str:
        return "".join(self._plan.choices(ALPHABET, k=self._plan.randint(0, most)))

    def _typed(self) -> list[TextEdit]:
        return [TextEdit(self._offset(), 0, self._plan.choice(ALPHABET))]

    def _rewritten(self) -> str:
        middle = self._plan.randint(0, len(self.widget))
        return self._text(3) + self.widget[:middle] + self._text(3) + self.widget[middle + 2 :]

    def _several(self) -> list[TextEdit]:
        cuts = sorted({self._offset() for _ in range(6)})
        return [
            TextEdit(start, self._plan.choice([0, stop - start]), self._text(4))
            for start, stop in zip(cuts[::2], cuts[1::2], strict=False)
        ]


@pytest.mark.parametrize("seed", seeds(200))
def test_widget_shadow_and_crdt_of_all_peers_end_equal(seed: int) -> None:
    plan = random.Random(seed)
    peers = [Peer(plan, "naïve 😀\ntext\n"), Peer(plan), Peer(plan)]
    shared: list[bytes] = peers[0].replica.ledger.history()
    for peer in peers[1:]:
        peer.inbox += shared

    for _ in range(60):
        peer = plan.choice(peers)
        update = peer.act()
        updates = [update] * plan.choice([1, 1, 1, 2]) if update else []
        for other in peers:
            other.inbox += updates
        plan.choice(peers).receive()
        assert peer.widget == peer.replica.text
        assert peer.replica.verify()
    for peer in peers:
        peer.widget = apply_edits(peer.widget, everything_into(peer))

    assert len({peer.widget for peer in peers}) == 1
    assert [peer.replica.text for peer in peers] == [peer.widget for peer in peers]
    assert all(peer.replica.verify() for peer in peers)
    assert len({peer.replica.ledger.state_vector() for peer in peers}) == 1


def everything_into(peer: Peer) -> list[TextEdit]:
    """Apply what is left in the order in which it can be applied."""
    before = peer.replica.text
    while peer.inbox:
        for update in list(peer.inbox):
            try:
                peer.replica.apply([update])
            except EarlyUpdate:
                continue
            peer.inbox.remove(update)
    return minimal_edits(before, peer.replica.text)
