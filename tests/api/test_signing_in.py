"""Signing in and out, guessing, and leaving."""

import asyncio
import hashlib
from collections import Counter

import pytest
from sqlalchemy import text

from commands.leaving import leave
from commands.office import utc_now
from commands.people import first_sign_in_link
from commands.sign_in import TRIES
from domain.actors import OPERATOR
from tests.api.house import AS_SHIPPED, EMAILS, PASSWORD, House, anybody, sign_in


async def sessions(house: House) -> int:
    async with house.engine.connect() as connection:
        return (await connection.execute(text("SELECT count(*) FROM session"))).scalar_one()


async def test_a_password_signs_in_whatever_the_case_of_the_address(bare: House) -> None:
    await sign_in(bare, "manager")
    async with anybody(bare) as browser:
        typed = {"email": "  MINA@example.org ", "password": PASSWORD, "next": "/tracker"}
        answer = await browser.post("/sign-in", data=typed)
        assert (answer.status_code, answer.headers["location"]) == (303, "/tracker")
        assert (await browser.get("/tracker")).status_code == 200


async def test_the_database_knows_a_session_by_its_hash_alone(bare: House) -> None:
    browser = await sign_in(bare, "manager")
    async with bare.engine.connect() as connection:
        stored = (await connection.execute(text("SELECT string_agg(s::text, '') FROM session s"))).scalar_one()
    cookie = browser.cookies["ft-session"]
    assert cookie not in stored
    assert hashlib.sha256(cookie.encode()).hexdigest() in stored


async def test_a_cookie_is_out_of_reach_of_scripts_and_other_sites(bare: House) -> None:
    browser = await sign_in(bare, "manager")
    answer = await browser.post("/sign-in", data={"email": EMAILS["manager"], "password": PASSWORD})
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


@pytest.mark.parametrize(
    ("email", "password"), [(EMAILS["manager"], "wrong"), ("nobody@example.org", PASSWORD), ("", ""), ("\x00", "\x00")]
)
async def test_a_wrong_password_and_an_unknown_address_read_the_same(bare: House, email: str, password: str) -> None:
    await sign_in(bare, "manager")
    async with anybody(bare) as browser:
        answer = await browser.post("/sign-in", data={"email": email, "password": password})
        assert answer.status_code == 403
        assert "The e-mail address or the password is not right." in answer.text
        assert "<title>Error:" in answer.text
        assert password not in answer.text or not password.strip("\x00")
        assert not browser.cookies


def test_a_stolen_password_costs_as_much_to_guess_as_is_recommended() -> None:
    assert AS_SHIPPED.hash(PASSWORD).startswith("$argon2id$v=19$m=65536,t=3,p=4$")


async def test_somebody_without_a_password_cannot_sign_in(bare: House) -> None:
    async with anybody(bare) as browser:
        assert (await browser.post("/sign-in", data={"email": EMAILS["deputy"], "password": ""})).status_code == 403


async def test_guessing_is_stopped_and_locks_nobody_else_out(bare: House) -> None:
    await sign_in(bare, "manager")
    await sign_in(bare, "deputy")
    async with anybody(bare) as browser:
        for _ in range(TRIES):
            await browser.post("/sign-in", data={"email": EMAILS["manager"], "password": "guess"})
        answer = await browser.post("/sign-in", data={"email": EMAILS["manager"], "password": PASSWORD})
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "900")
        assert "Wait fifteen minutes" in answer.text
        assert not browser.cookies
        deputy = await browser.post("/sign-in", data={"email": EMAILS["deputy"], "password": PASSWORD})
        assert deputy.status_code == 303


async def test_guesses_sent_all_at_once_are_counted_too(bare: House) -> None:
    await sign_in(bare, "manager")
    async with anybody(bare) as browser:
        guesses = [{"email": EMAILS["manager"], "password": f"guess {n}"} for n in range(3 * TRIES)]
        answers = await asyncio.gather(*(browser.post("/sign-in", data=guess) for guess in guesses))
    assert Counter(answer.status_code for answer in answers) == {403: TRIES, 429: 2 * TRIES}


async def test_a_right_password_costs_no_try(bare: House) -> None:
    await sign_in(bare, "manager")
    for _ in range(TRIES + 1):
        async with anybody(bare) as browser:
            answer = await browser.post("/sign-in", data={"email": EMAILS["manager"], "password": PASSWORD})
            assert answer.status_code == 303


