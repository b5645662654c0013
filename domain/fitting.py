"""What makes a pathway hang together, beyond each field on its own.

Every rule finds all that breaks it and says where, so that whoever writes a pathway sees
everything at once.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

from domain.spans import Exact, Span
from domain.vocabulary import Risk

Place = tuple[str | int, ...]


class Keyed(Protocol):
    """A step, as far as it is found again."""

    @property
    def key(self) -> str: ...


class Following(Keyed, Protocol):
    """A step that may have to wait for others."""

    @property
    def after(self) -> tuple[str, ...]: ...
    @property
    def required(self) -> bool: ...


class Agreeing(Protocol):
    """An approval, which may be asked for at some risks only."""

    @property
    def only_for(self) -> tuple[Risk, ...]: ...


class Climbed(Protocol):
    """A rung: how late it comes, whom it tells, and whom it asks."""

    @property
    def after(self) -> Span: ...
    @property
    def tell(self) -> tuple[str, ...]: ...
    @property
    def answer(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Misfit:
    """One thing that does not fit: where in the pathway, and what to do about it."""

    place: Place
    words: str


class DoesNotFit(ValueError):
    """A pathway, or a part of it, does not hang together. `misfits` has each reason with its place."""

    def __init__(self, misfits: Sequence[Misfit]) -> None:
        super().__init__(" ".join(misfit.words for misfit in misfits))
        self.misfits = tuple(misfits)


def must_fit(misfits: Iterable[Misfit]) -> None:
    """Raises DoesNotFit where there is any misfit."""
    if found := list(misfits):
        raise DoesNotFit(found)


def in_order(steps: Sequence[Following]) -> Iterable[Misfit]:
    """A step comes after earlier evidence steps only, and never after one that may not be sent at all."""
    seen: dict[str, Following] = {}
    for number, step in enumerate(steps):
        place = (number, "after")
        if unknown := sorted(set(step.after) - seen.keys()):
            words = f"Step “{step.key}” comes after {', '.join(unknown)}, which is no earlier evidence step."
            yield Misfit(place, words)
        if optional := sorted(key for key in step.after if key in seen and not seen[key].required):
            words = f"Step “{step.key}” comes after {', '.join(optional)}, which is optional and may never be sent."
            yield Misfit(place, words)
        seen[step.key] = step
    if steps and not any(step.required for step in steps):
        yield Misfit((), "At least one evidence step must be required.")


def climb(ladders: Mapping[Risk, Sequence[Climbed]]) -> Iterable[Misfit]:
    """Every risk has a ladder that asks somebody and whose rungs come one after the other."""
    if lacking := [risk for risk in Risk if not ladders.get(risk)]:
        yield Misfit((), f"No escalation ladder for {', '.join(lacking)} risk.")
    for risk, ladder in ladders.items():
        if ladder and not any(rung.answer for rung in ladder):
            yield Misfit((risk,), f"The ladder for {risk} risk asks nobody for an answer.")
        for number, rung in enumerate(ladder):
            if not rung.tell and not rung.answer:
                yield Misfit((risk, number), "This rung tells nobody and asks nobody. Say “tell” or “answer”.")
        for number, (lower, higher) in enumerate(pairwise(ladder), start=1):
            if not _shorter(lower.after, higher.after):
                words = f"The ladder for {risk} risk goes back: {higher.after} comes after {lower.after}."
                yield Misfit((risk, number, "after"), words)


def own_keys(kinds: Mapping[str, Sequence[Keyed]], reserved: frozenset[str]) -> Iterable[Misfit]:
    """Each step has a key of its own: answers are found by it."""
    seen: set[str] = set(reserved)
    for kind, steps in kinds.items():
        for number, step in enumerate(steps):
            if step.key in seen:
                yield Misfit((kind, number, "key"), f"Each step needs a key of its own; taken: {step.key}.")
            seen.add(step.key)


def can_agree(approvals: Sequence[Agreeing], needed: Mapping[Risk, int]) -> Iterable[Misfit]:
    """At every risk somebody is asked to approve, and no more have to agree than are asked."""
    for risk in Risk:
        asked = sum(risk in step.only_for or not step.only_for for step in approvals)
        if not asked:
            yield Misfit(("approvals",), f"Nobody is asked to approve at {risk} risk.")
        elif needed.get(risk, 1) > asked:
            words = (
                f"At {risk} risk {needed[risk]} approvals are needed and {asked} asked for. Ask for more, or need less."
            )
            yield Misfit(("approvals_needed", risk), words)


def _shorter(one: Span, other: Span) -> bool:
    """Whether one length is shorter than another. Hours and days are told apart by when they are sure to be."""
    if isinstance(one, Exact) and isinstance(other, Exact):
        return one.length < other.length
    if isinstance(one, Exact) or isinstance(other, Exact):
        return True
    return one.count < other.count
