import pytest

from app.collab.browser_carets import BrowserCaret, RelativePlace
from app.collab.document_presence import DocumentPresence
from app.collab.session_effects import RemotePresence
from collab_server.protocol.awareness import AwarenessEntry, decode_awareness, encode_awareness
from collab_server.protocol.errors import RemoteProtocolError
from collab_server.protocol.limits import Limits

LIMITS = Limits()
ME, GRACE = 7, 8
USER: dict[str, object] = {"id": 42, "name": "Ada", "color": "#112233"}
CURSOR: dict[str, object] = {"anchor_utf16": 1, "head_utf16": 1, "length_utf16": 5}


def presence(cursor: dict[str, object] | None = CURSOR) -> DocumentPresence:
    return DocumentPresence(lambda: ME, lambda: cursor)


def said(payload: bytes | None) -> tuple[AwarenessEntry, ...]:
    return decode_awareness(payload, LIMITS) if payload is not None else ()


def entry(author: int, clock: int, state: dict[str, object] | None) -> bytes:
    return encode_awareness([AwarenessEntry(author, clock, state)])


def grace_says(clock: int = 1, **state: object) -> bytes:
    user = {"id": "guest:1", "name": "Grace", "color": "#445566"}
    return entry(GRACE, clock, {"user": user, "cursor": None, **state})


def test_nothing_is_told_before_the_document_is_open() -> None:
    ours = presence()

    ours.move()

    assert ours.due_s() is None
    assert ours.payload(1.0) is None


def test_an_open_document_is_told_at_once() -> None:
    ours = presence()

    ours.open(USER)

    assert said(ours.payload(1.0)) == (
        AwarenessEntry(ME, 1, {"user": USER, "cursor": CURSOR, "client": "codexpro"}),
    )


def test_a_moving_caret_is_told_ten_times_a_second_and_at_last() -> None:
    ours = presence()
    ours.open(USER)
    ours.payload(1.0)

    ours.move()
    early = ours.payload(1.05)
    ours.move()

    assert early is None
    assert ours.due_s() == pytest.approx(1.1)
    assert [entry.clock for entry in said(ours.payload(1.1))] == [2]
    assert ours.due_s() == pytest.approx(16.1)


def test_a_resting_caret_is_told_again_before_browsers_forget_it() -> None:
    ours = presence()
    ours.open(USER)
    ours.payload(1.0)

    assert ours.payload(15.9) is None
    assert ours.payload(16.0) is not None


def test_opening_twice_tells_nothing_twice() -> None:
    ours = presence()
    ours.open(USER)
    ours.payload(1.0)

    ours.open(USER)

    assert ours.payload(1.2) is None


def test_a_new_connection_is_told_again() -> None:
    ours = presence()
    ours.open(USER)
    ours.payload(1.0)
    ours.close()

    ours.open(USER)

    assert [entry.clock for entry in said(ours.payload(1.01))] == [2]


def test_without_a_caret_to_tell_of_the_others_hear_nothing() -> None:
    silent = DocumentPresence(int, None)

    silent.open(USER)

    assert silent.due_s() is None
    assert silent.payload(1.0) is None


def test_somebody_with_a_caret_is_taken_in() -> None:
    ours = presence()

    assert ours.receive(grace_says(cursor=CURSOR), LIMITS, 1.0)

    [person] = ours.people
    assert (person.author_id, person.user_id, person.name) == (GRACE, "guest:1", "Grace")
    assert person.caret is not None


def test_an_older_word_does_not_undo_a_newer_one() -> None:
    ours = presence()
    ours.receive(grace_says(clock=5, cursor=CURSOR), LIMITS, 1.0)

    assert not ours.receive(grace_says(clock=4), LIMITS, 1.0)
    assert not ours.receive(grace_says(clock=6, cursor=CURSOR), LIMITS, 1.0)
    assert ours.receive(grace_says(clock=7), LIMITS, 1.0)


def test_somebody_who_goes_is_forgotten() -> None:
    ours = presence()
    ours.receive(grace_says(), LIMITS, 1.0)

    assert ours.receive(entry(GRACE, 2, None), LIMITS, 1.0)
    assert not ours.receive(entry(GRACE, 3, None), LIMITS, 1.0)
    assert ours.people == ()


def test_somebody_silent_is_forgotten() -> None:
    ours = presence()
    ours.receive(grace_says(), LIMITS, 1.0)

    assert not ours.expire(46.0)
    assert ours.expire(46.1)
    assert ours.people == ()


def test_the_own_echo_is_not_somebody() -> None:
    ours = presence()
    ours.open(USER)

    assert not ours.receive(entry(ME, 9, {"user": USER}), LIMITS, 1.0)
    assert ours.people == ()
    assert [entry.clock for entry in said(ours.payload(1.0))] == [10]


def test_a_closed_document_shows_nobody() -> None:
    ours = presence()
    ours.receive(grace_says(), LIMITS, 1.0)

    assert ours.close()
    assert not ours.close()
    assert ours.people == ()


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"user": "Grace"},
        {"user": {"id": True, "name": 7, "color": "red"}},
        {"user": {"id": None, "name": "\n\t", "color": "#12345"}},
        {"user": {}, "cursor": {"anchor": {"type": "browser"}}},
    ],
)
def test_what_somebody_says_oddly_of_themselves_is_left_out(state: dict[str, object]) -> None:
    ours = presence()

    ours.receive(entry(GRACE, 1, state), LIMITS, 1.0)

    assert ours.people == (RemotePresence(GRACE, "", "?", "#808080", None, is_browser=True),)


def test_a_thousand_others_are_enough() -> None:
    ours = presence()
    crowd = [AwarenessEntry(author, 1, {}) for author in range(100, 1100)]

    assert ours.receive(encode_awareness(crowd), LIMITS, 1.0)
    assert not ours.receive(grace_says(), LIMITS, 1.0)
    assert len(ours.people) == 1000


def test_bytes_that_say_nothing_are_refused() -> None:
    with pytest.raises(RemoteProtocolError):
        presence().receive(b"\x05", LIMITS, 1.0)


def test_browsers_and_their_carets_are_told_from_our_own() -> None:
    ours = presence()
    end = {"tname": "content"}
    said: dict[str, object] = {"selection": {"anchor": end, "head": end}}

    ours.receive(encode_awareness([AwarenessEntry(GRACE, 1, said)]), LIMITS, 0.0)
    ours.receive(encode_awareness([AwarenessEntry(9, 1, {"client": "codexpro"})]), LIMITS, 0.0)

    grace, other = ours.people
    assert (grace.is_browser, other.is_browser) == (True, False)
    assert grace.caret == BrowserCaret(RelativePlace(None), RelativePlace(None))


def test_what_browsers_read_is_told_in_both_their_ways() -> None:
    both: dict[str, object] = {"anchor": {"tname": "content"}, "head": {"tname": "content"}}
    ours = presence(CURSOR | both)
    ours.open(USER)

    payload = ours.payload(1.0)

    assert payload is not None
    (entry,) = decode_awareness(payload, LIMITS)
    assert entry.state is not None
    assert entry.state["cursor"] == CURSOR | both
    assert entry.state["selection"] == both
