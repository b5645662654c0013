"""`followthrough import FILE`: take in a provider's own tracker."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from cli.running import in_office, show
from commands.import_tracker import Preview, import_rows, preview
from commands.office import Office, utc_now
from domain.actors import OPERATOR
from trackers import NotASpreadsheet, Tracker, read_tracker


def import_(
    file: Path,
    *,
    preview_only: Annotated[bool, Parameter(name="--preview")] = False,
    json: bool = False,
    people: bool | None = None,
    yes: bool = False,
) -> None:
    """Read a tracker, say row by row what will happen, and import it once you agree.

    Parameters
    ----------
    file
        The tracker, as .xlsx or .csv.
    preview_only
        Say what would happen and change nothing.
    people
        Make the people of the workbook's people list; asked where not said.
    yes
        Import without asking.
    """
    try:
        in_office(lambda office: _import(office, file, preview_only, json, people, yes))
    except NotASpreadsheet as refusal:
        sys.exit(f"followthrough: {file.name}: {refusal}")


async def _import(office: Office, file: Path, only: bool, as_json: bool, people: bool | None, yes: bool) -> None:
    tracker = read_tracker(file.read_bytes(), file.name, today=office.calendar.day_of(utc_now()))
    planned = await preview(office, tracker)
    if only:
        _print(tracker, planned, as_json)
        return
    if not as_json:
        _print(tracker, planned, False)
    if not yes and not _agreed("Import this?"):
        sys.exit("Nothing was imported.")
    wants_people = people if people is not None else bool(tracker.people) and (yes or _agreed(_people_words(tracker)))
    with Progress(disable=as_json) as bar:
        task = bar.add_task("Importing", total=len(tracker.rows))
        done = await import_rows(
            office,
            OPERATOR,
            tracker,
            utc_now(),
            with_people=wants_people,
            progress=lambda at, _: bar.update(task, completed=at),
        )
    if as_json:
        show({"rows": [row.to_json() for row in done.rows], "summary": done.summary})
    else:
        print(_words(done))


def _people_words(tracker: Tracker) -> str:
    return f"Make the {len(tracker.people)} people of the people list, with their roles and locations?"


def _agreed(question: str) -> bool:
    return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")


def _print(tracker: Tracker, planned: Preview, as_json: bool) -> None:
    if as_json:
        show({"rows": [row.to_json() for row in planned.rows], "summary": planned.summary})
        return
    layout = tracker.layout
    print(f"Sheet “{layout.sheet}”, headings in row {layout.header_row}:")
    for meaning, place in layout.columns.items():
        print(f"  {meaning.replace('_', ' '):<14} ← {tracker.headings[place]}")
    table = Table("Row", "What happens", "Action", "Why")
    for row in planned.rows:
        if row.outcome == "attention" or row.becomes == "draft":
            table.add_row(str(row.number), row.becomes, row.title[:60], " ".join(row.reasons))
    Console().print(table)
    print(_words(planned))


def _words(planned: Preview) -> str:
    counts = planned.summary
    return (
        f"{counts['actions']} actions, {counts['drafts']} drafts that need a look, {counts['history']} kept as history,"
        f" {counts['exists']} already here, {counts['ignored']} rows ignored."
    )
