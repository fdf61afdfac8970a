"""Request targets: a stranger's text, decoded once and never more."""

import pytest

from collab_server.core.arrivals import Arrival, arrival_at
from collab_server.core.effects import Caller, Door

CALLER = Caller("https://example.org", "a browser")


def at(target: str) -> Arrival | None:
    return arrival_at(target, "192.0.2.1", CALLER)


@pytest.mark.parametrize("target", ["/", "/ws", "/ws/", "/ws?token=x&epoch=y", "/?/yjs/"])
def test_the_main_door_takes_nothing_from_its_address(target: str) -> None:
    assert at(target) == Arrival(door=Door.MAIN, address="192.0.2.1", caller=CALLER)


@pytest.mark.parametrize(
    "target",
    [
        "",
        "*",
        "//[",
        "//yjs/room_1",
        "/yjsx/room_1",
        "/YJS/room_1",
        "/%79js/room_1",
        "/ws//",
        "yjs/room_1",
        "http://server",
    ],
)
def test_elsewhere_there_is_no_door(target: str) -> None:
    assert at(target) is None


@pytest.mark.parametrize(
    ("path", "document"),
    [
        ("/yjs/room_1", "room_1"),
        ("/yjs/room_1/f/a.b~c:d-e", "room_1/f/a.b~c:d-e"),
        ("/yjs/room_1%2Ff%2fa%3Ab", "room_1/f/a:b"),
        ("/yjs/%72oom_1", "room_1"),
        ("http://server/yjs/room_1", "room_1"),
    ],
)
def test_a_document_is_named_by_the_path_decoded_once(path: str, document: str) -> None:
    arrival = at(path)

    assert arrival is not None
    assert (arrival.door, arrival.document) == (Door.YJS, document)


@pytest.mark.parametrize(
    "path",
    [
        "/yjs",
        "/yjs/",
        "/yjs//room_1",
        "/yjs/room_1/",
        "/yjs/room_1/../room_2",
        "/yjs/room_1/%2e%2e/room_2",
        "/yjs/room_1%252Ff",
        "/yjs/room%00_1",
        "/yjs/room_1%",
        "/yjs/room_1%zz",
        "/yjs/room_1%ff",
        "/yjs/r%C3%A4um",
        "/yjs/room_1;x",
        "/yjs/room 1",
        "/yjs/room+1",
        "/yjs/" + "a" * 300,
        "/yjs/..%2froom_1",
        "/yjs/\udcff",
    ],
)
def test_what_names_no_document_still_finds_the_door_that_refuses_it(path: str) -> None:
    arrival = at(path)

    assert arrival is not None
    assert (arrival.door, arrival.document) == (Door.YJS, None)


@pytest.mark.parametrize(
    ("query", "token", "epoch"),
    [
        ("", None, None),
        ("token=a.b-c_d&epoch=e1", "a.b-c_d", "e1"),
        ("token=", "", None),
        ("token", "", None),
        ("token=a%2Bb%3D", "a+b=", None),
        ("token=a+b=", "a+b=", None),
        ("token=first&token=second", "first", None),
        ("token=%ff", None, None),
        ("&".join(["x=1"] * 20) + "&token=t", None, None),
        ("Token=a", None, None),
    ],
)
def test_the_query_brings_token_and_epoch(query: str, token: str | None, epoch: str | None) -> None:
    arrival = at(f"/yjs/room_1?{query}")

    assert arrival is not None
    assert (arrival.token, arrival.epoch) == (token, epoch)
    assert f"{token!r}" not in repr(arrival) or token in (None, "")


def test_a_token_is_in_no_picture_of_an_arrival() -> None:
    assert "sesame" not in repr(at("/yjs/room_1?token=sesame"))
