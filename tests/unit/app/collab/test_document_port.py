from app.collab.document_port import DocumentPort
from app.collab.text_replica import TextReplica


def test_a_replicas_ledger_is_what_a_channel_needs() -> None:
    assert isinstance(TextReplica("text").ledger, DocumentPort)
