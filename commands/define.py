"""Define: draft an action, complete it, and send it on its way."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, update

from commands.moving import Moved, move_on
from commands.office import Office
from commands.overtaken import record_overtaken
from commands.pathways import latest_version
from commands.repeats import notice_repeat
from db.actions import ActionFacts, lock_action, next_ref
from db.drafts import load_definition
from db.frameworks import replace_references
from db.ids import new_id
from db.models import Action, Cycle, Finding, PathwayVersion, Step
from db.people import roles_of
from db.session import Transaction, transaction
from db.steps import settle_step
from db.trail import Entry
from domain.actors import Actor
from domain.defining import EVERY_FIELD, Definition, lacking, seen_as, wrong_in
from domain.errors import AlreadySettled, Invalid, NotAllowed, NotFound, Refused
from domain.escalating import Overtaken
from domain.themes import theme_key, tidy_theme
from domain.vocabulary import Outcome, Role, Status
from frameworks import library

MAY_DEFINE = frozenset(
    {
        Role.QUALITY_LEAD,
        Role.REGISTERED_MANAGER,
        Role.DEPUTY_MANAGER,
        Role.SAFEGUARDING_LEAD,
        Role.ENGAGEMENT_LEAD,
        Role.ADMINISTRATOR,
    }
)


class ChangedMeanwhile(Refused):
    """Somebody else has changed this since you opened it. Read what it says now, then send yours again or leave it."""

    code = "changed-meanwhile"

    def __init__(self, current: Definition) -> None:
        super().__init__()
        self.current = current


@dataclass(frozen=True, slots=True)
class Defined:
    """A new action: its key, its reference, and what its definition still lacks."""

    action_id: UUID
    ref: str
    lacks: dict[str, str]
    moved: Moved


async def define(
    office: Office, actor: Actor, definition: Definition, now: datetime, *, draft_reasons: tuple[str, ...] = ()
) -> Defined:
    """Record an action. What is complete goes to its owner at once; what is not stays a draft that says why.

    `draft_reasons` hold it in draft for reasons beyond the definition itself. Raises Invalid where something
    cannot be so even in a draft, such as a due date that has passed.
    """
    refuse_wrong(office, definition, now)
    version_id = await latest_version(office, definition.pathway)
    async with transaction(office.engine, actor, now) as tx:
        return await define_in(tx, office, definition, version_id, draft_reasons)


def refuse_wrong(office: Office, definition: Definition, now: datetime) -> None:
    """Raise Invalid naming what cannot be so: past dates, contradictions, texts too long, unknown statements."""
    wrong = wrong_in(definition, now, office.calendar.day_of(now))
    if unknown := library().unknown(definition.references):
        wrong["references"] = unknown
    if wrong:
        raise Invalid(wrong)


async def define_in(
    tx: Transaction,
    office: Office,
    definition: Definition,
    version_id: UUID,
    draft_reasons: tuple[str, ...] = (),
    *,
    says_all: bool = False,
) -> Defined:
    """The same inside a transaction that does more, such as one row of an import.

    With `says_all` the reasons given say what lacks too, in their own words, and nothing is said twice.
    """
    await check_may_define(tx, office, definition.location_id)
    lacks = lacking(definition)
    reasons = list(draft_reasons) if says_all else list(dict.fromkeys([*lacks.values(), *draft_reasons]))
    action_id, finding_id = new_id(), new_id()
    ref = await next_ref(tx.connection, office.calendar.day_of(tx.now).year)
    await tx.connection.execute(insert(Finding).values(id=finding_id, created_at=tx.now, **_finding(definition)))
    values = _facts(definition) | {"draft_reasons": reasons, "status": Status.DRAFT.value, "cycle": 1}
    if not reasons:
        values |= {"defined_by": tx.actor.person_id, "defined_at": tx.now, "original_due_at": definition.due_at}
        values["status"] = Status.AWAITING_ACCEPTANCE.value
    await tx.connection.execute(
        insert(Action).values(
            id=action_id,
            ref=ref,
            finding_id=finding_id,
            pathway_version_id=version_id,
            created_at=tx.now,
            updated_at=tx.now,
            **values,
        )
    )
    await tx.connection.execute(insert(Cycle).values(id=new_id(), action_id=action_id, number=1, opened_at=tx.now))
    if definition.references:
        await replace_references(tx.connection, action_id, definition.references, tx.actor.person_id, tx.now)
    what = "drafted" if reasons else "defined"
    tx.record(Entry(what, "action", action_id, action_id, definition.location_id, said_of(definition)))
    action = await lock_action(tx.connection, action_id)
    assert action is not None
    if not reasons:
        await notice_repeat(tx, office, action)
    return Defined(action_id, ref, lacks, await move_on(tx, office, action))


async def complete(
    office: Office, actor: Actor, action_id: UUID, definition: Definition, now: datetime, *, seen: str | None = None
) -> Moved:
    """Complete a draft. Raises Invalid naming what still lacks.

    The original due date is fixed here for ever; an imported draft keeps the first date its tracker had. With
    `seen` (`seen_as` of every field) it raises ChangedMeanwhile where the draft says something else by now.
    """
    if lacks := lacking(definition):
        raise Invalid(lacks)
    refuse_wrong(office, definition, now)
    version_id = await latest_version(office, definition.pathway)
    async with transaction(office.engine, actor, now) as tx:
        await lock_draft(tx, office, action_id, definition.location_id)
        if seen is not None:
            current = await load_definition(tx.connection, action_id)
            assert current is not None
            if seen_as(current, EVERY_FIELD) != seen:
                raise ChangedMeanwhile(current)
        await write_draft(tx, action_id, definition)
        await tx.connection.execute(
            update(Action)
            .where(Action.id == action_id)
            .values(
                pathway_version_id=await _pinned(tx, action_id, definition.pathway, version_id),
                draft_reasons=[],
                defined_by=actor.person_id,
                defined_at=now,
                original_due_at=func.coalesce(Action.original_due_at, definition.due_at),
                status=Status.AWAITING_ACCEPTANCE.value,
            )
        )
        await _settle_define_step(tx, action_id, definition.location_id)
        tx.record(Entry("defined", "action", action_id, action_id, definition.location_id, said_of(definition)))
        fresh = await lock_action(tx.connection, action_id)
        assert fresh is not None
        await notice_repeat(tx, office, fresh)
        return await move_on(tx, office, fresh)


async def lock_draft(tx: Transaction, office: Office, action_id: UUID, location_id: UUID | None) -> ActionFacts:
    """Take a draft that this actor may write on, where it is and where it would go. Raises what stands against it."""
    action = await lock_action(tx.connection, action_id)
    if action is None:
        raise NotFound
    for place in {action.location_id, location_id} - {None} or {None}:
        await check_may_define(tx, office, place)
    if action.status != Status.DRAFT:
        raise AlreadySettled("This action has been defined already.")
    return action


async def write_draft(tx: Transaction, action_id: UUID, definition: Definition) -> None:
    """Put a definition's words on a draft and its finding."""
    finding = select(Action.finding_id).where(Action.id == action_id).scalar_subquery()
    await tx.connection.execute(update(Finding).where(Finding.id == finding).values(**_finding(definition)))
    facts = _facts(definition)
    await tx.connection.execute(update(Action).where(Action.id == action_id).values(**facts, updated_at=tx.now))
    await replace_references(tx.connection, action_id, definition.references, tx.actor.person_id, tx.now)


