"""One row of a provider's tracker as a definition of ours, and what somebody has to look at first. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from commands.office import Office
from domain.defining import Definition, lacking
from domain.themes import LONGEST_THEME
from domain.vocabulary import Risk, Role, Source
from domain.wording import is_too_loose
from trackers import Code, OwnerKind, TrackerRow
from trackers.text import BIDI_OVERRIDES, CONTROLS, plain_key

LOOSE = "The wording cannot be measured yet. Say what will be different, and how you will know."
CRITERIA = "Evidence that the action was done, and a sample that shows it is kept to."
LONGEST_NAME = 120
# The words of providers, the more telling first.
SOURCES = {
    "cqc must": Source.CQC_MUST_DO,
    "cqc should": Source.CQC_SHOULD_DO,
    "cqc inspection": Source.CQC_SHOULD_DO,
    "mock inspection": Source.MOCK_INSPECTION,
    "audit": Source.AUDIT,
    "complain": Source.COMPLAINT,
    "safeguarding": Source.SAFEGUARDING,
    "incident": Source.INCIDENT,
    "feedback": Source.FEEDBACK,
    "survey": Source.FEEDBACK,
    "compliment": Source.FEEDBACK,
    "supervision": Source.SUPERVISION,
    "meeting": Source.MEETING,
    "commissioner": Source.COMMISSIONER_VISIT,
    "staffing": Source.STAFFING_RISK,
    "record": Source.CARE_RECORD_FINDING,
}
RISKS = {
    "critical": Risk.CRITICAL,
    "extreme": Risk.CRITICAL,
    "high": Risk.HIGH,
    "medium": Risk.MEDIUM,
    "moderate": Risk.MEDIUM,
    "low": Risk.LOW,
}
# A sentence that says the same as the must-code beside it is not said again.
SAID_BY = {"due_at": "DUE_", "what_will_change": "ACTION_MISSING", "title": "ACTION_MISSING"}


@dataclass(frozen=True, slots=True)
class Around:
    """What rows are matched with: places and people that are here, or will be once the people list is taken in.

    `works_at` says where each person works who was ever given a role (None: everywhere).
    """

    places: Mapping[str, UUID] = field(default_factory=dict[str, UUID])
    addresses: Mapping[str, UUID] = field(default_factory=dict[str, UUID])
    names: Mapping[str, frozenset[UUID]] = field(default_factory=dict[str, frozenset[UUID]])
    holders: Mapping[tuple[str, UUID | None], frozenset[UUID]] = field(
        default_factory=dict[tuple[str, UUID | None], frozenset[UUID]]
    )
    works_at: Mapping[UUID, frozenset[UUID | None]] = field(default_factory=dict[UUID, frozenset[UUID | None]])
    everywhere: bool = True
    own_places: frozenset[UUID] = frozenset()

    def place(self, row: TrackerRow) -> UUID | None:
        """The row's location. A tracker that names none is about the only one there is."""
        named = row.facts.get("location", "").strip()
        if named:
            return self.places.get(plain_key(named))
        return next(iter(self.places.values())) if len(self.places) == 1 else None

    def owner(self, row: TrackerRow) -> UUID | None:
        """The one person meant, where they may own an action at the row's location, as the pages have it."""
        meant, place = self._meant(row), self.place(row)
        works_at = self.works_at.get(meant) if meant else None
        return meant if works_at is None or place is None or works_at & {place, None} else None

    def _meant(self, row: TrackerRow) -> UUID | None:
        """By the address of the people list or the row, by a full name, or by a role."""
        if Code.OWNER_NOT_IN_PEOPLE in row.codes:
            return None
        listed = row.owner_person.email if row.owner_person else None
        for address in (listed, row.facts.get("email", "").strip().lower()):
            if address and address in self.addresses:
                return self.addresses[address]
        if row.owner.kind is OwnerKind.ROLE and row.owner.role:
            return self._holder(row.owner.role, self.place(row))
        return _only(self.names.get(plain_key(row.owner_person.name if row.owner_person else row.owner.text)))

    def _holder(self, role: Role, place: UUID | None) -> UUID | None:
        here = self.holders.get((role.value, place)) if place else None
        return _only(here or self.holders.get((role.value, None)))

    def is_closed_to_actor(self, row: TrackerRow) -> bool:
        """Whether whoever imports may not define actions where this row belongs."""
        return not self.everywhere and self.place(row) not in self.own_places


