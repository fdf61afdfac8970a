from app.model.company import AWAY_S, Company
from app.model.participants import Participant

ME = Participant("c0", "me", "Me", "#000000", is_self=True)
ADA = Participant("c1", "ada", "Ada", "#000000")
BO = Participant("c2", "bo", "Bo", "#000000")


def test_who_was_here_before_did_not_come() -> None:
    company = Company()

    assert company.see((ME, ADA), 0.0) == ()
    assert company.see((ME, ADA, BO), 1.0) == ("Bo",)
    assert company.due_s() is None


def test_who_goes_has_gone_after_a_while() -> None:
    company = Company()
    company.see((ME, ADA, BO), 0.0)

    company.see((ME, BO), 1.0)

    assert company.due_s() == 1.0 + AWAY_S
    assert company.gone(AWAY_S) == ()
    assert company.gone(1.0 + AWAY_S) == ("Ada",)
    assert (company.gone(99.0), company.due_s()) == ((), None)
    assert company.see((ME, ADA, BO), 99.0) == ("Ada",)


def test_who_is_back_in_a_moment_neither_went_nor_came() -> None:
    company = Company()
    company.see((ME, ADA), 0.0)
    company.see((ME,), 1.0)

    assert company.see((ME, ADA), 2.0) == ()
    assert (company.gone(99.0), company.due_s()) == ((), None)


def test_the_end_of_a_session_is_nobodys_going() -> None:
    company = Company()
    company.see((ME, ADA, BO), 0.0)
    company.see((ME, ADA), 1.0)

    assert company.see((), 2.0) == ()

    assert (company.gone(99.0), company.due_s()) == ((), None)
    assert company.see((ME, BO), 3.0) == ()
