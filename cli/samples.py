"""`followthrough samples`: what was drawn, and whether it can be drawn again."""

import sys
from dataclasses import asdict
from typing import Annotated, Any

from cyclopts import App, Parameter

from cli.flags import AnAction, ForPrograms
from cli.running import in_office, show
from commands.office import Office
from db.samples import StoredSample, samples_of
from domain.errors import NotFound
from domain.populations import Drawn, as_stored
from trackers.text import visible

app = App(name="samples")
OnlyOf = Annotated[str, Parameter(help="Only those of this action, for example FT-2026-0042.")]
OneStep = Annotated[str, Parameter(help="The key of one sample step; all samples of the action where none is named.")]


@app.command(name="list")
def list_(
    ref: OnlyOf = "",
    *,
    json: ForPrograms = False,
) -> None:
    """Every sample, or those of one action: from how many, how many, with which seed, and how it ended."""
    found = in_office(lambda office: _load(office, ref))
    if json:
        show([_facts(sample) for sample in found])
        return
    for sample in found:
        ended = {None: "under way", True: "passed", False: "did not pass"}[sample.passed]
        ended = f"set aside: {visible(sample.replaced_because)}" if sample.replaced_because else ended
        print(
            f"{sample.ref}  {sample.step}, round {sample.round}  {sample.size} of {sample.population_size:,}"
            f"  seed {sample.seed}  {ended}  {visible(sample.population)}"
        )


@app.command
def redraw(
    ref: AnAction,
    *,
    step: OneStep = "",
    json: ForPrograms = False,
) -> None:
    """Draw an action's samples again from what is stored; exits with 1 when one differs."""
    found = [sample for sample in in_office(lambda office: _load(office, ref)) if step in ("", sample.step)]
    if not found:
        raise NotFound(
            f"There is no sample of {ref}{f' for {step}' if step else ''}. See “followthrough samples list”."
        )
    compared = [(sample, draw_again(sample)) for sample in found]
    if json:
        show([{**_facts(sample), "same": not wrong, "differs": wrong} for sample, wrong in compared])
    else:
        for sample, wrong in compared:
            print(f"{sample.ref}  {sample.step}, round {sample.round}: {sample.size} of {sample.population_size:,}")
            for item in sample.items:
                print(f"  {item.position:>3}  {visible(item.label)}")
            print("  " + ("The same draw." if not wrong else f"NOT THE SAME: {'; '.join(wrong)}"))
    if any(wrong for _, wrong in compared):
        sys.exit(1)


def draw_again(sample: StoredSample) -> list[str]:
    """What differs between the stored items and the same draw made now; empty when nothing does."""
    population = as_stored(sample.population_size, sample.population_items, sample.strata)
    wrong: list[str] = []
    if population.list_hash != sample.list_sha256:
        wrong.append("the list is not the one it was drawn from")
    again = population.draw(sample.size, sample.seed)
    if len(again) != len(sample.items):
        wrong.append(f"{len(again)} items are drawn, {len(sample.items)} are stored")
    pairs = zip(again, sample.items, strict=False)
    return wrong + [
        f"item {one.position} is {_said(one)}, stored as {_said(kept)}" for one, kept in pairs if one != kept
    ]


def _said(item: Drawn) -> str:
    return f"number {item.item} ({visible(item.label)})"


def _facts(sample: StoredSample) -> dict[str, Any]:
    facts = {name: getattr(sample, name) for name in ("ref", "step", "cycle", "round", "population")}
    facts |= {
        name: getattr(sample, name)
        for name in ("population_size", "size", "seed", "strata", "passed", "replaced_because")
    }
    list_hash = sample.list_sha256.hex() if sample.list_sha256 else None
    return {**facts, "list_sha256": list_hash, "items": [asdict(item) for item in sample.items]}


async def _load(office: Office, ref: str) -> list[StoredSample]:
    async with office.engine.connect() as connection:
        return await samples_of(connection, ref)
