"""Moving an action to a newer version of its pathway: what stays, what is asked anew, and what is refused.

An answer means what it meant when it was given. So a move is refused where a decided step would
become something else, and where it is not said what becomes of a step; it is never guessed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from domain.agreeing import JUDGING, enough_agreed, present_turn, settled_now
from domain.evidencing import still_needed, title_of
from domain.journal import Journal, Step
from domain.meanings import Meaning, meaning_of, meanings
from domain.pathways import FIXED, Pathway
from domain.vocabulary import Outcome, StepStatus

LEAST_REASON = 10


class Why(StrEnum):
    """Why a move is refused: what can be put right by saying more, and what can't."""

    REASON = "reason"
    VERSION = "version"
    STATE = "state"
    MAP = "map"
    MEANING = "meaning"


@dataclass(frozen=True, slots=True)
class Stop:
    """One thing that stands in the way of a move; `key` names the step that it is about."""

    why: Why
    words: str
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Stays:
    """An open step that goes on under the new version: its key, its title and whom it is for there."""

    step: Step
    key: str
    title: str
    who: str
    to_another: bool
    """It is for another role there, so somebody else is asked and old links end."""


@dataclass(frozen=True, slots=True)
class Move:
    """What a move does. Nothing may be done while anything stands in its way."""

    to: Pathway
    renames: Mapping[str, str]
    stays: tuple[Stays, ...] = ()
    voids: tuple[Step, ...] = ()
    stops: tuple[Stop, ...] = ()

    @property
    def is_allowed(self) -> bool:
        return not self.stops


def plan_move(journal: Journal, to: Pathway, mapping: Mapping[str, str | None], reason: str) -> Move:
    """What moving this action to that version does. A key mapped to None is asked no more, and counts for nothing."""
    stops = [*_request_stops(journal, to, reason), *_mapping_stops(journal, to, mapping)]
    if stops:
        return Move(to, {}, stops=tuple(stops))
    old, new = meanings(journal.pathway), meanings(to)
    stays: list[Stays] = []
    voids: list[Step] = []
    for key, steps in _by_key(journal).items():
        target = mapping.get(key, key)
        meant = new.get(target) if target is not None else None
        waiting = [step for step in steps if step.is_open]
        decided = any(step.status is StepStatus.SETTLED for step in steps)
        if meant is None:
            stops += _gone(key, old, to, bool(waiting), decided) if target is not None else ()
            voids += waiting
            continue
        stops += _changes(old.get(key) or meaning_of(steps[-1]), meant, key, to, decided)
        for step in waiting:
            if step.form is not meant.form:
                voids.append(step)
            else:
                before = old.get(key)
                stays.append(Stays(step, meant.key, meant.title, meant.who, before is None or before.who != meant.who))
    renames = {key: target for key, target in mapping.items() if target is not None and target != key}
    move = Move(to, renames, tuple(stays), tuple(voids), tuple(stops))
    return move if stops else _seen_through(journal, move)


def after(journal: Journal, move: Move) -> Journal:
    """The journal as it stands once the action has moved."""
    gone = {step.id for step in move.voids}
    steps = tuple(
        step if step.cycle != journal.cycle else replace(_renamed(step, move.renames), **_void_if(step.id in gone))
        for step in journal.steps
    )
    return replace(journal, pathway=move.to, steps=steps)


def _void_if(gone: bool) -> dict[str, StepStatus]:
    return {"status": StepStatus.VOID} if gone else {}


def _renamed(step: Step, renames: Mapping[str, str]) -> Step:
    returned = tuple(renames.get(key, key) for key in step.returned_keys)
    return replace(step, key=renames.get(step.key, step.key), returned_keys=returned)


def _by_key(journal: Journal) -> dict[str, list[Step]]:
    """The steps of this cycle that the pathway names, by key; those that were only voided are past."""
    found: dict[str, list[Step]] = {}
    for step in journal.this_cycle:
        if step.status is not StepStatus.VOID:
            found.setdefault(step.key, []).append(step)
    return found


def _request_stops(journal: Journal, to: Pathway, reason: str) -> list[Stop]:
    stops: list[Stop] = []
    pinned = journal.pathway
    if len(reason.strip()) < LEAST_REASON:
        stops.append(Stop(Why.REASON, "Say in a sentence why the action moves to another version."))
    if not journal.status.is_open or journal.cycle_closed_at is not None:
        stops.append(Stop(Why.STATE, f"{journal.ref} is {journal.status}: it keeps the version it ended under."))
    if to.key != pinned.key:
        words = f"{journal.ref} follows the pathway {pinned.key}; it can’t move to {to.key}."
        stops.append(Stop(Why.VERSION, words))
    elif to.version <= pinned.version:
        words = f"{journal.ref} is on version {pinned.version} already. Choose a newer one."
        stops.append(Stop(Why.VERSION, words))
    return stops


