import io
from collections.abc import Sequence

from collab_server.protocol.errors import MalformedUpdate
from collab_server.transport.worker import DONE, FAILED, REFUSED, answer, head_of, work


def swapped(first: bytes, second: bytes) -> Sequence[bytes]:
    return [second, first]


def refusing(reason: bytes) -> Sequence[bytes]:
    raise MalformedUpdate(reason.decode())


def buggy(secret: bytes) -> Sequence[bytes]:
    raise KeyError(secret)


JOBS = {"swapped": swapped, "refusing": refusing, "buggy": buggy}


def test_a_job_is_found_by_name() -> None:
    assert answer(JOBS, [b"swapped", b"a", b"b"]) == [DONE, b"b", b"a"]


def test_a_refusal_says_of_what_kind_it_is() -> None:
    assert answer(JOBS, [b"refusing", b"cut off"]) == [REFUSED, b"MalformedUpdate", b"cut off"]


def test_a_bug_is_named_by_its_place_and_never_by_what_it_was_given() -> None:
    kind, place = answer(JOBS, [b"buggy", b"a planted text"])

    assert kind == FAILED
    assert place.startswith(b"KeyError in buggy, line ")


def test_requests_are_answered_in_order_until_they_end() -> None:
    requests = b"".join(
        head_of(parts) + b"".join(parts)
        for parts in ([b"swapped", b"1", b"23"], [b"swapped", b"", b"4"])
    )
    answers = io.BytesIO()

    work(JOBS, io.BytesIO(requests), answers)

    expected = ([DONE, b"23", b"1"], [DONE, b"4", b""])
    assert answers.getvalue() == b"".join(head_of(parts) + b"".join(parts) for parts in expected)
