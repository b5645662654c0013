"""A pathway as people look at it: its steps by control, in order, with who, when and what happens when nobody does.

Pages, the command line and the comparison of two versions all show this one drawing.
"""

from dataclasses import asdict, dataclass
from typing import Any

from domain.pathways import ApprovalStep, EvidenceStep, Pathway, Rung, SampleStep
from domain.saying import say_list
from domain.spans import Span
from domain.vocabulary import Form, Risk

FORMS = {Form.BRIEFING: "a staff briefing, with who came and what they asked", Form.VIEWS: "counted follow-up views"}
USUAL_SIZES = "all of up to 9, 10 of up to 49, one in five of up to 99, 20 of more"


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that is said of a step."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Item:
    """One step, or one ladder: what people read, who and by when, and what else there is to know."""

    key: str
    title: str
    lead: str
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """One control with its steps."""

    heading: str
    note: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """One version of a pathway."""

    key: str
    version: int
    title: str
    sections: tuple[Section, ...]

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return asdict(self)


def draw(pathway: Pathway) -> Drawing:
    """The pathway, control by control."""
    sections = (
        _define(pathway),
        _assign(pathway),
        _evidence(pathway),
        _check(pathway),
        _escalate(pathway),
        _close(pathway),
        _sustain(pathway),
    )
    return Drawing(pathway.key, pathway.version, pathway.title, sections)


def _define(pathway: Pathway) -> Section:
    asked = pathway.define
    return Section("Define", "", (Item("define", "Complete a draft", _asked(asked.by, asked.due)),))


def _assign(pathway: Pathway) -> Section:
    asked = pathway.assign
    choose = Item("owner", "Choose an owner, where there is none", _asked(asked.by, asked.due))
    return Section("Assign", "", (choose, Item("accept", "Accept or decline", _asked("owner", asked.accept_within))))


def _evidence(pathway: Pathway) -> Section:
    steps = pathway.evidence
    together = len([step for step in steps if not step.after])
    how = "At the same time, unless something comes first. " if together > 1 else ""
    note = f"{how}What is sent back is due again within {pathway.return_within}."
    return Section("Evidence", note, tuple(_evidence_step(step) for step in steps))


def _evidence_step(step: EvidenceStep) -> Item:
    title = step.title if step.required else f"{step.title} (optional)"
    lead = _asked(step.who, step.due) if step.due else f"{step.who}, by the action’s due date"
    facts = [Fact("Shows", str(step.category))]
    if step.after:
        facts.append(Fact("Comes after", say_list(step.after)))
    if step.form in FORMS:
        facts.append(Fact("Form", FORMS[step.form]))
    facts += [Fact("Counts", words) for words in step.counts]
    if step.kinds:
        facts.append(Fact("Kinds", ", ".join(step.kinds)))
    return Item(step.key, title, lead, tuple(facts))


def _check(pathway: Pathway) -> Section:
    note = "By somebody who neither owns nor evidenced the action." if pathway.checks else "No sample is drawn."
    return Section("Check", note, tuple(_sample(step) for step in pathway.checks))


def _sample(step: SampleStep) -> Item:
    facts = (
        Fact("Drawn from", step.of),
        Fact("How many", f"{step.size}" if step.size else USUAL_SIZES),
        Fact("Passes with", f"{100 * step.threshold:f}".rstrip("0").rstrip(".") + " %"),
        Fact("Shows", str(step.category)),
    )
    return Item(step.key, step.title, _asked(step.who, step.due), facts)


def _escalate(pathway: Pathway) -> Section:
    groups: dict[tuple[Rung, ...], list[Risk]] = {}
    for risk in Risk:
        groups.setdefault(pathway.ladders[risk], []).append(risk)
    items = [
        Item("-".join(risks), f"{say_list(risks).capitalize()} risk", "", tuple(_rung(rung) for rung in ladder))
        for ladder, risks in groups.items()
    ]
    optional = any(not step.required for step in pathway.evidence)
    note = f"When a step is late by this long.{' Nobody is chased for an optional one.' if optional else ''}"
    return Section("Escalate", note, tuple(items))


def _rung(rung: Rung) -> Fact:
    told = [f"{say_list(rung.tell)} {'are' if len(rung.tell) > 1 else 'is'} told"] if rung.tell else []
    asked = [f"{rung.answer} must answer"] if rung.answer else []
    return Fact(f"+{rung.after}", ", ".join([*told, *asked]))


def _close(pathway: Pathway) -> Section:
    counts: dict[str, list[Risk]] = {}
    for risk in Risk:
        asked, needed = len(pathway.approvals_at(risk)), pathway.needed_at(risk)
        words = f"{needed} of {asked} must agree" if asked > 1 else "one decides"
        counts.setdefault(words, []).append(risk)
    how = "; ".join(f"{say_list(risks)} risk: {words}" for words, risks in counts.items())
    how = "one decides" if [*counts] == ["one decides"] else how
    wide = f"Evidence of at least {pathway.categories_needed} CQC categories."
    note = f"By people who neither owned, evidenced nor sampled the action. {how[:1].upper()}{how[1:]}. {wide}"
    return Section("Close", note, tuple(_approval(step) for step in pathway.approvals))


def _approval(step: ApprovalStep) -> Item:
    facts = (Fact("Asked at", f"{say_list(step.only_for)} risk"),) if step.only_for else ()
    return Item(step.key, step.title, _asked(step.who, step.due), facts)


def _sustain(pathway: Pathway) -> Section:
    plan = pathway.re_audits
    facts = tuple(
        Fact(f"{risk} risk".capitalize(), f"{say_list(str(span) for span in plan.after[risk])} after closure")
        for risk in Risk
        if plan.after.get(risk)
    )
    item = Item("re-audit", "Check again whether it held", _asked(plan.who, plan.due), facts)
    note = (
        f"Counts as missed {plan.missed_after} after its ladder ends. An action that reopens has {plan.reopened_for}."
    )
    return Section("Sustain", note if facts else "Nothing is checked again after closure.", (item,) if facts else ())


def _asked(who: str, due: Span) -> str:
    return f"{who}, within {due}"
