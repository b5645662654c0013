"""What a sample step asks for."""

from decimal import Decimal

import pytest

from domain.sample_specs import NoSample, spec_of
from domain.spans import parse_span
from domain.vocabulary import Control, Outcome
from tests.domain.making import failed, make_journal, make_pathway, make_step

CHECK = {
    "key": "nights",
    "title": "Sample nights",
    "who": "deputy manager",
    "due": "5 working days",
    "of": "night records",
}


def test_a_check_is_found_by_its_key() -> None:
    pathway = make_pathway(checks=[CHECK, {**CHECK, "key": "days", "of": "day records"}])
    assert spec_of(pathway, "nights").of == "night records"
    assert spec_of(pathway, "days").of == "day records"


def test_a_key_that_is_no_check_is_refused() -> None:
    with pytest.raises(NoSample):
        spec_of(make_pathway(), "briefing")


def test_a_re_audit_looks_as_the_last_check_did_and_is_asked_of_who_the_plan_names() -> None:
    pathway = make_pathway(checks=[CHECK, {**CHECK, "key": "days", "size": 7, "threshold": "0.8", "of": "day records"}])
    again = spec_of(pathway, "re-audit")
    assert (again.size, again.threshold, again.of) == (7, Decimal("0.8"), "day records")
    assert (again.who, again.due) == (pathway.re_audits.who, pathway.re_audits.due)


def test_a_re_audit_of_a_pathway_without_checks_uses_the_default_sizes_and_nine_in_ten() -> None:
    again = spec_of(make_pathway(checks=[]), "re-audit")
    assert (again.size, again.threshold) == (None, Decimal("0.9"))
    assert again.due == parse_span("5 working days")


def test_a_failed_re_audit_returns_no_evidence() -> None:
    again = make_step("re-audit", Outcome.FAILED, control=Control.SUSTAIN)
    assert make_journal(again).returns() == 0
    assert make_journal(failed(1, "plans")).returns("plans") == 1
