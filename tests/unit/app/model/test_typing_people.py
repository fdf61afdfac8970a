from app.model.typing_people import LONGEST_S, MOST_TYPING, TypingPeople


def test_who_is_heard_of_no_more_has_stopped() -> None:
    people = TypingPeople()
    people.hear("1", "Ada", 0.0, ttl_s=6.0)
    people.hear("2", "Grace", 3.0, ttl_s=1e9)

    due_s = people.due_s()
    people.tick(6.0)

    assert due_s == 6.0
    assert people.names == ("Grace",)
    assert people.due_s() == 3.0 + LONGEST_S


def test_who_says_so_or_leaves_has_stopped() -> None:
    people = TypingPeople()
    people.hear("1", "Ada", 0.0, ttl_s=6.0)
    people.hear("1", "Ada", 3.0, ttl_s=6.0)

    until_s = people.due_s()
    people.stop("1")
    people.stop("1")

    assert until_s == 9.0
    assert (people.names, people.due_s()) == ((), None)


def test_so_many_are_known_and_no_more() -> None:
    people = TypingPeople()
    for number in range(MOST_TYPING + 1):
        people.hear(f"{number}", "x", 0.0, ttl_s=6.0)

    known = len(people.names)
    people.clear()

    assert known == MOST_TYPING
    assert people.names == ()
