import pytest

from app.model.server_address import InvalidAddress, host_of, socket_url_of


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("wss://collab.example.org/ws", "wss://collab.example.org/ws"),
        ("ws://127.0.0.1:8080/ws", "ws://127.0.0.1:8080/ws"),
        ("https://collab.example.org", "wss://collab.example.org/ws"),
        ("http://localhost:8080/", "ws://localhost:8080/ws"),
        (" collab.example.org \n", "wss://collab.example.org/ws"),
        ("collab.example.org:8443/pair/ws", "wss://collab.example.org:8443/pair/ws"),
        ("wss://[::1]:8080", "wss://[::1]:8080/ws"),
        ("wss://collab.example.org/ws?token=secret#x", "wss://collab.example.org/ws"),
    ],
)
def test_what_people_write_becomes_a_socket_s_address(written: str, url: str) -> None:
    assert socket_url_of(written) == url


@pytest.mark.parametrize(
    "written",
    [
        "",
        "   ",
        "ftp://example.org",
        "ws://[",
        "wss://",
        "wss://host:port/",
        "two words",
        "wss://me:secret@host/",
        "/a/path",
    ],
)
def test_what_is_no_address_is_refused(written: str) -> None:
    with pytest.raises(InvalidAddress):
        socket_url_of(written)


def test_a_server_is_called_by_its_host() -> None:
    assert host_of("wss://collab.example.org:8443/ws") == "collab.example.org:8443"
