"""What is wrong in a pathway, in words for whoever writes one."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel

from domain.pathways import (
    ApprovalStep,
    Assigning,
    Defining,
    EvidenceStep,
    Pathway,
    ReAuditPlan,
    Rung,
    SampleStep,
)

Loc = tuple[str | int, ...]
KEY_OF_MAPPING = "[key]"
PARTS: dict[str, type[BaseModel]] = {
    "define": Defining,
    "assign": Assigning,
    "evidence": EvidenceStep,
    "checks": SampleStep,
    "approvals": ApprovalStep,
    "ladders": Rung,
    "re_audits": ReAuditPlan,
}
LENGTH = "a length of time, for example 5 working days"
MEANS = {
    "key": "a short name in small letters and hyphens, for example care-plans",
    "version": "the number of this version, 1 for the first",
    "title": "what people read, for example Care-plan audit",
    "define": "who completes a draft and by when, for example {by: quality lead, due: 5 working days}",
    "assign": "who finds an owner, and how long people have",
    "evidence": "a list of what somebody does and shows",
    "approvals": "a list of who decides that the action can close",
    "ladders": "who is told and who must answer when something is late, for each risk",
    "re_audits": "when improvement is checked again after closure, and by whom",
    "return_within": f"how long people have for evidence that was sent back: {LENGTH}",
    "accept_within": f"how long an owner has to accept or decline: {LENGTH}",
    "due": LENGTH,
    "after": LENGTH,
    "who": "“owner”, or a role, for example deputy manager",
    "by": "a role, for example registered manager",
    "of": "what the sample is drawn from, for example daily records since the briefing",
    "category": "the CQC category it is evidence of, for example processes",
}
NUMBERS = {
    "threshold": "Write a share between 0 and 1, for example 0.9.",
    "size": "Write a whole number from 1 to 500, or leave it out for the usual sizes.",
    "version": "Write a whole number, 1 or more.",
    "categories_needed": "Write a whole number from 1 to 6.",
    "approvals_needed": "Write how many have to agree, as a whole number from 1 to 9.",
}
SHAPES = {
    "string_pattern_mismatch": "Write a key in small letters, digits and hyphens, for example care-plans.",
    "string_type": "Write words here.",
    "string_too_short": "Write a title of 3 to 120 characters.",
    "string_too_long": "Write a title of 3 to 120 characters.",
    "too_short": "Name at least one.",
    "bool_type": "Write true or false.",
    "bool_parsing": "Write true or false.",
    "tuple_type": "Write a list here: each entry on a line of its own that begins with “- ”.",
    "dict_type": "Write names and values here, for example low: 1.",
    "model_type": "Write names and values here, for example key: care-plans.",
}


def say_wrong(error: Mapping[str, Any]) -> str:
    """One of pydantic's errors about a pathway, in plain words and with what to write instead."""
    loc: Loc = tuple(error["loc"])
    kind, field = str(error["type"]), _field(loc)
    if kind == "missing":
        return f"Say “{field}” here: {MEANS.get(field, 'it is needed')}."
    if kind == "extra_forbidden":
        return _unknown(loc, field)
    if kind == "value_error":
        return str(error["ctx"]["error"])
    if kind == "enum":
        return f"“{error['input']}” is not known here. Choose {_plain(error['ctx']['expected'])}."
    if field in NUMBERS and kind not in ("dict_type",):
        return NUMBERS[field]
    return SHAPES.get(kind, str(error["msg"]))


def _field(loc: Loc) -> str:
    """The field that an error is about: the last name, or the mapping that a risk stands in."""
    if loc and loc[0] == "approvals_needed":
        return "approvals_needed"
    names = [part for part in loc if isinstance(part, str) and part != KEY_OF_MAPPING]
    return names[-1] if names else ""


def _unknown(loc: Loc, field: str) -> str:
    known = [*known_at(loc)]
    near = get_close_matches(field, known, 1)
    meant = f" Did you mean “{near[0]}”?" if near else ""
    return f"“{field}” means nothing here.{meant} Known here: {', '.join(known)}."


def known_at(loc: Loc) -> tuple[str, ...]:
    """The names that mean something where this one stands."""
    model = Pathway if len(loc) < 2 else PARTS.get(str(loc[0]), Pathway)
    return tuple(model.model_fields)


def _plain(expected: str) -> str:
    return expected.replace("'", "")
