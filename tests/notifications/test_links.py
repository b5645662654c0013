"""Tokens: long, derived, and stored nowhere."""

from base64 import urlsafe_b64decode
from uuid import uuid4

from notifications.links import mint, step_url, token_hash


def test_the_same_link_has_the_same_token_and_another_has_another() -> None:
    key, link = bytes(range(32)), uuid4()
    assert mint(key, link) == mint(key, link)
    assert mint(key, link) != mint(key, uuid4())
    assert mint(key, link) != mint(bytes(32), link)


def test_a_token_has_256_bits_and_the_database_only_its_hash() -> None:
    minted = mint(bytes(range(32)), uuid4())
    assert len(urlsafe_b64decode(minted.token + "=")) == 32
    assert minted.token_hash == token_hash(minted.token)
    assert minted.token.encode() not in minted.token_hash


def test_any_text_may_be_asked_about() -> None:
    assert len(token_hash("\ud800 é \x00")) == 32


def test_a_link_begins_with_the_configured_address() -> None:
    assert step_url("https://followthrough.example.org", "abc") == "https://followthrough.example.org/do/abc"
