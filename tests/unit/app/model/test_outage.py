from app.model.outage import Outage, OutageStage


def away_since(now_s: float) -> Outage:
    outage = Outage()
    outage.found(0.0)
    outage.lost(now_s)
    return outage


def test_an_outage_is_nothing_then_the_dot_then_a_banner() -> None:
    outage = away_since(100.0)

    stages = [outage.stage(now_s) for now_s in (100.0, 101.9, 102.0, 109.9, 110.0, 9_999.0)]

    assert stages == [
        OutageStage.NOTHING,
        OutageStage.NOTHING,
        OutageStage.DOT,
        OutageStage.DOT,
        OutageStage.BANNER,
        OutageStage.BANNER,
    ]


def test_it_says_when_it_will_be_shown_otherwise() -> None:
    outage = away_since(100.0)

    assert [outage.due_s(now_s) for now_s in (100.0, 105.0, 110.0)] == [102.0, 110.0, None]


def test_tries_that_fail_do_not_begin_it_anew() -> None:
    outage = away_since(100.0)

    outage.lost(105.0)

    assert outage.stage(110.0) is OutageStage.BANNER


def test_before_the_first_connection_there_is_no_outage() -> None:
    outage = Outage()

    outage.lost(0.0)

    assert not outage.is_on
    assert (outage.stage(100.0), outage.due_s(100.0)) == (OutageStage.NOTHING, None)


def test_coming_back_tells_how_far_it_had_come() -> None:
    outage = away_since(100.0)

    assert outage.found(103.0) is OutageStage.DOT
    assert not outage.is_on
    outage.lost(104.0)
    assert outage.found(105.0) is OutageStage.NOTHING


def test_the_end_of_a_session_is_no_outage() -> None:
    outage = away_since(100.0)

    outage.over()
    outage.lost(101.0)

    assert not outage.is_on
