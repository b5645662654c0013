"""Watching: the laws of the machine and of the database, on what was committed, after each event.

Its connection is its own and never dies. What it remembers is what a person would hold against us: when
something was acknowledged, when a rung fired, how a step was settled.
"""

import json
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from db.journal import journal_of
from db.trail import verify
from domain.deadlines import Calendar
from domain.journal import Journal, Step
from domain.pathways import Rung
from domain.process import advance
from domain.spans import Span
from domain.vocabulary import Status
from tests.machine.oracle import LAWS, accounts_are_there
from tests.machine.tracker import Broken as Broken
from tests.machine.tracker import Closed, Fired, Tracker
from tests.simulator.meanings import asked_by_its_version
from tests.simulator.post import Letterbox
from tests.simulator.rules import AT_REST, EVERYWHERE, OF_ACTION, facts_of, violations
from tests.simulator.shelf import Shelf
from tests.simulator.timer import Run

IN_TIME = timedelta(seconds=60)
NOBODY = UUID(int=0)
NEVER = datetime.max.replace(tzinfo=UTC)
JUDGED = tuple(law for law in LAWS if law is not accounts_are_there)
"""All but the one that asks the machine's own list of people."""
LEFT_OUT = "left out"
"""What the trail says of a step that a move asks for no more."""
TIMELY = frozenset({"always_waits_for_somebody", "advance_settles"})
"""Laws that hold once time has done its part: not while the worker is away."""


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file that was acknowledged: of its content as it is kept, the hash and how many bytes; `row` is its evidence.

    `row` is None where its form had been received before.
    """

    sha256: bytes
    size: int
    row: UUID | None = None


@dataclass(frozen=True, slots=True)
class Ack:
    """An answer that was acknowledged, the files that came with it, and words that must be in it for ever."""

    action_id: UUID
    step_id: UUID
    request_id: UUID
    said: dict[str, Any]
    counted: bool
    files: tuple[KeptFile, ...] = ()


class Seen(Tracker):
    """One action as the machine's laws look at it, read from the database."""

    def __init__(self) -> None:
        self.born_at: datetime | None = None
        self.fired: list[Fired] = []
        self.closures: list[Closed] = []
        self.closed = 0
        self.settled = []
        self.cycles = []
        self.first_due = None
        self.ended = {}
        self.acks: dict[UUID, Ack] = {}
        self.last: deque[str] = deque(maxlen=25)
        self.over_at: datetime | None = None
        self.is_open = True
        self.began: tuple[str, int] | None = None
        self.moves = 0

    def follow(self, moves: list[Any], journal: Journal) -> None:
        """The action follows the version it began with, or was moved to since; renamed steps are the same steps."""
        now = (journal.pathway.key, journal.pathway.version)
        if not journal.is_defined:
            return
        if self.began is None:
            self.began = (journal.pathway.key, moves[0][0][0] if moves else journal.pathway.version)
        follows = self.began
        for (was, to), _ in moves:
            follows = (follows[0], to) if was == follows[1] else ("another", was)
        if now != follows:
            raise Broken("an action follows another version only by a move on the trail", f"{now}, not {follows}")
        for _, said in moves[self.moves :]:
            self.ended = {key: _renamed(step, said, journal.cycle) for key, step in self.ended.items()}
        self.moves = len(moves)

    def story(self) -> Iterator[str]:
        """How it came to this: what happened last, and every step with whom it is and who settled it."""
        yield from self.last
        for step in self.journal.steps:
            who = [str(key)[9:18] if key else "-" for key in (step.assignee_id, step.assigned_for_id, step.settled_by)]
            times = f"{step.opened_at:%d %b %H:%M} due {step.due_at:%d %b %H:%M}"
            ended = f"{step.settled_at:%d %b %H:%M}" if step.settled_at else ""
            yield f"{step.cycle}.{step.round} {step.key} {step.status} {step.outcome} {who} {times} {ended}"


