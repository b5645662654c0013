"""Every page, for everybody: who may see it, and who is told that there is nothing."""

import httpx
import pytest

from tests.api.house import MARK, House, anybody

Browsers = dict[str, httpx.AsyncClient]
PEOPLE = (
    *("owner", "team_leader", "deputy", "manager", "quality_lead", "nominated"),
    *("administrator", "key_worker", "commissioner", "inspector", "outsider"),
)
SEE_THE_HOME = {"deputy", "manager", "quality_lead", "nominated", "administrator", "commissioner", "inspector"}
TOOK_PART = SEE_THE_HOME | {"owner", "team_leader"}
DEFINE = {"deputy", "manager", "quality_lead", "administrator", "outsider"}
DECIDE = {"manager", "quality_lead", "nominated", "administrator"}
MANAGERS = {"manager", "quality_lead", "nominated"}
EVERYBODY = set(PEOPLE)
LOOK_AFTER = {"administrator", "manager", "nominated", "outsider"}

WALK: list[tuple[str, set[str], int]] = [
    # A page, who gets it, and what the others get.
    ("/work", EVERYBODY, 0),
    ("/overview", EVERYBODY, 0),
    ("/tracker", EVERYBODY, 0),
    ("/imports", EVERYBODY, 0),
    ("/imports/00000000-0000-0000-0000-000000000000", set(), 404),
    ("/help", EVERYBODY, 0),
    ("/sign-in", EVERYBODY, 0),
    ("/define", DEFINE, 403),
    ("/import", DECIDE | {"outsider"}, 403),
    ("/crosswalk", DEFINE, 403),
    ("/crosswalk/cqc-saf/cqc-asc-2026-draft/S3", {"quality_lead", "administrator"}, 403),
    ("/pathways", DECIDE | {"outsider"}, 403),
    ("/pathways/general", DECIDE | {"outsider"}, 403),
    ("/pathways/general/1", DECIDE | {"outsider"}, 403),
    ("/pathways/general/2/changes", DECIDE | {"outsider"}, 403),
    ("/pathways/care-plan-audit/draft", DECIDE | {"outsider"}, 403),
    ("/api-keys", {"administrator"}, 403),
    ("/webhooks", {"administrator"}, 403),
    ("/api/v1/docs", EVERYBODY, 0),
    ("/api/v1/actions", set(), 401),
    ("/people", LOOK_AFTER, 403),
    ("/people/new", LOOK_AFTER, 403),
    ("/people.csv", LOOK_AFTER, 403),
    ("/people/import", LOOK_AFTER, 403),
    ("/people/{deputy-person}/absence", (LOOK_AFTER | {"deputy"}) - {"outsider"}, 404),
    ("/people/{nominated-person}", LOOK_AFTER, 403),
    ("/locations", LOOK_AFTER, 403),
    ("/absence", EVERYBODY, 0),
    ("/absence/{absence}", (LOOK_AFTER | {"deputy"}) - {"outsider"}, 404),
    ("/actions/{asked}", SEE_THE_HOME | {"owner"}, 404),
    ("/actions/{open}", TOOK_PART, 404),
    ("/actions/{late}", TOOK_PART, 404),
    ("/actions/{closed}", TOOK_PART, 404),
    ("/actions/{draft}", SEE_THE_HOME | {"owner"}, 404),
    ("/actions/{declined}", SEE_THE_HOME | {"owner"}, 404),
    ("/evidence/{evidence}", TOOK_PART, 404),
    ("/escalations/{escalation}", TOOK_PART, 404),
    ("/extensions/{extension}", TOOK_PART, 404),
    ("/barriers/{barrier}", TOOK_PART, 404),
    ("/reviews", SEE_THE_HOME | {"outsider"}, 403),
    ("/reviews/{review}", SEE_THE_HOME, 404),
    ("/undelivered-mails/{undelivered}", SEE_THE_HOME | {"owner"}, 404),
    ("/repeats/{repeat}", TOOK_PART, 404),
    ("/actions/{checked-again}", TOOK_PART, 404),
    ("/steps/{re-audit-step}/sample", {"quality_lead"}, 403),
    ("/steps/{accept-step}", {"owner"}, 403),
    ("/steps/{care-plans-step}", {"owner"}, 403),
    ("/steps/{care-plans-step}/evidence", {"owner"}, 403),
    ("/steps/{care-plans-step}/blocked", {"owner"}, 403),
    ("/steps/{care-plans-step}/time", {"owner"}, 403),
    ("/steps/{briefing-step}", {"team_leader"}, 403),
    ("/steps/{sample-step}/sample", {"deputy"}, 403),
    ("/steps/{approval-step}/approval", {"manager"}, 403),
    ("/steps/{sent-step}", {"owner"}, 403),
    ("/steps/{sent-step}/withdraw", {"owner"}, 403),
    ("/small-homes", {*MANAGERS, "outsider", "commissioner", "inspector"}, 403),
    ("/small-homes/{small_home}", {*MANAGERS, "commissioner", "inspector"}, 404),
    ("/actions/A-1999-0001", set(), 404),
    ("/steps/00000000-0000-0000-0000-000000000000", set(), 404),
    ("/escalations/00000000-0000-0000-0000-000000000000", set(), 404),
    ("/evidence/00000000-0000-0000-0000-000000000000", set(), 404),
    ("/actions/%00", set(), 404),
    ("/steps/nonsense", set(), 422),
    ("/nothing-here", set(), 404),
]


