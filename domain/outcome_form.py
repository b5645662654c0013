"""What an approver writes about the outcome, checked with words they understand."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from domain.errors import Invalid
from domain.outcomes import Measured, Number, Reached, Target, judge, read_number, same_unit, target_of
from domain.saying import say_date


@dataclass(frozen=True, slots=True)
class OutcomeGiven:
    """The outcome as typed. `value` where the measure has a number; `passed` (“yes”, “no”) and `said` otherwise."""

    value: str = ""
    on: str = ""
    passed: str = ""
    said: str = ""

    @property
    def is_empty(self) -> bool:
        return not (self.value.strip() or self.passed or self.said.strip())


def read_outcome(
    given: OutcomeGiven, measure: Mapping[str, Any] | None, earliest: date | None, today: date
) -> Measured | None:
    """What was measured; None where nothing was given. Raises Invalid for each field that needs another look.

    A measurement from before `earliest` (the finding, or the reopening) shows nothing of what was done since.
    """
    if given.is_empty:
        return None
    target = target_of(measure)
    fields: dict[str, str] = {}
    on = _day(given.on, earliest, today, fields)
    number = _value(given, target, fields) if target else None
    if target is None:
        _test(given, fields)
    if fields or on is None:
        raise Invalid(fields)
    if target and number:
        return Measured(
            on=on,
            reached=judge(number.value, target),
            measured=str(number),
            target=target.stated,
            baseline=target.stated_baseline,
            value=str(number.value),
            unit=number.unit,
        )
    reached = Reached.REACHED if given.passed == "yes" else Reached.NOT
    return Measured(on, reached, given.said.strip())


def _day(stated: str, earliest: date | None, today: date, fields: dict[str, str]) -> date | None:
    try:
        on = date.fromisoformat(stated)
    except ValueError:
        fields["outcome_on"] = "Give the day it was measured, for example 24 11 2026."
        return None
    if on > today:
        fields["outcome_on"] = "The day it was measured cannot be in the future."
    elif earliest and on < earliest:
        fields["outcome_on"] = f"Measure again: what was measured before {say_date(earliest)} shows nothing of this."
    return on


def _value(given: OutcomeGiven, target: Target, fields: dict[str, str]) -> Number | None:
    number = read_number(given.value)
    if number is None:
        fields["outcome_value"] = f"Give one number, as in the target: {target.stated}."
        return None
    if not same_unit(number.unit, target.unit):
        fields["outcome_value"] = f"Give it in the unit of the target, {target.unit}."
    return Number(number.value, target.unit or number.unit)


def _test(given: OutcomeGiven, fields: dict[str, str]) -> None:
    if given.passed not in ("yes", "no"):
        fields["outcome_passed"] = "Say whether the outcome test was passed."
    if len(given.said.strip()) < 10:
        fields["outcome_said"] = "Say in a sentence what the test showed."
