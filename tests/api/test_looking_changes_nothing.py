"""GET and HEAD change nothing, ever: mail scanners open links, and so do browsers that fetch ahead."""

import httpx
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.api.house import House, anybody
from tests.api.test_who_sees_what import DECISIONS, WALK, address

Browsers = dict[str, httpx.AsyncClient]


async def everything(engine: AsyncEngine) -> dict[str, tuple[int, str]]:
    """How many rows each table has, and what is in them."""
    async with engine.connect() as connection:
        tables = await connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
        found: dict[str, tuple[int, str]] = {}
        for table in sorted(row.tablename for row in tables):
            query = f"SELECT count(*), coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') FROM \"{table}\" t"
            count, digest = (await connection.execute(text(query))).one()
            found[table] = (count, digest)
        return found


async def test_every_page_leaves_every_row_as_it_was(house: House, browsers: Browsers) -> None:
    before = await everything(house.engine)
    assert before["trail_entry"][0] > 20
    for who in ("owner", "team_leader", "deputy", "manager", "quality_lead", "administrator"):
        for pattern, *_ in (*WALK, *DECISIONS, ("/",), ("/import",), ("/caught-mail",)):
            for method in ("GET", "HEAD"):
                await browsers[who].request(method, address(house, pattern))
    assert await everything(house.engine) == before


async def test_opening_a_link_however_often_leaves_every_row_as_it_was(house: House) -> None:
    tokens = [await house.token_of(house.steps[name]) for name in ("accept", "care-plans", "briefing")]
    before = await everything(house.engine)
    async with anybody(house) as browser:
        for token in (*tokens, "made-up"):
            for method in ("HEAD", "GET", "GET"):
                await browser.request(method, f"/do/{token}", follow_redirects=True)
                await browser.request(method, f"/welcome/{token}")
        for name in ("accept", "care-plans", "briefing"):
            for page in ("", "/evidence", "/decline", "/blocked", "/time", "/not-mine"):
                await browser.get(f"/steps/{house.steps[name]}{page}")
    assert await everything(house.engine) == before
