"""A list of people, row by row: what each would add, and adding it. The same list again adds nothing."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from commands.office import Office
from commands.people import Holds, add_person_in, first_sign_in_link_in
from commands.standing import actor_roles
from db.people_list import OnRecord, load_on_record, one_list_at_a_time
from db.rosters import person_named
from db.session import Transaction, transaction
from db.trail import Entry
from domain.actors import Actor
from domain.roster import Known, Outcome, Period, Wanted, judge, may_be_everywhere, suggestion
from domain.standing import Roles, needs_account
from domain.vocabulary import Role
from trackers.dates import read_date
from trackers.judging import EMAIL
from trackers.people import EVERYWHERE, role_of
from trackers.roster import RosterRow
from trackers.text import has_formula_shape, plain_key


@dataclass(frozen=True, slots=True)
class RowPlan:
    """What becomes of one row. `wanted` is None where it could not be read."""

    number: int
    name: str
    role: str
    location: str
    outcome: Outcome
    reason: str
    wanted: Wanted | None = None

    def to_json(self) -> dict[str, object]:
        return {"row": self.number, "name": self.name, "outcome": str(self.outcome), "reason": self.reason}


@dataclass(frozen=True, slots=True)
class ListPlan:
    """All rows, in their order."""

    rows: tuple[RowPlan, ...] = field(default_factory=tuple[RowPlan, ...])

    @property
    def summary(self) -> dict[str, int]:
        counts = Counter(row.outcome for row in self.rows)
        return {str(outcome): counts[outcome] for outcome in Outcome}


async def preview_people(office: Office, actor: Actor, rows: Sequence[RosterRow], now: datetime) -> ListPlan:
    """Row by row what would happen. Nothing is changed."""
    async with office.engine.connect() as connection:
        tx = Transaction(connection, actor, now)
        return await _plan(tx, office, rows)


async def import_people(office: Office, actor: Actor, rows: Sequence[RosterRow], now: datetime) -> ListPlan:
    """Add what is new; rows that need attention are left out. Whoever signs in is mailed a link."""
    async with transaction(office.engine, actor, now) as tx:
        await one_list_at_a_time(tx.connection)
        plan = await _plan(tx, office, rows)
        for row in plan.rows:
            if row.outcome is Outcome.NEW and row.wanted is not None:
                await _add(tx, office, row.wanted)
        if plan.summary[Outcome.NEW]:
            tx.record(Entry("people list imported", "person", words=dict(plan.summary)))
        return plan


async def _add(tx: Transaction, office: Office, wanted: Wanted) -> None:
    holds = Holds(wanted.role, wanted.location_id, wanted.starts_on, wanted.ends_on)
    # Without an address, the one person of that name is meant; judging has seen that there is one at most.
    namesake = None if wanted.email else await person_named(tx.connection, wanted.name)
    person_id = await add_person_in(tx, office, wanted.name, wanted.email, (holds,), known=namesake)
    if wanted.email and needs_account([wanted.role]):
        await first_sign_in_link_in(tx, office, person_id, only_new=True)


async def _plan(tx: Transaction, office: Office, rows: Sequence[RosterRow]) -> ListPlan:
    today = office.calendar.day_of(tx.now)
    on_record = await load_on_record(tx.connection, today)
    giver, expected = await actor_roles(tx, office), _Expected(on_record, today)
    return ListPlan(tuple(expected.plan(row, giver) for row in rows))


class _Expected:
    """What is on record, and what the rows so far will add to it."""

    def __init__(self, on_record: OnRecord, today: date) -> None:
        self._today, self._addresses = today, dict(on_record.addresses)
        self._names = {name: list(ids) for name, ids in on_record.names.items()}
        self._held = {key: list(periods) for key, periods in on_record.held.items()}
        self._places = {plain_key(name): (name, key) for name, key in on_record.locations.items()}
        self._location_names = list(on_record.locations)

    def plan(self, row: RosterRow, giver: Roles | None) -> RowPlan:
        """One row, judged as if the rows before it were in."""
        wanted, outcome, reason = self._read(row), Outcome.ATTENTION, ""
        if isinstance(wanted, str):
            return self._row(row, outcome, wanted, None)
        key = self._person(wanted)
        held = tuple(self._held.get((key, wanted.role.value, wanted.location_id), ())) if key else ()
        address_of = self._addresses.get(wanted.email, (None, None))[1] if wanted.email else None
        known = Known(address_of, len(self._names.get(wanted.name.casefold(), ())), held)
        outcome, reason = judge(wanted, known, giver, self._today)
        if outcome is Outcome.NEW:
            self._expect(wanted, key)
        return self._row(row, outcome, reason, wanted)

    def _row(self, row: RosterRow, outcome: Outcome, reason: str, wanted: Wanted | None) -> RowPlan:
        said = (row.said("name"), row.said("role"), row.said("location"))
        return RowPlan(row.number, *said, outcome, reason, wanted)

    def _person(self, wanted: Wanted) -> UUID | None:
        if wanted.email:
            return self._addresses.get(wanted.email, (None,))[0]
        return next(iter(self._names.get(wanted.name.casefold(), ())), None)

    def _expect(self, wanted: Wanted, key: UUID | None) -> None:
        if key is None:
            key = UUID(int=len(self._names) + len(self._addresses) + 1)  # stands for a person who is not here yet
            self._names.setdefault(wanted.name.casefold(), []).append(key)
            if wanted.email:
                self._addresses[wanted.email] = (key, wanted.name)
        period = Period(wanted.starts_on or self._today, wanted.ends_on)
        self._held.setdefault((key, wanted.role.value, wanted.location_id), []).append(period)

    def _read(self, row: RosterRow) -> Wanted | str:
        """The row in our words, or what is wrong with it."""
        name, email = row.said("name"), row.said("email").lower() or None
        if not name or len(name) > 200:
            return "Give the name."
        if has_formula_shape(name):
            return "This looks like a formula and not like a name."
        if email and (not EMAIL.fullmatch(email) or len(email) > 254):
            return f"“{email[:60]}” is no e-mail address."
        role = role_of(row.said("role"))
        if not row.said("role"):
            return "Give the role, for example key worker."
        if role is None:
            return f"“{row.said('role')[:60]}” is no role here.{suggestion(row.said('role'), map(str, Role))}"
        place = self._place(row.said("location"), role)
        days = _day(row.said("starts"), "first"), _day(row.said("ends"), "last")
        wrong = next((found for found in (place, *days) if isinstance(found, str)), None)
        if wrong is not None:
            return wrong
        starts, ends = (None if isinstance(day, str) else day for day in days)
        return Wanted(name, email, role, place if isinstance(place, UUID) else None, starts, ends)

    def _place(self, stated: str, role: Role) -> UUID | str | None:
        """The location; None for all of them; words where it is neither."""
        plain = plain_key(stated)
        if plain in self._places:
            return self._places[plain][1]
        if plain in EVERYWHERE or (not plain and role in (Role.ADMINISTRATOR, Role.NOMINATED_INDIVIDUAL)):
            return None if may_be_everywhere(role) else f"A {role} works at a location. Give its name."
        if not plain:
            return "Give the location, or “all locations”."
        return f"“{stated[:60]}” is no location here.{suggestion(stated, self._location_names)}"


def _day(stated: str, which: str) -> date | str | None:
    if not stated:
        return None
    return read_date(stated).day or f"“{stated[:40]}” is no clear {which} day. Write it like this: 3 December 2026."
