from dataclasses import replace

from tests.support.sessions import FACTS


def test_a_session_with_a_database_is_ones_own() -> None:
    assert not FACTS.is_hosted
    assert replace(FACTS, database="/data/sessions/1.db").is_hosted
