"""Imports that were made: which file, which rows, every cell as it stood, and what became of each."""

import re
from math import ceil
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Request, Response

from api.identity import visitor
from api.office import front_of
from api.pages.colours import colour_of
from api.pages.showing import me_for, show
from db.imported import BECAME, RowFilter, load_batch, load_batches, load_rows
from domain.errors import NotFound
from trackers.codes import WORDS, Code

router = APIRouter()
PER_PAGE = 50
WORDS_FOR = {
    "action": ("Became an action", "green"),
    "draft": ("Became a draft that needs a look", "orange"),
    "history": ("Closed elsewhere, kept as history", "grey"),
}


@router.get("/imports")
async def imports_page(request: Request) -> Response:
    """Every import of which the reader may see a row."""
    who = await visitor(request)
    async with front_of(request).office.engine.connect() as connection:
        batches = await load_batches(connection, who.viewer)
    return show(request, "imports.jinja", me=await me_for(request, who), here="/import", batches=batches)


@router.get("/imports/{batch_id}")
async def rows_page(request: Request, batch_id: UUID, page: int = 1) -> Response:
    """The rows of one import, filtered by what the address says."""
    who = await visitor(request)
    only, page = filter_in(dict(request.query_params)), min(max(page, 1), 100_000)
    async with front_of(request).office.engine.connect() as connection:
        batch = await load_batch(connection, who.viewer, batch_id)
        if batch is None:
            raise NotFound
        rows = await load_rows(connection, who.viewer, batch_id, only, page, PER_PAGE)
    headings = headings_of(batch.layout)
    total = rows[0].total if rows else 0
    typed = {"became": only.became, "sheet": only.sheet, "row": str(only.row or ""), "q": only.q}
    kept = {name: value for name, value in typed.items() if value}
    return show(
        request,
        "imported_rows.jinja",
        me=await me_for(request, who),
        here="/import",
        batch=batch,
        rows=[_shown(row, headings.get(row.sheet, ())) for row in rows],
        total=total,
        typed=typed,
        filtered=bool(kept),
        outcomes=[(key, words) for key, (words, _) in WORDS_FOR.items()],
        page=page,
        pages=ceil(total / PER_PAGE),
        query=urlencode(kept),
    )


def filter_in(query: dict[str, str]) -> RowFilter:
    """What an address narrows the rows to; what makes no sense narrows nothing."""
    plain = {name: value.replace("\x00", "")[:200] for name, value in query.items()}
    became = plain.get("became", "")
    row = plain.get("row", "")
    return RowFilter(
        became=became if became in BECAME else "",
        sheet=plain.get("sheet", ""),
        row=int(row) if re.fullmatch(r"[0-9]{1,7}", row) else 0,
        q=plain.get("q", ""),
    )


def headings_of(layout: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """The headings of each sheet from left to right, which stored cells do not remember."""
    sheets: list[dict[str, Any]] = layout.get("sheets", [])
    return {
        sheet["sheet"]: tuple(one["heading"] for one in sorted(sheet.get("columns", []), key=lambda one: one["place"]))
        for sheet in sheets
    }


def _shown(row: Any, headings: tuple[str, ...]) -> dict[str, Any]:
    order = {heading: place for place, heading in enumerate(headings)}
    cells = sorted(row.cells.items(), key=lambda cell: order.get(cell[0], len(order)))
    words, colour = WORDS_FOR[row.became]
    known = {str(code): code for code in Code}
    noticed = [WORDS[known[code]][0] for code in row.codes if code in known]
    return {
        **row._mapping,
        "cells": cells,
        "words": words,
        "tag": colour,
        "status_colour": colour_of(row.status) if row.status else "grey",
        "noticed": [said.replace(" {said}", "").replace("{said}", "") for said in noticed],
    }
