"""`followthrough trail`: is the record whole?"""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from cli.flags import ForPrograms
from cli.running import in_office, show
from commands.checkpoint import checkpoint as take
from commands.office import Office, utc_now
from db.anchors import Astray, compare, table_anchors
from db.trail import Fault
from db.trail import verify as verify_chain
from domain.anchors import first_wrong
from domain.saying import say_count
from settings import Settings

app = App(name="trail")
Anchor = Annotated[
    Path | None,
    Parameter(help="The file of anchors. Without it, the one of this installation. A copy kept elsewhere proves most."),
]


@dataclass(frozen=True, slots=True)
class Found:
    """How the trail stands: entries that hold, the first that does not, and what the anchors say."""

    count: int
    fault: Fault | None
    anchors: int
    astray: Astray | None

    @property
    def is_whole(self) -> bool:
        return self.fault is None and self.astray is None


@app.command
def verify(
    *,
    anchor: Anchor = None,
    json: ForPrograms = False,
) -> None:
    """Check the whole chain, and hold it against its anchors; names the first bad entry and exits with 1."""
    settings = Settings()
    found = in_office(lambda office: _look(office, anchor, settings.anchor_path), settings)
    if json:
        bad = {"seq": found.fault.seq, "reason": found.fault.reason} if found.fault else None
        against = found.astray.reason if found.astray else None
        show({"entries_that_hold": found.count, "first_bad": bad, "anchors": found.anchors, "astray": against})
    else:
        for line in _said(found):
            print(line)
    if not found.is_whole:
        sys.exit(1)


async def _look(office: Office, named: Path | None, usual: Path) -> Found:
    if named is not None and not named.exists():
        return Found(0, None, 0, Astray(f"there is no file {named}"))
    file = named or usual
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines() if file.exists() else []
    anchors, wrong = first_wrong(lines, office.secret_key)
    async with office.engine.connect() as connection:
        # Before the chain: what is added meanwhile only makes it longer.
        stored = [one for one in await table_anchors(connection) if one.is_ours(office.secret_key)]
        count, fault = await verify_chain(connection)
        known = {one.seq: one for one in (*stored, *anchors)}
        astray = await compare(connection, list(known.values()), count) if fault is None else None
    if astray is None and wrong is not None:
        astray = Astray(f"line {wrong} of {file} was changed, or is not of this installation")
    return Found(count, fault, len(known), astray)


def _said(found: Found) -> list[str]:
    if found.fault:
        return [f"Entry {found.fault.seq} does not hold: {found.fault.reason}. The {found.count} before it do."]
    agree = "agrees" if found.anchors == 1 else "agree"
    anchors = f" {say_count(found.anchors, 'anchor')} {agree}."
    against = anchors if found.anchors else " There is no anchor yet to hold them against."
    if found.astray:
        return [f"The trail is not the one that was anchored: {found.astray.reason}."]
    return [f"All {found.count} entries hold." + against]


@app.command
def checkpoint(*, json: ForPrograms = False) -> None:
    """Sign the head of the trail now, and write it to the file of anchors. The worker does so every day."""
    settings = Settings()
    taken = in_office(lambda office: take(office, settings.anchor_path, utc_now(), at_once=True), settings)
    if json:
        show({"seq": taken.seq if taken else None, "file": str(settings.anchor_path)})
    elif taken:
        print(f"Entry {taken.seq} is anchored in {settings.anchor_path}.")
    else:
        print("Nothing was added to the trail since the last checkpoint.")
