"""`followthrough import FILE`: take in a provider's own tracker."""

import sys
from pathlib import Path
from typing import Annotated, NoReturn

from cyclopts import Parameter
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from cli.layouts import read_as_said
from cli.running import in_office, show
from commands.import_tracker import Preview, import_rows, preview
from commands.office import Office, utc_now
from domain.actors import OPERATOR
from trackers import Holds, NotASpreadsheet, Tracker
from trackers.guessing import letters
from trackers.text import BIDI_OVERRIDES, CONTROLS

MOST_SHOWN = 200


def import_(
    file: Path,
    *,
    preview_only: Annotated[bool, Parameter(name="--preview")] = False,
    json: bool = False,
    people: bool | None = None,
    yes: bool = False,
    sheet: str | None = None,
    headings: int | None = None,
    column: tuple[str, ...] = (),
) -> None:
    """Read a tracker, say row by row what will happen, and import it once you agree.

    Parameters
    ----------
    file
        The tracker, as .xlsx or .csv.
    preview_only
        Say what would happen and change nothing.
    json
        Print for programs.
    people
        Make the people of the workbook's people list; asked where not said.
    yes
        Import without asking.
    sheet
        The sheet that has the actions, where the guess is wrong.
    headings
        The row that has the headings, where the guess is wrong.
    column
        What a column means, where the guess is wrong: action=E. May be said several times.
    """
    if json and not (preview_only or yes):
        _stop("Say --yes to import and print JSON, or --preview to look only.")
    try:
        content = file.read_bytes()
    except OSError as fault:
        _stop(f"{file}: {fault.strerror}.")

    async def work(office: Office) -> None:
        today = office.calendar.day_of(utc_now())
        tracker = read_as_said(content, file.name, today, sheet, headings, column)
        await _import(office, tracker, preview_only, json, people, yes)

    try:
        in_office(work)
    except NotASpreadsheet as refusal:
        _stop(f"{file.name}: {refusal}")


def _stop(words: str) -> NoReturn:
    sys.exit(f"followthrough: {words}")


async def _import(office: Office, tracker: Tracker, only: bool, as_json: bool, people: bool | None, yes: bool) -> None:
    planned = await preview(office, tracker, with_people=people is not False)
    if only or not as_json:
        _print(tracker, planned, as_json)
    if only:
        return
    if not yes and not _agreed("Import this?"):
        sys.exit("Nothing was imported.")
    wanted = people if people is not None else bool(tracker.people) and (yes or _agreed(_people_words(tracker)))
    done = await _with_bar(office, tracker, wanted, as_json)
    if as_json:
        _show(done)
    else:
        print(f"Imported. {_words(done)}")


async def _with_bar(office: Office, tracker: Tracker, with_people: bool, quiet: bool) -> Preview:
    with Progress(console=Console(stderr=True), disable=quiet) as bar:
        task = bar.add_task("Importing", total=len(tracker.rows))
        return await import_rows(
            office,
            OPERATOR,
            tracker,
            utc_now(),
            with_people=with_people,
            progress=lambda done, _: bar.update(task, completed=done),
        )


def _people_words(tracker: Tracker) -> str:
    return f"Make the {len(tracker.people)} people of the people list, with their roles and locations?"


def _agreed(question: str) -> bool:
    try:
        return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False


def _show(planned: Preview) -> None:
    show({"rows": [row.to_json() for row in planned.rows], "summary": planned.summary})


def _print(tracker: Tracker, planned: Preview, as_json: bool) -> None:
    if as_json:
        _show(planned)
        return
    _print_layout(tracker)
    table = Table("Row", "What happens", "Action", "Why")
    rows = [row for row in planned.rows if row.outcome == "attention" or row.becomes == "draft" or row.reasons]
    for row in [row for row in rows if row.becomes != "history"][:MOST_SHOWN]:
        what = row.becomes if row.becomes != "nothing" else {"exists": "already here"}.get(row.outcome, "left out")
        # As text: a title in square brackets is no mark-up.
        table.add_row(str(row.number), what, Text(_plain(row.title[:60])), Text(_plain(" ".join(row.reasons))))
    Console().print(table)
    for note in planned.notes:
        print(_plain(note))
    print(_words(planned))


def _print_layout(tracker: Tracker) -> None:
    for how in tracker.layout.holding(Holds.ACTIONS):
        print(f"Sheet “{_plain(how.sheet)}”, headings in row {how.header_row}:")
        for column in how.columns:
            means = str(column.meaning or "kept, not used").replace("_", " ")
            hidden = "" if column.taken else " (hidden, left out)"
            print(f"  {letters(column.place):>3}  {_plain(column.heading)[:40]:<40} → {means}{hidden}")
    print("If this is wrong, say --sheet, --headings or --column, for example --column action=E.\n")


def _plain(words: str) -> str:
    """What a file says must not steer a terminal."""
    return BIDI_OVERRIDES.sub("□", CONTROLS.sub("□", words))


def _words(planned: Preview) -> str:
    counts = planned.summary
    return (
        f"{counts['actions']} actions, {counts['drafts']} drafts that need a look, {counts['history']} kept as history,"
        f" {counts['exists']} already here, {counts['ignored']} rows ignored."
    )
