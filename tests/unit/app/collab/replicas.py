"""Replicas of one text, and what is typed in them."""

from app.collab.text_replica import TextReplica
from app.model.text_edit import TextEdit

TEXT = "aé漢😀e\u0301\n"


def pair(text: str = TEXT) -> tuple[TextReplica, TextReplica]:
    ada, grace = TextReplica(text), TextReplica()
    grace.apply(ada.ledger.history())
    return ada, grace


def typed(replica: TextReplica, at: int, text: str, removed: int = 0, now_ms: float = 0) -> bytes:
    update = replica.edit([TextEdit(at, removed, text)], now_ms=now_ms)
    assert update is not None
    return update
