"""Trackers that come in the middle of it all: mixed rows, cut off by a crash, imported again."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from commands.import_tracker import import_rows
from db.session import glance
from domain.actors import OPERATOR, Actor
from domain.vocabulary import Role
from tests.machine.tracker import Broken
from tests.simulator.defining import THEMES
from tests.simulator.homes import HOMES, OWNERS
from tests.simulator.world import World
from tests.trackers.making import csv_of, sheet_of
from trackers import read_tracker

HEADINGS = (
    *("Ref", "Location", "Source", "Finding", "Action required", "Person responsible"),
    *("Date raised", "Target date", "Date closed", "Evidence"),
)
NOT_MEASURED = "Ensure staff improve"
_ROWS = text("""
SELECT r.cells ->> 'Ref' AS ref, r.cells, r.became, a.id AS action_id, f.external_ref
FROM import_row r LEFT JOIN action a ON a.id = r.action_id LEFT JOIN finding f ON f.id = a.finding_id
""")
_TOLD = text("""
SELECT (SELECT coalesce(sum(split_part(m.context ->> 'headline', ' ', 1)::int), 0)
        FROM message m WHERE m.kind = 'imported') AS told,
       (SELECT count(*) FROM import_row r WHERE r.told_at IS NOT NULL AND r.action_id IS NOT NULL) AS rows
""")
_IMPORTED = text("SELECT action_id FROM import_row WHERE action_id IS NOT NULL AND batch_id = :batch")


@dataclass
class Sheet:
    """A provider's tracker: its file, and its rows as they must be kept once it was said that they are."""

    name: str
    content: bytes
    rows: list[tuple[str, ...]]
    is_in: bool = False


@dataclass
class Imports:
    """Every tracker that came."""

    world: World
    sheets: list[Sheet] = field(default_factory=list[Sheet])
    numbered: int = 0

    async def come(self) -> None:
        """A tracker is imported, once or more often; now and then the process dies of it."""
        sheet = self._sheet()
        self.sheets.append(sheet)
        if self.world.happens(0.5):
            self.world.fall.dread(200)
        for days in (0.003, 0.2, 6):
            if self.world.happens(0.5):
                self._again(sheet, timedelta(days=days))
        self._again(sheet, timedelta(days=9))
        await self._take(sheet)

    def _again(self, sheet: Sheet, after: timedelta) -> None:
        self.world.later(after, lambda: self._take(sheet), "a tracker again")

    async def _take(self, sheet: Sheet) -> None:
        world = self.world
        today = world.office.calendar.day_of(world.now)
        tracker = read_tracker(sheet.content, sheet.name, today=today)
        done = await import_rows(world.office, self._importer(), tracker, world.now, with_people=False)
        sheet.is_in = True
        world.counts.update({f"imported: {what}": count for what, count in done.summary.items()})
        async with glance(world.office.engine) as connection:
            world.touched.update((await connection.execute(_IMPORTED, {"batch": done.batch_id})).scalars())

    def _importer(self) -> Actor:
        """Somebody who defines at every home."""
        leads = self.world.homes.with_role(Role.QUALITY_LEAD)
        return self.world.chance.choice(leads).signed_in if leads else OPERATOR

    def _sheet(self) -> Sheet:
        chance = self.world.chance
        rows = [self._row() for _ in range(chance.choice((1, 3, 6, 12)) if self.sheets else 12)]
        name = f"tracker {len(self.sheets) + 1}"
        if chance.random() < 0.5:
            return Sheet(f"{name}.csv", csv_of(*rows, headings=HEADINGS, separator="|"), rows)
        return Sheet(f"{name}.xlsx", sheet_of([HEADINGS, *rows]), rows)

    def _row(self) -> tuple[str, ...]:
        world, chance = self.world, self.world.chance
        today = world.office.calendar.day_of(world.now)
        place = chance.choice(list(HOMES))
        home = list(world.homes.pathways)[list(HOMES).index(place)]
        known = world.homes.at(home, *OWNERS)
        owner = chance.choice(known).name if known else ""
        raised, target = today - timedelta(days=40), today + timedelta(days=chance.randrange(3, 60))
        closed = evidence = ""
        words = f"Weigh all nine people weekly and sample ten records in week {chance.randrange(1, 52)}"
        luck = chance.random()
        if luck < 0.15:
            target = today - timedelta(days=chance.randrange(1, 30))
        elif luck < 0.25:
            owner = "Jo Madeupley"
        elif luck < 0.30:
            owner = ""
        elif luck < 0.40:
            words = NOT_MEASURED
        elif luck < 0.60:
            closed, evidence = _said(today - timedelta(days=5)), "ten records of ten" if luck < 0.5 else ""
        elif luck < 0.65:
            place = ""
        self.numbered += 1
        when = "" if 0.65 <= luck < 0.70 else _said(target)
        ref, finding = f"SIM-{self.numbered:05}", f"Three of nine plans lack {chance.choice(THEMES)}"
        return (ref, place, "Audit", finding, words, owner, _said(raised), when, closed, evidence)

    async def check(self, connection: AsyncConnection) -> None:
        """Every row of a tracker that was taken in is there, cell for cell, and is one action at most."""
        found = (await connection.execute(_ROWS)).all()
        kept = {row.ref: row for row in found}
        if len(kept) != len(found):
            raise Broken("a row of a tracker is taken in once", len(found) - len(kept))
        for row in (row for sheet in self.sheets if sheet.is_in for row in sheet.rows):
            there = kept.get(row[0])
            if there is None or not set(filter(None, row)) <= set(there.cells.values()):
                raise Broken("every row of a tracker is there, cell for cell", f"{row}, kept {there}")
            if (there.became == "history") != (there.action_id is None) or there.external_ref not in (None, row[0]):
                raise Broken("a row of a tracker becomes what was said", there)
        told = (await connection.execute(_TOLD)).one()
        if told.told > told.rows:
            raise Broken("what came with a tracker is told of once", f"{told.told} of {told.rows} rows")


def _said(day: date) -> str:
    return f"{day:%d/%m/%Y}"