def address(house: House, pattern: str) -> str:
    places = house.refs | {name: str(key) for name, key in house.asked.items()}
    places |= {f"{name}-step": str(key) for name, key in house.steps.items()}
    places |= house.people
    for name, value in places.items():
        pattern = pattern.replace(f"{{{name}}}", value)
    return pattern


@pytest.mark.parametrize(("pattern", "who", "otherwise"), WALK, ids=[row[0] for row in WALK])
async def test_a_page_opens_for_those_it_is_for(
    house: House, browsers: Browsers, pattern: str, who: set[str], otherwise: int
) -> None:
    path = address(house, pattern)
    got = {person: (await browsers[person].get(path)).status_code for person in PEOPLE}
    assert got == {person: 200 if person in who else otherwise for person in PEOPLE}


EVE = {"name": "Eve Extra", "email": "eve@example.org"}
OF_THE_HOME = (
    "/people/{deputy-person}",
    "/people/{deputy-person}/change",
    "/people/{deputy-person}/leave",
    "/people/{deputy-person}/roles/{role}/end",
    "/locations/{home}",
)


@pytest.mark.parametrize("pattern", OF_THE_HOME)
async def test_people_of_the_home_are_there_for_those_who_look_after_them(
    house: House, browsers: Browsers, pattern: str
) -> None:
    got = {person: (await browsers[person].get(address(house, pattern))).status_code for person in PEOPLE}
    expected = {person: 200 if person in LOOK_AFTER else 403 for person in PEOPLE} | {"outsider": 404}
    assert got == expected


DECISIONS: list[tuple[str, set[str]]] = [
    ("/actions/{late}/strength", {"quality_lead", "administrator"}),
    ("/actions/{open}/end", {"manager", "quality_lead", "nominated"}),
    ("/steps/{owner-step}/owner", SEE_THE_HOME | {"owner"}),
    ("/steps/{care-plans-step}/give", DECIDE),
    ("/reviews/schedule/{home}", DECIDE),
    ("/actions/{open}/owner", DECIDE),
    ("/steps/{define-step}/define", SEE_THE_HOME | {"owner"}),
    ("/actions/{open}/pathway", DECIDE),
    ("/steps/{define-step}/define/found", SEE_THE_HOME),
    ("/steps/{define-step}/define/who", SEE_THE_HOME),
    ("/actions/{late}/references", SEE_THE_HOME),
]


@pytest.mark.parametrize(("pattern", "who"), DECISIONS, ids=[row[0] for row in DECISIONS])
async def test_a_decision_opens_for_nobody_from_elsewhere(
    house: House, browsers: Browsers, pattern: str, who: set[str]
) -> None:
    path = address(house, pattern)
    got = {person: (await browsers[person].get(path)).status_code for person in PEOPLE}
    opened = {person for person in PEOPLE if got[person] == 200}
    assert who & {"manager", "quality_lead"} <= opened <= who
    assert got["outsider"] in (403, 404)


