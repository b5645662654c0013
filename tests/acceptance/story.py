"""What the stories share: pathways whose time passes in seconds, steps by link or by account, and looks behind."""

import re
from datetime import datetime
from typing import Any

import httpx
import yaml
from sqlalchemy import text

from commands.office import Office, utc_now
from commands.pathways import publish, read_pathway
from commands.people import Holds, add_person, first_sign_in_link
from domain.actors import OPERATOR
from domain.vocabulary import Role
from notifications.catcher import list_caught
from notifications.links import password_url
from tests.acceptance.stack import ROOT, Person, Stack, wait_for
from tests.acceptance.test_care_plan import dated
from tests.cast import Cast

RISKS = ("low", "medium", "high", "critical")


def publish_in_seconds(stack: Stack, shipped: str, key: str, **changes: Any) -> None:
    """A shipped pathway under a key of its own, with some of its spans changed to seconds."""
    facts = yaml.safe_load((ROOT / "pathways" / f"{shipped}.yaml").read_text()) | {"key": key} | changes
    stack.in_office(lambda office: publish(office, OPERATOR, read_pathway(yaml.safe_dump(facts)), utc_now()))


def join(stack: Stack, cast: Cast, name: str, role: Role) -> Person:
    """Somebody new at Cedar View, with an account of their own."""
    address = f"{name.split()[0].lower()}@example.org"

    async def work(office: Office) -> str:
        await add_person(office, OPERATOR, name, address, (Holds(role, cast.location),), utc_now())
        minted = await first_sign_in_link(office, OPERATOR, address, utc_now(), mail=False)
        return password_url(stack.settings.address, minted.token)

    person = Person(stack)
    person.sign_in(stack.in_office(work))
    return person


def rows(stack: Stack, statement: str, **values: Any) -> list[Any]:
    async def work(office: Office) -> list[Any]:
        async with office.engine.connect() as connection:
            return list((await connection.execute(text(statement), values)).all())

    return stack.in_office(work)


def step_path(stack: Stack, ref: str, key: str) -> str:
    """The step of an action that waits for somebody, as soon as it does."""
    found = wait_for(
        lambda: rows(
            stack,
            "SELECT s.id FROM step s JOIN action a ON a.id = s.action_id"
            " WHERE a.ref = :ref AND s.key = :key AND s.status = 'open'",
            ref=ref,
            key=key,
        ),
        f"{key} of {ref} to be asked",
        40,
    )
    return f"/steps/{found[0].id}"


def by_mail(stack: Stack, address: str, ref: str, key: str) -> tuple[Person, str]:
    """Somebody opens the link that came by mail for a step; (their browser, the step's path)."""
    path = step_path(stack, ref, key)

    def opened() -> Person | None:
        for mail in list_caught(stack.settings.mail_folder, f"{address}@example.org"):
            if ref in mail.subject and any("/do/" in link for link in mail.links):
                person = Person(stack)
                if person.open(mail).url.path == path:
                    return person
        return None

    return wait_for(opened, f"a mail to {address} with a link to {key} of {ref}", 30), path


def take_on(stack: Stack, address: str, ref: str) -> None:
    owner, path = by_mail(stack, address, ref, "accept")
    assert "The action is yours" in owner.send(f"{path}/accept", {}).text


def send(stack: Stack, address: str, ref: str, key: str, answer: dict[str, str]) -> None:
    """Evidence by the link in a mail, with a file where the form asks for no numbers."""
    person, path = by_mail(stack, address, ref, key)
    files = {"files": (f"{ref}-{key}.txt", f"{ref} {key} {path}".encode(), "text/plain")}
    done = person.send(f"{path}/evidence", answer, files)
    assert "Your evidence is in" in done.text, done.text


def decide(person: Person, path: str, fields: dict[str, Any]) -> httpx.Response:
    """Decide on what the approval page shows."""
    seen = re.findall(r'name="(seen)" value="([0-9a-f]{64})"', person.browser.get(f"{path}/approval").text)
    return person.send(f"{path}/approval", fields | dated("outcome_on") | dict(seen))


def answer_with_a_date(manager: Person, page: httpx.Response, revised: datetime) -> None:
    """Answer the escalation that a page shows; without the risk and what controls it, a date is not enough."""
    path = re.search(r'action="(/escalations/[0-9a-f-]+)"', page.text)
    shown = re.search(r'name="shown" value="([^"]*)"', page.text)
    assert path, page.text[:3000]
    assert shown, page.text[:3000]
    bare = {"kind": "revised date", "shown": shown[1]} | dated("revised_due", revised)
    assert manager.send(path[1], bare).status_code == 422
    facts = {
        "risk_now": "What is late may go unnoticed on the night shift.",
        "interim_control": "The senior on shift looks at every chart before handover.",
    }
    answered = manager.send(path[1], bare | facts)
    assert answered.status_code == 200, answered.text
