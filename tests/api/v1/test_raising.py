"""A system raises a finding or an action: what people are asked then, and what the trail says."""

import asyncio
import json
from typing import Any

import pytest
from sqlalchemy import text

from domain.connecting import Purpose
from tests.api.house import House
from tests.api.v1.conftest import System, a_finding, a_system, an_action


async def rows(house: House, query: str, **bound: Any) -> list[Any]:
    async with house.engine.connect() as connection:
        return list((await connection.execute(text(query), bound)).all())


async def test_a_finding_becomes_a_draft_that_the_quality_lead_is_asked_to_complete(
    bare: House, system: System
) -> None:
    answer = await system.post("findings", a_finding(bare))
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert told["status"] == "draft"
    assert {"#/what_will_change", "#/risk", "#/due_on"} <= {lack["pointer"] for lack in told["lacks"]}
    [action] = await rows(bare, "SELECT * FROM action")
    assert (action.ref, action.status, action.title[:9]) == (told["ref"], "draft", "Two falls")
    assert action.draft_reasons[-1].startswith("Raised by “Incident system”")
    [finding] = await rows(bare, "SELECT * FROM finding")
    assert (str(finding.id), finding.source, finding.external_ref) == (told["finding_id"], "incident", "INC-20418")
    [step] = await rows(bare, "SELECT key, assignee_id FROM step")
    assert (step.key, step.assignee_id) == ("define", bare.cast.quality_lead)
    assert told["links"]["page"].endswith(f"/actions/{told['ref']}")


async def test_a_complete_action_goes_to_its_owner_at_once_with_advice_for_whoever_wrote_it(
    bare: House, system: System
) -> None:
    told = (await system.post("actions", an_action(bare))).json()
    assert (told["status"], told["lacks"]) == ("awaiting acceptance", [])
    assert told["strength"]["strength"] == "strong"
    [step] = await rows(bare, "SELECT key, assignee_id FROM step")
    assert (step.key, step.assignee_id) == ("accept", bare.cast.owner)
    [action] = await rows(bare, "SELECT due_at, original_due_at FROM action")
    assert action.due_at == action.original_due_at


async def test_a_vague_action_is_taken_as_a_draft_with_questions(bare: House, system: System) -> None:
    vague = a_finding(bare, what_will_change="Remind staff to ensure that falls are prevented.")
    told = (await system.post("actions", vague)).json()
    assert told["status"] == "draft"
    assert told["strength"]["strength"] == "weak"
    assert "weak action" in {one["lack"] for one in told["advice"]}
    assert all(one["question"].endswith("?") for one in told["advice"])


async def test_a_complete_action_may_be_sent_as_a_draft(bare: House, system: System) -> None:
    told = (await system.post("actions", an_action(bare, draft=True))).json()
    assert (told["status"], told["lacks"]) == ("draft", [])
    [step] = await rows(bare, "SELECT key FROM step")
    assert step.key == "define"


async def test_the_trail_names_the_key_and_the_page_shows_its_name(bare: House, system: System) -> None:
    told = (await system.post("findings", a_finding(bare))).json()
    [entry] = await rows(bare, "SELECT * FROM trail_entry WHERE what = 'drafted'")
    assert (entry.actor_id, entry.identified_by, entry.role) == (system.key_id, "API key", "Incident system")
    [kept] = await rows(bare, "SELECT id FROM api_request")
    assert entry.request_id == kept.id
    assert told["ref"].startswith("FT-")


SECOND = [
    # The same key again: with the same body, with its fields in another order, with another body.
    ({}, 201),
    ({"summary": "Another fall altogether, in another room."}, 422),
]


@pytest.mark.parametrize(("changes", "status"), SECOND, ids=["the same body", "another body"])
async def test_the_same_idempotency_key_has_one_effect(
    bare: House, system: System, changes: dict[str, str], status: int
) -> None:
    first = await system.post("findings", a_finding(bare), "one-key")
    turned = dict(reversed(list(a_finding(bare, **changes).items())))
    second = await system.post("findings", turned, "one-key")
    assert second.status_code == status
    if status == 201:
        assert second.content == first.content
        assert (first.headers["idempotency-replayed"], second.headers["idempotency-replayed"]) == ("false", "true")
    else:
        assert second.json()["code"] == "idempotency-key-reused"
    assert len(await rows(bare, "SELECT 1 FROM action")) == 1