@pytest.mark.parametrize(
    "following", ["https://evil.example.org/", "//evil.example.org", "/\\evil.example.org", "javascript:alert(1)", ""]
)
async def test_signing_in_never_leads_to_another_site(bare: House, following: str) -> None:
    await sign_in(bare, "manager")
    async with anybody(bare) as browser:
        typed = {"email": EMAILS["manager"], "password": PASSWORD, "next": following}
        assert (await browser.post("/sign-in", data=typed)).headers["location"] == "/"


async def test_signing_out_ends_the_session_for_a_copied_cookie_too(bare: House) -> None:
    browser = await sign_in(bare, "manager")
    copied = dict(browser.cookies)
    assert await sessions(bare) == 1
    assert (await browser.post("/sign-out")).headers["location"] == "/sign-in"
    assert await sessions(bare) == 0
    async with anybody(bare) as thief:
        thief.cookies.update(copied)
        assert (await thief.get("/work")).status_code == 303


async def test_a_leavers_session_and_password_end_at_once(bare: House) -> None:
    browser = await sign_in(bare, "manager")
    assert (await browser.get("/work")).status_code == 200
    await leave(bare.cast.office, OPERATOR, bare.cast.manager, utc_now())
    assert (await browser.get("/work")).status_code == 303
    again = await browser.post("/sign-in", data={"email": EMAILS["manager"], "password": PASSWORD})
    assert again.status_code == 403


async def test_an_expired_session_signs_nobody_in(bare: House) -> None:
    browser = await sign_in(bare, "manager")
    async with bare.engine.begin() as connection:
        await connection.execute(text("UPDATE session SET expires_at = now() - interval '1 second'"))
    assert (await browser.get("/work")).status_code == 303


async def test_a_made_up_session_signs_nobody_in(bare: House) -> None:
    async with anybody(bare) as browser:
        browser.cookies.set("ft-session", "made-up")
        assert (await browser.get("/work")).status_code == 303


async def test_a_short_password_is_refused_and_the_link_still_works(bare: House) -> None:
    office = bare.cast.office
    token = (await first_sign_in_link(office, OPERATOR, EMAILS["deputy"], utc_now(), mail=False)).token
    async with anybody(bare) as browser:
        assert EMAILS["deputy"] in (await browser.get(f"/welcome/{token}")).text
        short = await browser.post(f"/welcome/{token}", data={"password": "short"})
        assert (short.status_code, "at least 12 characters" in short.text) == (422, True)
        assert (await browser.post(f"/welcome/{token}", data={"password": PASSWORD})).status_code == 303
        assert (await browser.post(f"/welcome/{token}", data={"password": PASSWORD})).status_code == 410
        assert EMAILS["deputy"] not in (await browser.get(f"/welcome/{token}")).text


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example.org"},
        {"origin": "null"},
    ],
)
async def test_a_form_that_another_site_sends_changes_nothing(bare: House, headers: dict[str, str]) -> None:
    browser = await sign_in(bare, "manager")
    assert (await browser.post("/sign-out", headers=headers)).status_code == 403
    assert await sessions(bare) == 1


async def mailed_links(house: House) -> list[str]:
    async with house.engine.connect() as connection:
        found = await connection.execute(text("SELECT to_address FROM message WHERE kind = 'set password' ORDER BY id"))
        return list(found.scalars())


async def test_whoever_never_signed_in_or_forgot_asks_for_a_link_and_nobody_learns_who_is_here(bare: House) -> None:
    async with anybody(bare) as browser:
        assert 'href="/password"' in (await browser.get("/sign-in")).text
        told = [
            (await browser.post("/password", data={"email": email})).text.replace(email, "").partition("<main")[2]
            for email in (EMAILS["deputy"], "nobody@example.org", EMAILS["deputy"].upper(), "\x00a@example.org")
        ]
        assert await mailed_links(bare) == [EMAILS["deputy"]]  # one mail, however often it is asked for
        assert "Look at your mail" in told[0]
        assert told[0] == told[1] == told[2]
        assert (await browser.post("/password", data={"email": EMAILS["key_worker"]})).status_code == 200
        assert await mailed_links(bare) == [EMAILS["deputy"]]  # they only do what a mail asks for
        empty = await browser.post("/password", data={"email": " "})
        assert (empty.status_code, "Give the e-mail address" in empty.text) == (422, True)


async def test_a_leaver_who_asks_for_a_link_gets_none(bare: House) -> None:
    await leave(bare.cast.office, OPERATOR, bare.cast.deputy, utc_now())
    async with anybody(bare) as browser:
        assert (await browser.post("/password", data={"email": EMAILS["deputy"]})).status_code == 200
    assert await mailed_links(bare) == []
