"""What a sample step asks for: which records, how many, and how many of them have to be right."""

from domain.pathways import RE_AUDIT, Pathway, SampleStep


class NoSample(LookupError):
    """This pathway has no such sample."""


def spec_of(pathway: Pathway, key: str) -> SampleStep:
    """The sample that the step with this key draws: one of the pathway's checks, or its re-audit."""
    if key == RE_AUDIT:
        return _again(pathway)
    for spec in pathway.checks:
        if spec.key == key:
            return spec
    raise NoSample(key)


def _again(pathway: Pathway) -> SampleStep:
    """A re-audit looks at the same kind of records as the last check did, by the same threshold."""
    asked, title = pathway.re_audits, "Check that the improvement held"
    if not pathway.checks:
        return SampleStep(key=RE_AUDIT, title=title, who=asked.who, due=asked.due, of="records since the action closed")
    return pathway.checks[-1].model_copy(update={"key": RE_AUDIT, "title": title, "who": asked.who, "due": asked.due})