async def test_twenty_at_the_same_moment_have_one_effect_and_one_answer(bare: House, system: System) -> None:
    answers = await asyncio.gather(*(system.post("actions", an_action(bare), "raced") for _ in range(20)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert len(await rows(bare, "SELECT 1 FROM action")) == 1
    assert len(await rows(bare, "SELECT 1 FROM message")) == 1


async def test_two_bodies_at_the_same_moment_under_one_key_have_one_effect(bare: House, system: System) -> None:
    bodies = [a_finding(bare, theme=f"theme {number}") for number in range(10)]
    answers = await asyncio.gather(*(system.post("findings", body, "raced") for body in bodies))
    assert sorted(answer.status_code for answer in answers) == [201] + [422] * 9
    assert len(await rows(bare, "SELECT 1 FROM action")) == 1


async def test_two_systems_may_use_the_same_idempotency_key(bare: House, system: System) -> None:
    other = await a_system(bare, Purpose.RAISE, name="Audit system")
    refs = {(await each.post("findings", a_finding(bare), "same")).json()["ref"] for each in (system, other)}
    assert len(refs) == 2
    await other.http.aclose()


async def test_a_refused_request_is_not_remembered(bare: House, system: System) -> None:
    wrong = await system.post("actions", an_action(bare, owner_email="nobody@example.org"), "try")
    assert [error["pointer"] for error in wrong.json()["errors"]] == ["#/owner_email"]
    right = await system.post("actions", an_action(bare), "try")
    assert (right.status_code, right.headers["idempotency-replayed"]) == (201, "false")


async def test_whoever_holds_no_role_owns_an_action_as_on_the_pages_and_a_reader_does_not(
    bare: House, system: System
) -> None:
    async with bare.engine.begin() as connection:
        cook = "INSERT INTO person (id, name, email, created_at) VALUES (gen_random_uuid(), 'Abe Cook', :email, now())"
        await connection.execute(text(cook), {"email": "abe@example.org"})
    made = await system.post("actions", an_action(bare, owner_email="Abe@example.org"), "cook")
    assert made.status_code == 201
    refused = await system.post("actions", an_action(bare, owner_email="cora@example.org"), "reader")
    assert [error["pointer"] for error in refused.json()["errors"]] == ["#/owner_email"]


WRONG: list[tuple[dict[str, Any], set[str]]] = [
    ({"sumary": "misspelt"}, {"#/sumary"}),
    ({"summary": "No"}, {"#/summary"}),
    ({"summary": "A bell \u0007 rang in here"}, {"#/summary"}),
    ({"summary": "Half a letter \ud800 is none"}, {"#/summary"}),
    ({"summary": 12345}, {"#/summary"}),
    ({"source": "gossip"}, {"#/source"}),
    ({"location_id": "Cedar View"}, {"#/location_id"}),
    ({"location_id": "00000000-0000-0000-0000-000000000000"}, {"#/location_id"}),
    ({"location_id": 7, "found_on": 7}, {"#/location_id", "#/found_on"}),
    ({"found_on": "2026-02-30"}, {"#/found_on"}),
    ({"found_on": "2099-01-01"}, {"#/found_on"}),
    ({"due_on": "2020-01-01"}, {"#/due_on"}),
    ({"due_on": "2099-01-01"}, {"#/due_on"}),
    ({"due_on": "2026-12-01T10:00:00Z"}, {"#/due_on"}),
    ({"measure": {"what": "rails", "baseline": 0, "target": ""}}, {"#/measure/baseline", "#/measure/target"}),
    ({"measure": {"what": "rails", "baseline": "0", "target": "6", "goal": "6"}}, {"#/measure/goal"}),
    ({"measure": {"what": "rails", "baseline": "6", "target": "2", "direction": "up"}}, {"#/measure/target"}),
    ({"references": ["no-framework/1/none"]}, {"#/references"}),
    ({"references": ["gibberish"]}, {"#/references/0"}),
    ({"draft": "yes"}, {"#/draft"}),
    ({"pathway": "sideways"}, {"#/pathway"}),
    ({"owner_email": "odd@example.org"}, {"#/owner_email"}),
    ({"status": "sustained"}, {"#/status"}),
    ({"external_ref": "x" * 201}, {"#/external_ref"}),
]


@pytest.mark.parametrize(("changes", "pointers"), WRONG, ids=[str(changes)[:40] for changes, _ in WRONG])
async def test_what_is_wrong_is_named_with_its_place_and_has_no_effect(
    bare: House, system: System, changes: dict[str, Any], pointers: set[str]
) -> None:
    body = json.dumps(an_action(bare, **changes))
    headers = {"Idempotency-Key": "k", "Content-Type": "application/json"}
    answer = await system.http.post("actions", content=body, headers=headers)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert (told["code"], told["type"]) == ("invalid", "urn:followthrough:problem:invalid")
    assert {error["pointer"] for error in told["errors"]} == pointers
    assert all(error["detail"].endswith((".", "?")) for error in told["errors"])
    assert await rows(bare, "SELECT 1 FROM action") == []
    assert await rows(bare, "SELECT 1 FROM api_request") == []