@dataclass
class Watcher:
    """Looks at actions that were touched, and now and then at everything. `returned_at` is when time last resumed."""

    engine: AsyncEngine
    connection: AsyncConnection
    calendar: Calendar
    box: Letterbox
    shelf: Shelf
    returned_at: datetime
    seen: dict[UUID, Seen] = field(default_factory=dict[UUID, Seen])
    looked_at: Seen | None = None
    checks: int = 0
    entries: int = 0

    async def look(self, action_id: UUID, now: datetime, what: str, *, on_time: bool) -> None:
        """Every law that is about one action, after `what`. `on_time` says that the worker was there meanwhile."""
        self.looked_at = one = self.of(action_id)
        one.last.append(f"{now.isoformat()} {what}")
        self.checks += 1
        facts = await facts_of(self.connection, action_id)
        journal = await journal_of(self.connection, facts, self.calendar)
        one.now, one.journal = now, journal
        self._check_rungs(one, facts, journal)
        self._check_acks(one, facts)
        for rule in facts.broken:
            raise Broken(rule, action_id)
        one.follow(facts.moves, journal)
        asked_by_its_version(journal)
        one.cycles = [(number, _at(closed)) for number, closed in facts.cycles]
        one.closures = self._new_closure(one, facts)
        one.is_open = one.journal.status.is_open
        one.over_at = _over_at(one.journal, now) if one.over_at is None or one.is_open else one.over_at
        for law in JUDGED:
            if on_time or law.__name__ not in TIMELY:
                law(one)

    def of(self, action_id: UUID) -> Seen:
        return self.seen.setdefault(action_id, Seen())

    def _check_rungs(self, one: Seen, facts: Any, journal: Journal) -> None:
        """Each rung within a minute of its time, or of the return of the service."""
        ladder = journal.pathway.ladders[journal.risk]
        for step, rung, fired, due, opened, expected in facts.rungs[len(one.fired) :]:
            new = Fired(UUID(step), rung, _sure(fired), _sure(due), _sure(opened), _after(ladder, rung))
            one.fired.append(new)
            if new.at < _sure(expected):
                raise Broken("no rung fires early", new)
            if new.at > max(_sure(expected), self.returned_at) + IN_TIME:
                raise Broken("each rung fires within a minute", f"{new}, expected {expected}")

    def _check_acks(self, one: Seen, facts: Any) -> None:
        """Every acknowledged answer is there, word for word."""
        kept = {UUID(request): rest for request, *rest in facts.answers}
        for ack in one.acks.values():
            if ack.request_id not in kept:
                raise Broken("every acknowledged answer is there", ack)
            step, kept_as, answer, _ = kept[ack.request_id]
            right = {"answer", "withdrawn"} if ack.counted else {"late"}
            if UUID(step) != ack.step_id or kept_as not in right or not _has(answer, ack.said):
                raise Broken("every acknowledged answer is there word for word", f"{ack}, kept {kept_as}: {answer}")
            self._check_files(ack, answer, facts)

    def _check_files(self, ack: Ack, answer: Any, facts: Any) -> None:
        """Every file that came with it goes with it, and lies in the store as it did then."""
        for file in ack.files:
            if not _describes(answer, file) and not self._went_elsewhere(ack, file, facts):
                raise Broken("an answer has every file that came with it", f"{ack} lacks {file}, has {answer}")
            if not self.shelf.store.is_whole(file.sha256):
                raise Broken("every acknowledged file is there, byte for byte", file)

    def _went_elsewhere(self, ack: Ack, file: KeptFile, facts: Any) -> bool:
        """In two windows: it went with what the same person sent from the other, or they removed it there."""
        if file.row in self.shelf.removed:
            return True
        answers = {request: (step, person, answer) for request, step, _, answer, person in facts.answers}
        went_with: str | None = {UUID(row): request for row, request in facts.files}.get(file.row or NOBODY)
        if went_with is None:
            return False
        mine, other = answers[str(ack.request_id)], answers[went_with]
        return other[:2] == mine[:2] and _describes(other[2], file)

    def _new_closure(self, one: Seen, facts: Any) -> list[Closed]:
        if facts.closures == one.closed:
            return []
        one.closed = facts.closures
        if one.journal.cycle_closed_at is None:
            return []  # it opened again before anybody looked
        settled = sorted((s for s in one.journal.this_cycle if s.settled_at and s.outcome), key=_when)
        return [Closed(one.journal, bool(facts.reached), tuple(s.id for s in settled))]

    def check_runs(self, waits: Mapping[Run, datetime], now: datetime) -> None:
        """Each action that time has something for has a run that wakes for it, in time."""
        nearest: dict[UUID, datetime] = {}
        for run, at in waits.items():
            nearest[run.of] = min(at, nearest.get(run.of, at))
        for action_id, one in self.seen.items():
            plan = advance(one.journal, now)
            due = min((rung.due_at for rung in plan.rungs_due), default=plan.until)
            if due is not None and nearest.get(action_id, NEVER) > max(due, self.returned_at) + IN_TIME:
                self.looked_at = one
                raise Broken("each action has a run that wakes in time", f"{nearest.get(action_id)}, due {due}")

    async def check_everything(self, now: datetime, *, at_rest: bool) -> None:
        """What is about all of it: the chain, the mail, and the rules for every action at once."""
        async with self.engine.connect() as walking:
            entries, fault = await verify(walking)
        if fault is not None or entries < self.entries:
            raise Broken("the chain verifies and grows", f"{fault}, {entries} after {self.entries}")
        self.entries = entries
        rules = EVERYWHERE + (AT_REST if at_rest else ()) + OF_ACTION
        for rule in await violations(self.connection, rules, now):
            raise Broken(rule)
        await self.shelf.check(self.connection, at_rest=at_rest)
        doubled = sum(self.box.times.values()) - len(self.box.times)
        if doubled > self.box.unsure:
            raise Broken("no more mail comes twice than was in flight", f"{doubled} of {self.box.unsure}")


