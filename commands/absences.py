"""Absence: who is away from when to when, and who covers. Steps opened in that time go to the cover."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from commands.office import Office
from commands.people import first_sign_in_link_in
from commands.releasing import ask_for_what_waits
from commands.standing import check_may_manage
from commands.telling import Mail, tell_personally
from db.absences import (
    AbsenceFacts,
    absence_kept,
    away_then,
    call_off,
    change_absence_row,
    insert_absence,
    load_absence,
    who_could_cover,
)
from db.accounts import way_in
from db.ids import new_id
from db.people import load_people
from db.roles import held_from
from db.rosters import lock_person
from db.session import Transaction, transaction
from db.trail import Entry
from domain.actors import Actor
from domain.errors import Invalid, NotFound
from domain.saying import say_date
from domain.standing import NO_WAY_IN, needs_account
from notifications import letters_personal as letters

LONGEST = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Away:
    """From a day to a day, both included, and who covers (nobody, where none is named)."""

    starts_on: date
    ends_on: date
    cover_id: UUID | None = None


async def record_absence(
    office: Office, actor: Actor, person_id: UUID, away: Away, request_id: UUID, now: datetime
) -> UUID:
    """Record that somebody is away. They do so themselves, or whoever looks after them does."""
    async with transaction(office.engine, actor, now, request_id) as tx:
        person = await lock_person(tx.connection, person_id)
        if person is None or person.left_at is not None:
            raise NotFound("There is no such person, or they have left.")
        if kept := await absence_kept(tx.connection, request_id):
            return kept
        await _check(tx, office, person_id, away)
        absence_id = new_id()
        values = {"id": absence_id, "person_id": person_id, "starts_on": away.starts_on, "ends_on": away.ends_on}
        values |= {"cover_id": away.cover_id, "created_at": now, "recorded_by": actor.person_id}
        await insert_absence(tx.connection, {**values, "request_id": request_id})
        tx.record(Entry("absence recorded", "person", person_id, words=_words(away)))
        decides = await _decides(tx, office, person_id)
        await _tell_cover(tx, office, person.name, away, absence_id, decides=decides)
        await _let_in(tx, office, away.cover_id, decides=decides)
        return absence_id


async def change_absence(office: Office, actor: Actor, absence_id: UUID, away: Away, now: datetime) -> None:
    """Other days, or another cover. What the former cover has been given stays with them."""
    async with transaction(office.engine, actor, now) as tx:
        before = await _load(tx, absence_id)
        was = Away(before.starts_on, before.ends_on, before.cover_id)
        if was == away:
            return
        await _check(tx, office, before.person_id, away, before)
        await change_absence_row(tx.connection, absence_id, away.starts_on, away.ends_on, away.cover_id)
        words = {"before": _words(was), "after": _words(away)}
        tx.record(Entry("absence changed", "person", before.person_id, words=words))
        if before.cover_id != away.cover_id:
            await _tell_no_cover(tx, office, before)
        decides = await _decides(tx, office, before.person_id)
        await _tell_cover(tx, office, before.name, away, absence_id, decides=decides)
        await _let_in(tx, office, away.cover_id, decides=decides)


async def end_absence(office: Office, actor: Actor, absence_id: UUID, now: datetime) -> None:
    """They are back today, or the absence is called off before it begins. Asking twice changes nothing."""
    async with transaction(office.engine, actor, now) as tx:
        before = await load_absence(tx.connection, absence_id, lock=True)
        if before is None:
            return
        await _check_may(tx, office, before.person_id)
        today = office.calendar.day_of(now)
        if before.ends_on < today:
            return
        if before.starts_on >= today:
            await call_off(tx.connection, absence_id, now)
        else:
            yesterday = today - timedelta(days=1)
            await change_absence_row(tx.connection, absence_id, before.starts_on, yesterday, before.cover_id)
        words = {"from": before.starts_on.isoformat(), "to": before.ends_on.isoformat()}
        tx.record(Entry("absence ended early", "person", before.person_id, words=words))
        await _tell_no_cover(tx, office, before)
        if before.starts_on <= today:
            await ask_for_what_waits(tx, office, None)


async def _load(tx: Transaction, absence_id: UUID) -> AbsenceFacts:
    absence = await load_absence(tx.connection, absence_id, lock=True)
    if absence is None:
        raise NotFound("This absence was called off, or there is none.")
    return absence


async def _check_may(tx: Transaction, office: Office, person_id: UUID) -> None:
    if tx.actor.person_id != person_id:
        await check_may_manage(tx, office, person_id)


async def _check(
    tx: Transaction, office: Office, person_id: UUID, away: Away, before: AbsenceFacts | None = None
) -> None:
    await _check_may(tx, office, person_id)
    today, fields = office.calendar.day_of(tx.now), dict[str, str]()
    if away.ends_on < away.starts_on:
        fields["ends"] = "The last day is before the first."
    elif away.ends_on < today:
        fields["ends"] = "The last day has passed already."
    elif away.ends_on - away.starts_on > LONGEST:
        fields["ends"] = "This is longer than a year. Give the first part, and the rest later."
    elif there := await away_then(
        tx.connection, person_id, away.starts_on, away.ends_on, before.id if before else None
    ):
        fields["starts"] = f"They are away from {say_date(there[0])} to {say_date(there[1])} already. Change that one."
    if away.cover_id is not None and (before is None or before.cover_id != away.cover_id):
        fields |= await _cover_wrong(tx, office, person_id, away.cover_id, today)
    if fields:
        raise Invalid(fields)


async def _cover_wrong(tx: Transaction, office: Office, person_id: UUID, cover_id: UUID, today: date) -> dict[str, str]:
    if cover_id == person_id:
        return {"cover": "Choose somebody else to cover."}
    if str(cover_id) not in {key for key, _ in await who_could_cover(tx.connection, person_id, today)}:
        return {"cover": "They hold no role where this person works, so nothing can be asked of them there."}
    if await _decides(tx, office, person_id) and not (await way_in(tx.connection, cover_id, tx.now)).may_have_one:
        return {"cover": NO_WAY_IN}
    return {}


def _words(away: Away) -> dict[str, str | None]:
    cover = str(away.cover_id) if away.cover_id else None
    return {"from": away.starts_on.isoformat(), "to": away.ends_on.isoformat(), "cover": cover}


async def _decides(tx: Transaction, office: Office, person_id: UUID) -> bool:
    """Whether somebody is asked to check or decide, so that whoever covers for them needs an account."""
    theirs = await held_from(tx.connection, person_id, office.calendar.day_of(tx.now))
    return needs_account(held.role for held in theirs)


async def _tell_cover(
    tx: Transaction, office: Office, whom: str, away: Away, absence_id: UUID, *, decides: bool
) -> None:
    more = letters.COVER_SIGNS_IN if decides else ""
    for cover in (await load_people(tx.connection, {away.cover_id} if away.cover_id else set())).values():
        letter = letters.covering(cover.name, whom, away.starts_on, away.ends_on, more)
        cause = f"{absence_id}:{away.starts_on}:{away.ends_on}"
        await tell_personally(tx, office, Mail("covering", cover, letter, cause))


async def _let_in(tx: Transaction, office: Office, cover_id: UUID | None, *, decides: bool) -> None:
    """A cover for somebody who decides or checks needs an account: whoever has no way in yet is mailed one."""
    covers = await load_people(tx.connection, {cover_id} if cover_id else set())
    for cover in covers.values():
        if cover.email and decides:
            await first_sign_in_link_in(tx, office, cover.id, only_new=True)


async def _tell_no_cover(tx: Transaction, office: Office, before: AbsenceFacts) -> None:
    for cover in (await load_people(tx.connection, {before.cover_id} if before.cover_id else set())).values():
        letter, cause = letters.covering_ended(cover.name, before.name), f"{before.id}:{tx.now.isoformat()}"
        await tell_personally(tx, office, Mail("covering ended", cover, letter, cause))