async def test_without_signing_in_every_page_leads_to_signing_in(house: House) -> None:
    async with anybody(house) as browser:
        for pattern, *_ in (*WALK, *DECISIONS):
            if pattern.startswith("/api/v1") or pattern in ("/help", "/sign-in", "/nothing-here", "/steps/nonsense"):
                continue
            answer = await browser.get(address(house, pattern))
            assert answer.status_code in (303, 404), pattern
            assert MARK not in answer.text
            if answer.status_code == 303:
                assert answer.headers["location"].startswith("/sign-in")


async def test_a_manager_from_elsewhere_reads_nothing_of_the_home_anywhere(house: House, browsers: Browsers) -> None:
    for pattern, *_ in (*WALK, *DECISIONS, *((one,) for one in OF_THE_HOME)):
        answer = await browsers["outsider"].get(address(house, pattern))
        assert MARK not in answer.text, pattern
        assert "Cedar View" not in answer.text, pattern
        assert "Oona" not in answer.text, pattern


REFUSED: list[tuple[str, dict[str, str], set[str]]] = [
    # What is sent, and who alone may send it: everybody else is refused and changes nothing.
    ("/steps/{accept-step}/accept", {}, {"owner"}),
    ("/steps/{accept-step}/decline", {"reason": "Not for me"}, {"owner"}),
    ("/steps/{care-plans-step}/blocked", {"barrier": "There are no scales"}, {"owner"}),
    ("/steps/{care-plans-step}/give", {"reason": "On holiday", "person": "{team_leader}"}, {"manager", "nominated"}),
    ("/steps/{sample-step}/sample", {"do": "draw", "population": "daily records", "population_size": "60"}, {"deputy"}),
    (
        "/steps/{sample-step}/sample",
        {"do": "again", "replaces": "00000000-0000-0000-0000-000000000000", "again": "None of them applied here"}
        | {"population": "daily records", "population_size": "60"},
        {"deputy"},
    ),
    ("/steps/{sent-step}/withdraw", {"reason": "The wrong file"}, {"owner"}),
    ("/steps/{approval-step}/approval", {"rationale": "It is all good now", "outcome_value": "92 %"}, {"manager"}),
    ("/steps/{owner-step}/owner", {"owner": "{team_leader}"}, {"manager"}),
    ("/barriers/{barrier}", {"answer": "Agency cover is booked"}, {"manager", "nominated"}),
    ("/reviews/{review}", {"do": "save"}, {"deputy", "manager"}),
    ("/repeats/{repeat}", {"reopens": "yes", "reason": "It did not hold"}, MANAGERS),
    ("/actions/{late}/references", {"reason": "Fits better"}, DEFINE - {"outsider"}),
    ("/actions/{open}/strength", {"strength": "strong", "reason": "It is forced"}, {"quality_lead", "administrator"}),
    ("/crosswalk/cqc-saf/cqc-asc-2026-draft/S3", {"reason": "Fits better"}, {"quality_lead", "administrator"}),
    ("/steps/{care-plans-step}/evidence", {"statement": "All is well"}, {"owner"}),
    ("/steps/{care-plans-step}/time", {"reason": "We need longer"}, {"owner"}),
    ("/steps/{care-plans-step}/not-mine", {"reason": "Not for me"}, {"owner"}),
    ("/define", {"summary": "No weights"}, DEFINE),
    ("/define/hints", {"summary": "No weights"}, DEFINE),
    ("/steps/{define-step}/define", {"seen": ""}, DEFINE - {"outsider"}),
    ("/steps/{define-step}/define/found", {"summary": "No weights"}, DEFINE - {"outsider"}),
    ("/steps/{define-step}/define/hints", {"page": "found"}, DEFINE - {"outsider"}),
    ("/import", {}, DECIDE | {"outsider"}),
    (
        "/reviews/schedule/{home}",
        {"weekday": "2", "at": "09:30"},
        {"manager", "quality_lead", "nominated", "administrator"},
    ),
    (
        "/undelivered-mails/{undelivered}",
        {"do": "told", "note": "On the phone"},
        {"manager", "quality_lead", "nominated", "administrator"},
    ),
    (
        "/undelivered-mails/{undelivered}",
        {"do": "send", "email": "stolen@example.org"},
        {"manager", "quality_lead", "nominated", "administrator"},
    ),
    (
        "/extensions/{extension}",
        {"granted": "no", "reason": "People are at risk now"},
        {"manager", "nominated"},
    ),
    (
        "/escalations/{escalation}",
        {
            "kind": "support given",
            "risk_now": "Two people at risk",
            "interim_control": "Weighed by the nurse",
            "support": "The nurse weighs them with her",
        },
        {"manager", "quality_lead", "nominated"},
    ),
    ("/actions/{open}/pathway", {"to": "2", "reason": "The newer one is better"}, DECIDE),
    ("/pathways", {"key": "falls", "title": "Falls prevention"}, DECIDE | {"outsider"}),
    ("/pathways/general/drafts", {}, DECIDE | {"outsider"}),
    ("/pathways/care-plan-audit/draft", {"do": "save", "text": "key: x", "seen": "1"}, DECIDE | {"outsider"}),
    ("/pathways/care-plan-audit/draft", {"do": "discard", "seen": "1"}, DECIDE | {"outsider"}),
    (
        "/pathways/care-plan-audit/draft",
        {"do": "publish", "text": "key: x", "seen": "1"},
        {"quality_lead", "nominated", "administrator"},
    ),
    ("/actions/{open}/end", {"how": "cancelled", "reason": "It was entered twice."}, MANAGERS),
    (
        "/small-homes",
        {"location_id": "{home}", "reason": "Only three of us work here"}
        | {"ends_on-day": "1", "ends_on-month": "2", "ends_on-year": "2099"},
        {"manager", "quality_lead"},
    ),
    ("/small-homes/{small_home}", {"confirmed": "yes"}, {"nominated"}),
    ("/api-keys", {"name": "Eve’s system", "purposes": "read trail", "location": "all"}, {"administrator"}),
    ("/webhooks", {"url": "https://example.org/", "kinds": "action.created", "location": "all"}, {"administrator"}),
    ("/api-keys/00000000-0000-0000-0000-000000000000/revoke", {}, set()),
    ("/webhooks/00000000-0000-0000-0000-000000000000/stop", {}, set()),
    ("/webhooks/00000000-0000-0000-0000-000000000000/again", {}, set()),
    ("/webhooks/00000000-0000-0000-0000-000000000000/test", {}, set()),
    ("/webhooks/00000000-0000-0000-0000-000000000000/secret", {"seen": "1"}, set()),
    ("/webhook-deliveries/00000000-0000-0000-0000-000000000000/again", {}, set()),
    (
        "/people",
        EVE | {"role": "administrator", "location": "all"},
        {"administrator"},
    ),
    ("/actions/{open}/owner", {"owner": "{team_leader}", "reason": "On holiday"}, {"manager", "nominated"}),
    ("/people/{deputy-person}/roles", {"role": "key worker", "location": "{home}"}, {"administrator", "manager"}),
    ("/people/{owner-person}/change", {"name": "Oona", "email": "o@example.org"}, {"administrator", "manager"}),
    ("/people/{owner-person}/leave", {}, {"administrator", "manager"}),
    ("/people/{deputy-person}/roles/{role}/end", {"when": "now"}, LOOK_AFTER - {"outsider"}),
    ("/people/import", {}, LOOK_AFTER),
    ("/absence/{absence}", {"do": "end"}, (LOOK_AFTER | {"deputy"}) - {"outsider"}),
    ("/people/{manager-person}/link", {}, {"administrator", "manager"}),
    (
        "/people/{nominated-person}/absence",
        {"starts-day": "1", "starts-month": "12", "starts-year": "2099", "ends-day": "2", "ends-month": "12"}
        | {"ends-year": "2099", "cover": "{manager-person}"},
        {"administrator", "nominated"},
    ),
    ("/locations", {"name": "Third Home", "opens": "7:00", "closes": "21:00"}, {"administrator"}),
    ("/locations/{home}", {"name": "Cedar", "opens": "7:00", "closes": "21:00"}, {"administrator", "manager"}),
]


@pytest.mark.parametrize(("pattern", "typed", "may"), REFUSED, ids=[row[0] for row in REFUSED])
async def test_only_those_whose_it_is_may_send_it(
    house: House, browsers: Browsers, pattern: str, typed: dict[str, str], may: set[str]
) -> None:
    path = address(house, pattern)
    filled = {name: value.replace("{team_leader}", str(house.cast.team_leader)) for name, value in typed.items()}
    filled = {name: address(house, value) for name, value in filled.items()}
    got = {
        person: (await browsers[person].post(path, data=filled)).status_code for person in PEOPLE if person not in may
    }
    assert set(got.values()) <= {403, 404}, got
