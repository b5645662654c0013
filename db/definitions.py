"""What is said of an action: written down first, changed while it is a draft, and fixed once it is defined."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from db.frameworks import replace_references
from db.ids import new_id
from db.models import Action, Cycle, Finding, PathwayVersion, Step
from domain.defining import Definition
from domain.themes import theme_key, tidy_theme
from domain.vocabulary import Status


@dataclass(frozen=True, slots=True)
class NewAction:
    """An action as it is written down first. Reasons keep it a draft; without any it waits for its owner's yes."""

    id: UUID
    ref: str
    pathway_version_id: UUID
    definition: Definition
    draft_reasons: list[str]

    def standing(self, by: UUID | None, now: datetime) -> dict[str, Any]:
        if self.draft_reasons:
            return {"status": Status.DRAFT.value}
        fixed = {"defined_by": by, "defined_at": now, "original_due_at": self.definition.due_at}
        return {"status": Status.AWAITING_ACCEPTANCE.value, **fixed}


async def insert_action(connection: AsyncConnection, new: NewAction, by: UUID | None, now: datetime) -> None:
    """Write an action down with its finding, its first cycle and the statements it names."""
    finding_id = new_id()
    await connection.execute(insert(Finding).values(id=finding_id, created_at=now, **_finding(new.definition)))
    await connection.execute(
        insert(Action).values(
            id=new.id,
            ref=new.ref,
            finding_id=finding_id,
            pathway_version_id=new.pathway_version_id,
            cycle=1,
            draft_reasons=new.draft_reasons,
            created_at=now,
            updated_at=now,
            **_facts(new.definition),
            **new.standing(by, now),
        )
    )
    await connection.execute(insert(Cycle).values(id=new_id(), action_id=new.id, number=1, opened_at=now))
    if new.definition.references:
        await replace_references(connection, new.id, new.definition.references, by, now)


async def write_definition(
    connection: AsyncConnection, action_id: UUID, definition: Definition, by: UUID | None, now: datetime
) -> None:
    """Put a definition's words on a draft and its finding."""
    finding = select(Action.finding_id).where(Action.id == action_id).scalar_subquery()
    await connection.execute(update(Finding).where(Finding.id == finding).values(**_finding(definition)))
    facts = _facts(definition)
    await connection.execute(update(Action).where(Action.id == action_id).values(**facts, updated_at=now))
    await replace_references(connection, action_id, definition.references, by, now)


async def fix_definition(
    connection: AsyncConnection,
    action_id: UUID,
    version_id: UUID,
    due_at: datetime | None,
    by: UUID | None,
    now: datetime,
) -> None:
    """Make a draft an action. Its due date becomes the original one for ever, unless its tracker brought one."""
    await connection.execute(
        update(Action)
        .where(Action.id == action_id)
        .values(
            pathway_version_id=version_id,
            draft_reasons=[],
            defined_by=by,
            defined_at=now,
            original_due_at=func.coalesce(Action.original_due_at, due_at),
            status=Status.AWAITING_ACCEPTANCE.value,
        )
    )


async def pinned_version(connection: AsyncConnection, action_id: UUID, pathway: str) -> UUID | None:
    """The version an action was pinned to, as long as it keeps its pathway."""
    pinned = (
        select(PathwayVersion.id)
        .join(Action, Action.pathway_version_id == PathwayVersion.id)
        .where(Action.id == action_id, PathwayVersion.key == pathway)
    )
    return (await connection.execute(pinned)).scalar_one_or_none()


async def open_define_step(connection: AsyncConnection, action_id: UUID) -> UUID | None:
    """The step that asks somebody to complete the draft, while it is open."""
    step = select(Step.id).where(Step.action_id == action_id, Step.key == "define", Step.status == "open")
    return (await connection.execute(step)).scalar_one_or_none()


async def completes_for(connection: AsyncConnection, action_id: UUID, person_id: UUID | None) -> UUID | None:
    """Whom somebody stands in for who was asked, as a cover, to complete a draft; None where they do for nobody.

    Once it is completed too, so that a form sent twice is told so, and not refused.
    """
    asked = select(Step.assigned_for_id).where(Step.action_id == action_id, Step.key == "define")
    mine = asked.where(Step.status != "void", Step.assignee_id == person_id)
    return (await connection.execute(mine)).scalar_one_or_none()


async def load_draft_reasons(connection: AsyncConnection, action_id: UUID) -> list[str]:
    """Why it is still a draft."""
    return (await connection.execute(select(Action.draft_reasons).where(Action.id == action_id))).scalar_one()


async def set_draft_reasons(connection: AsyncConnection, action_id: UUID, reasons: list[str]) -> None:
    await connection.execute(update(Action).where(Action.id == action_id).values(draft_reasons=reasons))


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
