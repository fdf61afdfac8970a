import pytest

from collab_server.transport.addresses import AllowedOrigins, TrustedProxies, parse_network

PROXIES = TrustedProxies([parse_network("10.0.0.0/8"), parse_network("2001:db8::1")])


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "address"),
    [
        pytest.param("192.0.2.7", [], "192.0.2.7", id="nobody in between"),
        pytest.param("192.0.2.7", ["198.51.100.1"], "192.0.2.7", id="a spoofed header"),
        pytest.param("10.1.2.3", [], "10.1.2.3", id="a proxy of its own account"),
        pytest.param("10.1.2.3", ["198.51.100.1"], "198.51.100.1", id="a proxy's word"),
        pytest.param(
            "10.1.2.3", ["203.0.113.9, 198.51.100.1"], "198.51.100.1", id="spoofed before a proxy"
        ),
        pytest.param(
            "10.1.2.3", ["203.0.113.9", "198.51.100.1"], "198.51.100.1", id="spoofed in two headers"
        ),
        pytest.param(
            "10.1.2.3", ["198.51.100.1, 10.9.9.9"], "198.51.100.1", id="a chain of proxies"
        ),
        pytest.param("10.1.2.3", ["10.9.9.9"], "10.9.9.9", id="a proxy behind a proxy"),
        pytest.param("10.1.2.3", ["198.51.100.1, unknown"], "10.1.2.3", id="no address at all"),
        pytest.param("10.1.2.3", ["10.9.9.9, "], "10.1.2.3", id="an empty end"),
        pytest.param("10.1.2.3", ["198.51.100.1:4711"], "198.51.100.1", id="with a port"),
        pytest.param("10.1.2.3", ["[2001:db8::9]:4711"], "2001:db8::9", id="in brackets"),
        pytest.param("2001:db8::1", ["2001:db8::9"], "2001:db8::9", id="a proxy by IPv6"),
        pytest.param("::ffff:10.1.2.3", ["198.51.100.1"], "198.51.100.1", id="mapped to IPv6"),
        pytest.param("10.1.2.3", ["::ffff:198.51.100.1"], "198.51.100.1", id="a mapped hop"),
        pytest.param("", ["198.51.100.1"], "", id="a Unix socket"),
        pytest.param("10.1.2.3", [",".join(["10.0.0.1"] * 5000)], "10.0.0.1", id="a long chain"),
    ],
)
def test_whose_word_counts(peer: str, forwarded_for: list[str], address: str) -> None:
    assert PROXIES.address_of(peer, forwarded_for) == address


def test_without_proxies_nobody_speaks_for_others() -> None:
    assert TrustedProxies([]).address_of("10.1.2.3", ["198.51.100.1"]) == "10.1.2.3"


@pytest.mark.parametrize("text", ["", "10.0.0.1/8", "10.0.0.0/33", "proxy.example.com"])
def test_what_is_no_network_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  ipaddress says what
        parse_network(text)


@pytest.mark.parametrize(
    ("origins", "is_admitted"),
    [
        pytest.param([], True, id="no browser"),
        pytest.param(["https://app.example.com"], True, id="listed"),
        pytest.param(["HTTPS://APP.example.com"], True, id="listed, in other letters"),
        pytest.param(["https://app.example.com.evil.example"], False, id="longer"),
        pytest.param(["http://app.example.com"], False, id="without TLS"),
        pytest.param(["https://app.example.com:444"], False, id="another port"),
        pytest.param(["null"], False, id="a sandboxed page"),
        pytest.param([""], False, id="empty"),
        pytest.param(["https://app.example.com", "https://evil.example"], False, id="two"),
    ],
)
def test_which_pages_may_connect(origins: list[str], is_admitted: bool) -> None:
    assert AllowedOrigins(["https://app.example.com"]).admit(origins) is is_admitted


def test_without_a_list_every_page_may() -> None:
    assert AllowedOrigins([]).admit(["https://anything.example"])
