import pytest

from collab_server.core.rate_limits import (
    TIDY_EVERY,
    Bucket,
    Buckets,
    Kind,
    Rate,
    RateLimits,
    cost_of_update,
    whole_seconds,
)
from collab_server.protocol.limits import UNLIMITED, Limits

RATE = Rate(2.0, 3)


def test_a_bucket_is_full_at_first_and_fills_again() -> None:
    bucket = Bucket(RATE, 100.0)

    waits = [bucket.take(RATE, 1, 100.0) for _ in range(4)]

    assert waits == [0.0, 0.0, 0.0, 0.5]
    assert bucket.wait_s(RATE, 100.5) == 0.5
    assert bucket.wait_s(RATE, 101.0) == 0.0


def test_a_bucket_never_holds_more_than_its_burst() -> None:
    bucket = Bucket(RATE, 100.0)

    assert bucket.is_full(RATE, 1000.0)
    assert bucket.take(RATE, 5, 1000.0) == 1.0


def test_buckets_are_one_for_each() -> None:
    buckets = Buckets[str](RATE)

    assert buckets.wait_s("a", 0.0) == 0.0
    assert [buckets.take("a", 0.0, 4), buckets.take("b", 0.0)] == [0.5, 0.0]
    buckets.forget("a")
    buckets.forget("a")
    assert buckets.take("a", 0.0) == 0.0


def test_who_has_been_silent_is_forgotten() -> None:
    buckets = Buckets[int](RATE)
    for number in range(TIDY_EVERY - 1):
        buckets.take(number, 0.0)

    buckets.take(-1, 100.0)

    assert len(buckets) == 1


def test_who_has_just_spoken_is_not_forgotten() -> None:
    buckets = Buckets[int](RATE)

    for number in range(2 * TIDY_EVERY):
        buckets.take(number, 0.0, 3)

    assert len(buckets) == 2 * TIDY_EVERY


def test_a_refusal_takes_nothing() -> None:
    rates = RateLimits(Limits(messages_a_s=1, messages_burst=2))

    waits = [rates.refuse_for_s(Kind.MESSAGE, "c", "u", 0.0) for _ in range(4)]

    assert waits == [0.0, 0.0, 1.0, 1.0]
    assert rates.refuse_for_s(Kind.MESSAGE, "c", "u", 1.0) == 0.0


def test_all_connections_of_a_user_share() -> None:
    rates = RateLimits(Limits(messages_a_s=1, messages_burst=2))

    assert rates.refuse_for_s(Kind.MESSAGE, "c1", "u", 0.0) == 0.0
    assert rates.refuse_for_s(Kind.MESSAGE, "c2", "u", 0.0) == 0.0
    rates.gone("c1")
    assert rates.refuse_for_s(Kind.MESSAGE, "c3", "u", 0.0) == 1.0
    assert rates.refuse_for_s(Kind.MESSAGE, "c4", "another", 0.0) == 0.0


def test_what_is_done_anyway_goes_into_debt() -> None:
    rates = RateLimits(Limits(updates_a_s=10, updates_burst=10))

    assert rates.slow_for_s(Kind.UPDATE, "c", "u", 10, 0.0) == 0.0
    assert rates.slow_for_s(Kind.UPDATE, "c", "u", 5, 0.0) == 0.5


@pytest.mark.parametrize("kind", list(Kind))
def test_without_a_limit_nobody_waits(kind: Kind) -> None:
    rates = RateLimits(
        Limits(
            messages_a_s=UNLIMITED,
            cursors_a_s=UNLIMITED,
            updates_a_s=UNLIMITED,
            joins_a_s=UNLIMITED,
        )
    )

    assert rates.slow_for_s(kind, "c", "u", 1e9, 0.0) == 0.0
    assert rates.refuse_for_s(kind, "c", "u", 0.0) == 0.0


def test_failed_sign_ins_count_by_address() -> None:
    rates = RateLimits(Limits(failed_auths_a_minute=2))
    rates.auth_failed("192.0.2.1", 0.0)
    assert rates.auth_waits_s("192.0.2.1", 0.0) == 0.0

    rates.auth_failed("192.0.2.1", 0.0)

    assert rates.auth_waits_s("192.0.2.1", 0.0) == 30.0
    assert rates.auth_waits_s("192.0.2.2", 0.0) == 0.0
    assert rates.auth_waits_s("192.0.2.1", 30.0) == 0.0


def test_a_large_update_costs_what_it_weighs() -> None:
    assert cost_of_update(30, 1) == 1
    assert cost_of_update(30, 2560) == 11
    assert cost_of_update(16 * 1024 * 1024, 1) == 257


def test_a_wait_is_told_in_whole_seconds() -> None:
    assert [whole_seconds(wait_s) for wait_s in (0.01, 1.0, 1.2)] == [1, 1, 2]
