"""`followthrough import FILE`: take in a provider's own tracker."""

import sys
from pathlib import Path
from typing import Annotated, NoReturn

from cyclopts import Parameter
from rich.console import Console
from rich.progress import Progress

from cli.flags import ForPrograms, PreviewOnly
from cli.importing_told import in_words, print_plan, show_rows
from cli.layouts import read_as_said
from cli.running import in_office
from commands.import_tracker import Preview, import_rows, preview
from commands.office import Office, utc_now
from domain.actors import OPERATOR
from settings import Settings
from trackers import NotASpreadsheet, Tracker

People = Annotated[
    bool | None,
    Parameter(
        negative="--no-people", help="Make the people of the workbook's people list, or not; asked where not said."
    ),
]
Columns = Annotated[
    tuple[str, ...],
    Parameter(help="What a column means, where the guess is wrong: action=E. May be said several times."),
]


def import_(
    file: Annotated[Path, Parameter(help="The tracker, as .xlsx or .csv.")],
    *,
    preview_only: PreviewOnly = False,
    json: ForPrograms = False,
    people: People = None,
    yes: Annotated[bool, Parameter(help="Import without asking.")] = False,
    sheet: Annotated[str | None, Parameter(help="The sheet that has the actions, where the guess is wrong.")] = None,
    headings: Annotated[int | None, Parameter(help="The row that has the headings, where the guess is wrong.")] = None,
    column: Columns = (),
) -> None:
    """Read a tracker, say row by row what will happen, and import it once you agree."""
    if json and not (preview_only or yes):
        _stop("Say --yes to import and print JSON, or --preview to look only.")
    content = _content(file)

    async def work(office: Office) -> None:
        today = office.calendar.day_of(utc_now())
        tracker = read_as_said(content, file.name, today, sheet, headings, column)
        await _import(office, tracker, preview_only, json, people, yes)

    try:
        in_office(work)
    except NotASpreadsheet as refusal:
        _stop(f"{file.name}: {refusal}")


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as fault:
        _stop(f"{file}: {fault.strerror}.")


def _stop(words: str) -> NoReturn:
    sys.exit(f"followthrough: {words}")


async def _import(office: Office, tracker: Tracker, only: bool, as_json: bool, people: bool | None, yes: bool) -> None:
    planned = await preview(office, tracker, with_people=people is not False)
    if not as_json:
        print_plan(tracker, planned)
    elif only:
        show_rows(planned)
    if only:
        return
    if not yes and not _agreed("Import this?"):
        sys.exit("Nothing was imported.")
    wanted = people if people is not None else bool(tracker.people) and (yes or _agreed(_people_words(tracker)))
    done = await _with_bar(office, tracker, wanted, as_json)
    # Where all was here before, no row is kept a second time, and there is no page of them.
    address = f"{Settings().address}/imports/{done.batch_id}" if done.took_rows else None
    if as_json:
        show_rows(done, address=address)
        return
    print(f"Imported. {in_words(done)}")
    if address:
        print(f"Every row, as it stood in the file: {address}")


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