def _only(found: frozenset[UUID] | None) -> UUID | None:
    return next(iter(found)) if found and len(found) == 1 else None


def is_a_place(name: str) -> bool:
    """Whether a location of this name can be made."""
    return 0 < len(name) <= LONGEST_NAME and bool(plain_key(name)) and not _is_odd(name)


def _is_odd(name: str) -> bool:
    return bool(CONTROLS.search(name) or BIDI_OVERRIDES.search(name))


def title_of(row: TrackerRow) -> str:
    """The action in a few words: the beginning of its text."""
    words = row.facts.get("action") or row.facts.get("finding") or "No action text"
    first = " ".join(words.strip().split("\n")[0].split(";")[0].split(". ")[0].split())
    return first if len(first) <= 110 else first[:109].rsplit(" ", 1)[0] + "…"


def definition_of(row: TrackerRow, around: Around, office: Office) -> Definition:
    """A row as a definition.

    Where a sheet has no column for them: medium risk, its own words as the test of the outcome, closure
    criteria that hold for any action, and an audit as the source. All can be corrected on the action's page.
    """
    facts = row.facts
    action = facts.get("action", "")
    summary = facts.get("finding") or action or title_of(row)
    theme = facts.get("theme") or facts.get("source") or facts.get("key_question") or row.section or row.sheet
    return Definition(
        title=title_of(row),
        what_will_change=action,
        summary=summary,
        location_id=around.place(row),
        source=source_of(facts.get("source") or summary),
        theme=theme[:LONGEST_THEME],
        found_on=row.raised,
        external_ref=facts.get("reference") or None,
        outcome_test=facts.get("measure") or (f"What the action says is seen to be so: {action}" if action else None),
        risk=risk_of(facts.get("risk", "")),
        due_at=office.calendar.end_of(row.due) if row.due else None,
        closure_criteria=CRITERIA,
        owner_id=around.owner(row),
    )


def doubts_of(row: TrackerRow, definition: Definition) -> tuple[str, ...]:
    """What somebody has to look at before this row can be asked of anybody."""
    if row.closed:
        return row.reasons
    loose = (LOOSE,) if definition.what_will_change and is_too_loose(definition.what_will_change) else ()
    codes = " ".join(row.codes)
    lacks = (words for name, words in lacking(definition).items() if SAID_BY.get(name, "no code") not in codes)
    return (*row.reasons, *loose, *lacks)


def remarks_on(row: TrackerRow, definition: Definition) -> tuple[str, ...]:
    """What is said of a row that nothing holds back."""
    if definition.owner_id is None and row.owner.kind is not OwnerKind.NOBODY:
        return (f"“{row.owner.text[:60]}” is not known here yet: the registered manager is asked who owns it.",)
    return ()


def source_of(stated: str) -> Source:
    """The source that a provider's own words come nearest to; an audit where they say nothing of the kind."""
    plain = plain_key(stated[:300])
    exact = next((source for source in Source if plain == plain_key(source)), None)
    return exact or next((source for word, source in SOURCES.items() if word in plain), Source.AUDIT)


def risk_of(stated: str) -> Risk:
    """The risk a provider's own words come nearest to, the higher of two; medium where they say none."""
    words = plain_key(stated[:100]).split()
    return next((risk for word, risk in RISKS.items() if word in words), Risk.MEDIUM)
