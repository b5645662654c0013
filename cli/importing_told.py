"""What an import says at a keyboard: how the file is read, what becomes of each row, and where to see it."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.running import show
from commands.import_tracker import Preview
from trackers import Holds, Tracker
from trackers.guessing import letters
from trackers.text import BIDI_OVERRIDES, CONTROLS

MOST_SHOWN = 200


def show_rows(planned: Preview, **more: str | None) -> None:
    """Row by row, for programs."""
    show({"rows": [row.to_json() for row in planned.rows], "summary": planned.summary, **more})


def print_plan(tracker: Tracker, planned: Preview) -> None:
    """How the file is read, and every row that somebody should look at."""
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
    print(in_words(planned))


def in_words(planned: Preview) -> str:
    """The counts, in a sentence."""
    counts = planned.summary
    return (
        f"{counts['actions']} actions, {counts['drafts']} drafts that need a look, {counts['history']} kept as history,"
        f" {counts['exists']} already here, {counts['ignored']} rows ignored."
    )


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
