"""The same walk while operators put backups back, and bad updates are found in the log.

A document begins anew, in another epoch and under other author ids: whoever holds the old history
brings nothing of it, keeps its text, and goes on with the new one. Nothing good is lost when an
update is set aside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from collab_server.core.compaction import merge_checked
from collab_server.core.replicas import text_of
from collab_server.core.salvage import salvaged
from collab_server.protocol.known_state import KnownState, Standing
from collab_server.protocol.limits import UNLIMITED
from collab_server.protocol.update_renaming import authors_in, new_author_ids, rename_authors
from collab_server.protocol.updates import parse_update
from tests.properties.hub.everyone import Everyone
from tests.support.hub_world import NOTES
from tests.support.memory_store import StoredLog

if TYPE_CHECKING:
    from collections.abc import Callable

    from collab_server.protocol.updates import UpdateSummary
    from tests.properties.hub.simulation import Person

BAD = b"\x01\x01\x07\x00\x04\x01\x07content\x05cut"  # passed the gate of an earlier version


class Operated(Everyone):
    """Stock clients and apps on one document, which begins anew now and then.

    Invariant: `in_store` is what the present history has; `ended` are those before it.
    """

    def __init__(self, seed: int) -> None:
        self.ended: list[KnownState] = []
        self.aside: list[bytes] = []
        self._backup: StoredLog | None = None
        self._good_text: str | None = None  # of a log in which something bad was put
        super().__init__(seed)

    def rest(self) -> None:
        """Come to rest; what is bad in the log is found by the shadow check, if by nothing else."""
        self._suspect()
        super().rest()

    def is_in_store(self, summary: UpdateSummary) -> bool:
        """Tell whether everything of an update is, or was in its time, committed."""
        is_now = super().is_in_store(summary)
        return is_now or any(was.classify(summary) is Standing.KNOWN for was in self.ended)

    def is_up_to_date(self, person: Person) -> bool:
        """Tell whether somebody holds nothing of a history that was ended."""
        log = self.store.logs.get(NOTES)
        former = frozenset[int]() if log is None else log.former_authors
        return former.isdisjoint(person.state)

    def _acts(self) -> list[tuple[int, Callable[[], None]]]:
        return [
            *super()._acts(),
            (3, self._back_up),
            (1, self._put_back),
            (2, self._plant),
            (1, self._plant_while_it_is_down),
        ]

    def _pass_time(self) -> None:
        super()._pass_time()
        if NOTES in self.world.suspected and self.chance.random() < 0.3:
            self._look_into()

    def _compact(self) -> None:
        if self._good_text is None:
            super()._compact()
        else:
            self._suspect()  # it cannot be merged

    def _suspect(self) -> None:
        if self._good_text is not None:
            self.world.suspected.add(NOTES)

    def _back_up(self) -> None:
        log = self.store.logs.get(NOTES)
        if log is None or self._good_text is not None:
            return
        whole = merge_checked(log.pieces, log.updates[log.merged_count :])
        self._backup = StoredLog(log.epoch, [whole], dict(log.owners))

    def _put_back(self) -> None:
        """Stop the server, put a backup back, and start it again."""
        if self._backup is None or NOTES not in self.store.logs:
            return
        self._good_text = None
        self._crash()
        (whole,) = self._backup.updates
        self._begin_anew(whole, self._backup.owners)

    def _plant(self) -> None:
        """Put an update that should have been refused into the log, by another program."""
        log = self.store.logs.get(NOTES)
        if log is None or self._good_text is not None:
            return
        self._good_text = text_of(self.store.view(NOTES).merged())
        log.updates.insert(self.chance.randint(log.merged_count, len(log.updates)), BAD)
        log.is_written_elsewhere = True
        self._counted += 1

    def _plant_while_it_is_down(self) -> None:
        self._plant()
        self._crash()

    def _look_into(self) -> None:
        """Set aside what is bad, as the quarantine does."""
        self.world.suspected.clear()
        log = self.store.logs[NOTES]
        whole = log.whole
        good, bad = salvaged(whole)
        if not bad:
            return
        assert [whole[index] for index in bad] == [BAD], "more than the bad one was set aside"
        assert text_of(good) == self._good_text, "something good was lost"
        self.aside.append(BAD)
        self._good_text = None
        self._begin_anew(good, log.owners)
        now_s = self.world.now_s
        self.world.hub.document_answers.changed_elsewhere(NOTES, "set aside", now_s)
        self.world.run()

    def _begin_anew(self, whole: bytes, owners: dict[int, str]) -> None:
        """End the document's history, and begin another with an update of its own."""
        log = self.store.logs[NOTES]
        former = log.former_authors | set(log.owners) | set(owners)
        names = authors_in(parse_update(whole, max_items=UNLIMITED))
        new_ids = new_author_ids(names, set(names | former), self.chance.randrange)
        self.ended.append(self.in_store)
        self.in_store, self._counted = KnownState(), 0
        self.store.logs[NOTES] = StoredLog(
            epoch=f"epoch {len(self.ended)} of {self.seed}",
            updates=[rename_authors(whole, new_ids)],
            owners={new_ids[old]: user for old, user in owners.items() if old in new_ids},
            former_authors=former,
        )