def _mapping_stops(journal: Journal, to: Pathway, mapping: Mapping[str, str | None]) -> list[Stop]:
    stops: list[Stop] = []
    there, new = _by_key(journal), meanings(to)
    met = {step.key for step in journal.this_cycle}
    targets = [target for target in mapping.values() if target is not None]
    for key, target in mapping.items():
        if key in FIXED or key not in there:
            stops.append(Stop(Why.MAP, f"There is no step “{key}” in this action to say anything about.", key))
        elif target is None and key in new:
            words = (
                f"Version {to.version} has a step “{key}” too, so it can’t be left out. Map it, or leave it as it is."
            )
            stops.append(Stop(Why.MAP, words, key))
        elif target is not None and (target not in new or target in FIXED):
            known = ", ".join(k for k in new if k not in FIXED)
            words = f"Version {to.version} has no step “{target}” for “{key}”. It has: {known}."
            stops.append(Stop(Why.MAP, words, key))
        elif target is not None and target != key and (target in met or targets.count(target) > 1):
            words = f"“{key}” can’t become “{target}”: another step of this action has that key."
            stops.append(Stop(Why.MAP, words, key))
    return stops


def _gone(key: str, old: Mapping[str, Meaning], to: Pathway, is_open: bool, decided: bool) -> tuple[Stop, ...]:
    title = old[key].title if key in old else key
    if is_open:
        words = (
            f"“{title}” is open, and version {to.version} has no step “{key}”."
            " Say which of its steps it becomes, or that it is asked no more."
        )
        return (Stop(Why.MAP, words, key),)
    if decided:
        words = (
            f"“{title}” has been answered, and version {to.version} has no step “{key}”."
            " Say which of its steps it becomes, or that the answer stays on the record without counting."
        )
        return (Stop(Why.MAP, words, key),)
    return ()


def _changes(was: Meaning, now: Meaning, key: str, to: Pathway, decided: bool) -> tuple[Stop, ...]:
    """An answer must go on meaning the same; an open step must at least stay with its control."""
    if key in FIXED:
        return ()
    if not decided:
        if was.control is now.control:
            return ()
        words = (
            f"“{was.title}” is open as {was.control}, and in version {to.version} “{now.key}” is {now.control}."
            " Map it to another step, or give the new one a key of its own."
        )
        return (Stop(Why.MEANING, words, key),)
    changed = was.unlike(now)
    if not changed:
        return ()
    words = (
        f"“{was.title}” has been answered, and in version {to.version} that answer would mean something else: "
        f"{'; '.join(changed)}. Finish this action on its present version."
    )
    return (Stop(Why.MEANING, words, key),)


def _seen_through(journal: Journal, move: Move) -> Move:
    """The move with what only shows once everything is in its new place."""
    then = after(journal, move)
    titles = {spec.key: title_of(then, spec) for spec in move.to.evidence}
    stays = tuple(replace(stay, title=titles.get(stay.key, stay.title)) for stay in move.stays)
    return replace(move, stays=stays, stops=tuple(_consequences(journal, move)))


def _consequences(journal: Journal, move: Move) -> list[Stop]:
    """Judgements that the move would turn into something else."""
    stops: list[Stop] = []
    then, number = after(journal, move), move.to.version
    passed, approved = settled_now(then, Outcome.PASSED), settled_now(then, Outcome.APPROVED)
    wanting = still_needed(then)
    if wanting and (passed or approved):
        judged = "approved" if approved else "sampled"
        words = (
            f"The action was {judged} on the evidence it has, and version {number} asks for more:"
            f" {', '.join(f'“{spec.title}”' for spec in wanting)}. Finish it on its present version."
        )
        stops.append(Stop(Why.MEANING, words))
    unpassed = [spec for spec in move.to.checks if spec.key not in {step.key for step in passed}]
    if approved and unpassed:
        words = f"The action was approved without “{unpassed[0].title}”, which version {number} asks for."
        stops.append(Stop(Why.MEANING, f"{words} Finish it on its present version."))
    if approved and enough_agreed(then):
        words = f"As many have approved as version {number} needs: the move alone would close the action."
        stops.append(Stop(Why.MEANING, f"{words} Finish it on its present version."))
    stops += [
        Stop(Why.MAP, f"“{key}” was taken out of this action before and can’t come back under the same key.", key)
        for key in _cannot_come_back(then)
    ]
    return stops


def _cannot_come_back(then: Journal) -> list[str]:
    """Checks and approvals that were voided in this turn: they are asked once in a turn, by their key."""
    turn = present_turn(then)
    latest = [then.latest(spec.key) for spec in (*then.pathway.checks, *then.pathway.approvals)]
    return [
        step.key
        for step in latest
        if step and step.control in JUDGING and step.status is StepStatus.VOID and step.round >= turn
    ]