async def _pinned(tx: Transaction, action_id: UUID, pathway: str, newest: UUID) -> UUID:
    """The version a draft was pinned to, as long as it keeps its pathway; the newest of another one."""
    pinned = (
        select(PathwayVersion.id)
        .join(Action, Action.pathway_version_id == PathwayVersion.id)
        .where(Action.id == action_id, PathwayVersion.key == pathway)
    )
    return (await tx.connection.execute(pinned)).scalar_one_or_none() or newest


async def _settle_define_step(tx: Transaction, action_id: UUID, location_id: UUID | None) -> None:
    open_step = select(Step.id).where(Step.action_id == action_id, Step.key == "define", Step.status == "open")
    step_id = (await tx.connection.execute(open_step)).scalar_one_or_none()
    if step_id is not None:
        settled = await settle_step(tx.connection, step_id, Outcome.DEFINED, tx.actor.person_id, tx.now)
        record_overtaken(tx, action_id, location_id, settled.overtaken, Overtaken.STEP_ANSWERED)


async def check_may_define(tx: Transaction, office: Office, location_id: UUID | None) -> None:
    """Raise NotAllowed for anybody who may not define actions at this location."""
    if tx.actor.person_id is None:
        return
    held = await roles_of(tx.connection, tx.actor.person_id, office.calendar.day_of(tx.now))
    if not any(role in MAY_DEFINE and location in (None, location_id) for role, location in held):
        raise NotAllowed


def _finding(definition: Definition) -> dict[str, Any]:
    return {
        "location_id": definition.location_id,
        "source": definition.source.value if definition.source else None,
        "theme": tidy_theme(definition.theme),
        "theme_key": theme_key(definition.theme),
        "summary": definition.summary,
        "found_on": definition.found_on,
        "external_ref": definition.external_ref,
    }


def _facts(definition: Definition) -> dict[str, Any]:
    return {
        "location_id": definition.location_id,
        "title": definition.title,
        "what_will_change": definition.what_will_change,
        "measure": asdict(definition.measure) if definition.measure else None,
        "outcome_test": definition.outcome_test,
        "risk": definition.risk.value if definition.risk else None,
        "due_at": definition.due_at,
        "closure_criteria": definition.closure_criteria,
        "strength": definition.strength or definition.suggested_strength,
        "strength_is_chosen": definition.strength is not None,
        "owner_id": definition.owner_id,
    }


def said_of(definition: Definition) -> dict[str, Any]:
    return {name: value for name, value in asdict(definition).items() if value is not None}
