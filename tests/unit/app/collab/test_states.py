import pytest

from app.collab.states import (
    DOCUMENT_TRANSITIONS,
    SESSION_TRANSITIONS,
    DocumentState,
    SessionInput,
    SessionState,
    step,
)
from collab_server.protocol.errors import LocalProtocolError


@pytest.mark.parametrize(
    ("table", "states"),
    [(SESSION_TRANSITIONS, SessionState), (DOCUMENT_TRANSITIONS, DocumentState)],
    ids=["session", "document"],
)
def test_every_state_is_in_its_table_and_can_be_reached(table, states) -> None:
    reachable = {target for ways in table.values() for target in ways.values()}

    assert set(table) == set(states)
    assert set(states) - reachable <= {SessionState.IDLE}


def test_a_session_can_be_left_in_every_state() -> None:
    assert [SESSION_TRANSITIONS[state][SessionInput.LEFT] for state in SessionState] == [
        SessionState.CLOSED
    ] * len(SessionState)


def test_a_way_that_is_not_in_the_table_is_our_own_mistake() -> None:
    with pytest.raises(LocalProtocolError):
        step(SESSION_TRANSITIONS, SessionState.IDLE, SessionInput.WELCOMED)
