import pytest

from collab_server.protocol.errors import InvalidLink, LocalProtocolError
from collab_server.protocol.links import (
    InvitationLink,
    format_invitation_link,
    invitation_at,
    parse_invitation_link,
)

CODE = "abcdefghijklmnopqrstuv"


@pytest.mark.parametrize(
    ("text", "link"),
    [
        (f"codexpro://join/127.0.0.1:5000/{CODE}", InvitationLink("127.0.0.1", 5000, CODE, False)),
        (f"codexpro://join/localhost/{CODE}", InvitationLink("localhost", 8080, CODE, False)),
        (f"codexpro://join/[::1]:81/{CODE}", InvitationLink("::1", 81, CODE, False)),
        (f"codexpro://join/example.org/{CODE}", InvitationLink("example.org", 443, CODE, True)),
        (f"codexpro://join/10.0.0.1:81/{CODE}", InvitationLink("10.0.0.1", 81, CODE, True)),
        (f"codexpro://join/10.0.0.1/{CODE}?tls=0", InvitationLink("10.0.0.1", 8080, CODE, False)),
        (f"codexpro://join/localhost/{CODE}?tls=1", InvitationLink("localhost", 443, CODE, True)),
        (f"codexpro://join/localhost/{CODE}?x=1", InvitationLink("localhost", 8080, CODE, False)),
        (f" CodexPro://JOIN/Example.ORG/{CODE}\n", InvitationLink("example.org", 443, CODE, True)),
        (f"https://example.org/pair/p#{CODE}", InvitationLink("example.org", 443, CODE, True)),
        (f"https://[2001:db8::1]/pair/p#{CODE}", InvitationLink("2001:db8::1", 443, CODE, True)),
        (f"http://localhost:8080/pair/p#{CODE}", InvitationLink("localhost", 8080, CODE, False)),
        (f"http://localhost/pair/p#{CODE}", InvitationLink("localhost", 80, CODE, False)),
    ],
)
def test_a_link_is_read(text: str, link: InvitationLink) -> None:
    assert parse_invitation_link(text) == link
    assert parse_invitation_link(format_invitation_link(link)) == link


@pytest.mark.parametrize(
    "text",
    [
        "",
        CODE,
        "https://example.org/",
        "https://example.org/pair/p",
        f"https://example.org/other#{CODE}",
        f"ftp://example.org/pair/p#{CODE}",
        f"codexpro://open/example.org/{CODE}",
        f"codexpro://join/{CODE}",
        f"codexpro://join//{CODE}",
        "codexpro://join/example.org/short",
        f"codexpro://join/example.org/{'x' * 65}",
        f"codexpro://join/example.org/{CODE}/more",
        f"codexpro://join/example.org/{CODE}%20",
        f"codexpro://join/user@example.org/{CODE}",
        f"codexpro://join/exämple.org/{CODE}",
        f"codexpro://join/example.org:0/{CODE}",
        f"codexpro://join/example.org:65536/{CODE}",
        f"codexpro://join/example.org:/{CODE}",
        f"codexpro://join/-example.org/{CODE}",
        f"codexpro://join/[::g]/{CODE}",
        f"codexpro://join/[1.2.3.4]/{CODE}",
        f"https://[::1/pair/p#{CODE}",
        f"https://user:pw@example.org/pair/p#{CODE}",
        f"codexpro://join/exam ple.org/{CODE}",
        f"codexpro://join/example.org/{CODE}\0",
        f"codexpro://join/example.org/{CODE}?" + "x" * 3000,
        f"javascript:alert('{CODE}')",
    ],
)
def test_no_link(text: str) -> None:
    with pytest.raises(InvalidLink):
        parse_invitation_link(text)


@pytest.mark.parametrize(
    ("public_url", "text", "socket_url"),
    [
        ("wss://a.example", f"codexpro://join/a.example/{CODE}", "wss://a.example:443/ws"),
        ("https://a.example:81/", f"codexpro://join/a.example:81/{CODE}", "wss://a.example:81/ws"),
        ("ws://127.0.0.1:9", f"codexpro://join/127.0.0.1:9/{CODE}", "ws://127.0.0.1:9/ws"),
        ("http://[::1]", f"codexpro://join/[::1]:80/{CODE}", "ws://[::1]:80/ws"),
        ("ws://lan:8080", f"codexpro://join/lan/{CODE}?tls=0", "ws://lan:8080/ws"),
        ("wss://localhost", f"codexpro://join/localhost/{CODE}?tls=1", "wss://localhost:443/ws"),
    ],
)
def test_a_servers_public_url_becomes_a_link(public_url: str, text: str, socket_url: str) -> None:
    link = invitation_at(public_url, CODE)

    assert format_invitation_link(link) == text
    assert link.socket_url == socket_url


@pytest.mark.parametrize("url", ["", "example.org", "ftp://a", "ws://", "ws://a:99999", "ws://[a"])
def test_a_public_url_that_leads_nowhere_is_our_own_mistake(url: str) -> None:
    with pytest.raises(LocalProtocolError):
        invitation_at(url, CODE)


def test_a_code_is_not_in_what_a_log_would_show() -> None:
    assert CODE not in repr(InvitationLink("a", 1, CODE, True))