def _after(ladder: tuple[Rung, ...], rung: int) -> Span | None:
    return ladder[rung - 1].after if rung <= len(ladder) else None


def _over_at(journal: Journal, now: datetime) -> datetime | None:
    """When nothing can happen to an action any more: cancelled, or sustained and a year after closure."""
    if journal.is_ended:
        return now
    if journal.status is Status.SUSTAINED and journal.cycle_closed_at is not None:
        return max(now, journal.cycle_closed_at + timedelta(days=366))
    return None


def _renamed(step: Step, said: dict[str, str], cycle: int) -> Step:
    """As a move has it that gave steps of its cycle other keys."""
    if step.cycle != cycle:
        return step
    returned = tuple(_new_key(key, said) for key in step.returned_keys)
    return replace(step, key=_new_key(step.key, said), returned_keys=returned)


def _new_key(key: str, said: dict[str, str]) -> str:
    return key if said.get(key) in (None, LEFT_OUT) else said[key]


def _has(answer: Any, said: dict[str, Any]) -> bool:
    return all(_same(answer.get(key), value) for key, value in said.items())


def _describes(answer: Any, file: KeptFile) -> bool:
    return (file.sha256.hex(), file.size) in {(one["sha256"], one["size"]) for one in answer.get("files", [])}


def _same(kept: Any, said: Any) -> bool:
    if isinstance(said, dict):
        return isinstance(kept, dict) and _has(kept, said)  # pyright: ignore[reportUnknownArgumentType]
    return json.dumps(kept) == json.dumps(said)


def _when(step: Any) -> datetime:
    return step.settled_at


def _at(stated: str | None) -> datetime | None:
    return datetime.fromisoformat(stated) if stated else None


def _sure(stated: str) -> datetime:
    return datetime.fromisoformat(stated)
