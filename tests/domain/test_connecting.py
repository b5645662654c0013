"""Where a webhook may lead, by its address and by what its name stands for."""

import pytest

from domain.connecting import CONTROL_OF, address_refused, may_connect
from domain.vocabulary import Status

ADDRESSES = [
    ("https://example.org/hook", True),
    ("https://example.org:8443/hook?tenant=7", True),
    ("http://127.0.0.1:9000/hook", True),
    ("http://[::1]:9000/hook", True),
    ("http://localhost/hook", True),
    ("http://127.0.0.1:8080/hook", False),
    ("http://example.org/hook", False),
    ("http://localhost.example.org/hook", False),
    ("ftp://example.org/hook", False),
    ("https://user:word@example.org/", False),
    ("https://example.org/#part", False),
    ("https://exa mple.org/", False),
    ("https://example.org:port/", False),
    ("https:///hook", False),
    ("example.org", False),
    ("https://example.org/" + "x" * 500, False),
    ("", False),
]


@pytest.mark.parametrize(("url", "taken"), ADDRESSES, ids=[url[:40] for url, _ in ADDRESSES])
def test_an_address_is_https_or_this_machine(url: str, taken: bool) -> None:
    assert (address_refused(url, frozenset({8080})) is None) == taken


FOUND = [
    # What a name stands for, the name, and whether it may be called: never mind, and where private is allowed.
    ("93.184.216.34", "example.org", True, True),
    ("2606:2800:220:1::1", "example.org", True, True),
    ("10.0.0.1", "example.org", False, True),
    ("172.16.3.4", "example.org", False, True),
    ("192.168.1.1", "example.org", False, True),
    ("169.254.169.254", "example.org", False, True),
    ("100.64.0.1", "example.org", False, True),
    ("fd12::1", "example.org", False, True),
    ("fe80::1", "example.org", False, True),
    ("::ffff:10.0.0.1", "example.org", False, True),
    ("64:ff9b::a00:1", "example.org", False, True),
    ("2002:a00:1::", "example.org", False, True),
    ("127.0.0.1", "example.org", False, False),
    ("::1", "example.org", False, False),
    ("::ffff:127.0.0.1", "example.org", False, False),
    ("127.0.0.1", "127.0.0.1", True, True),
    ("127.0.0.1", "localhost", True, True),
    ("0.0.0.0", "example.org", False, False),
    ("224.0.0.1", "example.org", False, False),
]


@pytest.mark.parametrize(("found", "host", "usually", "allowed"), FOUND, ids=[f"{f} for {h}" for f, h, *_ in FOUND])
def test_a_name_may_not_lead_inside(found: str, host: str, usually: bool, allowed: bool) -> None:
    assert (may_connect(found, host, False), may_connect(found, host, True)) == (usually, allowed)


def test_every_status_has_its_control() -> None:
    assert set(CONTROL_OF) == set(Status)
