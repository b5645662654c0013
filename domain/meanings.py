"""What a step asks, of whom, and what its answer decides: whatever must not change under a given answer."""

from collections.abc import Iterator
from dataclasses import dataclass

from domain.journal import Step
from domain.pathways import FIXED, OWNER, ApprovalStep, EvidenceStep, Pathway, SampleStep
from domain.vocabulary import Control, Form, Role


@dataclass(frozen=True, slots=True)
class Meaning:
    """One step of a version. `decides` names what hangs on its answer; `who` is empty where nobody can tell."""

    key: str
    title: str
    control: Control
    form: Form
    who: str = ""
    decides: tuple[tuple[str, str], ...] = ()

    def unlike(self, other: "Meaning") -> list[str]:
        """In what another meaning differs, in words."""
        mine, theirs = dict(self._aspects()), dict(other._aspects())
        if not self.who:  # a step that its own version does not know: its control and form are all that is sure
            mine, theirs = {name: mine[name] for name in ("it is", "form")}, theirs
        return [
            f"{name} {theirs.get(name)} instead of {value}" for name, value in mine.items() if theirs.get(name) != value
        ]

    def _aspects(self) -> Iterator[tuple[str, str]]:
        yield "it is", str(self.control)
        yield "form", str(self.form)
        yield "by", self.who
        yield from self.decides


def meanings(pathway: Pathway) -> dict[str, Meaning]:
    """Every step of a version by its key, those that all pathways have included."""
    specs = (*pathway.evidence, *pathway.checks, *pathway.approvals)
    return {meaning.key: meaning for meaning in (*_fixed(pathway), *map(_meaning, specs))}


def meaning_of(step: Step) -> Meaning:
    """What is sure of a step whose version does not know it."""
    return Meaning(step.key, step.key, step.control, step.form)


def _fixed(pathway: Pathway) -> Iterator[Meaning]:
    for key, title, form, who in (
        ("define", "Complete the definition", Form.DEFINITION, pathway.define.by),
        ("owner", "Choose an owner", Form.OWNER, pathway.assign.by),
        ("accept", "Accept or decline this action", Form.ACCEPTANCE, OWNER),
        ("support", "Help with what is in the owner’s way", Form.SUPPORT, Role.REGISTERED_MANAGER),
        ("why-reopened", "Say why the improvement did not hold", Form.WHY_REOPENED, OWNER),
        ("re-audit", "Check again whether it held", Form.SAMPLE, pathway.re_audits.who),
    ):
        yield Meaning(key, title, FIXED[key], form, _role(who))


def _meaning(step: EvidenceStep | SampleStep | ApprovalStep) -> Meaning:
    who = _role(step.who)
    if isinstance(step, EvidenceStep):
        decides = (("category", str(step.category)),)
        return Meaning(step.key, step.title, Control.EVIDENCE, step.form, who, decides)
    if isinstance(step, SampleStep):
        decides = (
            ("threshold", f"{step.threshold:f}"),
            ("size", str(step.size or "as usual")),
            ("drawn from", step.of),
            ("category", str(step.category)),
        )
        return Meaning(step.key, step.title, Control.CHECK, Form.SAMPLE, who, decides)
    return Meaning(step.key, step.title, Control.CLOSE, Form.APPROVAL, who)


def _role(who: str | Role) -> str:
    return str(who)
