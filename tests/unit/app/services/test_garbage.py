import gc
import weakref

from PySide6.QtCore import QObject

from app.services.garbage import GarbageCollector
from tests.eventually import eventually


class Knot:
    """An object that only the cyclic collector can take away."""

    def __init__(self) -> None:
        self.itself = self


async def test_garbage_goes_without_the_automatic_collector(qapp):
    collector = GarbageCollector()
    knot = weakref.ref(Knot())
    kept = [[] for _ in range(3_000)]  # enough that it is worth a look

    was_enabled = gc.isenabled()
    await eventually(lambda: knot() is None)
    collector.stop()

    assert not was_enabled
    assert len(kept) == 3_000


def test_python_collects_again_when_it_is_stopped(qapp):
    parent = QObject()
    collector = GarbageCollector(parent)

    collector.stop()

    assert gc.isenabled()
    assert gc.get_freeze_count() == 0


async def test_after_a_window_the_old_garbage_goes_too(qapp):
    collector = GarbageCollector()
    knot = Knot()
    gone = weakref.ref(knot)
    gc.collect(1)  # it is old now
    del knot

    collector.collect_all()
    await eventually(lambda: not collector.is_much_gone)
    collector.stop()

    assert gone() is None
