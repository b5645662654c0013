"""Who may end an action, and what may take its place."""

from dataclasses import replace

import pytest

from domain.ending import Standing, cannot_take_its_place, lacking, may_not_end
from domain.vocabulary import Risk, Role, Status
from tests.domain.making import known

HERE, THERE = known("here"), known("there")
ACTION = Standing(known("one"), "FT-2026-0001", Status.IN_PROGRESS, Risk.MEDIUM, HERE)
OTHER = replace(ACTION, id=known("other"), ref="FT-2026-0002")
MANAGER, QUALITY, NOMINATED = Role.REGISTERED_MANAGER, Role.QUALITY_LEAD, Role.NOMINATED_INDIVIDUAL
HIGH, LOW = replace(ACTION, risk=Risk.HIGH), replace(OTHER, risk=Risk.LOW)
CRITICAL = replace(OTHER, risk=Risk.CRITICAL)

CASES: list[tuple[str, Standing, set[Role], bool, Standing | None, str | None]] = [
    # What ends, who ends it, whether they own it, and what takes its place.
    ("the manager, a medium risk", ACTION, {MANAGER}, False, None, None),
    ("the quality lead, a medium risk", ACTION, {QUALITY}, False, None, None),
    ("the nominated individual", ACTION, {NOMINATED}, False, None, None),
    ("a deputy", ACTION, {Role.DEPUTY_MANAGER}, False, None, "registered manager or the quality lead"),
    ("an administrator", ACTION, {Role.ADMINISTRATOR}, False, None, "registered manager or the quality lead"),
    ("nobody in particular", ACTION, set(), False, None, "registered manager or the quality lead"),
    ("a manager who owns it", ACTION, {MANAGER}, True, None, "You own this action"),
    ("the nominated individual who owns it", HIGH, {NOMINATED}, True, None, "You own this action"),
    ("the manager, a high risk", HIGH, {MANAGER}, False, None, "only the nominated individual may cancel"),
    ("the quality lead, a critical risk", CRITICAL, {QUALITY}, False, None, "only the nominated individual may cancel"),
    ("the nominated individual, a high risk", HIGH, {NOMINATED}, False, None, None),
    ("a draft without a risk", replace(ACTION, risk=None), {MANAGER}, False, None, None),
    ("handed on to the same risk", HIGH, {MANAGER}, False, replace(OTHER, risk=Risk.HIGH), None),
    ("handed on to a higher risk", HIGH, {MANAGER}, False, CRITICAL, None),
    ("handed on to a lower risk", HIGH, {MANAGER}, False, LOW, "rated a lower risk"),
    ("handed on to no risk yet", HIGH, {QUALITY}, False, replace(OTHER, risk=None), "rated a lower risk"),
    ("handed on to a lower risk by the nominated individual", HIGH, {NOMINATED}, False, LOW, None),
    ("a medium risk handed on to a lower", ACTION, {MANAGER}, False, LOW, None),
]


@pytest.mark.parametrize(("which", "action", "roles", "owns", "instead", "why"), CASES, ids=[row[0] for row in CASES])
def test_who_may_end_an_action(
    which: str, action: Standing, roles: set[Role], owns: bool, instead: Standing | None, why: str | None
) -> None:
    said = may_not_end(action, roles, owns, instead)
    assert said is None if why is None else why in (said or "")


PLACES: list[tuple[str, Standing, Standing | None, bool]] = [
    ("an open one of the same home", ACTION, OTHER, True),
    ("a draft of the same home", ACTION, replace(OTHER, status=Status.DRAFT), True),
    ("itself", ACTION, ACTION, False),
    ("none", ACTION, None, False),
    ("one of another home", ACTION, replace(OTHER, location_id=THERE), False),
    ("one that is closed", ACTION, replace(OTHER, status=Status.CLOSED_MONITORING), False),
    ("one that was cancelled", ACTION, replace(OTHER, status=Status.CANCELLED), False),
    ("one that was superseded", ACTION, replace(OTHER, status=Status.SUPERSEDED), False),
    ("any, for a draft without a home", replace(ACTION, location_id=None), OTHER, True),
]


@pytest.mark.parametrize(("which", "action", "other", "may"), PLACES, ids=[row[0] for row in PLACES])
def test_what_may_take_the_place_of_an_action(which: str, action: Standing, other: Standing | None, may: bool) -> None:
    assert (cannot_take_its_place(action, other) is None) is may


def test_one_elsewhere_cannot_be_told_from_none_at_all() -> None:
    elsewhere = replace(OTHER, location_id=THERE)
    assert cannot_take_its_place(ACTION, elsewhere) == cannot_take_its_place(ACTION, None)


@pytest.mark.parametrize(("reason", "enough"), [("", False), ("  twice   ", False), ("It was entered twice.", True)])
def test_an_ending_needs_its_reason(reason: str, enough: bool) -> None:
    assert (lacking(reason) == {}) is enough
