"""A drawing of a pathway as text that fits a terminal of 80 columns."""

from collections.abc import Iterator
from functools import partial
from textwrap import wrap

from domain.drawing import Drawing, Item, Section

WIDTH = 80

# A key with a hyphen stays whole: it is copied from here.
lines = partial(wrap, width=WIDTH, break_on_hyphens=False)


def as_text(drawing: Drawing) -> str:
    """The drawing, control by control, with branches for what runs side by side."""
    head = [drawing.title, f"{drawing.key}, version {drawing.version}"]
    return "\n".join([*head, *(line for section in drawing.sections for line in _section(section))])


def _section(section: Section) -> Iterator[str]:
    yield ""
    yield section.heading.upper()
    yield from lines(section.note)
    for number, item in enumerate(section.items, start=1):
        yield from _item(item, last=number == len(section.items))


def _item(item: Item, *, last: bool) -> Iterator[str]:
    first, more = ("└─ ", "   ") if last else ("├─ ", "│  ")
    named = item.title if item.lead == "" else f"{item.title} [{item.key}]"
    yield from lines(named, initial_indent=first, subsequent_indent=more)
    if item.lead:
        yield from lines(item.lead, initial_indent=more, subsequent_indent=more)
    across = max((len(fact.name) for fact in item.facts), default=0) + 2
    before = ""
    for fact in item.facts:
        name = "" if fact.name == before else fact.name
        before = fact.name
        start = f"{more}{name:<{across}}"
        yield from lines(fact.value, initial_indent=start, subsequent_indent=f"{more}{' ' * across}")
    if not last:
        yield "│"
